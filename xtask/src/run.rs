//! `cargo xtask run`: the server, from source, with nothing but the Rust toolchain.

use std::{env, ffi::OsString, os::unix::process::CommandExt};

use crate::{
    failure::{Failure, Result},
    workspace,
};

/// Becomes `cargo run`, which becomes the server: terminal, signals and exit code are its own.
pub fn run(args: &[OsString]) -> Result<()> {
    eprintln!("Building Muniment (the first time takes some minutes), then starting it …");
    let manifest = workspace::root().join("Cargo.toml");
    let mut command = workspace::cargo(["run", "--package", "muniment", "--bin", "muniment"]);
    command.arg("--manifest-path").arg(manifest);
    command.args(["--", "serve"]).args(args);
    if env::var_os("MUNIMENT_PROGRAM").is_none() {
        // What the server's hints call it by.
        command.env("MUNIMENT_PROGRAM", "cargo muniment");
    }
    let error = command.exec();
    Err(Failure::new(format!("cannot start cargo: {error}")))
}

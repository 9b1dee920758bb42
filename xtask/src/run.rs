//! `cargo xtask run`: the server, from source, with nothing but the Rust toolchain; with npm, it has
//! account pages.

use std::{env, ffi::OsString, os::unix::process::CommandExt};

use crate::{
    failure::{Failure, Result},
    ui, workspace,
};

/// Becomes `cargo run`, which becomes the server: terminal, signals and exit code are its own.
pub fn run(args: &[OsString]) -> Result<()> {
    if let Err(failure) = ui::build() {
        failure.report();
        eprintln!("The server goes without account pages, or with those built before.");
    }
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

//! `cargo xtask bench`: measurements, on an optimised build and a PostgreSQL that waits for its disk.

use std::{ffi::OsString, path::Path};

use crate::{
    cli::Bench,
    failure::{Failure, Result},
    postgres::{Cluster, Durability},
    process::Running,
    workspace,
};

/// Runs the benches; what follows two dashes goes to them.
pub fn run(what: Bench, args: &[OsString]) -> Result<()> {
    if matches!(what, Bench::Login | Bench::Pages | Bench::History) {
        build_the_program()?;
    }
    let cluster = Cluster::start(Durability::Durable)?;
    let mut command = workspace::cargo(["run", "--release", "--package", "muniment-bench", "--"]);
    command
        .current_dir(workspace::root())
        // What asks a running server starts it as the tests do.
        .env("MUNIMENT_BIN", workspace::target_dir()?.join("release/muniment"))
        .env("MUNIMENT_TEST_POSTGRES", cluster.uri("postgres"))
        .arg("--postgres")
        .arg(cluster.uri("postgres"))
        .arg(what.name())
        .args(args);
    let status = Running::start(&mut command, "the benches")?.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new("the benches did not come to their end"))
    }
}

/// Makes a log to try things on.
pub fn seed(events: u64, database: Option<&str>, folder: &Path) -> Result<()> {
    let mut command = workspace::cargo(["run", "--release", "--package", "muniment-bench", "--"]);
    command
        .arg("seed")
        .arg(format!("--events={events}"))
        .args(database.map(|uri| format!("--database={uri}")))
        .arg(folder);
    if Running::start(&mut command, "the seed")?.wait()?.success() {
        Ok(())
    } else {
        Err(Failure::new("the log was not made"))
    }
}

fn build_the_program() -> Result<()> {
    let build = [
        "build",
        "--release",
        "--package",
        "muniment",
        "--bin",
        "muniment",
    ];
    let mut build = workspace::cargo(build);
    build.current_dir(workspace::root());
    if Running::start(&mut build, "the build")?.wait()?.success() {
        Ok(())
    } else {
        Err(Failure::new("the program does not build"))
    }
}

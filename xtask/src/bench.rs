//! `cargo xtask bench`: measurements, on an optimised build and a PostgreSQL that waits for its disk.

use std::ffi::OsString;

use crate::{
    failure::{Failure, Result},
    postgres::{Cluster, Durability},
    process::Running,
    workspace,
};

/// Runs the benches; what follows two dashes goes to them.
pub fn run(what: &str, args: &[OsString]) -> Result<()> {
    let cluster = Cluster::start(Durability::Durable)?;
    let mut command = workspace::cargo(["run", "--release", "--package", "muniment-bench", "--"]);
    command
        .current_dir(workspace::root())
        .arg("--postgres")
        .arg(cluster.uri("postgres"))
        .arg(what)
        .args(args);
    let status = Running::start(&mut command, "the benches")?.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new("the benches did not come to their end"))
    }
}

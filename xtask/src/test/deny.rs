//! cargo-deny, installed beside the build products when the machine has none.

use std::{path::PathBuf, process::Command};

use crate::{
    failure::{Failure, Result},
    process::Running,
    workspace::{cargo, find_on_path, target_dir},
};

const PROGRAM: &str = "cargo-deny";

pub fn command() -> Result<Command> {
    let mut command = Command::new(find_or_install()?);
    command.args([
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]);
    Ok(command)
}

fn find_or_install() -> Result<PathBuf> {
    let root = target_dir()?.join("tools");
    let own = root.join("bin").join(PROGRAM);
    if own.is_file() {
        return Ok(own);
    }
    if let Some(found) = find_on_path(PROGRAM) {
        return Ok(found);
    }
    eprintln!(
        "{PROGRAM} is missing and is installed into {}",
        root.display()
    );
    let mut install = cargo(["install", PROGRAM, "--locked", "--root"]);
    install.arg(&root);
    if Running::start(&mut install, "cargo install")?
        .wait()?
        .success()
    {
        Ok(own)
    } else {
        Err(Failure::new(format!(
            "{PROGRAM} could not be installed; do it by hand: cargo install {PROGRAM} --locked"
        )))
    }
}

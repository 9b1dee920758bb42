//! Installs PostgreSQL through the system's package manager, where the caller may do that.

use std::process::Command;

use crate::{
    failure::{Failure, Result},
    process::Running,
    workspace::find_on_path,
};

use super::account::is_root;

struct Manager {
    program: &'static str,
    /// Homebrew refuses to be root; the others insist.
    as_root: bool,
    steps: &'static [&'static [&'static str]],
}

const MANAGERS: [Manager; 4] = [
    Manager {
        program: "apt-get",
        as_root: true,
        steps: &[
            &["update"],
            &["install", "-y", "--no-install-recommends", "postgresql"],
        ],
    },
    Manager {
        program: "dnf",
        as_root: true,
        steps: &[&["install", "-y", "postgresql-server", "postgresql"]],
    },
    Manager {
        program: "apk",
        as_root: true,
        steps: &[&["add", "postgresql", "postgresql-client"]],
    },
    Manager {
        program: "brew",
        as_root: false,
        steps: &[&["install", "postgresql@17"]],
    },
];

pub fn install() -> Result<()> {
    let manager = manager().ok_or_else(advice)?;
    if manager.as_root != is_root() {
        return Err(advice());
    }
    for step in manager.steps {
        eprintln!(
            "PostgreSQL is missing: {} {}",
            manager.program,
            step.join(" ")
        );
        let mut command = Command::new(manager.program);
        command.args(*step).env("DEBIAN_FRONTEND", "noninteractive");
        if !Running::start(&mut command, manager.program)?
            .wait()?
            .success()
        {
            return Err(advice());
        }
    }
    Ok(())
}

/// What the developer can do where we cannot.
pub fn advice() -> Failure {
    let how = manager().map_or_else(
        || "install the PostgreSQL server (initdb and postgres) and put it on PATH".to_owned(),
        |manager| {
            let sudo = if manager.as_root && !is_root() {
                "sudo "
            } else {
                ""
            };
            let commands: Vec<String> = manager
                .steps
                .iter()
                .map(|step| format!("{sudo}{} {}", manager.program, step.join(" ")))
                .collect();
            format!("install it with `{}`", commands.join(" && "))
        },
    );
    Failure::new(format!("PostgreSQL's server programs are missing: {how}"))
}

fn manager() -> Option<&'static Manager> {
    MANAGERS
        .iter()
        .find(|manager| find_on_path(manager.program).is_some())
}

//! Who runs PostgreSQL. It refuses to run as root, so root lends it an account.

use std::{os::unix::process::CommandExt, path::Path, process::Command};

use nix::unistd::{User, geteuid};

use crate::{
    failure::{Context, Failure, Result},
    workspace::find_on_path,
};

/// Made where the system has no `postgres` account.
const OWN: &str = "muniment-pg";

/// The account a cluster runs under, where it is not the caller's own.
#[derive(Debug)]
pub struct Account(Option<User>);

impl Account {
    pub fn choose() -> Result<Self> {
        if !is_root() {
            return Ok(Self(None));
        }
        for name in ["postgres", OWN] {
            if let Some(user) = look_up(name)? {
                return Ok(Self(Some(user)));
            }
        }
        create()?;
        let user = look_up(OWN)?
            .ok_or_else(|| Failure::new(format!("the account {OWN} was made but is not found")))?;
        Ok(Self(Some(user)))
    }

    /// A command of this account. Its supplementary groups are dropped too: std clears them when
    /// root changes the user id.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some(user) = &self.0 {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    pub fn give(&self, path: &Path) -> Result<()> {
        let Some(user) = &self.0 else {
            return Ok(());
        };
        std::os::unix::fs::chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).context(
            format_args!("cannot give {} to {}", path.display(), user.name),
        )
    }
}

pub fn is_root() -> bool {
    geteuid().is_root()
}

fn look_up(name: &str) -> Result<Option<User>> {
    User::from_name(name).context(format_args!("cannot look up the account {name}"))
}

fn create() -> Result<()> {
    let mut command = if find_on_path("useradd").is_some() {
        let mut useradd = Command::new("useradd");
        useradd.args(["--system", "--no-create-home", "--shell", "/bin/false"]);
        useradd
    } else {
        // BusyBox
        let mut adduser = Command::new("adduser");
        adduser.args(["-S", "-D", "-H", "-s", "/bin/false"]);
        adduser
    };
    eprintln!("PostgreSQL does not run as root: making the system account {OWN} for it");
    let status = command.arg(OWN).status();
    if status.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "cannot make the account {OWN}: make it yourself, or call this without being root"
    )))
}

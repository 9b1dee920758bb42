//! Where the workspace and its build products lie, and how cargo is called for them.

use std::{
    env,
    ffi::OsStr,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::{Context, Failure, Result},
    process::Running,
};

pub fn root() -> PathBuf {
    // Cargo's own word at run time goes first: several clones may share one target folder, and with
    // it this binary.
    let crate_dir = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    crate_dir
        .parent()
        .map_or_else(|| crate_dir.clone(), Path::to_path_buf)
}

/// Cargo's target folder: this program lies in its `debug` or `release`.
pub fn target_dir() -> Result<PathBuf> {
    let exe = env::current_exe().context("cannot tell where cargo put this program")?;
    exe.ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .ok_or_else(|| Failure::new("cannot tell where cargo's target folder is"))
}

/// `cargo …`, to be run in the workspace.
pub fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo told this program about its own package. Build scripts that watch these variables
    // would run anew, with all that depends on them, whenever cargo is called from here and then
    // from a shell.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_about_this_package) {
            command.env_remove(name);
        }
    }
    command.args(args);
    command
}

fn is_about_this_package(variable: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ]
    .iter()
    .any(|prefix| variable.starts_with(prefix))
}

/// Builds the server and says where it is.
pub fn build_server() -> Result<PathBuf> {
    eprintln!("Building the server …");
    let mut build = cargo(["build", "--package", "muniment", "--bin", "muniment"]);
    build.current_dir(root());
    if !Running::start(&mut build, "cargo build")?.wait()?.success() {
        return Err(Failure::new("the server does not build; see above"));
    }
    Ok(target_dir()?.join("debug/muniment"))
}

/// Ports of 127.0.0.1 that nobody listens on. Asked for together, they differ.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot find a free port")?;
        *port = listener
            .local_addr()
            .context("cannot find a free port")?
            .port();
        held.push(listener);
    }
    Ok(ports)
}

/// A program's file, sought as the shell would.
pub fn find_on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_describes_this_package_is_hidden_from_cargo() {
        assert!(is_about_this_package("CARGO_PKG_NAME"));
        assert!(is_about_this_package("CARGO_MANIFEST_DIR"));
        assert!(!is_about_this_package("CARGO_TARGET_DIR"));
        assert!(!is_about_this_package("CARGO_HOME"));
    }

    #[test]
    fn ports_asked_for_together_differ() {
        let [a, b] = free_ports().unwrap();
        assert_ne!(a, b);
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("xtask/Cargo.toml").is_file());
    }
}

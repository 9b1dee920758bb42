//! The README's quick start, run as it stands.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use muniment_tests::server::{stderr, stdout};

/// The commands of the README's `sh` block.
fn quick_start() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, block) = readme.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let stopped = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(stopped.unwrap().success());
        self.0.wait().unwrap();
    }
}

/// Starts the server by the README's own command and waits for it to say that it is ready.
fn cargo_xtask_run(data: &Path) -> Running {
    let mut server = Running(
        Command::new("cargo")
            .args(["xtask", "run"])
            .current_dir(root())
            .env("MUNIMENT_DATA_DIR", data)
            .env_remove("MUNIMENT_CONFIG")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let out = BufReader::new(server.0.stdout.take().unwrap());
    let mut said = Vec::new();
    for line in out.lines() {
        said.push(line.unwrap());
        if said.last().unwrap().contains("next") {
            assert!(
                said.iter()
                    .any(|line| line.contains("http://127.0.0.1:8080"))
            );
            assert!(
                said.iter()
                    .any(|line| line.contains(&*data.to_string_lossy()))
            );
            return server;
        }
    }
    panic!("the server did not start; is port 8080 taken? it said: {said:?}");
}

#[test]
fn the_quick_start_of_the_readme_works_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("muniment-data");
    let _server = cargo_xtask_run(&data);

    let script = quick_start();
    assert!(script.contains("cargo muniment users register"));
    let ran = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(root())
        .env("MUNIMENT_DATA_DIR", &data)
        .env_remove("MUNIMENT_CONFIG")
        .output()
        .unwrap();
    let (out, err) = (stdout(&ran), stderr(&ran));
    assert!(ran.status.success(), "{out}\n{err}");
    assert!(out.contains(r#""username":"alice""#), "by REST: {out}");
    assert!(
        out.contains(r#"{"data":{"viewer":{"id":"user:"#),
        "by GraphQL: {out}"
    );
    assert!(out.contains("user.registered"), "in the history: {out}");
    assert!(out.contains("username=alice"), "in the history: {out}");
    assert!(!out.contains("mat_"), "the token is not shown twice");
}

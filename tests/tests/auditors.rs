//! `docs/auditors.md`: its case, worked through with the commands that stand there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::{
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

use muniment_tests::{
    TestDatabase, TestServer,
    beside::beside,
    each_backend,
    server::{muniment, stderr, stdout},
    sign_in_everywhere,
};

each_backend!(the_case_is_worked_through_as_it_is_written);

const PAGE: &str = include_str!("../../docs/auditors.md");
/// Stands between the outputs of blocks.
const MARK: &str = "---- next ----";
/// Stands for anything.
const ANYTHING: char = '…';

/// Commands, and what they print.
struct Block {
    commands: String,
    output: Option<String>,
}

fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut rest = PAGE;
    while let Some((_, fence)) = rest.split_once("\n```") {
        let (kind, after) = fence.split_once('\n').unwrap();
        let (text, after) = after.split_once("\n```").unwrap();
        match kind {
            "sh" => blocks.push(Block {
                commands: text.to_owned(),
                output: None,
            }),
            "text" => blocks.last_mut().unwrap().output = Some(text.to_owned()),
            other => panic!("a block of {other}"),
        }
        rest = after;
    }
    blocks
}

/// Blanks count as one, since they depend on the width of what stands in a table.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_printed(output: &str, expected: &str) {
    let printed = squeezed(output);
    let mut rest = printed.as_str();
    for part in expected.split(ANYTHING).map(squeezed) {
        let Some((_, after)) = rest.split_once(part.as_str()) else {
            panic!("{part:?} is not in what is left of\n{output}");
        };
        rest = after;
    }
}

/// A shell in which the page's program, token and server are known.
fn shell(folder: &Path, server: &TestServer, token: &str, script: &str) -> std::process::Output {
    let programs = folder.join("bin");
    std::fs::create_dir(&programs).unwrap();
    symlink(muniment(), programs.join("muniment")).unwrap();
    let path = std::env::var("PATH").unwrap();
    Command::new("sh")
        .args(["-eu", "-c", script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("MUNIMENT_CONFIG", server.config())
        .env("MUNIMENT_DATA_DIR", folder.join("muniment-data"))
        .env("USER", "tester")
        .env_remove("SUDO_USER")
        .env_remove("LOGNAME")
        .env_remove("RUST_LOG")
        .env("TOKEN", token)
        .env("SERVER", server.url(""))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

async fn the_case_is_worked_through_as_it_is_written(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    sign_in_everywhere(&log, alice).await;
    let locked = server.command(&["users", "lock", "alice"]);
    assert!(locked.status.success(), "{}", stderr(&locked));
    let token = server.token("urn:muniment:audit").await;
    let blocks = blocks();
    assert!(blocks.len() > 8, "they are found");
    let script: Vec<&str> = blocks.iter().map(|block| block.commands.as_str()).collect();
    let script = script.join(&format!("\necho '{MARK}'\n"));
    let folder = database.folder().join("case");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = tempfile::tempdir_in(folder).unwrap();
    let output = shell(folder.path(), &server, &token, &script);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}\n{}", stderr(&output));
    let outputs: Vec<&str> = printed.split(MARK).collect();
    assert_eq!(outputs.len(), blocks.len());
    for (block, output) in blocks.iter().zip(outputs) {
        if let Some(expected) = &block.output {
            assert_printed(output, expected);
        }
    }
    // What was asked for of her is in her own history.
    let records = server.command(&["audit", "log", "alice", "--type", "personal_data.disclosed"]);
    assert!(stdout(&records).contains("operator:tester"));
}

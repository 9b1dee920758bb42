//! What the program says when it cannot start: what is wrong, what to do, a status for scripts, and
//! no trace of its insides.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::{net::TcpListener, path::Path, process::Output};

use muniment_store::sql::query;
use muniment_tests::{
    Backend, TestDatabase, each_backend,
    server::{configuration, program, stderr, stdout},
};

const CONFIGURATION: i32 = 3;
const NOT_FOUND: i32 = 4;
const REFUSED: i32 = 5;
const DATABASE: i32 = 6;

each_backend!(
    a_database_of_a_newer_version_is_refused,
    a_read_only_database_is_refused,
    commands_say_what_is_wrong
);

/// Runs a command on a configuration.
fn run(folder: &Path, config: &str, arguments: &[&str]) -> Output {
    let file = folder.join("refused.yaml");
    std::fs::write(&file, config).unwrap();
    program(folder)
        .args(arguments)
        .arg("--config")
        .arg(&file)
        .output()
        .unwrap()
}

/// It failed with this status, and says all of this, and nothing that a person cannot use.
fn assert_refused(output: &Output, status: i32, says: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in says {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    for inside in ["panicked", "RUST_BACKTRACE", "stack backtrace", ".rs:"] {
        assert!(!text.contains(inside), "{text}");
    }
    assert_eq!(stdout(output), "");
}

#[test]
fn a_wrong_value_names_its_key_and_what_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration("sqlite://x.db", "passwords:\n  minimum_complexity: nine\n");
    let output = run(folder.path(), &config, &["serve"]);
    assert_refused(&output, CONFIGURATION, &["passwords.minimum_complexity"]);

    let config = configuration("sqlite://x.db", "passwords:\n  minimum_complexity: 9\n");
    let output = run(folder.path(), &config, &["users", "list"]);
    assert_refused(
        &output,
        CONFIGURATION,
        &["passwords.minimum_complexity", "4"],
    );
}

#[test]
fn an_unknown_key_is_a_warning_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("sqlite://{}/x.db", folder.path().display());
    let config = configuration(&uri, "pasword:\n  enabled: true\n");
    let output = run(folder.path(), &config, &["users", "list"]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("warning"), "{}", stderr(&output));
    assert!(stderr(&output).contains("pasword"), "{}", stderr(&output));
    let checked = run(folder.path(), &config, &["config", "check"]);
    assert!(stdout(&checked).contains("pasword"));
}

#[test]
fn a_configuration_that_is_not_there_or_not_yaml_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = program(folder.path())
        .args(["serve", "--config", "nowhere.yaml"])
        .output()
        .unwrap();
    assert_refused(&missing, CONFIGURATION, &["nowhere.yaml"]);
    let broken = run(folder.path(), "http: [", &["serve"]);
    assert_refused(&broken, CONFIGURATION, &["refused.yaml"]);
}

#[test]
fn a_data_folder_that_cannot_be_used_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let output = program(folder.path())
        .arg("serve")
        .env("MUNIMENT_DATA_DIR", &file)
        .output()
        .unwrap();
    assert_refused(&output, CONFIGURATION, &["a-file"]);

    let uri = format!("sqlite://{}/nowhere/x.db", folder.path().display());
    let output = run(folder.path(), &configuration(&uri, ""), &["users", "list"]);
    assert_refused(&output, DATABASE, &["nowhere", "create it"]);
}

#[test]
fn a_database_that_cannot_be_reached_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago and that nobody listens on.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let config = configuration(&format!("postgres://u:hidden@127.0.0.1:{port}/m"), "");
    let output = run(folder.path(), &config, &["serve"]);
    assert_refused(&output, DATABASE, &["cannot be reached", "database.uri"]);
    assert!(!stderr(&output).contains("hidden"));

    let output = run(folder.path(), &configuration("mysql://x", ""), &["serve"]);
    assert!(matches!(
        output.status.code(),
        Some(CONFIGURATION | DATABASE)
    ));
    assert!(
        stderr(&output).contains("database.uri"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_taken_port_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let uri = format!("sqlite://{}/x.db", folder.path().display());
    let config = configuration(&uri, "").replace("127.0.0.1:0", &address);
    let output = run(folder.path(), &config, &["serve"]);
    assert_refused(&output, 1, &[&address, "http.listeners"]);
    assert!(!folder.path().join("x.db").exists(), "nothing was touched");
}

async fn a_database_of_a_newer_version_is_refused(database: TestDatabase) {
    let open = database.open().await;
    let mut transaction = open.begin().await.unwrap();
    let touched = transaction
        .execute(query(
            "UPDATE _sqlx_migrations SET version = version + 9000 WHERE version = 2",
        ))
        .await
        .unwrap();
    assert_eq!(touched, 1);
    transaction.commit().await.unwrap();
    open.close().await;

    let config = configuration(database.uri(), "");
    let output = run(database.folder(), &config, &["serve"]);
    assert_refused(&output, DATABASE, &["newer version", "9002"]);
}

async fn a_read_only_database_is_refused(database: TestDatabase) {
    database.open().await.close().await;
    let uri = if database.backend() == Backend::Postgres {
        format!(
            "{}?options=-c%20default_transaction_read_only%3Don",
            database.uri()
        )
    } else {
        let file = database.uri().trim_start_matches("sqlite://");
        let mut permissions = std::fs::metadata(file).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(file, permissions).unwrap();
        database.uri().to_owned()
    };
    let output = run(database.folder(), &configuration(&uri, ""), &["serve"]);
    assert_refused(&output, DATABASE, &["read-only"]);
}

async fn commands_say_what_is_wrong(database: TestDatabase) {
    let config = configuration(database.uri(), "");
    let run = |arguments: &[&str]| run(database.folder(), &config, arguments);

    assert!(run(&["users", "register", "alice"]).status.success());
    assert_refused(
        &run(&["users", "register", "alice"]),
        REFUSED,
        &["exists already"],
    );
    assert_refused(
        &run(&["users", "register", "Not Valid"]),
        REFUSED,
        &["a-z 0-9"],
    );
    assert_refused(
        &run(&["users", "lock", "nobody"]),
        NOT_FOUND,
        &["nobody", "users list"],
    );
    assert_refused(
        &run(&["audit", "log", "01040G2081040G2081040G2081"]),
        NOT_FOUND,
        &["01040G2081040G2081040G2081"],
    );
    assert_refused(&run(&["users", "explode"]), 2, &["explode", "--help"]);
    let json = run(&["users", "show", "nobody", "--json"]);
    let error: serde_json::Value = serde_json::from_str(&stderr(&json)).unwrap();
    assert_eq!(error["error"], "not_found");
}

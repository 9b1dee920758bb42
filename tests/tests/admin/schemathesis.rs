//! What schemathesis finds when it makes requests up from the served document: nothing. What it has to
//! know besides is in `tests/schemathesis/hooks.py`.

use std::{path::Path, process::Stdio, time::Duration};

use muniment_tests::{
    Backend, TestDatabase, TestServer,
    beside::beside,
    python,
    server::{CLIENT_ID, CLIENT_SECRET, configuration, stderr, stdout},
    sign_in_everywhere,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{Admin, upstream};

mod schemathesis_finds_nothing {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        on(Backend::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        on(Backend::Postgres).await;
    }
}

/// Requests made up for each operation, besides those that cover what its description says.
const EXAMPLES: &str = "10";
const SEED: &str = "20260101";
/// Many times what it takes, on a machine with much else to do.
const LONGEST: Duration = Duration::from_secs(600);

impl Admin {
    /// Something of every kind, so that operations on one thing find one.
    async fn populate(&self, database: &TestDatabase) {
        let log = beside(database).await;
        let somebody = log.register("somebody").await;
        sign_in_everywhere(&log, somebody).await;
        for name in ["anna", "berta", "clara"] {
            let user = self.server.register(&self.token, name).await;
            for (path, body) in [
                (
                    "/user-emails",
                    json!({ "user_id": user, "email": format!("{name}@example.com") }),
                ),
                (
                    "/personal-sessions",
                    json!({ "actor_user_id": user, "human_name": name, "scope": "openid" }),
                ),
                (
                    "/upstream-oauth-links",
                    json!({ "user_id": user, "provider_id": upstream::ACME, "subject": name }),
                ),
                ("/user-registration-tokens", json!({ "token": name })),
            ] {
                assert_eq!(self.post(path, body).await.status, 201, "{path}");
            }
            let arguments = ["users", "issue-compatibility-token", name];
            let issued = self.server.command(&arguments);
            assert!(issued.status.success(), "{}", stderr(&issued));
        }
        let set = self.post("/policy-data", json!({ "data": {} })).await;
        assert_eq!(set.status, 201);
    }
}

async fn on(backend: Backend) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let python = python::installed(target, "schemathesis");
    let program = python.with_file_name("schemathesis");
    let database = TestDatabase::new(backend).await;
    let yaml = configuration(database.uri(), &upstream::providers());
    let server = TestServer::start_quietly(&database, &yaml).await;
    let token = server.admin_token().await;
    let admin = Admin { server, token };
    admin.populate(&database).await;
    let run = Command::new(&program)
        .args(["--no-color", "run"])
        .arg(admin.server.url("/api/spec.json"))
        .args(["--url", &admin.server.url("")])
        .args(["--checks", "all"])
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--max-examples", EXAMPLES, "--seed", SEED])
        .args(["--generation-database", "none", "--continue-on-failure"])
        .args(["--warnings", "off"])
        .env(
            "SCHEMATHESIS_HOOKS",
            python::source("schemathesis").join("hooks.py"),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("MUNIMENT_BASE", admin.server.url(""))
        .env("MUNIMENT_CLIENT_ID", CLIENT_ID)
        .env("MUNIMENT_CLIENT_SECRET", CLIENT_SECRET)
        .env("NO_PROXY", "127.0.0.1")
        .current_dir(database.folder())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(LONGEST, run).await;
    let run = run.expect("it ends in time").expect("schemathesis runs");
    let told = stdout(&run);
    assert!(run.status.success(), "{told}\n{}", stderr(&run));
    let document = admin.server.get("/api/spec.json").send().await.unwrap();
    let document: Value = document.json().await.unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let all: usize = paths.map(|path| path.as_object().unwrap().len()).sum();
    for part in [
        format!("{all} selected / {all} total"),
        format!("Tested: {all}"),
    ] {
        assert!(told.contains(&part), "{part} in {told}");
    }
}

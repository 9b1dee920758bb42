use muniment_tests::{TestDatabase, each_backend, server};
use serde_json::Value;

use crate::{change, introspect, is_active, logout, start, user};

each_backend!(an_operator_issues_a_token);

async fn an_operator_issues_a_token(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    let issue = |arguments: &[&str]| {
        server.command(&[&["users", "issue-compatibility-token"], arguments].concat())
    };
    let output = issue(&["alice"]);
    assert!(output.status.success(), "{}", server::stderr(&output));
    let token = server::stdout(&output).trim().to_owned();
    let found = introspect(&server, &token).await;
    assert_eq!(found["active"], true);
    assert_eq!(found["username"], "alice");
    assert_eq!(found.get("exp"), None);
    assert!(
        !found["scope"]
            .as_str()
            .unwrap()
            .contains("urn:synapse:admin")
    );

    let flag = "--yes-i-want-to-grant-synapse-admin-privileges";
    let output = issue(&["alice", "ROBOT", flag, "--json"]);
    let issued: Value = serde_json::from_str(&server::stdout(&output)).unwrap();
    assert_eq!(issued["device_id"], "ROBOT");
    assert_eq!(issued["user_id"], "@alice:example.com");
    let admin = issued["access_token"].as_str().unwrap();
    let found = introspect(&server, admin).await;
    assert_eq!(found["device_id"], "ROBOT");
    assert!(
        found["scope"]
            .as_str()
            .unwrap()
            .ends_with("urn:synapse:admin:*")
    );
    assert_eq!(logout(&server, admin).await.status, 200);
    assert!(is_active(&server, &token).await);

    change(&server, &alice, "deactivate").await;
    assert_eq!(issue(&["alice"]).status.code(), Some(5));
    assert_eq!(issue(&["nobody"]).status.code(), Some(4));
}

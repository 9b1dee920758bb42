//! A person with a history, and what can be asked of it.

use muniment_tests::{
    TestServer,
    server::{stderr, stdout},
};
use serde_json::{Value, json};

pub const USERNAME: &str = "margarethe";
pub const EMAIL: &str = "margarethe.hilbert@example.com";
pub const FORMER_EMAIL: &str = "mh1887@example.org";
pub const PASSWORD: &str = "correct horse battery staple";
/// What must not be found of them.
pub const PERSONAL: [&str; 5] = [USERNAME, EMAIL, FORMER_EMAIL, "hilbert", "mh1887"];

pub struct Person {
    pub id: String,
    /// An access token of theirs.
    pub token: String,
}

/// Lets someone do everything that leaves traces.
pub async fn live(server: &TestServer, admin: &str) -> Person {
    let issued = server.command(&["users", "register", USERNAME, "--admin", "--token"]);
    let token = text(&issued).trim().to_owned();
    let found = get(
        server,
        admin,
        &format!("/api/admin/v1/users/by-username/{USERNAME}"),
    )
    .await;
    let id = found["data"]["id"].as_str().unwrap().to_owned();
    let password = server
        .post(&format!("/api/admin/v1/users/{id}/set-password"))
        .bearer_auth(admin)
        .json(&json!({ "password": PASSWORD }))
        .send()
        .await
        .unwrap();
    assert_eq!(password.status(), 204);
    let former = add_email(server, admin, &id, FORMER_EMAIL).await;
    let removed = server
        .request(
            reqwest::Method::DELETE,
            &format!("/api/admin/v1/user-emails/{former}"),
        )
        .bearer_auth(admin)
        .send()
        .await
        .unwrap();
    assert_eq!(removed.status(), 204);
    add_email(server, admin, &id, EMAIL).await;
    let viewer = server
        .graphql(
            Some(&token),
            "{viewer{... on User{username emails(first: 5){nodes{email}}}}}",
            json!({}),
        )
        .await;
    assert_eq!(viewer["data"]["viewer"]["username"], USERNAME);
    assert_eq!(
        viewer["data"]["viewer"]["emails"]["nodes"][0]["email"],
        EMAIL
    );
    Person { id, token }
}

/// Adds an address; its id.
pub async fn add_email(server: &TestServer, admin: &str, user: &str, email: &str) -> String {
    let added = server
        .post("/api/admin/v1/user-emails")
        .bearer_auth(admin)
        .json(&json!({ "user_id": user, "email": email }))
        .send()
        .await
        .unwrap();
    assert_eq!(added.status(), 201);
    let body: Value = added.json().await.unwrap();
    body["data"]["id"].as_str().unwrap().to_owned()
}

pub async fn deactivate(server: &TestServer, admin: &str, user: &str, skip_erase: bool) {
    let deactivated = server
        .post(&format!("/api/admin/v1/users/{user}/deactivate"))
        .bearer_auth(admin)
        .json(&json!({ "skip_erase": skip_erase }))
        .send()
        .await
        .unwrap();
    assert_eq!(deactivated.status(), 200);
}

pub async fn get(server: &TestServer, admin: &str, path: &str) -> Value {
    let answer = server.get(path).bearer_auth(admin).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

pub fn text(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output)
}

/// A person's history as `audit log --json` prints it.
pub fn history(server: &TestServer, user: &str) -> Vec<Value> {
    text(&server.command(&["audit", "log", user, "--json", "--personal-data"]))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What the history says of one field, from each event that has it.
pub fn told(history: &[Value], field: &str) -> Vec<String> {
    history
        .iter()
        .filter_map(|event| event["details"].get(field))
        .filter_map(|told| match told["personal"].as_str() {
            Some("shown") => told["value"].as_str(),
            Some(_) => Some("(erased)"),
            None => told.as_str(),
        })
        .map(str::to_owned)
        .collect()
}

/// All accounts, as the read models have them.
pub fn accounts(server: &TestServer) -> String {
    text(&server.command(&["users", "list", "--json"]))
}

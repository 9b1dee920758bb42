//! Deactivation with `erase`: what can go while the account stays.

use muniment_tests::{TestDatabase, TestServer, each_log};
use serde_json::json;

use crate::support::{
    EMAIL, FORMER_EMAIL, USERNAME, add_email, deactivate, get, history, live, text, told,
};

each_log!(
    deactivating_makes_addresses_unreadable_and_keeps_the_name,
    deactivating_without_erasure_keeps_addresses_in_the_history,
    locking_with_deactivation_makes_addresses_unreadable,
    an_address_that_was_added_after_reactivation_can_be_read
);

async fn deactivating_makes_addresses_unreadable_and_keeps_the_name(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    deactivate(&server, &admin, &person.id, false).await;

    let path = format!("/api/admin/v1/users/{}", person.id);
    let user = get(&server, &admin, &path).await;
    assert_eq!(user["data"]["attributes"]["username"], USERNAME);
    let told_now = history(&server, USERNAME);
    assert_eq!(told(&told_now, "username"), [USERNAME]);
    assert_eq!(told(&told_now, "email"), ["(erased)", "(erased)"]);
    let deactivated = told_now
        .iter()
        .find(|event| event["type"] == "user.deactivated")
        .unwrap();
    let ids: Vec<&str> = deactivated["details"]["shredded_emails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    assert_eq!(told(&told_now, "email_id")[..1], ids[..1], "as ULIDs");
    assert_eq!(ids.len(), 2);
    text(&server.command(&["projections", "rebuild"]));
    assert_eq!(get(&server, &admin, &path).await, user);
    text(&server.command(&["log", "check"]));
}

async fn deactivating_without_erasure_keeps_addresses_in_the_history(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    deactivate(&server, &admin, &person.id, true).await;
    let told_now = history(&server, USERNAME);
    assert_eq!(told(&told_now, "email"), [FORMER_EMAIL, EMAIL]);
}

async fn locking_with_deactivation_makes_addresses_unreadable(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    live(&server, &admin).await;
    text(&server.command(&["users", "lock", USERNAME, "--deactivate"]));
    let told_now = history(&server, USERNAME);
    assert_eq!(told(&told_now, "email"), ["(erased)", "(erased)"]);

    let bert = server.register(&admin, "bert").await;
    add_email(&server, &admin, &bert, "bert@example.com").await;
    let locked = server
        .graphql(
            Some(&admin),
            "mutation($id: ID!){lockUser(input: {userId: $id, deactivate: true}){status}}",
            json!({ "id": format!("user:{bert}") }),
        )
        .await;
    assert_eq!(locked["data"]["lockUser"]["status"], "LOCKED");
    assert_eq!(told(&history(&server, "bert"), "email"), ["(erased)"]);
}

async fn an_address_that_was_added_after_reactivation_can_be_read(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    deactivate(&server, &admin, &person.id, false).await;
    let reactivated = server
        .post(&format!("/api/admin/v1/users/{}/reactivate", person.id))
        .bearer_auth(&admin)
        .send()
        .await
        .unwrap();
    assert_eq!(reactivated.status(), 200);
    add_email(&server, &admin, &person.id, EMAIL).await;
    let server = server.restart().await;
    let told_now = history(&server, USERNAME);
    assert_eq!(told(&told_now, "email"), ["(erased)", "(erased)", EMAIL]);
}

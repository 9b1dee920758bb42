//! What the homeserver is asked for while a request waits (contract/graphql.md 8.2).

use muniment_tests::{TestDatabase, beside::beside, each_backend};
use serde_json::{Value, json};

use crate::Api;

each_backend!(a_homeserver_that_is_down_costs_its_own_field_alone);

async fn a_homeserver_that_is_down_costs_its_own_field_alone(database: TestDatabase) {
    let api = Api::start_replacing(
        &database,
        "  kind: none\n",
        "  kind: synapse\n  endpoint: http://127.0.0.1:1/\n  secret: shared\n",
    )
    .await;
    let alice = beside(&database).await.register("alice").await;
    let input = json!({
        "userId": format!("user:{alice}"),
        "scope": "urn:mas:graphql:*",
        "permanent": true,
    });
    let token = "mutation($input: CreateOAuth2SessionInput!)\
        {createOauth2Session(input:$input){accessToken}}";
    let made = api.data(&api.admin, token, json!({ "input": input })).await;
    let token = made["createOauth2Session"]["accessToken"].as_str().unwrap();
    // D49
    let query = "{viewer{...on User{username matrix{mxid}}}}";
    let answer = api.server.graphql(Some(token), query, Value::Null).await;
    assert_eq!(
        answer["data"],
        json!({ "viewer": { "username": "alice" } }),
        "{answer}"
    );
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{answer}");
    assert_eq!(errors[0]["path"], json!(["viewer", "matrix"]));
    assert_eq!(errors[0]["message"], "Failed to query user from Synapse");
}

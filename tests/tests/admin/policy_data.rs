//! Data that the policy goes by (contract/admin-api.md 5.11).

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Admin, NIL, ROOT, UNKNOWN};

each_backend!(
    data_is_set_and_read_back_by_its_id,
    what_the_policy_cannot_use_is_not_kept,
    what_is_set_is_in_force_at_once,
);

async fn data_is_set_and_read_back_by_its_id(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let none = admin.get("/policy-data/latest").await;
    none.refused(404, &["No policy data found"]);
    let missing = |id: &str| format!("Policy data with ID {id} not found");
    let none = admin.get(&format!("/policy-data/{NIL}")).await;
    none.refused(404, &[&missing(NIL)]);

    let mut ids = Vec::new();
    for data in [
        json!({ "hello": "world" }),
        json!({ "hello": "world" }),
        json!(null),
    ] {
        let set = admin.post("/policy-data", json!({ "data": data })).await;
        assert_eq!(set.status, 201, "{set:?}");
        let set = set.json();
        let id = set["data"]["id"].as_str().unwrap().to_owned();
        let path = format!("{ROOT}/policy-data/{id}");
        assert_eq!(set["data"]["type"], "policy-data");
        assert_eq!(set["data"]["attributes"]["data"], data);
        assert!(set["data"]["attributes"]["created_at"].is_string());
        assert_eq!(set["data"]["links"]["self"], path);
        assert_eq!(set["links"]["self"], path);
        assert_eq!(admin.get("/policy-data/latest").await.json(), set);
        assert_eq!(admin.get(&format!("/policy-data/{id}")).await.json(), set);
        assert!(!ids.contains(&id), "a new record also for equal data");
        ids.push(id);
    }
    let first = admin.get(&format!("/policy-data/{}", ids[0])).await.json();
    assert_eq!(
        first["data"]["attributes"]["data"],
        json!({ "hello": "world" })
    );
    let unknown = admin.get(&format!("/policy-data/{UNKNOWN}")).await;
    unknown.refused(404, &[&missing(UNKNOWN)]);
}

async fn what_the_policy_cannot_use_is_not_kept(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for data in [
        json!([]),
        json!({ "admin_clients": "x" }),
        json!({ "admin_users": [1] }),
    ] {
        let refused = admin.post("/policy-data", json!({ "data": data })).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        let titles = refused.titles();
        let first = "Failed to instanciate policy with the provided data";
        assert_eq!(titles[0], first);
        assert!(titles.len() > 1, "and why");
    }
    let missing: Value = json!({});
    assert_eq!(admin.post("/policy-data", missing).await.status, 422);
    assert_eq!(admin.get("/policy-data/latest").await.status, 404);
}

async fn what_is_set_is_in_force_at_once(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let client = json!({
        "redirect_uris": ["https://app.example.org/callback"],
        "token_endpoint_auth_method": "none",
    });
    let register = async || {
        let request = admin.server.post("/oauth2/registration").json(&client);
        crate::answer(request).await.status
    };
    assert_eq!(register().await, 400, "it has no page");
    let allow = |value: bool| json!({ "data": { "client_registration": { "allow_missing_client_uri": value } } });
    for (value, status) in [(true, 201), (false, 400)] {
        assert_eq!(admin.post("/policy-data", allow(value)).await.status, 201);
        assert_eq!(register().await, status);
    }
}

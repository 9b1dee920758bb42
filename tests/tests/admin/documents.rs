//! What the server tells about itself: version, site-config, and its documents (contract/admin-api.md
//! 1 and 5.1).

use std::collections::{BTreeMap, BTreeSet};

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Admin, answer};

each_backend!(
    the_version_and_the_configuration_are_told_to_administrators,
    the_document_is_public_and_complete,
    the_documentation_is_served_from_the_program_itself,
);

async fn the_version_and_the_configuration_are_told_to_administrators(database: TestDatabase) {
    let admin = Admin::start_with(
        &database,
        "passwords:\n  minimum_complexity: 4\n\
         account:\n  email_change_allowed: false\n  password_registration_enabled: true\n  \
         password_registration_token_required: true\n",
    )
    .await;
    let version = admin.get("/version").await;
    assert_eq!(version.status, 200);
    let version = version.json();
    let text = version["version"].as_str().unwrap();
    assert_eq!(version, json!({ "version": text }));
    assert!(text.starts_with('v'), "{text}");

    let site = admin.get("/site-config").await;
    assert_eq!(site.status, 200);
    assert_eq!(
        site.json(),
        json!({
            "server_name": "example.com",
            "password_login_enabled": true,
            "password_registration_enabled": true,
            "password_registration_email_required": true,
            "password_registration_token_required": true,
            "registration_token_required": true,
            "email_change_allowed": false,
            "displayname_change_allowed": true,
            "password_change_allowed": true,
            "account_recovery_allowed": false,
            "account_deactivation_allowed": true,
            "captcha_enabled": false,
            "minimum_password_complexity": 4,
        })
    );
}

/// The contract's document, of which the fixture has everything but the texts.
const CONTRACT: &str = include_str!("../../fixtures/contract-admin-openapi.json");

/// operationId by method and path, as existing code generators know them.
fn operations(document: &Value) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            found.insert((method.clone(), path.clone()), id.to_owned());
        }
    }
    found
}

async fn the_document_is_public_and_complete(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let served = answer(admin.server.get("/api/spec.json")).await;
    assert_eq!(served.status, 200);
    assert_eq!(served.header("access-control-allow-origin"), Some("*"));
    let document = served.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        document["info"],
        json!({ "title": "Matrix Authentication Service admin API", "version": "" })
    );
    assert_eq!(document["servers"], json!([{ "url": "http://127.0.0.1" }]));
    let flow = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "http://127.0.0.1/oauth2/token");

    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let found = operations(&document);
    for (place, id) in operations(&contract) {
        assert_eq!(found.get(&place), Some(&id), "{place:?}");
    }

    // Whatever it refers to is in it.
    let mut references = BTreeSet::new();
    references_of(&document, &mut references);
    assert!(references.contains("#/components/schemas/PaginatedResponse_for_User"));
    for reference in references {
        let at = reference.trim_start_matches('#');
        assert!(document.pointer(at).is_some(), "{reference} leads nowhere");
    }
}

fn references_of(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members
                .values()
                .for_each(|member| references_of(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references_of(item, found)),
        _ => {}
    }
}

async fn the_documentation_is_served_from_the_program_itself(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for path in ["/api/doc/", "/api/doc/oauth2-callback"] {
        let page = answer(admin.server.get(path)).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-type")
                .unwrap()
                .starts_with("text/html"),
            "{path}"
        );
        // Nothing is loaded from elsewhere.
        for attribute in [
            "src=\"http",
            "src=\"//",
            "href=\"http",
            "href=\"//",
            "@import",
        ] {
            assert!(!page.text.contains(attribute), "{attribute} in {path}");
        }
    }
    let unknown = answer(admin.server.request(Method::GET, "/api/doc/nothing")).await;
    assert_eq!(unknown.status, 404);
}

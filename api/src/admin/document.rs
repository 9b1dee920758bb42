//! The OpenAPI document (contract admin-api.md 1).

use muniment_domain::Scope;
use poem::http::Method;
use poem_openapi::OpenApiService;
use serde_json::{Map, Value, json};

use super::{
    condition, idempotency,
    operations::{Operations, ROOT},
    parameter_schemas, rights,
};
use crate::site::Site;

/// Existing tools show this title.
const TITLE: &str = "Matrix Authentication Service admin API";
const SCOPE: &str = Scope::ADMIN;

/// The document of the Admin API: with the addresses of `site`, or with placeholders for them, so
/// that it is the same for every deployment.
pub fn openapi_document(site: Option<&Site>) -> Value {
    let service = OpenApiService::new(Operations::default(), TITLE, "");
    // It has just been written by the same library.
    let mut document: Value = serde_json::from_str(&service.spec()).unwrap_or_default();
    modernise(&mut document);
    parameter_schemas::add(&mut document);
    document["openapi"] = json!("3.1.0");
    document["servers"] = servers(site);
    document["security"] = security(&[]);
    add_what_hangs_on_the_path(&mut document);
    document["components"]["securitySchemes"] = security_schemes(site);
    document.sort_all_objects();
    document
}

fn servers(site: Option<&Site>) -> Value {
    match site {
        // Paths are appended to it, and they start with a slash.
        Some(site) => json!([{ "url": site.public_base.as_str().trim_end_matches('/') }]),
        None => json!([{ "url": "{base}", "variables": { "base": { "default": "/" } } }]),
    }
}

/// The whole scope or any of the others, as either kind of token has it.
fn security(narrower: &[&str]) -> Value {
    let scopes = || [SCOPE].into_iter().chain(narrower.iter().copied());
    let oauth2 = scopes().map(|scope| json!({ "oauth2": [scope] }));
    let token = scopes().map(|scope| json!({ "token": [scope] }));
    oauth2.chain(token).collect()
}

/// What each operation can be done with besides the scope of all, and on which conditions.
fn add_what_hangs_on_the_path(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, operations) in paths {
        // The document has `{id}` where routes have `:id`.
        let route = path.replace('{', ":").replace('}', "");
        let route = route.strip_prefix(ROOT).unwrap_or_default();
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            let method = method.to_uppercase().parse().unwrap_or(Method::GET);
            let narrower = rights::narrower(&method, route);
            if !narrower.is_empty() {
                operation["security"] = security(narrower);
            }
            condition::document(&method, route, operation);
            if method != Method::GET && idempotency::is_repeatable(route) {
                idempotency::document(operation);
            }
        }
    }
}

fn security_schemes(site: Option<&Site>) -> Value {
    let base = site.map_or("./", |site| site.public_base.as_str());
    let token = format!("{base}oauth2/token");
    let authorize = format!("{base}authorize");
    let scopes = json!({
        SCOPE: "Grant access to the admin API",
        Scope::ADMIN_READ: "Look at everything",
        Scope::ADMIN_USERS: "Manage users, their email addresses and upstream links",
        Scope::ADMIN_SESSIONS: "See and end sessions of every kind",
        Scope::AUDIT: "See what the history was sealed as",
        Scope::ADMIN_TOKENS: "Manage registration tokens, see and revoke personal sessions",
    });
    json!({
        "oauth2": {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": token,
                    "refreshUrl": token,
                    "scopes": scopes,
                },
                "authorizationCode": {
                    "authorizationUrl": authorize,
                    "tokenUrl": token,
                    "refreshUrl": token,
                    "scopes": scopes,
                },
            },
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token with access to the admin API",
        },
    })
}

/// poem-openapi writes OpenAPI 3.0; in 3.1 null is a type, and whole numbers are written as such.
fn modernise(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(modernise);
            let nullable = members.remove("nullable") == Some(Value::Bool(true));
            drop_repetition(members);
            if nullable {
                allow_null(members);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(modernise),
        Value::Number(number) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the only such numbers are small bounds"
            )]
            if let Some(whole) = number.as_f64().filter(|float| float.fract() == 0.0) {
                *value = json!(whole as i64);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn allow_null(schema: &mut Map<String, Value>) {
    match schema.remove("type") {
        Some(known) => {
            schema.insert("type".to_owned(), json!([known, "null"]));
        }
        None => {
            if let Some(Value::Array(mut known)) = schema.remove("allOf") {
                known.push(json!({ "type": "null" }));
                schema.insert("anyOf".to_owned(), Value::Array(known));
            }
        }
    }
}

/// A reference with a description comes as `allOf` of both, with the description beside it again.
fn drop_repetition(schema: &mut Map<String, Value>) {
    let own = schema.clone();
    if let Some(Value::Array(parts)) = schema.get_mut("allOf") {
        parts.retain(|part| {
            !part.as_object().is_some_and(|part| {
                part.iter()
                    .all(|(name, value)| own.get(name) == Some(value))
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = include_str!("../../../openapi/admin.json");

    #[test]
    fn the_committed_document_is_the_printed_one() {
        let printed = serde_json::to_string_pretty(&openapi_document(None)).unwrap() + "\n";
        assert!(
            printed == COMMITTED,
            "openapi/admin.json is out of date; refresh it with \
             `cargo muniment print-schema openapi > openapi/admin.json`"
        );
    }

    #[test]
    fn every_operation_is_there_once_and_documents_how_it_refuses() {
        let document = openapi_document(None);
        let paths = document["paths"].as_object().unwrap();
        let operations: Vec<_> = paths
            .values()
            .flat_map(|path| path.as_object().unwrap().values())
            .collect();
        assert_eq!(operations.len(), 57);
        for operation in operations {
            for status in ["400", "401", "500", "503"] {
                let schema = operation
                    .pointer(&format!(
                        "/responses/{status}/content/application~1json/schema/$ref"
                    ))
                    .and_then(Value::as_str);
                assert_eq!(
                    schema,
                    Some("#/components/schemas/ErrorResponse"),
                    "{status} of {operation}"
                );
            }
        }
    }

    #[test]
    fn what_may_be_null_says_so() {
        let document = openapi_document(None);
        let user = &document["components"]["schemas"]["User"];
        assert_eq!(
            user["properties"]["locked_at"]["type"],
            json!(["string", "null"])
        );
        assert_eq!(
            user["required"],
            json!(["username", "created_at", "admin", "legacy_guest"])
        );
    }
}

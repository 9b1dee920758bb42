//! Our document against the contract's, of which the fixture has everything but the texts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::openapi_document;

const CONTRACT: &str = include_str!("../../../tests/fixtures/contract-admin-openapi.json");

/// Members that are for people, or whose default is written out.
const TEXTS: [&str; 4] = ["description", "title", "explode", "style"];

/// What there is beside the contract: path, method, name.
const OURS: [(&str, &str, &str); 10] = [
    ("/api/admin/v1/events", "get", "listEvents"),
    ("/api/admin/v1/events/{id}", "get", "getEvent"),
    ("/api/admin/v1/users/bulk", "post", "bulkUsers"),
    (
        "/api/admin/v1/audit/checkpoint",
        "get",
        "getLatestAuditCheckpoint",
    ),
    (
        "/api/admin/v1/audit/checkpoints",
        "get",
        "listAuditCheckpoints",
    ),
    (
        "/api/admin/v1/audit/checkpoints/{id}",
        "get",
        "getAuditCheckpoint",
    ),
    (
        "/api/admin/v1/audit/proofs/inclusion",
        "get",
        "getInclusionProof",
    ),
    (
        "/api/admin/v1/audit/proofs/consistency",
        "get",
        "getConsistencyProof",
    ),
    (
        "/api/admin/v1/users/{id}/kill-sessions",
        "post",
        "killUserSessions",
    ),
    (
        "/api/admin/v1/users/{id}/send-password-link",
        "post",
        "sendPasswordLink",
    ),
];

/// Members that are ours, which nobody has to give, and which are missing where they say nothing.
const ADDED_MEMBERS: [(&str, &str); 8] = [
    ("AddUserRequest", "email"),
    ("AddUserRequest", "send_password_link"),
    ("AddUserRequest", "locale"),
    ("AddUserRegistrationTokenRequest", "username"),
    ("AddUserRegistrationTokenRequest", "email"),
    ("UserRegistrationToken", "username"),
    ("UserRegistrationToken", "email"),
    ("UserRegistrationToken", "invite_url"),
];

/// Parameters of ours, which nobody has to give.
const ADDED_PARAMETERS: [&str; 5] = [
    "sort",
    "as-of",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
];

/// One thing that the documents say: where, and what.
type Facts = BTreeMap<String, Value>;

#[test]
fn every_operation_and_every_schema_is_as_the_contract_has_it() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let ours = openapi_document(None);
    let theirs = facts(&contract);
    let found = facts(&ours);
    let mut differences = Vec::new();
    for (place, fact) in &theirs {
        match found.get(place) {
            Some(same) if same == fact => {}
            other => differences.push(format!("{place}: {fact} is {other:?}")),
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let mut known = operations(&contract);
    assert_eq!(known.len(), 47);
    known
        .extend(OURS.map(|(path, method, id)| (path.to_owned(), method.to_owned(), id.to_owned())));
    assert_eq!(operations(&ours), known);
}

#[test]
fn no_body_is_asked_for_that_the_contract_lets_be_missing() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let asks = |operation: &Value| operation.pointer("/requestBody/required") == Some(&true.into());
    let ours = each_operation(&openapi_document(None));
    for (id, theirs) in each_operation(&contract) {
        assert!(!asks(&ours[&id]) || asks(&theirs), "{id}");
    }
}

fn operations(document: &Value) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            found.insert((path.clone(), method.clone(), id));
        }
    }
    found
}

fn each_operation(document: &Value) -> BTreeMap<String, Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths
        .flat_map(|path| path.as_object().unwrap().values())
        .map(|operation| {
            let id = operation["operationId"].as_str().unwrap();
            (id.to_owned(), operation.clone())
        })
        .collect()
}

/// An operation's parameters without those that are added.
fn known_parameters(operation: &Value) -> Value {
    let parameters = operation["parameters"].as_array();
    let known = parameters.map(|all| {
        let known = |one: &&Value| !ADDED_PARAMETERS.contains(&one["name"].as_str().unwrap());
        all.iter().filter(known).cloned().collect::<Vec<_>>()
    });
    let known = known.filter(|known| !known.is_empty());
    known.map_or(Value::Null, Value::Array)
}

fn facts(document: &Value) -> Facts {
    let mut facts = Facts::new();
    for (id, operation) in each_operation(document) {
        let mut fact = |name: &str, value: Value| facts.insert(format!("{id} {name}"), value);
        fact("tags", operation["tags"].clone());
        fact("parameters", plain(&known_parameters(&operation)));
        let body = operation.pointer("/requestBody/content/application~1json/schema");
        fact("body", body.map_or(Value::Null, plain));
        for (status, response) in operation["responses"].as_object().unwrap() {
            let schema = response.pointer("/content/application~1json/schema");
            fact(status, schema.map_or(Value::Null, plain));
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut schema = plain(schema);
        for (_, member) in ADDED_MEMBERS.iter().filter(|(owner, _)| owner == name) {
            if let Some(members) = schema["properties"].as_object_mut() {
                members.remove(*member);
            }
        }
        facts.insert(format!("schema {name}"), schema);
    }
    let tags = document["tags"].as_array().unwrap();
    for tag in tags {
        let name = tag["name"].as_str().or(tag.as_str()).unwrap();
        facts.insert(format!("tag {name}"), Value::Null);
    }
    facts
}

/// A part of a document without texts, in the shortest of the forms that mean the same.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => plain_object(members),
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}

fn plain_object(members: &Map<String, Value>) -> Value {
    let mut plain_members = Map::new();
    for (name, member) in members {
        let is_default = matches!(name.as_str(), "required" | "deprecated")
            && (*member == Value::Bool(false) || *member == Value::Array(Vec::new()));
        match name.as_str() {
            // Names of members of our own, not of the language.
            "properties" => {
                let properties = member.as_object().unwrap().iter();
                let properties = properties.map(|(name, schema)| (name.clone(), plain(schema)));
                plain_members.insert(name.clone(), Value::Object(properties.collect()));
            }
            "required" if member.is_array() && !is_default => {
                let mut names: Vec<_> = member.as_array().unwrap().clone();
                names.sort_by_key(ToString::to_string);
                plain_members.insert(name.clone(), Value::Array(names));
            }
            _ if TEXTS.contains(&name.as_str()) || is_default => {}
            _ => {
                plain_members.insert(name.clone(), plain(member));
            }
        }
    }
    if let Some(Value::Array(words)) = plain_members.get("oneOf") {
        let words = words
            .iter()
            .flat_map(|word| word["enum"].as_array().unwrap());
        let all = Value::Array(words.cloned().collect());
        plain_members.remove("oneOf");
        plain_members.insert("enum".to_owned(), all);
        plain_members.insert("type".to_owned(), "string".into());
    }
    if let Some(Value::Array(parts)) = plain_members.get("allOf")
        && let [only] = parts.as_slice()
    {
        return only.clone();
    }
    Value::Object(plain_members)
}

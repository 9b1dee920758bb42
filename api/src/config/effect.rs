//! Which keys this build understands but does not use yet.

use serde_json::{Map, Value};

use super::key_path::KeyPath;

/// Keys that do something, each with all keys below it. A key joins when its code does.
const IN_USE: &[&str] = &[
    "account",
    "audit",
    "branding",
    "captcha",
    "clients",
    "database",
    "email",
    "event_store",
    "experimental",
    "graphql",
    "http",
    "matrix",
    "oauth",
    "passwords",
    "policy.data.admin_clients",
    "policy.data.admin_users",
    "policy.data.allowed_domains",
    "policy.data.banned_domains",
    "policy.data.client_registration",
    "policy.data.emails",
    "policy.data.registration",
    "policy.data.requester",
    "policy.data.session_limit",
    "rate_limiting",
    "secrets",
    "upstream_oauth2",
];

/// The shortest given keys that hold nothing in use.
pub(super) fn without_effect(sections: &Map<String, Value>) -> Vec<KeyPath> {
    let mut idle = Vec::new();
    for (name, value) in sections {
        descend(&KeyPath::of(name), value, &mut idle);
    }
    idle
}

fn descend(at: &KeyPath, value: &Value, idle: &mut Vec<KeyPath>) {
    let name = at.to_string();
    if IN_USE.contains(&name.as_str()) {
        return;
    }
    let below = format!("{name}.");
    let partly = IN_USE.iter().any(|used| used.starts_with(&below));
    match value {
        Value::Object(map) if partly => {
            for (key, value) in map {
                descend(&at.key(key), value, idle);
            }
        }
        _ => idle.push(at.clone()),
    }
}

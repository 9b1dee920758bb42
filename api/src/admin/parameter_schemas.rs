//! Schemas of what operations take as parameters. Nothing in the document refers to them, but tools
//! generated from existing documents know them by name.

use serde_json::{Map, Value, json};

use super::{
    operations::ROOT,
    query::{AS_OF, SORT},
};

/// What the filters of a list are called together.
const FILTERS: [(&str, &str); 11] = [
    ("/audit/checkpoints", "AuditCheckpointFilter"),
    ("/compat-sessions", "CompatSessionFilter"),
    ("/oauth2-clients", "OAuth2ClientFilter"),
    ("/oauth2-sessions", "OAuth2SessionFilter"),
    ("/personal-sessions", "PersonalSessionFilter"),
    ("/users", "UserFilter"),
    ("/user-emails", "UserEmailFilter"),
    ("/user-sessions", "UserSessionFilter"),
    ("/user-registration-tokens", "RegistrationTokenFilter"),
    ("/upstream-oauth-links", "UpstreamOAuthLinkFilter"),
    ("/upstream-oauth-providers", "UpstreamOAuthProviderFilter"),
];

/// Adds them to a document that has all operations.
pub fn add(document: &mut Value) {
    let mut schemas = Map::new();
    for (path, name) in FILTERS {
        let parameters = &document["paths"][format!("{ROOT}{path}")]["get"]["parameters"];
        schemas.insert(name.to_owned(), object(parameters, true));
        // The same for every list.
        let pagination = "PaginationParams".to_owned();
        schemas
            .entry(pagination)
            .or_insert_with(|| object(parameters, false));
    }
    let path_parameter = |name: &str, schema: Value| json!({ "type": "object", "properties": { name: schema }, "required": [name] });
    let id = json!({ "$ref": "#/components/schemas/ULID" });
    schemas.insert("UlidInPath".to_owned(), path_parameter("id", id));
    let username = json!({ "type": "string" });
    let username = path_parameter("username", username);
    schemas.insert("UsernamePathParam".to_owned(), username);
    if let Some(all) = document["components"]["schemas"].as_object_mut() {
        all.extend(schemas);
    }
}

/// The filters among a list's parameters as an object, or all the others.
fn object(parameters: &Value, filters: bool) -> Value {
    let properties: Map<String, Value> = parameters
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|parameter| {
            let name = parameter["name"].as_str()?;
            // Ours, and not the same for every list.
            let known = name != SORT && name != AS_OF;
            let wanted = known && name.starts_with("filter[") == filters;
            wanted.then(|| (name.to_owned(), or_null(&parameter["schema"])))
        })
        .collect();
    json!({ "type": "object", "properties": properties })
}

/// What is not repeatable may be missing, which such an object writes as null.
fn or_null(schema: &Value) -> Value {
    match &schema["type"] {
        Value::Null => json!({ "anyOf": [schema, { "type": "null" }] }),
        Value::String(kind) if kind != "array" => {
            let mut schema = schema.clone();
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => schema.clone(),
    }
}

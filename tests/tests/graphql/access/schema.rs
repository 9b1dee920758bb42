//! Which fields there are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::scene::Scene;

/// What the schema says of itself: the fields of each type, with the text that asks for each, and the
/// types that it leads to.
pub(super) struct Schema(pub(super) BTreeMap<String, BTreeMap<String, Field>>);

pub(super) struct Field {
    pub(super) asks: String,
    /// An object, a union or an interface.
    pub(super) leads_to: Option<String>,
}

impl Schema {
    pub(super) async fn ask(scene: &Scene) -> Self {
        let query = "{__schema{types{kind name fields(includeDeprecated:true){name args{name} \
            type{...T ofType{...T ofType{...T ofType{...T}}}}}}}} fragment T on __Type{kind name}";
        let answer = scene.api.data(&scene.api.admin, query, Value::Null).await;
        let types = answer["__schema"]["types"].as_array().unwrap();
        let objects = types.iter().filter(|one| {
            let name = one["name"].as_str().unwrap();
            one["kind"] == "OBJECT" && !name.starts_with("__")
        });
        let fields = |one: &Value| {
            let fields = one["fields"].as_array().unwrap();
            fields.iter().map(Field::of).collect()
        };
        Self(
            objects
                .map(|one| (one["name"].as_str().unwrap().to_owned(), fields(one)))
                .collect(),
        )
    }

    pub(super) fn names(&self, of: &str) -> BTreeSet<&str> {
        self.0[of].keys().map(String::as_str).collect()
    }
}

impl Field {
    fn of(field: &Value) -> (String, Self) {
        let name = field["name"].as_str().unwrap().to_owned();
        let mut named = &field["type"];
        while named["name"].is_null() {
            named = &named["ofType"];
        }
        let is_object = matches!(
            named["kind"].as_str().unwrap(),
            "OBJECT" | "UNION" | "INTERFACE"
        );
        let is_list = field["args"]
            .as_array()
            .unwrap()
            .iter()
            .any(|argument| argument["name"] == "first");
        let mut asks = name.clone();
        if is_list {
            asks += "(first:9)";
        }
        if is_object {
            asks += "{__typename}";
        }
        let leads_to = is_object.then(|| named["name"].as_str().unwrap().to_owned());
        (name, Self { asks, leads_to })
    }
}

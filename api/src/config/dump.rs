//! The effective configuration as YAML, with secrets masked.

use serde_json::Value;

use super::{
    load::Config,
    secret::{MASK, is_secret_key},
};

impl Config {
    /// What the server works with after merging and defaults, as YAML. Secrets read `***`; one
    /// that came from a file is shown as that file.
    #[must_use]
    pub fn dump(&self) -> String {
        let mut value = match serde_json::to_value(self) {
            Ok(value) => value,
            Err(error) => return format!("# cannot be shown: {error}\n"),
        };
        tidy(&mut value);
        serde_saphyr::to_string(&value)
            .unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
    }
}

/// Sections that are kept as they were written hold their secrets in plain text.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            let from_file: Vec<String> = map
                .keys()
                .filter_map(|key| key.strip_suffix("_file"))
                .map(ToOwned::to_owned)
                .collect();
            for key in from_file {
                map.remove(&key);
            }
            for (key, value) in map {
                if is_secret_key(key) && (value.is_string() || value.is_number()) {
                    *value = Value::String(MASK.to_owned());
                } else {
                    tidy(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

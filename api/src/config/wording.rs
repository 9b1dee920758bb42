//! serde's refusals in an operator's words.

use serde_json::Value;
use ulid::Ulid;
use url::Url;

use super::{
    key_path::{KeyPath, Segment},
    secret::is_secret_key,
};

/// The field that serde misses, if that is what its message says.
pub(super) fn missing_field(message: &str) -> Option<&str> {
    message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next())
}

/// What was found at `path` and what is accepted there.
pub(super) fn refusal(path: &KeyPath, found: Option<&Value>, message: &str) -> String {
    let found_text = found.map_or_else(|| "this".to_owned(), |value| describe(path, value));
    if let Some(Value::String(text)) = found {
        if Ulid::from_string(text).is_err_and(|error| error.to_string() == message) {
            return format!(
                "found {found_text}, expected a ULID: 26 letters and digits, without I, L, O, U"
            );
        }
        if let Err(error) = Url::parse(text)
            && message.starts_with(&error.to_string())
        {
            return format!(
                "found {found_text}, expected an absolute URL such as https://auth.example.com/ \
                 ({error})"
            );
        }
    }
    let variant = message.starts_with("unknown variant");
    let typed = message.starts_with("invalid type:") || message.starts_with("invalid value:");
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if variant => format!("found {found_text}, expected {expected}"),
        Some((_, expected)) if typed => {
            format!("found {found_text}, expected {}", accepted(expected))
        }
        _ => message.to_owned(),
    }
}

/// The value in a few words; not its content where that may be secret.
pub(super) fn describe(path: &KeyPath, value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        Value::String(_) if is_private(path) => "a text".to_owned(),
        Value::Number(_) if is_private(path) => "a number".to_owned(),
        Value::String(text) => format!("the text `{text}`"),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
    }
}

fn is_private(path: &KeyPath) -> bool {
    path.segments().iter().any(|segment| match segment {
        Segment::Key(key) => key == "secrets" || is_secret_key(key),
        Segment::Index(_) => false,
    })
}

fn accepted(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "a nonzero u32" => "a whole number from 1 to 4294967295",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "path string" => "a text (put quotes around it)",
        "a sequence" => "a list",
        "a map" => "a mapping",
        text if text.starts_with("struct ") => "a mapping of keys",
        text if text.starts_with("enum ") || text.contains("enum") => "one of its names, as a text",
        text if text.starts_with("tuple ") => "a list",
        text => text,
    };
    words.to_owned()
}

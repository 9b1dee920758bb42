//! JSON bodies as Matrix clients send them: with any or no word on what they are.

use poem::{Body, Request, error::ReadBodyError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::MatrixError;
use crate::http::form::MaxBody;

/// Nobody has that much to say.
const MAX_BYTES: usize = 64 * 1024;

/// The object that a body is.
pub type Object = Map<String, Value>;

/// Reads a body.
pub async fn read(request: &Request, body: Body, limit: MaxBody) -> Result<Object, MatrixError> {
    parse(&bytes(request, body, limit).await?)
}

/// Reads a body that may be empty.
pub async fn read_optional(
    request: &Request,
    body: Body,
    limit: MaxBody,
) -> Result<Object, MatrixError> {
    let bytes = bytes(request, body, limit).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Object::new());
    }
    parse(&bytes)
}

/// Reads a body that does not matter: whoever is still sending would not see the answer.
pub async fn skip(body: Body, MaxBody(limit): MaxBody) {
    drop(body.into_bytes_limit(limit).await);
}

/// Read to the end before anything is said against it, for the same reason.
async fn bytes(
    request: &Request,
    body: Body,
    MaxBody(limit): MaxBody,
) -> Result<Vec<u8>, MatrixError> {
    let bytes = body.into_bytes_limit(limit).await;
    if !request.content_type().is_none_or(is_json) {
        return Err(MatrixError::NotJson);
    }
    let bytes = bytes.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => MatrixError::TooLarge,
        _ => MatrixError::NotJson,
    })?;
    if bytes.len() > MAX_BYTES {
        return Err(MatrixError::TooLarge);
    }
    Ok(bytes.into())
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence
        .to_ascii_lowercase()
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

fn parse(bytes: &[u8]) -> Result<Object, MatrixError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(MatrixError::BadJson("The body has to be an object")),
        Err(_) => Err(MatrixError::NotJson),
    }
}

/// What an object has to say to somebody who knows what they want.
pub fn shaped<T: DeserializeOwned>(object: &Object, wrong: &'static str) -> Result<T, MatrixError> {
    let value = Value::Object(object.clone());
    serde_json::from_value(value).map_err(|_| MatrixError::BadJson(wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> Option<String> {
        parse(bytes).err().map(|error| format!("{error:?}"))
    }

    #[test]
    fn what_is_not_json_and_what_is_not_an_object_are_told_apart() {
        assert_eq!(code(b"{}"), None);
        for bytes in [&b""[..], b"{", b"\0", b"\xff", b"{} {}"] {
            assert_eq!(code(bytes).as_deref(), Some("NotJson"));
        }
        for bytes in [&b"[]"[..], b"null", b"\"x\""] {
            assert!(code(bytes).unwrap().starts_with("BadJson"));
        }
        let deep = "[".repeat(100_000);
        assert_eq!(code(deep.as_bytes()).as_deref(), Some("NotJson"));
    }

    #[test]
    fn a_body_may_say_what_it_is_but_nothing_else() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=utf-8"));
        for other in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "json",
            "",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }
}

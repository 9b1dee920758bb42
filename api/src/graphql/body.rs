//! From the bytes of a request to what the engine takes.

use async_graphql::{Request as GraphqlRequest, http::parse_query_string};
use poem::{
    Body, Request,
    error::ReadBodyError,
    http::{HeaderMap, header},
};
use serde_json::Value;

use super::refusal::Refusal;

/// One JSON object, no larger than the limit, and said to be JSON: a form on another site can't
/// send that without asking first.
pub async fn from_post(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
) -> Result<GraphqlRequest, Refusal> {
    if !is_json(headers) {
        return Err(Refusal::ContentType);
    }
    let body = body.into_bytes_limit(limit).await;
    let body = body.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => Refusal::TooLarge { limit },
        error => Refusal::Invalid(error.to_string()),
    })?;
    parse(&body)
}

/// The same from the query string, where the name of the operation is `operation_name`.
pub fn from_get(request: &Request) -> Result<GraphqlRequest, Refusal> {
    parse_query_string(request.uri().query().unwrap_or_default())
        .map_err(|error| Refusal::Invalid(error.to_string()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    let essence = value
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let suffixed = essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype.ends_with("+json"));
    essence == "application/json" || suffixed
}

fn parse(body: &[u8]) -> Result<GraphqlRequest, Refusal> {
    let invalid = |error: serde_json::Error| Refusal::Invalid(error.to_string());
    // An array would pass for an object with its members in order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        let batch: Vec<Value> = serde_json::from_slice(body).map_err(invalid)?;
        return Err(if batch.is_empty() {
            Refusal::Invalid("an empty list".to_owned())
        } else {
            Refusal::Batch
        });
    }
    serde_json::from_slice(body).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn json(content_type: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        is_json(&headers)
    }

    fn refused(body: &str) -> String {
        parse(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn only_json_is_taken() {
        assert!(json("application/json"));
        assert!(json("Application/JSON; charset=utf-8"));
        assert!(json("application/graphql+json"));
        for other in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "text/plain; application/json",
            "application/jsonp",
            "",
        ] {
            assert!(!json(other), "{other}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn what_is_wrong_with_a_body_is_told() {
        assert_eq!(
            refused("{"),
            "Invalid request: EOF while parsing an object at line 1 column 1"
        );
        assert!(refused("nope").starts_with("Invalid request: "));
        assert!(refused("[]").starts_with("Invalid request: "));
        assert!(refused("[").starts_with("Invalid request: "));
        assert!(refused("").starts_with("Invalid request: "));
        assert_eq!(
            refused(" [{\"query\":\"{viewer{__typename}}\"}]"),
            "Batch requests are not supported"
        );
        assert_eq!(refused("[\"{a}\"]"), "Batch requests are not supported");
    }

    #[test]
    fn null_variables_and_unknown_keys_do_no_harm() {
        let request = parse(br#"{"query":"{a}","variables":null,"more":1}"#).unwrap();
        assert!(request.variables.is_empty());
        assert!(parse(b"{}").unwrap().query.is_empty());
    }

    #[test]
    fn a_query_string_names_its_operation_in_snake_case() {
        let get = |query: &'static str| Request::builder().uri_str(query).finish();
        let request = from_get(&get("/graphql?query=%7Ba%7D&operation_name=b")).unwrap();
        assert_eq!(request.operation_name.as_deref(), Some("b"));
        let request = from_get(&get("/graphql?query=%7Ba%7D&operationName=b")).unwrap();
        assert_eq!(request.operation_name, None);
        let refused = from_get(&get("/graphql?query=a&variables=nope")).unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("Invalid request: invalid variables: ")
        );
    }
}

//! Parameters of form bodies and queries: each once (RFC 6749 section 3.2).

use std::collections::HashMap;

use poem::{Body, Request, http::header::CONTENT_TYPE};

/// Bytes that a body may have.
#[derive(Debug, Clone, Copy)]
pub struct MaxBody(pub usize);

/// Bytes that a query may have.
const MAX_QUERY: usize = 16 * 1024;

/// Why there are no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("{0}")]
    Malformed(&'static str),
    #[error("it is too large")]
    TooLarge,
}

/// The parameters of a form or a query.
#[derive(Default)]
pub struct Form(HashMap<String, String>);

impl Form {
    /// Those of a body; none when it is not a form.
    pub async fn read(
        request: &Request,
        body: Body,
        MaxBody(limit): MaxBody,
    ) -> Result<Option<Self>, FormError> {
        let is_form = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|media| {
                media
                    .trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        if !is_form {
            return Ok(None);
        }
        let bytes = body
            .into_bytes_limit(limit)
            .await
            .map_err(|error| match error {
                poem::error::ReadBodyError::PayloadTooLarge => FormError::TooLarge,
                _ => FormError::Malformed("the body could not be read"),
            })?;
        Self::parse(&bytes).map(Some)
    }

    /// Those of the query.
    pub fn of_query(request: &Request) -> Result<Self, FormError> {
        let query = request.uri().query().unwrap_or_default();
        if query.len() > MAX_QUERY {
            return Err(FormError::TooLarge);
        }
        // Some of it is kept, and databases do not keep this.
        if percent_encoding::percent_decode_str(query).any(|byte| byte == 0) {
            return Err(FormError::Malformed("a parameter has a NUL in it"));
        }
        Self::parse(query.as_bytes())
    }

    fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        if percent_decoded_is_not_text(bytes) {
            return Err(FormError::Malformed("the body is not UTF-8"));
        }
        let mut form = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            if form.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(FormError::Malformed("a parameter was given twice"));
            }
        }
        Ok(Self(form))
    }

    #[cfg(test)]
    pub fn of_pairs(pairs: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(pairs.iter().map(owned).collect())
    }

    /// All of them, as JSON.
    pub fn to_json(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    /// A parameter that is present and not empty (RFC 6749 section 3.2: without a value is absent).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

fn percent_decoded_is_not_text(bytes: &[u8]) -> bool {
    percent_encoding::percent_decode(bytes)
        .decode_utf8()
        .is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_empty_ones_count_as_absent() {
        let form = Form::parse(b"scope=urn%3Amas%3Aadmin+openid&empty=").unwrap();
        assert_eq!(form.get("scope"), Some("urn:mas:admin openid"));
        assert_eq!(form.get("empty"), None);
    }

    #[test]
    fn doubled_parameters_and_bytes_that_are_no_text_are_refused() {
        assert!(Form::parse(b"scope=a&scope=b").is_err());
        assert!(Form::parse(b"scope=%FF").is_err());
    }
}

//! What a form of ours sends: each field once, as text, and from one of our own pages.

use std::collections::HashMap;

use poem::{
    FromRequest, Request, RequestBody, Result,
    error::ReadBodyError,
    http::{StatusCode, header::CONTENT_TYPE},
};

use super::{Input, PageError, Visit};

/// Bytes of a form.
#[derive(Debug, Clone, Copy)]
pub struct MaxForm(pub usize);

/// The fields of a form. Nothing is done with them before [`Posted::verify`].
#[derive(Default)]
pub struct Posted(HashMap<String, String>);

impl Posted {
    fn parse(bytes: &[u8]) -> Result<Self, PageError> {
        if percent_encoding::percent_decode(bytes)
            .decode_utf8()
            .is_err()
        {
            return Err(PageError::InvalidRequest);
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            if fields
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(PageError::InvalidRequest);
            }
        }
        Ok(Self(fields))
    }

    /// Refuses what none of our pages has sent.
    pub fn verify(&self, visit: &Visit) -> Result<(), PageError> {
        let field = self.0.get("csrf").map(String::as_str);
        visit.cookies.verify_csrf(field).map_err(|reason| {
            tracing::debug!(%reason, "a form is refused");
            PageError::Csrf
        })
    }

    /// A field; empty when it did not come.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field, if it came.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn input(&self, input: Input) -> &str {
        self.get(input.name())
    }

    /// All of them, for those who know their own.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

impl std::fmt::Debug for Posted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Posted(***)")
    }
}

impl<'a> FromRequest<'a> for Posted {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let media = request.headers().get(CONTENT_TYPE);
        let media = media.and_then(|value| value.to_str().ok()).unwrap_or("");
        let media = media.split(';').next().unwrap_or("").trim();
        if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(PageError::InvalidRequest.into());
        }
        let limit = request.data::<MaxForm>().map_or(0, |limit| limit.0);
        let bytes = body.take()?.into_bytes_limit(limit).await;
        let bytes = bytes.map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE.into(),
            _ => poem::Error::from(PageError::InvalidRequest),
        })?;
        Ok(Self::parse(&bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_a_missing_one_is_empty() {
        let form = Posted::parse(b"username=al%20ice&empty=").unwrap();
        assert_eq!(form.input(Input::Username), "al ice");
        assert_eq!(form.get("empty"), "");
        assert_eq!(form.get("missing"), "");
        assert_eq!(format!("{form:?}"), "Posted(***)");
    }

    #[test]
    fn doubled_fields_and_bytes_that_are_no_text_are_refused() {
        for bytes in [&b"a=1&a=1"[..], b"a=%FF", b"\xff"] {
            assert_eq!(Posted::parse(bytes).unwrap_err(), PageError::InvalidRequest);
        }
    }
}

//! What a form of ours sends: each field once, as text, and from one of our own pages.

use poem::{FromRequest, Request, RequestBody, Result, http::StatusCode};

use super::{Input, PageError, Visit};
use crate::http::form::{Form, FormError, MaxBody};

/// The fields of a form. Nothing is done with them before [`Posted::verify`].
#[derive(Default)]
pub struct Posted(Form);

impl Posted {
    /// Refuses what none of our pages has sent.
    pub fn verify(&self, visit: &Visit) -> Result<(), PageError> {
        visit
            .cookies
            .verify_csrf(self.0.field("csrf"))
            .map_err(|reason| {
                tracing::debug!(%reason, "a form is refused");
                PageError::Csrf
            })
    }

    /// A field; empty when it did not come.
    pub fn get(&self, name: &str) -> &str {
        self.field(name).unwrap_or_default()
    }

    /// A field, if it came.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.field(name)
    }

    pub fn input(&self, input: Input) -> &str {
        self.get(input.name())
    }

    /// All of them, for those who know their own.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().collect()
    }
}

impl std::fmt::Debug for Posted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Posted(***)")
    }
}

impl<'a> FromRequest<'a> for Posted {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let limit = request.data::<MaxBody>().copied().unwrap_or(MaxBody(0));
        let form = Form::read(request, body.take()?, limit).await;
        match form.and_then(|form| form.map(Form::storable).transpose()) {
            Ok(Some(form)) => Ok(Self(form)),
            Ok(None) | Err(FormError::Malformed(_)) => Err(PageError::InvalidRequest.into()),
            Err(FormError::TooLarge) => Err(StatusCode::PAYLOAD_TOO_LARGE.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Posted, FormError> {
        Form::parse(bytes)?.storable().map(Posted)
    }

    #[test]
    fn fields_are_decoded_and_a_missing_one_is_empty() {
        let form = parse(b"username=al%20ice&empty=").unwrap();
        assert_eq!(form.input(Input::Username), "al ice");
        assert_eq!(form.get("empty"), "");
        assert_eq!(form.get("missing"), "");
        assert_eq!(format!("{form:?}"), "Posted(***)");
    }

    #[test]
    fn doubled_fields_and_bytes_that_are_no_text_are_refused() {
        for bytes in [&b"a=1&a=1"[..], b"a=%FF", b"\xff", b"a=%00"] {
            assert!(matches!(parse(bytes), Err(FormError::Malformed(_))));
        }
    }
}

//! The header `Idempotency-Key`.

use muniment_domain::PersonalSessionOwner;
use poem::http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use crate::admin::{AdminError, Caller};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Characters of a key.
const LONGEST: usize = 255;

/// What a caller calls one request.
pub struct Key(String);

impl Key {
    /// With quotes around it, as the draft has it, or without.
    pub fn read(headers: &HeaderMap) -> Result<Option<Self>, AdminError> {
        let mut values = headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let text = value.to_str().ok().filter(|_| values.next().is_none());
        let key = text.map(|text| {
            let text = text.trim();
            let quoted = text
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            quoted.unwrap_or(text)
        });
        let is_printable = |key: &&str| {
            let mut bytes = key.bytes();
            bytes.all(|byte| byte == b' ' || (byte.is_ascii_graphic() && byte != b'"'))
        };
        key.filter(|key| (1..=LONGEST).contains(&key.len()))
            .filter(is_printable)
            .map(|key| Some(Self(key.to_owned())))
            .ok_or_else(|| AdminError::bad_request(format!("Invalid {HEADER} header")))
    }

    /// Of one length, and nobody else's.
    pub fn id(&self, caller: &Caller) -> [u8; 32] {
        let (kind, id) = match caller.owner {
            PersonalSessionOwner::User(id) => ("user", id.as_uuid()),
            PersonalSessionOwner::Client(id) => ("client", id.as_uuid()),
        };
        Sha256::new()
            .chain_update(kind)
            .chain_update(id)
            .chain_update(&self.0)
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_str(value).unwrap());
        }
        Key::read(&headers)
            .map(|key| key.map(|key| key.0))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_is_the_same_with_quotes_and_without() {
        assert_eq!(read(&[]), Ok(None));
        let longest = "k".repeat(LONGEST);
        for (value, key) in [
            ("abc", "abc"),
            ("\"abc\"", "abc"),
            (" a b\\c ", "a b\\c"),
            (&longest, &longest),
        ] {
            assert_eq!(read(&[value]), Ok(Some(key.to_owned())));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(LONGEST + 1);
        for values in [
            &[""][..],
            &["\"\""],
            &["\""],
            &["a\"b"],
            &["a\tb"],
            &[&long],
            &["a", "b"],
        ] {
            let invalid = Err("Invalid idempotency-key header".to_owned());
            assert_eq!(read(values), invalid, "{values:?}");
        }
    }
}

//! Values that must not be shown, and their `…_file` twins.

use std::{fmt, path::Path};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, Zeroizing};

use super::{key_path::KeyPath, report::Report};

/// What stands in for a secret wherever one would be printed.
pub(super) const MASK: &str = "***";

/// A value that prints as `***` and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T: Zeroize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        // serde's own refusals would print the value.
        impl de::Visitor<'_> for Text {
            type Value = Secret<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text (put quotes around it)")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Secret(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Secret(text))
            }
        }

        deserializer.deserialize_string(Text)
    }
}

/// Settles the pair `key` and `key_file`: at most one may be given, the file is read, the result
/// is not empty.
pub(super) fn settle(
    value: &mut Option<Secret<String>>,
    file: Option<&Path>,
    key: &str,
    at: &KeyPath,
    report: &mut Report<'_>,
) {
    if let Some(mut bytes) = settle_bytes(value.is_some(), file, key, at, report) {
        if bytes.ends_with(b"\n") {
            bytes.pop();
        }
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => *value = Some(Secret(text.to_owned())),
            Err(_) => report.problem(&at.key(&twin(key)), "the file is not text in UTF-8"),
        }
    }
    if value
        .as_ref()
        .is_some_and(|secret| secret.expose().is_empty())
    {
        report.problem(
            &at.key(key),
            "must not be empty; remove the key or give a value",
        );
        *value = None;
    }
}

/// As [`settle`], for a file that may hold binary data; the bytes of the file, if there is one.
pub(super) fn settle_bytes(
    given: bool,
    file: Option<&Path>,
    key: &str,
    at: &KeyPath,
    report: &mut Report<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    let file = file?;
    let twin = twin(key);
    if given {
        report.problem(
            &at.key(&twin),
            format!("give either `{key}` or `{twin}`, not both"),
        );
        return None;
    }
    match std::fs::read(file) {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            if bytes.is_empty() {
                report.problem(&at.key(&twin), format!("{} is empty", file.display()));
                return None;
            }
            Some(bytes)
        }
        Err(error) => {
            report.problem(
                &at.key(&twin),
                format!("cannot read {}: {error}", file.display()),
            );
            None
        }
    }
}

fn twin(key: &str) -> String {
    format!("{key}_file")
}

/// Whether a key of this name holds something that must not be printed.
pub(super) fn is_secret_key(key: &str) -> bool {
    [
        "secret",
        "secret_key",
        "password",
        "private_key",
        "encryption",
        "signing_key",
        "token",
        "dsn",
    ]
    .iter()
    .any(|ending| key.ends_with(ending))
        || key == "key"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody_by_accident() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_refused_secret_is_not_quoted() {
        let error = serde_json::from_str::<Secret<String>>("[1]").unwrap_err();
        assert!(error.to_string().contains("put quotes around it"));
    }

    #[test]
    fn secret_keys_are_known_by_their_ends() {
        for key in ["client_secret", "password", "secret_key", "key", "dsn"] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in ["client_id", "site_key", "client_secret_file", "keys"] {
            assert!(!is_secret_key(key), "{key}");
        }
    }
}

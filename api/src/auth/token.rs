//! The form of tokens: `<prefix>_<30 alphanumerics>_<checksum>` (contract oauth2.md 12.1).
//!
//! Only their SHA-256 is ever stored.

use crc::{CRC_32_ISO_HDLC, Crc};
use muniment_store::Entropy;
use sha2::{Digest, Sha256};

const RANDOM: usize = 30;
const CHECKSUM: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Oauth2Access,
    Oauth2Refresh,
    CompatAccess,
    CompatRefresh,
    PersonalAccess,
}

impl TokenKind {
    const ALL: [(&'static str, Self); 5] = [
        ("mat", Self::Oauth2Access),
        ("mar", Self::Oauth2Refresh),
        ("mct", Self::CompatAccess),
        ("mcr", Self::CompatRefresh),
        ("mpt", Self::PersonalAccess),
    ];

    fn prefix(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(prefix, _)| prefix)
    }
}

/// Why a text is not a token. The texts are part of the wire contract (admin-api.md 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFormatError {
    #[error("invalid token format")]
    Format,
    #[error("unknown token prefix {0:?}")]
    Prefix(String),
    #[error("invalid crc {got:?}, expected {expected:?}")]
    Checksum { got: String, expected: String },
}

/// A fresh token.
pub fn generate(kind: TokenKind, entropy: &dyn Entropy) -> String {
    let body = format!("{}_{}", kind.prefix(), alphanumeric(entropy, RANDOM));
    let checksum = checksum(&body);
    format!("{body}_{checksum}")
}

/// Checks the form of a token and tells its kind.
pub fn parse(token: &str) -> Result<TokenKind, TokenFormatError> {
    // Tokens that a homeserver issued before it was moved here.
    if token.starts_with("syt_") || is_macaroon(token) {
        return Ok(TokenKind::CompatAccess);
    }
    if token.starts_with("syr_") {
        return Ok(TokenKind::CompatRefresh);
    }
    let parts: Vec<&str> = token.split('_').collect();
    let [prefix, random, got] = parts[..] else {
        return Err(TokenFormatError::Format);
    };
    if prefix.len() != 3 || random.len() != RANDOM || got.len() != CHECKSUM {
        return Err(TokenFormatError::Format);
    }
    let kind = TokenKind::ALL
        .iter()
        .find(|(known, _)| *known == prefix)
        .map(|(_, kind)| *kind)
        .ok_or_else(|| TokenFormatError::Prefix(prefix.to_owned()))?;
    let expected = checksum(&format!("{prefix}_{random}"));
    if got == expected {
        Ok(kind)
    } else {
        Err(TokenFormatError::Checksum {
            got: got.to_owned(),
            expected,
        })
    }
}

/// What is stored of a token, and what it is looked up by.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Uniformly drawn letters and digits.
pub fn alphanumeric(entropy: &dyn Entropy, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 64];
    while text.len() < length {
        entropy.fill(&mut bytes);
        // Bytes above the largest multiple of 62 are dropped, or some letters would be likelier.
        let letters = bytes.iter().filter(|byte| **byte < 248);
        text.extend(
            letters
                .map(|byte| char::from(BASE62[usize::from(*byte % 62)]))
                .take(length - text.len()),
        );
    }
    text
}

fn checksum(body: &str) -> String {
    let mut rest = CRC.checksum(body.as_bytes()) as usize;
    let mut digits = String::new();
    while rest > 0 {
        digits.push(char::from(BASE62[rest % 62]));
        rest /= 62;
    }
    format!("{digits:0>CHECKSUM$}")
}

fn is_macaroon(token: &str) -> bool {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD
        .decode(token)
        .is_ok_and(|bytes| bytes.get(4..13) == Some(b"location "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(0u8..) {
                *byte = value.wrapping_mul(37);
            }
        }
    }

    #[test]
    fn a_fresh_token_is_well_formed() {
        let token = generate(TokenKind::Oauth2Access, &Fixed);
        assert_eq!(token.len(), 41);
        assert_eq!(parse(&token), Ok(TokenKind::Oauth2Access));
    }

    #[test]
    fn known_tokens_are_recognised() {
        assert_eq!(
            parse("mct_cxG6gZXyvelQWW9XqfNbm5KAQovodf_XvJz43"),
            Ok(TokenKind::CompatAccess)
        );
        assert_eq!(
            parse("mcr_LoYqtrtBUBcWlE4RX6o47chBCGkadB_9gzpc1"),
            Ok(TokenKind::CompatRefresh)
        );
        assert_eq!(parse("syt_whatever"), Ok(TokenKind::CompatAccess));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(parse("mat_unknown"), Err(TokenFormatError::Format));
        assert_eq!(
            parse("abc_cxG6gZXyvelQWW9XqfNbm5KAQovodf_XvJz43"),
            Err(TokenFormatError::Prefix("abc".into()))
        );
        assert_eq!(
            parse("mct_cxG6gZXyvelQWW9XqfNbm5KAQovodf_000000"),
            Err(TokenFormatError::Checksum {
                got: "000000".into(),
                expected: "XvJz43".into()
            })
        );
    }
}

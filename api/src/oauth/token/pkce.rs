//! Proof that whoever comes with a code is who asked for it (RFC 7636).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::oauth::error::OauthError;

/// Letters, digits and `-._~`, 43 to 128 of them: what a verifier looks like, and a challenge too.
pub fn is_well_formed(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

/// Compares the challenge of the authorization request, if it had one, with the verifier of the
/// exchange.
pub fn verify(challenge: Option<(&str, &str)>, verifier: Option<&str>) -> Result<(), OauthError> {
    let (challenge, method, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (Some((challenge, method)), Some(verifier)) => (challenge, method, verifier),
        (Some(_), None) => return Err(OauthError::InvalidRequest("code_verifier is missing")),
        (None, Some(_)) => {
            return Err(OauthError::InvalidRequest(
                "there is a code_verifier, but there was no code_challenge",
            ));
        }
    };
    let expected = match method {
        "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
        // Others were refused at the authorization endpoint.
        _ => verifier.to_owned(),
    };
    let proven: bool = expected.as_bytes().ct_eq(challenge.as_bytes()).into();
    if proven && is_well_formed(verifier) {
        Ok(())
    } else {
        Err(OauthError::WrongVerifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_the_challenge_is_right_and_no_other() {
        let s256 = Some((CHALLENGE, "S256"));
        assert!(verify(s256, Some(VERIFIER)).is_ok());
        assert!(matches!(
            verify(s256, Some(CHALLENGE)),
            Err(OauthError::WrongVerifier)
        ));
        let plain = Some((VERIFIER, "plain"));
        assert!(verify(plain, Some(VERIFIER)).is_ok());
        assert!(verify(plain, Some(CHALLENGE)).is_err());
        assert!(verify(Some(("short", "plain")), Some("short")).is_err());
    }

    #[test]
    fn neither_comes_without_the_other() {
        assert!(verify(None, None).is_ok());
        for found in [
            verify(None, Some(VERIFIER)),
            verify(Some((CHALLENGE, "S256")), None),
        ] {
            assert!(matches!(found, Err(OauthError::InvalidRequest(_))));
        }
    }
}

//! A provider's word that somebody signed out there (`OpenID` Connect Back-Channel Logout 1.0).

use serde_json::{Map, Value};

use super::{Provider, Upstream, UpstreamError};
use crate::{
    app::App,
    signing::{Algorithm, JwkSet, jws::Unverified},
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds that the provider's clock may be ahead.
const AHEAD: i64 = 300;

/// Who signed out: the person, one session of theirs, or both.
#[derive(Debug, PartialEq, Eq)]
pub struct LogoutToken {
    pub subject: Option<String>,
    pub sid: Option<String>,
}

impl Upstream {
    pub async fn read_logout_token(
        &self,
        app: &App,
        provider: &Provider,
        token: &str,
    ) -> Result<LogoutToken, UpstreamError> {
        let endpoints = self.endpoints(provider).await?;
        let keys = self.keys(&endpoints, provider.algorithm).await?;
        let keys = JwkSet::from_value(&keys).unwrap_or_default();
        let claims = verify_jws(provider, provider.algorithm, token, &keys);
        claims
            .and_then(|claims| check(provider, &claims, app.clock.now() / 1_000_000))
            .map_err(UpstreamError::LogoutToken)
    }
}

/// The claims of a token that the provider has signed in this way and no other.
pub(super) fn verify_jws(
    provider: &Provider,
    algorithm: Algorithm,
    token: &str,
    keys: &JwkSet,
) -> Result<Map<String, Value>, &'static str> {
    let token = Unverified::parse(token).map_err(|_| "it is not a JWS in compact form")?;
    if token.algorithm != algorithm {
        return Err("it is signed in another way than agreed on");
    }
    let claims = match provider.credential.secret() {
        Some(secret) if algorithm.is_shared() => token.verify_shared(secret.as_bytes()),
        _ => token.verify(keys),
    };
    claims.map_err(|_| "its signature is not right")
}

fn check(
    provider: &Provider,
    claims: &Map<String, Value>,
    now: i64,
) -> Result<LogoutToken, &'static str> {
    let settings = &provider.settings;
    let text = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.contains('\0') => Ok(Some(text.clone())),
        Some(_) => Err("one of its claims is not a text"),
    };
    if text("iss")? != settings.issuer {
        return Err("it is of another issuer");
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => *audience == settings.client_id,
        Some(Value::Array(audiences)) => audiences.iter().any(|one| *one == settings.client_id),
        _ => false,
    };
    if !for_us {
        return Err("it is for somebody else");
    }
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    if time("exp").ok_or("it does not expire")? <= now {
        return Err("it has expired");
    }
    if time("iat").ok_or("it does not say when it was made")? > now + AHEAD {
        return Err("it is from the future");
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err("it is about something else");
    }
    if claims.contains_key("nonce") {
        return Err("it has a nonce, as ID tokens have");
    }
    let token = LogoutToken {
        subject: text("sub")?,
        sid: text("sid")?,
    };
    if token.subject.is_none() && token.sid.is_none() {
        return Err("it does not say who signed out");
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::tests::{CLIENT, ISSUER, provider};

    const NOW: i64 = 1000;

    fn checked(change: &str, value: &Value) -> Result<LogoutToken, &'static str> {
        let mut claims = json!({"iss": ISSUER, "aud": [CLIENT], "iat": NOW, "exp": NOW + 60,
            "sub": "1", "sid": "s", "jti": "j", "events": {EVENT: {}}});
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(change);
        } else {
            claims[change] = value.clone();
        }
        check(&provider(""), claims.as_object().unwrap(), NOW)
    }

    #[test]
    fn it_says_who_signed_out() {
        let token = checked("aud", &json!(CLIENT)).unwrap();
        assert_eq!(token.subject.as_deref(), Some("1"));
        assert_eq!(token.sid.as_deref(), Some("s"));
        assert_eq!(checked("sub", &Value::Null).unwrap().subject, None);
        assert_eq!(checked("sid", &Value::Null).unwrap().sid, None);
    }

    #[test]
    fn what_is_not_as_it_should_be_is_refused() {
        for (claim, value) in [
            ("iss", json!("https://other.example")),
            ("iss", Value::Null),
            ("aud", json!("other")),
            ("aud", Value::Null),
            ("exp", json!(NOW)),
            ("exp", Value::Null),
            ("iat", json!(NOW + 3600)),
            ("iat", Value::Null),
            ("events", json!({})),
            ("events", json!({EVENT: true})),
            ("events", Value::Null),
            ("nonce", json!("n")),
            ("sub", json!(7)),
            ("sub", json!("a\u{0}")),
        ] {
            assert!(checked(claim, &value).is_err(), "{claim}: {value}");
        }
    }
}

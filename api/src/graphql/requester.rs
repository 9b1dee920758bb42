//! Who sends a request: decided from its headers, before its body is looked at (contract graphql.md
//! 1.6 and 2).
//!
//! The session cookie will be looked at here too; a bearer token goes before it.

use muniment_domain::Scope;
use poem::http::{HeaderMap, header};

use crate::{
    app::App,
    auth::{BearerError, Requester, authenticate},
};

/// Who it is, and how that is known.
#[derive(Debug)]
pub struct Identified {
    pub requester: Requester,
    /// By a bearer token, which is deprecated.
    pub by_bearer: bool,
}

/// Why a request is not served at all.
#[derive(Debug, thiserror::Error)]
pub enum Unidentified {
    /// The `Authorization` header is not one of a bearer token.
    #[error("invalid HTTP header (authorization)")]
    Header,
    #[error("Invalid token")]
    Token,
    #[error("Missing urn:mas:graphql:* scope")]
    Scope,
    #[error(transparent)]
    Database(#[from] muniment_store::sql::DatabaseError),
}

/// Identifies the requester. Without credentials it is anonymous; with wrong ones it is refused.
pub async fn identify(
    app: &App,
    headers: &HeaderMap,
    bearer_access: bool,
) -> Result<Identified, Unidentified> {
    let Some(token) = bearer_token(headers)? else {
        return Ok(Identified {
            requester: Requester::Anonymous,
            by_bearer: false,
        });
    };
    if !bearer_access {
        return Err(Unidentified::Token);
    }
    let requester = authenticate(app, token)
        .await
        .map_err(|error| match error {
            BearerError::Refused(_) => Unidentified::Token,
            BearerError::Database(error) => Unidentified::Database(error),
        })?;
    if !requester.has_scope(Scope::GRAPHQL) {
        return Err(Unidentified::Scope);
    }
    Ok(Identified {
        requester,
        by_bearer: true,
    })
}

fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, Unidentified> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let value = value.to_str().map_err(|_| Unidentified::Header)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Unidentified::Header),
    }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn token(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_bytes(value).unwrap(),
        );
        bearer_token(&headers).ok()?.map(ToOwned::to_owned)
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        assert_eq!(token(b"Bearer mat_x").as_deref(), Some("mat_x"));
        assert_eq!(token(b"bearer  mat_x").as_deref(), Some("mat_x"));
    }

    #[test]
    fn anything_else_than_bearer_is_refused() {
        for value in [&b"Basic Zm9v"[..], b"Bearer", b"mat_x", b"", b"Bearer \xff"] {
            assert_eq!(token(value), None);
        }
        assert!(matches!(bearer_token(&HeaderMap::new()), Ok(None)));
    }
}

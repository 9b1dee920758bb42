//! Who sends a request: decided from its headers, before its body is looked at (contract graphql.md
//! 1.6 and 2).
//!
//! A bearer token goes before the session cookie. A cookie counts only in requests of our own pages: what
//! a browser sends on behalf of another site is anonymous, as if it had kept the cookie back.

use std::net::IpAddr;

use muniment_domain::Scope;
use poem::http::{HeaderMap, header};
use url::Url;

use crate::{
    accounts::Visitor,
    app::App,
    auth::{BearerError, NotBearer, Requester, authenticate, bearer_token},
    pages::session::{self, Found},
    web::Cookies,
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

impl From<NotBearer> for Unidentified {
    fn from(_: NotBearer) -> Self {
        Self::Header
    }
}

/// What a request says of its sender.
pub struct Credentials {
    pub headers: HeaderMap,
    pub cookies: Option<Cookies>,
    pub client_ip: Option<IpAddr>,
    /// Whether bearer tokens are taken here.
    pub bearer_access: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(***)")
    }
}

impl Credentials {
    /// Identifies the requester. Without credentials it is anonymous; with wrong ones it is refused.
    pub async fn identify(&self, app: &App) -> Result<Identified, Unidentified> {
        let Some(token) = bearer_token(&self.headers)? else {
            let cookies = self.cookies.as_ref();
            let cookies = cookies.filter(|_| is_of_our_pages(&self.headers, &app.site.public_base));
            let visitor = Visitor {
                user_agent: None,
                ip: self.client_ip,
            };
            return Ok(Identified {
                requester: by_cookie(app, cookies, &visitor).await?,
                by_bearer: false,
            });
        };
        if !self.bearer_access {
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
}

async fn by_cookie(
    app: &App,
    cookies: Option<&Cookies>,
    visitor: &Visitor,
) -> Result<Requester, Unidentified> {
    let Some(cookies) = cookies else {
        return Ok(Requester::Anonymous);
    };
    Ok(match session::load(app, cookies, visitor).await? {
        Found::Active(signed_in) => Requester::from(*signed_in),
        Found::Anonymous | Found::Inactive { .. } => Requester::Anonymous,
    })
}

/// Whether a browser says that one of our own pages makes the request, or its user. Programs that say
/// nothing of the kind have no cookies that they were tricked into sending.
fn is_of_our_pages(headers: &HeaderMap, public_base: &Url) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let ours = public_base.origin().ascii_serialization();
    origin.as_bytes() == ours.as_bytes()
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    #[test]
    fn a_request_for_another_site_is_not_one_of_ours() {
        let base = "https://auth.example.com/mas/".parse().unwrap();
        let ours = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            is_of_our_pages(&headers, &base)
        };
        assert!(is_of_our_pages(&HeaderMap::new(), &base));
        assert!(ours("origin", "https://auth.example.com"));
        assert!(ours("sec-fetch-site", "same-origin"));
        assert!(ours("sec-fetch-site", "none"));
        for other in ["https://example.com", "http://auth.example.com", "null", ""] {
            assert!(!ours("origin", other), "{other}");
        }
        for other in ["same-site", "cross-site", ""] {
            assert!(!ours("sec-fetch-site", other), "{other}");
        }
    }

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

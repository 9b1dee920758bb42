//! The cookie that says which browser session a browser is in (contract oauth2.md 14.1 and 14.2).

use chrono::{DateTime, Utc};
use muniment_store::time::SECOND;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{Cookies, PrivateCookie};

/// What the browser is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCookie {
    /// The browser session.
    pub current: Option<Ulid>,
    /// When the last session ended, as long as there is no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged_out_at: Option<DateTime<Utc>>,
    /// When the cookie was last sent, in seconds since 1970: the browser's word for its age is not
    /// taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewed_at: Option<i64>,
}

impl PrivateCookie for SessionCookie {
    const NAME: &'static str = "session";
}

impl Cookies {
    /// The session cookie; an empty one where there is none. It is sent again when half its life is
    /// over.
    #[must_use]
    pub fn session(&self) -> SessionCookie {
        let Some((cookie, outdated)) = self.opened::<SessionCookie>() else {
            return SessionCookie::default();
        };
        let now = self.now() / SECOND;
        let lifetime = self.settings().session_lifetime;
        let age = cookie.renewed_at.map(|at| now - at);
        if age.is_some_and(|age| age >= lifetime) {
            return SessionCookie::default();
        }
        let is_old = age.is_none_or(|age| age >= lifetime / 2);
        if cookie.current.is_some() && (is_old || outdated) {
            self.send(cookie.clone());
        }
        cookie
    }

    /// The browser is in this session from now on.
    pub fn start_session(&self, session: Ulid) {
        self.send(SessionCookie {
            current: Some(session),
            ..SessionCookie::default()
        });
    }

    /// The browser is in no session any more: it logged out, or its session is gone.
    pub fn end_session(&self) {
        self.send(SessionCookie {
            logged_out_at: DateTime::from_timestamp_micros(self.now()),
            ..SessionCookie::default()
        });
    }

    fn send(&self, mut cookie: SessionCookie) {
        cookie.renewed_at = Some(self.now() / SECOND);
        if let Err(error) = self.change(&cookie, Some(self.settings().session_lifetime)) {
            tracing::error!(%error, "no session cookie is set");
        }
    }
}

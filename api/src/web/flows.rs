//! Cookies that bind half-done registrations and logins elsewhere to the browser that began them
//! (contract oauth2.md 14.1).

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{CookieTooLarge, Cookies, PrivateCookie, cookies::MAX_JSON};

const REGISTRATION_MILLIS: u64 = 60 * 60 * 1000;
const UPSTREAM_MILLIS: u64 = 10 * 60 * 1000;
/// Older ones are forgotten.
const MAX_REGISTRATIONS: usize = 20;

/// Half-done registrations.
#[derive(Default, Serialize, Deserialize)]
struct Registrations(Vec<Ulid>);

impl PrivateCookie for Registrations {
    const NAME: &'static str = "user-registration-sessions";
}

/// Logins at upstream providers.
#[derive(Default, Serialize, Deserialize)]
struct Upstream(Vec<UpstreamSession>);

impl PrivateCookie for Upstream {
    const NAME: &'static str = "upstream-oauth2-sessions";
}

/// A login at an upstream provider that this browser began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamSession {
    pub session: Ulid,
    pub provider: Ulid,
    /// What the provider gives back.
    pub state: String,
    /// The person there, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Ulid>,
    /// What comes after the login, as the page's own form has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_auth_action: Option<serde_json::Value>,
}

impl Cookies {
    /// Remembers a registration that this browser has begun.
    pub fn remember_registration(&self, id: Ulid) -> Result<(), CookieTooLarge> {
        let mut all = self.registrations();
        all.retain(|known| *known != id);
        all.push(id);
        self.save_registrations(all)
    }

    /// Whether this browser has begun the registration, in the last hour.
    #[must_use]
    pub fn knows_registration(&self, id: Ulid) -> bool {
        self.registrations().contains(&id)
    }

    pub fn forget_registration(&self, id: Ulid) -> Result<(), CookieTooLarge> {
        let mut all = self.registrations();
        all.retain(|known| *known != id);
        self.save_registrations(all)
    }

    /// The oldest first.
    fn registrations(&self) -> Vec<Ulid> {
        let mut all = self.get::<Registrations>().unwrap_or_default().0;
        all.retain(|id| self.is_within(*id, REGISTRATION_MILLIS));
        all
    }

    fn save_registrations(&self, mut all: Vec<Ulid>) -> Result<(), CookieTooLarge> {
        if all.is_empty() {
            self.remove::<Registrations>();
            return Ok(());
        }
        all.drain(..all.len().saturating_sub(MAX_REGISTRATIONS));
        self.set(&Registrations(all))
    }

    /// Remembers a login elsewhere; replaces what is known of the same one.
    pub fn remember_upstream(&self, session: UpstreamSession) -> Result<(), CookieTooLarge> {
        let mut all = self.upstream();
        all.retain(|known| known.session != session.session);
        all.push(session);
        self.save_upstream(all)
    }

    /// The login that the provider answers.
    #[must_use]
    pub fn upstream_by_state(&self, provider: Ulid, state: &str) -> Option<UpstreamSession> {
        self.upstream()
            .into_iter()
            .find(|known| known.provider == provider && known.state == state)
    }

    /// The login that found the person `link`.
    #[must_use]
    pub fn upstream_by_link(&self, link: Ulid) -> Option<UpstreamSession> {
        self.upstream()
            .into_iter()
            .find(|known| known.link == Some(link))
    }

    pub fn forget_upstream(&self, session: Ulid) -> Result<(), CookieTooLarge> {
        let mut all = self.upstream();
        all.retain(|known| known.session != session);
        self.save_upstream(all)
    }

    /// The oldest first.
    fn upstream(&self) -> Vec<UpstreamSession> {
        let mut all = self.get::<Upstream>().unwrap_or_default().0;
        all.retain(|known| self.is_within(known.session, UPSTREAM_MILLIS));
        all
    }

    fn save_upstream(&self, mut all: Vec<UpstreamSession>) -> Result<(), CookieTooLarge> {
        if all.is_empty() {
            self.remove::<Upstream>();
            return Ok(());
        }
        // The last one is what the browser is about to do; older ones make room.
        while all.len() > 1 && serde_json::to_string(&all).is_ok_and(|json| json.len() > MAX_JSON) {
            all.remove(0);
        }
        self.set(&Upstream(all))
    }

    /// By the time within the id.
    fn is_within(&self, id: Ulid, millis: u64) -> bool {
        let now = u64::try_from(self.now() / 1000).unwrap_or(0);
        now.saturating_sub(id.timestamp_ms()) < millis
    }
}

//! Sign-ins at upstream providers: short-lived rows until an account acts, as a visitor without one
//! must not make the log grow. A sign-in that was used stays, without what the provider told, for as
//! long as its browser session: the provider may end it.

mod session;

pub use session::{
    CompletedUpstream, NewUpstreamSession, UpstreamSession, complete_upstream_session,
    put_upstream_session, upstream_session,
};

use muniment_domain::{BrowserSessionId, UpstreamLinkId, UserId};
use uuid::Uuid;

use crate::{
    expiry::Expiry,
    sql::{Query, query},
    time::DAY,
};

/// Sign-ins that were not used.
pub const PENDING: Expiry = Expiry {
    table: "upstream_sessions",
    key: "id",
    time: "pending_since",
    after: 7 * DAY,
};

/// A sign-in is used, for this browser session. What the provider told is in the account now, or
/// nowhere.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub struct UpstreamUse {
    pub id: Uuid,
    pub link_id: UpstreamLinkId,
    pub user_id: UserId,
    pub browser_session_id: BrowserSessionId,
    /// Microseconds since 1970.
    pub at: i64,
}

impl UpstreamUse {
    pub(crate) fn statement(&self) -> Query<'static> {
        query(
            "UPDATE upstream_sessions SET consumed_at = $1, link_id = $2, user_id = $3, \
             browser_session_id = $4, secrets = NULL, told = NULL, pending_since = NULL \
             WHERE id = $5",
        )
        .bind(self.at)
        .bind(self.link_id.as_uuid())
        .bind(self.user_id.as_uuid())
        .bind(self.browser_session_id.as_uuid())
        .bind(self.id)
    }
}

/// What the person signed in with.
pub(crate) fn forget(user_id: UserId) -> Query<'static> {
    query("DELETE FROM upstream_sessions WHERE user_id = $1").bind(user_id.as_uuid())
}

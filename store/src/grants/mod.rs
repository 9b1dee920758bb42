//! What clients ask for and users have not answered yet, and clients that nobody has consented to:
//! short-lived rows, as a visitor without an account must not make the log grow.

mod authorization;
mod clients;
mod device;

pub use authorization::{
    AUTHORIZATIONS, AuthorizationGrant, NewAuthorizationGrant, authorization_grant,
    authorization_grant_by_code, put_authorization_grant,
};
pub use clients::{
    ClientIndex, NewClient, PendingClient, client_by_digest, client_secret, pending_client,
    pending_clients, purge_pending_clients, put_client,
};
pub use device::{
    DEVICES, DeviceGrant, NewDeviceGrant, device_grant, device_grant_by_device_code,
    device_grant_by_user_code, put_device_grant,
};

use muniment_domain::{BrowserSessionId, GrantId, Oauth2SessionId};

use crate::sql::{Query, query};

/// What becomes of a grant, written with the event that says so.
#[derive(Clone)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub enum GrantWrite {
    /// The user consented; the client may come with this code.
    FulfilAuthorization {
        id: GrantId,
        browser_session_id: BrowserSessionId,
        /// SHA-256 of the code.
        code_hash: [u8; 32],
        /// Microseconds since 1970.
        at: i64,
    },
    /// The client exchanged its code.
    ExchangeAuthorization {
        id: GrantId,
        session_id: Oauth2SessionId,
        at: i64,
    },
    FulfilDevice {
        id: GrantId,
        browser_session_id: BrowserSessionId,
        at: i64,
    },
    RejectDevice {
        id: GrantId,
        browser_session_id: BrowserSessionId,
        at: i64,
    },
    ExchangeDevice {
        id: GrantId,
        session_id: Oauth2SessionId,
        at: i64,
    },
}

impl GrantWrite {
    pub(crate) fn statement(&self) -> Query<'static> {
        match self {
            Self::FulfilAuthorization {
                id,
                browser_session_id,
                code_hash,
                at,
            } => query(
                "UPDATE authorization_grants SET fulfilled_at = $1, browser_session_id = $2, \
                 code_hash = $3 WHERE id = $4",
            )
            .bind(*at)
            .bind(browser_session_id.as_uuid())
            .bind(code_hash.as_slice())
            .bind(id.as_uuid()),
            Self::ExchangeAuthorization { id, session_id, at } => {
                exchange("authorization_grants", *id, *session_id, *at)
            }
            Self::FulfilDevice {
                id,
                browser_session_id,
                at,
            } => answer("fulfilled_at", *id, *browser_session_id, *at),
            Self::RejectDevice {
                id,
                browser_session_id,
                at,
            } => answer("rejected_at", *id, *browser_session_id, *at),
            Self::ExchangeDevice { id, session_id, at } => {
                exchange("device_grants", *id, *session_id, *at)
            }
        }
    }
}

fn exchange(table: &str, id: GrantId, session_id: Oauth2SessionId, at: i64) -> Query<'static> {
    query(format!(
        "UPDATE {table} SET exchanged_at = $1, session_id = $2 WHERE id = $3"
    ))
    .bind(at)
    .bind(session_id.as_uuid())
    .bind(id.as_uuid())
}

fn answer(column: &str, id: GrantId, session: BrowserSessionId, at: i64) -> Query<'static> {
    query(format!(
        "UPDATE device_grants SET {column} = $1, browser_session_id = $2 WHERE id = $3"
    ))
    .bind(at)
    .bind(session.as_uuid())
    .bind(id.as_uuid())
}

impl std::fmt::Debug for GrantWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::FulfilAuthorization { .. } => "FulfilAuthorization(***)",
            Self::ExchangeAuthorization { .. } => "ExchangeAuthorization",
            Self::FulfilDevice { .. } => "FulfilDevice",
            Self::RejectDevice { .. } => "RejectDevice",
            Self::ExchangeDevice { .. } => "ExchangeDevice",
        })
    }
}

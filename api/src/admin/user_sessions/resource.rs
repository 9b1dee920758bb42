use muniment_projections::queries::BrowserSessionRow;
use muniment_store::activity::LastUse;
use poem_openapi::Object;
use serde::Serialize;

use crate::admin::{
    envelope::Resource,
    schema::{Id, Timestamp},
};

/// The browser (cookie) session for a user
#[derive(Serialize, Object)]
pub struct UserSession {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// When the object was created
    created_at: Timestamp,
    /// When the session was finished
    #[oai(nullable)]
    finished_at: Option<Timestamp>,
    /// The ID of the user who owns the session
    user_id: Id,
    /// The user agent string of the client which started this session
    #[oai(nullable)]
    user_agent: Option<String>,
    /// The last time the session was active
    #[oai(nullable)]
    last_active_at: Option<Timestamp>,
    /// The last IP address used by the session
    #[oai(nullable)]
    last_active_ip: Option<String>,
}

impl UserSession {
    pub fn new(row: BrowserSessionRow, last: Option<&LastUse>) -> Self {
        Self {
            id: Id(row.id.as_uuid()),
            created_at: Timestamp(row.created_at),
            finished_at: row.finished_at.map(Timestamp),
            user_id: Id(row.user_id.as_uuid()),
            user_agent: row.user_agent,
            last_active_at: last.map(|last| Timestamp(last.at)),
            last_active_ip: last.and_then(|last| last.ip).map(|ip| ip.to_string()),
        }
    }

    pub fn is_finished(&self) -> bool {
        self.finished_at.is_some()
    }
}

impl Resource for UserSession {
    const TYPE: &'static str = "user-session";
    const PATH: &'static str = "/api/admin/v1/user-sessions";

    fn id(&self) -> Id {
        self.id
    }
}

use muniment_domain::CompatSessionId;
use muniment_projections::queries::{self, CompatSessionRow};
use muniment_store::activity::{self, LastUse};
use poem_openapi::Object;
use serde::Serialize;

use crate::{
    admin::{
        AdminError,
        envelope::Resource,
        schema::{DeviceId, Id, Ip, Timestamp, Uri},
    },
    app::App,
};

/// A compatibility session for legacy clients
#[derive(Serialize, Object)]
pub struct CompatSession {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// The ID of the user that owns this session
    user_id: Id,
    /// The Matrix device ID of this session
    #[oai(nullable)]
    device_id: Option<DeviceId>,
    /// The ID of the user session that started this session, if any
    #[oai(nullable)]
    user_session_id: Option<Id>,
    /// The redirect URI used to login in the client, if it was an SSO login
    #[oai(nullable)]
    redirect_uri: Option<Uri>,
    /// When the session was created
    created_at: Timestamp,
    /// The user agent string that started this session, if any
    #[oai(nullable)]
    user_agent: Option<String>,
    /// The last time the session was active
    #[oai(nullable)]
    last_active_at: Option<Timestamp>,
    /// The last IP address used by the session
    #[oai(nullable)]
    last_active_ip: Option<Ip>,
    /// When the session was finished; if null, it goes on
    #[oai(nullable)]
    finished_at: Option<Timestamp>,
    /// The user-provided name, if any
    #[oai(nullable)]
    human_name: Option<String>,
}

impl CompatSession {
    pub fn new(row: CompatSessionRow, last: Option<&LastUse>) -> Self {
        Self {
            id: Id(row.id.as_uuid()),
            user_id: Id(row.user_id.as_uuid()),
            device_id: row.device_id.map(DeviceId),
            user_session_id: row.browser_session_id.map(|id| Id(id.as_uuid())),
            redirect_uri: row.sso_login.map(|login| Uri::of(&login.redirect_uri)),
            created_at: Timestamp(row.created_at),
            user_agent: row.user_agent,
            last_active_at: last.map(|last| Timestamp(last.at)),
            last_active_ip: Ip::of(last),
            finished_at: row.finished_at.map(Timestamp),
            human_name: row.human_name,
        }
    }

    /// A session with when it was last used.
    pub async fn find(app: &App, id: CompatSessionId) -> Result<Option<Self>, AdminError> {
        let Some(row) = queries::compat_session(&app.reads, id).await? else {
            return Ok(None);
        };
        let uses = activity::of(&app.database, &[id.as_uuid()]).await?;
        Ok(Some(Self::new(row, uses.get(&id.as_uuid()))))
    }
}

impl Resource for CompatSession {
    const TYPE: &'static str = "compat-session";
    const PATH: &'static str = "/api/admin/v1/compat-sessions";

    fn id(&self) -> Id {
        self.id
    }
}

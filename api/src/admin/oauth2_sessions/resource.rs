use muniment_domain::Oauth2SessionId;
use muniment_projections::queries::{self, Oauth2SessionRow};
use muniment_store::activity::{self, LastUse};
use poem_openapi::Object;
use serde::Serialize;

use crate::{
    admin::{
        AdminError,
        envelope::Resource,
        schema::{Id, Ip, Timestamp},
    },
    app::App,
};

/// An OAuth 2.0 session
#[derive(Serialize, Object)]
pub struct OAuth2Session {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// When the object was created
    created_at: Timestamp,
    /// When the session was finished
    #[oai(nullable)]
    finished_at: Option<Timestamp>,
    /// The ID of the user who owns the session; null when the client acts for itself
    #[oai(nullable)]
    user_id: Option<Id>,
    /// The ID of the browser session which started this session
    #[oai(nullable)]
    user_session_id: Option<Id>,
    /// The ID of the client which requested this session
    client_id: Id,
    /// The scope granted for this session
    scope: String,
    /// The user agent string of the client which started this session
    #[oai(nullable)]
    user_agent: Option<String>,
    /// The last time the session was active
    #[oai(nullable)]
    last_active_at: Option<Timestamp>,
    /// The last IP address used by the session
    #[oai(nullable)]
    last_active_ip: Option<Ip>,
    /// The user-provided name, if any
    #[oai(nullable)]
    human_name: Option<String>,
}

impl OAuth2Session {
    pub fn new(row: Oauth2SessionRow, last: Option<&LastUse>) -> Self {
        Self {
            id: Id(row.id.as_uuid()),
            created_at: Timestamp(row.created_at),
            finished_at: row.finished_at.map(Timestamp),
            user_id: row.user_id.map(|id| Id(id.as_uuid())),
            user_session_id: row.browser_session_id.map(|id| Id(id.as_uuid())),
            client_id: Id(row.client_id.as_uuid()),
            scope: row.scope.to_string(),
            user_agent: row.user_agent,
            last_active_at: last.map(|last| Timestamp(last.at)),
            last_active_ip: Ip::of(last),
            human_name: row.human_name,
        }
    }

    /// A session with when it was last used.
    pub async fn find(app: &App, id: Oauth2SessionId) -> Result<Option<Self>, AdminError> {
        let Some(row) = queries::oauth2_session(&app.reads, id).await? else {
            return Ok(None);
        };
        let uses = activity::of(&app.database, &[id.as_uuid()]).await?;
        Ok(Some(Self::new(row, uses.get(&id.as_uuid()))))
    }
}

impl Resource for OAuth2Session {
    const TYPE: &'static str = "oauth2-session";
    const PATH: &'static str = "/api/admin/v1/oauth2-sessions";

    fn id(&self) -> Id {
        self.id
    }
}

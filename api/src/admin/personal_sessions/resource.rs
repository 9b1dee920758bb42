use muniment_domain::{PersonalSessionId, PersonalSessionOwner};
use muniment_projections::queries::{self, PersonalSessionRow};
use muniment_store::activity::{self, LastUse};
use poem_openapi::Object;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    admin::{
        AdminError,
        envelope::Resource,
        schema::{Id, Ip, Timestamp},
    },
    app::App,
};

/// A personal session (session using personal access tokens)
#[derive(Serialize, Object)]
pub struct PersonalSession {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// When the session was created
    created_at: Timestamp,
    /// When the session was revoked, if it was
    #[oai(nullable)]
    revoked_at: Option<Timestamp>,
    /// The ID of the user who owns this session (if user-owned)
    #[oai(nullable)]
    owner_user_id: Option<Id>,
    /// The ID of the OAuth 2.0 client that owns this session (if client-owned)
    #[oai(nullable)]
    owner_client_id: Option<Id>,
    /// The ID of the user that the session acts on behalf of
    actor_user_id: Id,
    /// Human-readable name for the session
    human_name: String,
    /// The granted scope
    scope: String,
    /// When the session was last active
    #[oai(nullable)]
    last_active_at: Option<Timestamp>,
    /// IP address of last activity
    #[oai(nullable)]
    last_active_ip: Option<Ip>,
    /// When the current token for this session expires. The session will need to be regenerated,
    /// producing a new access token, after this time. Null when it never does, and when the session
    /// is revoked.
    #[oai(nullable)]
    expires_at: Option<Timestamp>,
    /// The actual access token; only when it was just made
    #[oai(nullable)]
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
}

impl PersonalSession {
    pub fn new(row: PersonalSessionRow, last: Option<&LastUse>) -> Self {
        let (user, client) = match row.owner {
            PersonalSessionOwner::User(id) => (Some(Id(id.as_uuid())), None),
            PersonalSessionOwner::Client(id) => (None, Some(Id(id.as_uuid()))),
        };
        let expires_at = row.token_expires_at.filter(|_| row.revoked_at.is_none());
        Self {
            id: Id(row.id.as_uuid()),
            created_at: Timestamp(row.created_at),
            revoked_at: row.revoked_at.map(Timestamp),
            owner_user_id: user,
            owner_client_id: client,
            actor_user_id: Id(row.actor_user_id.as_uuid()),
            human_name: row.human_name.unwrap_or_default(),
            scope: row.scope.to_string(),
            last_active_at: last.map(|last| Timestamp(last.at)),
            last_active_ip: Ip::of(last),
            expires_at: expires_at.map(Timestamp),
            access_token: None,
        }
    }

    /// With the token that was just made for it.
    pub fn with_token(self, token: &Zeroizing<String>) -> Self {
        Self {
            access_token: Some(token.to_string()),
            ..self
        }
    }

    /// A session with when it was last used.
    pub async fn find(app: &App, id: PersonalSessionId) -> Result<Option<Self>, AdminError> {
        let Some(row) = queries::personal_session(&app.reads, id).await? else {
            return Ok(None);
        };
        let uses = activity::of(&app.database, &[id.as_uuid()]).await?;
        Ok(Some(Self::new(row, uses.get(&id.as_uuid()))))
    }
}

impl Resource for PersonalSession {
    const TYPE: &'static str = "personal-session";
    const PATH: &'static str = "/api/admin/v1/personal-sessions";

    fn id(&self) -> Id {
        self.id
    }
}

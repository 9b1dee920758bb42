use async_graphql::{Context, Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::{PersonalSessionId, PersonalSessionOwner, UserId};
use muniment_projections::queries::{self, PersonalSessionRow};
use uuid::Uuid;

use super::{SessionState, time::date_time};
use crate::graphql::{
    access::{Owned, Owner},
    connection::Listed,
    context::{RequestContext, request},
    id::Kind,
};

/// A personal token, with which a program of the user's acts as them.
#[derive(Debug, Clone, Description)]
pub struct PersonalSession(pub PersonalSessionRow);

impl From<PersonalSessionRow> for PersonalSession {
    fn from(row: PersonalSessionRow) -> Self {
        Self(row)
    }
}

impl Listed for PersonalSession {
    const KINDS: &'static [Kind] = &[Kind::PersonalSession];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::PersonalSession, self.0.id.as_uuid())
    }
}

impl Owned for PersonalSession {
    fn owner(&self) -> Owner {
        self.owning_user().into()
    }
}

impl PersonalSession {
    /// The session, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: PersonalSessionId) -> Result<Option<Self>> {
        let found = queries::personal_session(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(request.visible(found.map(Self)))
    }

    /// The user who owns it, unless it is a client's.
    pub const fn owning_user(&self) -> Option<UserId> {
        match self.0.owner {
            PersonalSessionOwner::User(id) => Some(id),
            PersonalSessionOwner::Client(_) => None,
        }
    }
}

#[Object(use_type_description)]
impl PersonalSession {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::PersonalSession.id(self.0.id)
    }

    /// What the user calls it.
    async fn human_name(&self) -> &str {
        self.0.human_name.as_deref().unwrap_or_default()
    }

    /// What it may do, separated by spaces.
    async fn scope(&self) -> String {
        self.0.scope.to_string()
    }

    /// When it was made.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at.map(date_time)
    }

    /// Whether it is not revoked; its token may have expired.
    async fn state(&self) -> SessionState {
        SessionState::of(self.0.revoked_at)
    }

    /// From when on the token is refused; null when it is good for ever.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.token_expires_at.map(date_time)
    }

    /// From where it was last used.
    async fn last_active_ip(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let last = request(ctx)?.loaders.last_use(self.0.id.as_uuid()).await?;
        Ok(last.and_then(|last| last.ip).map(|ip| ip.to_string()))
    }

    /// When it was last used.
    async fn last_active_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let last = request(ctx)?.loaders.last_use(self.0.id.as_uuid()).await?;
        Ok(last.map(|last| date_time(last.at)))
    }
}

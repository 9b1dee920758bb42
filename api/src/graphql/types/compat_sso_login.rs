use async_graphql::{Context, Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_projections::queries::UserSsoLoginRow;
use url::Url;
use uuid::Uuid;

use super::{CompatSession, time::date_time};
use crate::graphql::{connection::Listed, context::request, id::Kind};

/// A sign-in of a legacy Matrix client through the browser.
#[derive(Debug, Clone, Description)]
pub struct CompatSsoLogin(pub UserSsoLoginRow);

impl From<UserSsoLoginRow> for CompatSsoLogin {
    fn from(row: UserSsoLoginRow) -> Self {
        Self(row)
    }
}

impl Listed for CompatSsoLogin {
    const KINDS: &'static [Kind] = &[Kind::CompatSsoLogin];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::CompatSsoLogin, self.0.id.as_uuid())
    }
}

#[Object(use_type_description)]
impl CompatSsoLogin {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::CompatSsoLogin.id(self.0.id)
    }

    /// When the client asked for it.
    async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.requested_at)
    }

    /// Where the user was sent back to.
    async fn redirect_uri(&self) -> Result<Url> {
        // Checked when the client asked.
        let parsed = self.0.redirect_uri.parse();
        parsed.map_err(|_| "Could not load SSO login".into())
    }

    /// When the user confirmed.
    async fn fulfilled_at(&self) -> Option<DateTime<Utc>> {
        Some(date_time(self.0.confirmed_at))
    }

    /// When the client came for its session.
    async fn exchanged_at(&self) -> Option<DateTime<Utc>> {
        self.0.exchanged.map(|(at, _)| date_time(at))
    }

    /// The session that came of it.
    async fn session(&self, ctx: &Context<'_>) -> Result<Option<CompatSession>> {
        let Some((_, id)) = self.0.exchanged else {
            return Ok(None);
        };
        let session = request(ctx)?.loaders.compat_session(id).await?;
        match session {
            Some(session) => Ok(Some(CompatSession(session))),
            None => Err("Could not load compat session".into()),
        }
    }
}

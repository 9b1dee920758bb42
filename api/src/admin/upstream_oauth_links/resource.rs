use muniment_domain::UpstreamLinkId;
use muniment_projections::queries::{self, UpstreamLinkRow};
use poem_openapi::Object;
use serde::Serialize;

use crate::{
    admin::{
        AdminError,
        condition::EntityTag,
        envelope::Resource,
        schema::{Id, Timestamp},
    },
    app::App,
};

/// An upstream OAuth 2.0 link
#[derive(Serialize, Object)]
pub struct UpstreamOAuthLink {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// When the object was created
    created_at: Timestamp,
    /// The ID of the provider
    provider_id: Id,
    /// The subject of the upstream account, unique per provider
    subject: String,
    /// The ID of the user who owns this link, if any
    #[oai(nullable)]
    user_id: Option<Id>,
    /// A human-readable name of the upstream account
    #[oai(nullable)]
    human_account_name: Option<String>,
}

impl From<UpstreamLinkRow> for UpstreamOAuthLink {
    fn from(row: UpstreamLinkRow) -> Self {
        Self {
            id: Id(row.id.as_uuid()),
            created_at: Timestamp(row.created_at),
            provider_id: Id(row.provider_id.as_uuid()),
            subject: row.subject,
            user_id: Some(Id(row.user_id.as_uuid())),
            human_account_name: row.human_account_name,
        }
    }
}

impl UpstreamOAuthLink {
    /// A link, if the user has it still.
    pub async fn find(
        app: &App,
        id: UpstreamLinkId,
    ) -> Result<(Self, Option<EntityTag>), AdminError> {
        let found = queries::upstream_link_at(&app.reads, id).await?;
        let found = found.ok_or_else(|| missing(id))?;
        let tag = EntityTag::of(found.row.user_id.as_uuid(), &found);
        Ok((found.row.into(), tag))
    }
}

/// There is no link with this id.
pub fn missing(id: UpstreamLinkId) -> AdminError {
    AdminError::not_found(format!("Upstream OAuth 2.0 Link ID {id} not found"))
}

impl Resource for UpstreamOAuthLink {
    const TYPE: &'static str = "upstream-oauth-link";
    const PATH: &'static str = "/api/admin/v1/upstream-oauth-links";

    fn id(&self) -> Id {
        self.id
    }
}

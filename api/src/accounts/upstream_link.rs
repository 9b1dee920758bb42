//! Links between accounts and identities at upstream providers.

use muniment_domain::{UpstreamLinkId, UpstreamProviderId, UserCommand, UserId};
use muniment_projections::queries::{self, UpstreamLinkRow};

use super::{AccountError, execute};
use crate::{app::App, auth::Actor};

/// Who somebody is elsewhere.
#[derive(Clone)]
pub struct NewUpstreamLink {
    pub provider: UpstreamProviderId,
    pub subject: String,
    pub account_name: Option<String>,
}

impl std::fmt::Debug for NewUpstreamLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewUpstreamLink({}, ***)", self.provider)
    }
}

/// Links an identity that nobody has yet to an account. That the provider exists is checked before.
pub async fn link_upstream(
    app: &App,
    actor: &Actor,
    user: UserId,
    new: NewUpstreamLink,
) -> Result<UpstreamLinkRow, AccountError> {
    let link_id = UpstreamLinkId::from_uuid(app.ids.ulid());
    let command = UserCommand::LinkUpstream {
        link_id,
        provider_id: new.provider,
        subject: new.subject,
        account_name: new.account_name,
    };
    execute(app, user, command, actor.execution()).await?;
    queries::upstream_link(&app.reads, link_id)
        .await?
        .ok_or(AccountError::UpstreamLinkNotFound)
}

/// Takes an identity from the account that it is linked to. Sessions that began with it go on.
pub async fn unlink_upstream(
    app: &App,
    actor: &Actor,
    link_id: UpstreamLinkId,
) -> Result<(), AccountError> {
    let link = queries::upstream_link(&app.reads, link_id)
        .await?
        .ok_or(AccountError::UpstreamLinkNotFound)?;
    let command = UserCommand::UnlinkUpstream { link_id };
    execute(app, link.user_id, command, actor.execution()).await?;
    Ok(())
}

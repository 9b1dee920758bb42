use async_graphql::{Result, SimpleObject};
use muniment_projections::queries::UserRow;

use crate::graphql::context::RequestContext;

/// How the homeserver sees a user.
#[derive(Debug, SimpleObject)]
pub struct MatrixUser {
    /// The Matrix id, `@name:server`.
    mxid: String,
    /// The name that others see.
    display_name: Option<String>,
    /// The picture that others see, as an `mxc` URI.
    avatar_url: Option<String>,
    /// Whether the homeserver has deactivated the user.
    deactivated: bool,
}

impl MatrixUser {
    /// Asks the homeserver.
    pub async fn of(request: &RequestContext, user: &UserRow) -> Result<Self> {
        let found = request.loaders.at_homeserver(&user.username).await?;
        let app = &request.app;
        Ok(Self {
            mxid: format!("@{}:{}", user.username, app.site.server_name),
            display_name: found.displayname,
            avatar_url: found.avatar_url,
            // Without a homeserver: what it would say, were it told.
            deactivated: found.deactivated
                || !app.homeserver.exists() && user.deactivated_at.is_some(),
        })
    }
}

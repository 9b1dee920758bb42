//! `GET /` (contract oauth2.md 15.1).

use poem::{Result, handler};

use super::{Visit, views::HomePage};

#[handler]
pub async fn home(visit: Visit) -> Result<HomePage> {
    let signed_in = visit.signed_in(None).await?;
    let discovery = visit
        .app
        .site
        .public_base
        .join(".well-known/openid-configuration");
    Ok(HomePage {
        ctx: visit.ctx(),
        username: signed_in.map(|signed_in| signed_in.user.username),
        can_register: visit.app.site.password_registration_enabled,
        discovery_url: discovery.map(String::from).unwrap_or_default(),
    })
}

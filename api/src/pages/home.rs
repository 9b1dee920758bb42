//! `GET /` (contract oauth2.md 15.1).

use poem::{
    Response, Result, handler,
    http::{StatusCode, header},
};

use super::{PageError, Visit, views::HomePage};

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

/// `GET /brand.css`: the deployment's colours, where it has some.
#[handler]
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is taken off the request by value"
)]
pub fn brand_styles(visit: Visit) -> Result<Response> {
    let styles = visit.app.brand.styles.clone();
    let styles = styles.ok_or_else(|| PageError::from_status(StatusCode::NOT_FOUND))?;
    // Its address holds the hash of its content.
    Ok(Response::builder()
        .content_type("text/css; charset=utf-8")
        .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
        .body(styles))
}

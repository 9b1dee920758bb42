use async_graphql::{Context, ID, Object, Result};
use muniment_domain::UserId;
use muniment_projections::queries;

use crate::graphql::{
    access::Owner,
    context::request,
    id::{Kind, parse_as},
    types::{CompatSession, Session, UserEmailAuthentication, device_filter},
};

#[derive(Debug, Default)]
pub struct SessionQueries;

#[Object]
impl SessionQueries {
    /// A session of the legacy Matrix login of the requester's own, or anybody's for
    /// administrators.
    async fn compat_session(&self, ctx: &Context<'_>, id: ID) -> Result<Option<CompatSession>> {
        let id = parse_as(Kind::CompatSession, &id)?;
        CompatSession::visible(request(ctx)?, id).await
    }

    /// The session that a device of the requester's own belongs to, or anybody's for
    /// administrators: the newest that goes on.
    async fn session(
        &self,
        ctx: &Context<'_>,
        user_id: ID,
        device_id: String,
    ) -> Result<Option<Session>> {
        let request = request(ctx)?;
        let user: UserId = parse_as(Kind::User, &user_id)?;
        // No device has a NUL in its id, and PostgreSQL could not be asked for one.
        if !request.may_see(Owner::User(user)) || device_id.contains('\0') {
            return Ok(None);
        }
        let device = device_filter(device_id);
        let found = queries::session_of_device(&request.app.database, user, device).await;
        let found = found.map_err(|error| request.failure(error))?;
        Ok(found.map(Session::from))
    }

    /// An email address that is about to be proved, for the browser session that began it.
    async fn user_email_authentication(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<UserEmailAuthentication>> {
        let id = parse_as(Kind::UserEmailAuthentication, &id)?;
        UserEmailAuthentication::visible(request(ctx)?, id).await
    }
}

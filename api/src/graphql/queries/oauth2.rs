use async_graphql::{Context, ID, Object, Result};

use crate::graphql::{
    context::request,
    id::{Kind, parse_as},
    types::{Oauth2Client, Oauth2Session},
};

#[derive(Debug, Default)]
pub struct Oauth2Queries;

#[Object]
impl Oauth2Queries {
    /// An OAuth 2.0 client; everybody may see it.
    async fn oauth2_client(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Oauth2Client>> {
        let id = parse_as(Kind::Oauth2Client, &id)?;
        Oauth2Client::find(request(ctx)?, id).await
    }

    /// An OAuth 2.0 session of the requester's own, or anybody's for administrators.
    async fn oauth2_session(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Oauth2Session>> {
        let id = parse_as(Kind::Oauth2Session, &id)?;
        Oauth2Session::visible(request(ctx)?, id).await
    }
}

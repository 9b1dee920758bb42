use muniment_domain::Oauth2SessionId;
use muniment_projections::queries::oauth2_session_as_of;
use poem_openapi::OpenApi;

use super::OAuth2Session;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    query::Past,
    schema::Id,
};

#[derive(Default)]
pub struct GetOAuth2Session;

impl Refuses for GetOAuth2Session {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "OAuth 2.0 session was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::OAuth2Session")]
impl GetOAuth2Session {
    /// Get an OAuth 2.0 session
    #[oai(
        path = "/oauth2-sessions/:id",
        method = "get",
        operation_id = "getOAuth2Session"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<OAuth2Session>>> {
        let id: Oauth2SessionId = id.0.of();
        let found = match past.at(&caller).await? {
            None => OAuth2Session::find(&caller.app, id).await?,
            Some(at) => match oauth2_session_as_of(&caller.app.reads, id, at.position).await? {
                Some(row) => {
                    if let Some(user) = row.user_id {
                        caller.reads_past(user).await?;
                    }
                    Some(OAuth2Session::new(row, None))
                }
                None => None,
            },
        };
        let session = found
            .ok_or_else(|| AdminError::not_found(format!("OAuth 2.0 session ID {id} not found")))?;
        Ok(Found(SingleResponse::new(session)).into())
    }
}

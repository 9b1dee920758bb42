use muniment_domain::ClientId;
use poem_openapi::OpenApi;

use super::OAuth2Client;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetOAuth2Client;

impl Refuses for GetOAuth2Client {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "OAuth 2.0 client was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::OAuth2Client")]
impl GetOAuth2Client {
    /// Get an OAuth 2.0 client
    #[oai(
        path = "/oauth2-clients/:id",
        method = "get",
        operation_id = "getOAuth2Client"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<OAuth2Client>>> {
        let id: ClientId = id.0.of();
        let client = caller.app.clients.find(&caller.app.reads, id).await?;
        let client = client
            .ok_or_else(|| AdminError::not_found(format!("OAuth 2.0 client ID {id} not found")))?;
        Ok(Found(SingleResponse::new(OAuth2Client::from(&*client))).into())
    }
}

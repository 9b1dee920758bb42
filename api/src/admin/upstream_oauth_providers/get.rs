use poem_openapi::OpenApi;

use super::UpstreamOAuthProvider;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetUpstreamOAuthProvider;

impl Refuses for GetUpstreamOAuthProvider {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "Provider was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UpstreamOAuthProvider")]
impl GetUpstreamOAuthProvider {
    /// Get an upstream OAuth 2.0 provider
    #[oai(
        path = "/upstream-oauth-providers/:id",
        method = "get",
        operation_id = "getUpstreamOAuthProvider"
    )]
    #[expect(
        clippy::unused_async,
        reason = "poem-openapi wants every operation to be"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UpstreamOAuthProvider>>> {
        let provider = caller.app.upstream.find(id.0.of());
        let provider = provider.ok_or_else(|| AdminError::not_found("Provider not found"))?;
        Ok(Found(SingleResponse::new(UpstreamOAuthProvider::from(
            &**provider,
        )))
        .into())
    }
}

use poem_openapi::OpenApi;

use super::UpstreamOAuthLink;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetUpstreamOAuthLink;

impl Refuses for GetUpstreamOAuthLink {
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "Upstream OAuth 2.0 link was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UpstreamOAuthLink")]
impl GetUpstreamOAuthLink {
    /// Get an upstream OAuth 2.0 link
    #[oai(
        path = "/upstream-oauth-links/:id",
        method = "get",
        operation_id = "getUpstreamOAuthLink"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UpstreamOAuthLink>>> {
        let (link, tag) = UpstreamOAuthLink::find(&caller.app, id.0.of()).await?;
        Found(SingleResponse::new(link)).tagged(tag)
    }
}

use poem_openapi::OpenApi;

use super::resource::missing;
use crate::{
    accounts::{self, AccountError},
    admin::{
        AdminError, Caller,
        answer::{Answer, NoContent, Refuses},
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

#[derive(Default)]
pub struct DeleteUpstreamOAuthLink;

impl Refuses for DeleteUpstreamOAuthLink {
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "Upstream OAuth 2.0 link was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UpstreamOAuthLink")]
impl DeleteUpstreamOAuthLink {
    /// Delete an upstream OAuth 2.0 link
    ///
    /// The user cannot sign in by it any more. Browser sessions that began with it go on.
    #[oai(
        path = "/upstream-oauth-links/:id",
        method = "delete",
        operation_id = "deleteUpstreamOAuthLink"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, NoContent> {
        let id = id.0.of();
        match accounts::unlink_upstream(&caller.app, &caller.actor, id).await {
            Ok(()) => Ok(NoContent.into()),
            // Or somebody else was quicker.
            Err(AccountError::UpstreamLinkNotFound | AccountError::UserNotFound) => {
                Err(missing(id))
            }
            Err(error) => Err(AdminError::account(error, Subject::Session)),
        }
    }
}

use muniment_projections::queries::{self, UpstreamLinkFilter};
use poem_openapi::OpenApi;

use super::UpstreamOAuthLink;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    known,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, filters},
    schema::Id,
};

filters! {
    /// Contract admin-api.md 5.13.
    pub struct UpstreamOAuthLinkFilters {
        /// Retrieve the items for the given user
        "filter[user]" => user: Option<Id>,
        /// Retrieve the items for the given provider
        "filter[provider]" => provider: Option<Id>,
        /// Retrieve the items with the given subject
        "filter[subject]" => subject: Option<String>,
        /// Retrieve the items whose account name contains the given text, in any case
        "filter[human-account-name]" => human_account_name: Option<String>,
    }
}

#[derive(Default)]
pub struct ListUpstreamOAuthLinks;

impl Refuses for ListUpstreamOAuthLinks {
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "The user or the provider of the filter was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UpstreamOAuthLink")]
impl ListUpstreamOAuthLinks {
    /// List upstream OAuth 2.0 links
    #[oai(
        path = "/upstream-oauth-links",
        method = "get",
        operation_id = "listUpstreamOAuthLinks"
    )]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination,
        filter: Filtered<UpstreamOAuthLinkFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<UpstreamOAuthLink>>> {
        let given = &filter.0;
        let wanted = UpstreamLinkFilter {
            user: known::filtered_user(&caller, given.user).await?,
            provider: known::filtered_provider(&caller, given.provider)?,
            providers: None,
            subject: given.subject.clone(),
            human_account_name: given.human_account_name.clone(),
        };
        let database = &caller.app.database;
        let listing = Listing::new(&page, given);
        let (count, rows) = listing
            .fetch(
                queries::count_upstream_links(database, &wanted),
                queries::list_upstream_links(database, &wanted, page.request()),
            )
            .await?;
        Ok(Found(PaginatedResponse::new(&listing, count, rows)).into())
    }
}

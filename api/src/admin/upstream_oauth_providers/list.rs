use poem_openapi::OpenApi;

use super::UpstreamOAuthProvider;
use crate::{
    admin::{
        Caller,
        answer::{Answer, Found, Refuses},
        envelope::PaginatedResponse,
        operations::{ROOT, Tag},
        query::{Filtered, Listing, Pagination, filters},
    },
    upstream::Provider,
};

filters! {
    /// Contract admin-api.md 5.13.
    pub struct UpstreamOAuthProviderFilters {
        /// Retrieve providers that are (or are not) enabled
        "filter[enabled]" => enabled: Option<bool>,
    }
}

#[derive(Default)]
pub struct ListUpstreamOAuthProviders;

impl Refuses for ListUpstreamOAuthProviders {
    const REFUSALS: &'static [(u16, &'static str)] = &[];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UpstreamOAuthProvider")]
impl ListUpstreamOAuthProviders {
    /// List upstream OAuth 2.0 providers
    #[oai(
        path = "/upstream-oauth-providers",
        method = "get",
        operation_id = "listUpstreamOAuthProviders"
    )]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination,
        filter: Filtered<UpstreamOAuthProviderFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<UpstreamOAuthProvider>>> {
        let all = caller.app.upstream.all().iter().map(AsRef::as_ref);
        let mut wanted: Vec<&Provider> = match filter.0.enabled {
            None => all.collect(),
            Some(enabled) => all
                .filter(|known| known.settings.enabled == enabled)
                .collect(),
        };
        wanted.sort_by_key(|provider| provider.id);
        let listing = Listing::new(&page, &filter.0);
        let (count, providers) = listing
            .fetch(async { Ok(wanted.len() as u64) }, async {
                Ok(page
                    .request()
                    .cut(&wanted, |provider| provider.id.as_uuid()))
            })
            .await?;
        Ok(Found(PaginatedResponse::new(&listing, count, providers)).into())
    }
}

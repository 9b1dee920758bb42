use async_graphql::{Context, ID, Object, Result};

use crate::graphql::{
    connection::{Connection, Listing, PageArgs, page_cost},
    context::request,
    id::{Kind, parse_as},
    types::{UpstreamOauth2Link, UpstreamOauth2Provider},
};

#[derive(Debug, Default)]
pub struct UpstreamQueries;

#[Object]
impl UpstreamQueries {
    /// An account at another service by which the requester signs in, or anybody for
    /// administrators.
    #[graphql(name = "upstreamOauth2Link")]
    async fn upstream_oauth2_link(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<UpstreamOauth2Link>> {
        let id = parse_as(Kind::UpstreamOauth2Link, &id)?;
        UpstreamOauth2Link::visible(request(ctx)?, id).await
    }

    /// A service that people may sign in with, if it is switched on; everybody may see it.
    #[graphql(name = "upstreamOauth2Provider")]
    async fn upstream_oauth2_provider(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<UpstreamOauth2Provider>> {
        let id = parse_as(Kind::UpstreamOauth2Provider, &id)?;
        Ok(UpstreamOauth2Provider::enabled(request(ctx)?, id))
    }

    /// The services that people may sign in with and that are switched on; everybody may see them.
    #[graphql(
        name = "upstreamOauth2Providers",
        complexity = "page_cost(first, last, child_complexity)"
    )]
    async fn upstream_oauth2_providers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<UpstreamOauth2Provider>> {
        let request = request(ctx)?;
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let listing = Listing::of::<UpstreamOauth2Provider>(ctx, page)?;
        let all = UpstreamOauth2Provider::all_enabled(request);
        let page = listing.page.cut(&all, |provider| provider.id.as_uuid());
        let total = all.len() as u64;
        listing
            .fetch(request, async { Ok(page) }, async { Ok(total) })
            .await
    }
}

use muniment_projections::queries::ClientFilter;
use poem_openapi::OpenApi;

use super::OAuth2Client;
use crate::{
    admin::{
        Caller,
        answer::{Answer, Found, Refuses},
        envelope::PaginatedResponse,
        operations::{ROOT, Tag},
        query::{Filtered, Listing, Pagination, filters, words},
    },
    auth::clients::{ClientKind, Wanted},
};

filters! {
    /// Contract admin-api.md 5.13.
    pub struct OAuth2ClientFilters {
        /// Retrieve clients of the given kind
        "filter[client-kind]" => kind: Option<OAuth2ClientKind>,
        /// Retrieve clients whose name contains the given text, in any case
        "filter[client-name]" => name: Option<String>,
        /// Retrieve clients whose page's address contains the given text, in any case
        "filter[client-uri]" => uri: Option<String>,
        /// Retrieve clients that may use the given grant type
        "filter[grant-type]" => grant_type: Option<String>,
        /// Retrieve clients with (or without) active sessions
        "filter[has-active-sessions]" => has_active_sessions: Option<bool>,
    }
}

words! {
    pub enum OAuth2ClientKind {
        Dynamic = "dynamic",
        Static = "static",
    }
}

impl From<&OAuth2ClientFilters> for Wanted {
    fn from(given: &OAuth2ClientFilters) -> Self {
        Self {
            kind: given.kind.map(|kind| match kind {
                OAuth2ClientKind::Dynamic => ClientKind::Dynamic,
                OAuth2ClientKind::Static => ClientKind::Static,
            }),
            filter: ClientFilter {
                name: given.name.clone(),
                uri: given.uri.clone(),
                grant_type: given.grant_type.clone(),
                has_active_sessions: given.has_active_sessions,
            },
        }
    }
}

#[derive(Default)]
pub struct ListOAuth2Clients;

impl Refuses for ListOAuth2Clients {
    const REFUSALS: &'static [(u16, &'static str)] = &[];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::OAuth2Client")]
impl ListOAuth2Clients {
    /// List OAuth 2.0 clients
    ///
    /// Those of the configuration, and those that registered themselves, whether or not anybody has
    /// used them yet.
    #[oai(
        path = "/oauth2-clients",
        method = "get",
        operation_id = "listOAuth2Clients"
    )]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination,
        filter: Filtered<OAuth2ClientFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<OAuth2Client>>> {
        let app = &caller.app;
        let wanted = Wanted::from(&filter.0);
        let listing = Listing::new(&page, &filter.0);
        let (count, clients) = listing
            .fetch(
                app.clients.count(&app.database, &wanted),
                app.clients.list(&app.database, &wanted, page.request()),
            )
            .await?;
        let clients = clients.map(|page| page.map(|client| OAuth2Client::from(&*client)));
        Ok(Found(PaginatedResponse::new(&listing, count, clients)).into())
    }
}

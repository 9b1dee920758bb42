use muniment_projections::queries::{self, Oauth2SessionFilter, SessionTimes};
use muniment_store::activity;
use poem_openapi::OpenApi;

use super::OAuth2Session;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    known,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, Past, filters, words},
    schema::{Id, Timestamp},
};

filters! {
    /// Contract admin-api.md 5.8.
    pub struct OAuth2SessionFilters {
        /// Retrieve the items for the given user
        "filter[user]" => user: Option<Id>,
        /// Retrieve the items for any of the given clients
        "filter[client]" => client: Vec<Id>,
        /// Retrieve the items of clients of the given kind
        "filter[client-kind]" => client_kind: Option<OAuth2ClientKind2>,
        /// Retrieve the items started from the given browser session
        "filter[user-session]" => user_session: Option<Id>,
        /// Retrieve the items whose scope has all the given tokens
        "filter[scope]" => scope: Vec<String>,
        /// Retrieve the items with the given status
        "filter[status]" => status: Option<OAuth2SessionStatus>,
        /// Retrieve the items created before the given time
        "filter[created-before]" => created_before: Option<Timestamp>,
        /// Retrieve the items created after the given time
        "filter[created-after]" => created_after: Option<Timestamp>,
        /// Retrieve the items last active before the given time
        "filter[last-active-before]" => last_active_before: Option<Timestamp>,
        /// Retrieve the items last active after the given time
        "filter[last-active-after]" => last_active_after: Option<Timestamp>,
    }
}

words! {
    /// Generated clients know this one by the number.
    pub enum OAuth2ClientKind2 {
        Dynamic = "dynamic",
        Static = "static",
    }
}

words! {
    pub enum OAuth2SessionStatus {
        Active = "active",
        Finished = "finished",
    }
}

impl OAuth2SessionFilters {
    /// For the queries, once what it names is known to exist.
    async fn checked(&self, caller: &Caller) -> Result<Oauth2SessionFilter, AdminError> {
        let of_clients = self.client_kind.map(|kind| {
            let configured = caller.app.clients.configured();
            let ids = configured.map(|client| client.id).collect();
            (kind == OAuth2ClientKind2::Static, ids)
        });
        Ok(Oauth2SessionFilter {
            user: known::filtered_user(caller, self.user).await?,
            clients: known::filtered_clients(caller, &self.client).await?,
            of_clients,
            browser_session: known::filtered_user_session(caller, self.user_session).await?,
            scope: known::filtered_scope(&self.scope)?,
            active: self
                .status
                .map(|status| status == OAuth2SessionStatus::Active),
            times: SessionTimes {
                created_before: self.created_before.map(|time| time.0),
                created_after: self.created_after.map(|time| time.0),
                last_active_before: self.last_active_before.map(|time| time.0),
                last_active_after: self.last_active_after.map(|time| time.0),
            },
        })
    }
}

#[derive(Default)]
pub struct ListOAuth2Sessions;

impl Refuses for ListOAuth2Sessions {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "A scope of the filter is not one, or the request cannot be read",
        ),
        (
            404,
            "The user, a client or the user session of the filter was not found",
        ),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::OAuth2Session")]
impl ListOAuth2Sessions {
    /// List OAuth 2.0 sessions
    ///
    /// By default, active and finished ones.
    #[oai(
        path = "/oauth2-sessions",
        method = "get",
        operation_id = "listOAuth2Sessions"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        page: Pagination,
        filter: Filtered<OAuth2SessionFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<OAuth2Session>>> {
        let wanted = filter.0.checked(&caller).await?;
        let reads = past.of_user(&caller, wanted.user).await?;
        let database = reads.database();
        let listing = Listing::new(&page, &filter.0).of_past(past);
        let (count, rows) = listing
            .fetch(
                queries::count_oauth2_sessions(database, &wanted),
                queries::list_oauth2_sessions(database, &wanted, page.request()),
            )
            .await?;
        let items = rows.iter().flat_map(|page| &page.items);
        let ids: Vec<_> = items.map(|row| row.id.as_uuid()).collect();
        let uses = activity::of(database, &ids).await?;
        let sessions = rows.map(|page| {
            page.map(|row| {
                let last = uses.get(&row.id.as_uuid());
                OAuth2Session::new(row, last)
            })
        });
        Ok(Found(PaginatedResponse::new(&listing, count, sessions)).into())
    }
}

use muniment_projections::queries::{self, PersonalSessionFilter};
use muniment_store::activity;
use poem_openapi::OpenApi;

use super::PersonalSession;
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
    /// Contract admin-api.md 5.10.
    pub struct PersonalSessionFilters {
        /// Retrieve the items owned by the given user
        "filter[owner_user]" => owner_user: Option<Id>,
        /// Retrieve the items owned by the given client
        "filter[owner_client]" => owner_client: Option<Id>,
        /// Retrieve the items that act as the given user
        "filter[actor_user]" => actor_user: Option<Id>,
        /// Retrieve the items whose scope has all the given tokens
        "filter[scope]" => scope: Vec<String>,
        /// Retrieve the items with the given status
        "filter[status]" => status: Option<PersonalSessionStatus>,
        /// Retrieve the items whose token expires before the given time
        "filter[expires_before]" => expires_before: Option<Timestamp>,
        /// Retrieve the items whose token expires after the given time
        "filter[expires_after]" => expires_after: Option<Timestamp>,
        /// Retrieve the items whose token does (or does not) expire; revoked ones have no token
        "filter[expires]" => expires: Option<bool>,
    }
}

words! {
    pub enum PersonalSessionStatus {
        Active = "active",
        Revoked = "revoked",
    }
}

impl PersonalSessionFilters {
    /// For the queries, once what it names is known to exist.
    async fn checked(&self, caller: &Caller) -> Result<PersonalSessionFilter, AdminError> {
        let owner_user = known::filtered_user(caller, self.owner_user).await?;
        let clients = known::filtered_clients(caller, &self.owner_client).await?;
        Ok(PersonalSessionFilter {
            owner_user,
            owner_client: clients.first().copied(),
            actor_user: known::filtered_user(caller, self.actor_user).await?,
            scope: known::filtered_scope(&self.scope)?,
            active: self
                .status
                .map(|status| status == PersonalSessionStatus::Active),
            expires_before: self.expires_before.map(|time| time.0),
            expires_after: self.expires_after.map(|time| time.0),
            expires: self.expires,
        })
    }
}

#[derive(Default)]
pub struct ListPersonalSessions;

impl Refuses for ListPersonalSessions {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "A scope of the filter is not one, or the request cannot be read",
        ),
        (404, "A user or the client of the filter was not found"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PersonalSession")]
impl ListPersonalSessions {
    /// List personal sessions
    ///
    /// By default, active and revoked ones.
    #[oai(
        path = "/personal-sessions",
        method = "get",
        operation_id = "listPersonalSessions"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        page: Pagination,
        filter: Filtered<PersonalSessionFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<PersonalSession>>> {
        let wanted = filter.0.checked(&caller).await?;
        let reads = past.of_user(&caller, wanted.actor_user).await?;
        let database = reads.database();
        let listing = Listing::new(&page, &filter.0).of_past(past);
        let (count, rows) = listing
            .fetch(
                queries::count_personal_sessions(database, &wanted),
                queries::list_personal_sessions(database, &wanted, page.request()),
            )
            .await?;
        let items = rows.iter().flat_map(|page| &page.items);
        let ids: Vec<_> = items.map(|row| row.id.as_uuid()).collect();
        let uses = activity::of(database, &ids).await?;
        let sessions = rows.map(|page| {
            page.map(|row| {
                let last = uses.get(&row.id.as_uuid());
                PersonalSession::new(row, last)
            })
        });
        Ok(Found(PaginatedResponse::new(&listing, count, sessions)).into())
    }
}

use muniment_projections::queries::{self, CompatSessionFilter, SessionTimes};
use muniment_store::activity;
use poem_openapi::OpenApi;

use super::CompatSession;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    known,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, Past, filters, words},
    schema::{Id, Timestamp},
};

filters! {
    /// Contract admin-api.md 5.7.
    pub struct CompatSessionFilters {
        /// Retrieve the items for the given user
        "filter[user]" => user: Option<Id>,
        /// Retrieve the items started from the given browser session
        "filter[user-session]" => user_session: Option<Id>,
        /// Retrieve the items with the given status
        "filter[status]" => status: Option<CompatSessionStatus>,
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
    pub enum CompatSessionStatus {
        Active = "active",
        Finished = "finished",
    }
}

#[derive(Default)]
pub struct ListCompatSessions;

impl Refuses for ListCompatSessions {
    const REFUSALS: &'static [(u16, &'static str)] = &[(
        404,
        "The user or the user session of the filter was not found",
    )];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::CompatSession")]
impl ListCompatSessions {
    /// List compatibility sessions
    ///
    /// By default, active and finished ones.
    #[oai(
        path = "/compat-sessions",
        method = "get",
        operation_id = "listCompatSessions"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        page: Pagination,
        filter: Filtered<CompatSessionFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<CompatSession>>> {
        let given = &filter.0;
        let wanted = CompatSessionFilter {
            user: known::filtered_user(&caller, given.user).await?,
            browser_session: known::filtered_user_session(&caller, given.user_session).await?,
            active: given
                .status
                .map(|status| status == CompatSessionStatus::Active),
            has_sso_login: None,
            times: SessionTimes {
                created_before: given.created_before.map(|time| time.0),
                created_after: given.created_after.map(|time| time.0),
                last_active_before: given.last_active_before.map(|time| time.0),
                last_active_after: given.last_active_after.map(|time| time.0),
            },
        };
        let reads = past.of_user(&caller, wanted.user).await?;
        let database = reads.database();
        let listing = Listing::new(&page, given).of_past(past);
        let (count, rows) = listing
            .fetch(
                queries::count_compat_sessions(database, &wanted),
                queries::list_compat_sessions(database, &wanted, page.request()),
            )
            .await?;
        let items = rows.iter().flat_map(|page| &page.items);
        let ids: Vec<_> = items.map(|row| row.id.as_uuid()).collect();
        let uses = activity::of(database, &ids).await?;
        let sessions = rows.map(|page| {
            page.map(|row| {
                let last = uses.get(&row.id.as_uuid());
                CompatSession::new(row, last)
            })
        });
        Ok(Found(PaginatedResponse::new(&listing, count, sessions)).into())
    }
}

use muniment_projections::queries::{self, BrowserSessionFilter, SessionTimes};
use muniment_store::activity;
use poem_openapi::OpenApi;

use super::UserSession;
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
    /// Contract admin-api.md 5.9.
    pub struct UserSessionFilters {
        /// Retrieve the items of the given user
        "filter[user]" => user: Option<Id>,
        /// Retrieve the items with the given status
        "filter[status]" => status: Option<UserSessionStatus>,
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
    pub enum UserSessionStatus {
        Active = "active",
        Finished = "finished",
    }
}

#[derive(Default)]
pub struct ListUserSessions;

impl Refuses for ListUserSessions {
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "The user of the filter was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserSession")]
impl ListUserSessions {
    /// List user sessions
    ///
    /// By default, active and finished ones.
    #[oai(
        path = "/user-sessions",
        method = "get",
        operation_id = "listUserSessions"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        page: Pagination,
        filter: Filtered<UserSessionFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<UserSession>>> {
        let given = &filter.0;
        let wanted = BrowserSessionFilter {
            user: known::filtered_user(&caller, given.user).await?,
            active: given
                .status
                .map(|status| status == UserSessionStatus::Active),
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
                queries::count_browser_sessions(database, &wanted),
                queries::list_browser_sessions(database, &wanted, page.request()),
            )
            .await?;
        let ids: Vec<_> = rows
            .iter()
            .flat_map(|page| &page.items)
            .map(|row| row.id.as_uuid())
            .collect();
        let uses = activity::of(database, &ids).await?;
        let sessions = rows.map(|page| {
            page.map(|row| {
                let last = uses.get(&row.id.as_uuid());
                UserSession::new(row, last)
            })
        });
        Ok(Found(PaginatedResponse::new(&listing, count, sessions)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::query::QueryValue;

    #[test]
    fn a_time_is_read_with_any_offset_and_written_in_whole_seconds() {
        let time = Timestamp::read("2022-01-16T16:40:00.5+02:00").unwrap();
        assert_eq!(time, Timestamp(1_642_344_000_500_000));
        assert_eq!(time.write(), "2022-01-16T14:40:00Z");
        assert_eq!(
            Timestamp::read("yesterday"),
            Err("input contains invalid characters".to_owned())
        );
    }
}

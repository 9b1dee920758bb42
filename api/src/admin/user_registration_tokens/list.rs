use muniment_projections::queries::{self, Page, RegistrationTokenFilter};
use poem_openapi::OpenApi;

use super::UserRegistrationToken;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, filters},
};

filters! {
    /// Contract admin-api.md 5.12.
    pub struct RegistrationTokenFilters {
        /// Retrieve tokens that have (or have not) been used at least once
        "filter[used]" => used: Option<bool>,
        /// Retrieve tokens that are (or are not) revoked
        "filter[revoked]" => revoked: Option<bool>,
        /// Retrieve tokens that are (or are not) expired
        "filter[expired]" => expired: Option<bool>,
        /// Retrieve tokens that are (or are not) valid: neither revoked, nor expired, nor used up
        "filter[valid]" => valid: Option<bool>,
    }
}

#[derive(Default)]
pub struct ListUserRegistrationTokens;

impl Refuses for ListUserRegistrationTokens {
    const REFUSALS: &'static [(u16, &'static str)] = &[];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserRegistrationToken")]
impl ListUserRegistrationTokens {
    /// List user registration tokens
    #[oai(
        path = "/user-registration-tokens",
        method = "get",
        operation_id = "listUserRegistrationTokens"
    )]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination,
        filter: Filtered<RegistrationTokenFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<UserRegistrationToken>>> {
        let app = &caller.app;
        let wanted = RegistrationTokenFilter {
            used: filter.0.used,
            revoked: filter.0.revoked,
            expired: filter.0.expired,
            valid: filter.0.valid,
            now: app.clock.now(),
        };
        let listing = Listing::new(&page, &filter.0);
        let (count, rows) = listing
            .fetch(
                queries::count_registration_tokens(&app.database, &wanted),
                queries::list_registration_tokens(&app.database, &wanted, page.request()),
            )
            .await?;
        let tokens = match rows {
            None => None,
            Some(page) => Some(Page {
                items: UserRegistrationToken::of(app, &page.items).await?,
                has_more: page.has_more,
            }),
        };
        Ok(Found(PaginatedResponse::new(&listing, count, tokens)).into())
    }
}

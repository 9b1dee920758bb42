use muniment_projections::queries::{self, EmailFilter};
use poem_openapi::OpenApi;

use super::UserEmail;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    known,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, Past, filters},
    schema::Id,
};

filters! {
    /// Contract admin-api.md 5.6.
    pub struct UserEmailFilters {
        /// Retrieve the items of the given user
        "filter[user]" => user: Option<Id>,
        /// Retrieve the entry with the given address, in any case
        "filter[email]" => email: Option<String>,
    }
}

#[derive(Default)]
pub struct ListUserEmails;

impl Refuses for ListUserEmails {
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "The user of the filter was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserEmail")]
impl ListUserEmails {
    /// Retrieve a list of user emails
    #[oai(path = "/user-emails", method = "get", operation_id = "listUserEmails")]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        page: Pagination,
        filter: Filtered<UserEmailFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<UserEmail>>> {
        let wanted = EmailFilter {
            user: known::filtered_user(&caller, filter.0.user).await?,
            email: filter.0.email.clone(),
        };
        let reads = past.of_user(&caller, wanted.user).await?;
        let database = reads.database();
        let listing = Listing::new(&page, &filter.0).of_past(past);
        let (count, rows) = listing
            .fetch(
                queries::count_emails(database, &wanted),
                queries::list_emails(database, &wanted, page.request()),
            )
            .await?;
        Ok(Found(PaginatedResponse::new(&listing, count, rows)).into())
    }
}

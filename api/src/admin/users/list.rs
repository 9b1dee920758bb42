use muniment_projections::queries::{self, UserFilter, UserStatus as Status};
use poem_openapi::OpenApi;

use super::User;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    known,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, Sort, filters, words},
    schema::Id,
};

filters! {
    /// Contract admin-api.md 5.2.
    pub struct UserFilters {
        /// Retrieve users with (or without) the `admin` flag set
        "filter[admin]" => admin: Option<bool>,
        /// Retrieve users with (or without) the `legacy_guest` flag set
        "filter[legacy-guest]" => legacy_guest: Option<bool>,
        /// Retrieve users whose username contains the given text, in any case
        "filter[search]" => search: Option<String>,
        /// Retrieve users with the given status: neither locked nor deactivated, locked, or deactivated
        "filter[status]" => status: Option<UserStatus>,
        /// Retrieve users with an active session of any of these OAuth 2.0 clients
        "filter[active-oauth2-client]" => active_oauth2_client: Vec<Id>,
        /// Retrieve users with (or without) active OAuth 2.0 sessions
        "filter[has-active-oauth2-session]" => has_active_oauth2_session: Option<bool>,
        /// Retrieve users with (or without) active compatibility sessions
        "filter[has-active-compat-session]" => has_active_compat_session: Option<bool>,
    }
}

words! {
    pub enum UserStatus {
        Active = "active",
        Locked = "locked",
        Deactivated = "deactivated",
    }
}

words! {
    /// By id, which is the order of creation, or by name
    pub enum UserOrder {
        Id = "id",
        IdDescending = "-id",
        Username = "username",
        UsernameDescending = "-username",
    }
}

impl Sort for UserOrder {
    fn descends(self) -> bool {
        matches!(self, Self::IdDescending | Self::UsernameDescending)
    }
}

impl UserFilters {
    /// For the queries, once the clients are known to exist.
    pub async fn checked(&self, caller: &Caller) -> Result<UserFilter, AdminError> {
        let active_oauth2_client =
            known::filtered_clients(caller, &self.active_oauth2_client).await?;
        Ok(UserFilter {
            admin: self.admin,
            legacy_guest: self.legacy_guest,
            search: self.search.clone(),
            status: self.status.map(|status| match status {
                UserStatus::Active => Status::Active,
                UserStatus::Locked => Status::Locked,
                UserStatus::Deactivated => Status::Deactivated,
            }),
            active_oauth2_client,
            has_active_oauth2_session: self.has_active_oauth2_session,
            has_active_compat_session: self.has_active_compat_session,
        })
    }
}

#[derive(Default)]
pub struct ListUsers;

impl Refuses for ListUsers {
    const REFUSALS: &'static [(u16, &'static str)] = &[(
        404,
        "A client of the filter, or the user at whose name the page begins, was not found",
    )];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl ListUsers {
    /// List users
    ///
    /// By name, a page begins and ends at users that there are.
    #[oai(path = "/users", method = "get", operation_id = "listUsers")]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination<UserOrder>,
        filter: Filtered<UserFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<User>>> {
        let wanted = filter.0.checked(&caller).await?;
        let database = &caller.app.database;
        let listing = Listing::new(&page, &filter.0);
        let by_name = matches!(
            page.sort,
            Some(UserOrder::Username | UserOrder::UsernameDescending)
        );
        if by_name {
            // Their names are where the page begins and ends.
            known::filtered_user(&caller, page.after).await?;
            known::filtered_user(&caller, page.before).await?;
        }
        let list = async {
            if by_name {
                queries::list_users_by_username(database, &wanted, page.request()).await
            } else {
                queries::list_users(database, &wanted, page.request()).await
            }
        };
        let count = queries::count_users(database, &wanted);
        let (count, rows) = listing.fetch(count, list).await?;
        Ok(Found(PaginatedResponse::new(&listing, count, rows)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::query::QueryValue;

    #[test]
    fn an_unknown_status_is_told_the_known_ones() {
        assert_eq!(
            UserStatus::read("sleeping"),
            Err(
                "unknown variant `sleeping`, expected one of `active`, `locked`, `deactivated`"
                    .to_owned()
            )
        );
    }
}

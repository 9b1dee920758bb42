use muniment_domain::ClientId;
use muniment_projections::queries::{self, UserFilter, UserStatus as Status};
use poem_openapi::{Enum, OpenApi};
use serde::Deserialize;

use super::User;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, QueryValue, filters, unit_variant},
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum UserStatus {
    Active,
    Locked,
    Deactivated,
}

impl QueryValue for UserStatus {
    fn read(text: &str) -> Result<Self, String> {
        unit_variant(text)
    }

    fn write(&self) -> String {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Deactivated => "deactivated",
        }
        .to_owned()
    }
}

impl UserFilters {
    /// For the queries, once the clients are known to exist.
    async fn checked(&self, caller: &Caller) -> Result<UserFilter, AdminError> {
        let active_oauth2_client: Vec<ClientId> =
            self.active_oauth2_client.iter().map(|id| id.of()).collect();
        for client in &active_oauth2_client {
            let known = caller.app.clients.find(&caller.app.reads, *client);
            if known.await?.is_none() {
                return Err(AdminError::not_found(format!(
                    "Client ID {client} not found"
                )));
            }
        }
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
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "A client of the filter was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl ListUsers {
    /// List users
    #[oai(path = "/users", method = "get", operation_id = "listUsers")]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination,
        filter: Filtered<UserFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<User>>> {
        let wanted = filter.0.checked(&caller).await?;
        let database = &caller.app.database;
        let listing = Listing::new(&page, &filter.0);
        let (count, rows) = listing
            .fetch(
                queries::count_users(database, &wanted),
                queries::list_users(database, &wanted, page.request()),
            )
            .await?;
        Ok(Found(PaginatedResponse::new(&listing, count, rows)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

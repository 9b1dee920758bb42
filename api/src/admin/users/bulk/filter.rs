use poem_openapi::Object;
use serde::Deserialize;

use crate::admin::{
    AdminError,
    schema::Id,
    users::list::{UserFilters, UserStatus},
};

/// Which users, by the filters of `listUsers`; all that are given have to hold
// What is misspelt must not count as left out: it would be somebody more.
#[derive(Default, Deserialize, Object)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[oai(rename_all = "kebab-case")]
pub struct BulkUsersFilter {
    /// Users with (or without) the `admin` flag set
    #[oai(nullable)]
    admin: Option<bool>,
    /// Users with (or without) the `legacy_guest` flag set
    #[oai(nullable)]
    legacy_guest: Option<bool>,
    /// Users whose username contains the given text, in any case
    #[oai(nullable)]
    search: Option<String>,
    /// Users with the given status: neither locked nor deactivated, locked, or deactivated
    #[oai(nullable)]
    status: Option<UserStatus>,
    /// Users with an active session of any of these OAuth 2.0 clients
    #[oai(default)]
    active_oauth2_client: Vec<Id>,
    /// Users with (or without) active OAuth 2.0 sessions
    #[oai(nullable)]
    has_active_oauth2_session: Option<bool>,
    /// Users with (or without) active compatibility sessions
    #[oai(nullable)]
    has_active_compat_session: Option<bool>,
}

impl BulkUsersFilter {
    pub fn read(self) -> Result<UserFilters, AdminError> {
        // PostgreSQL knows no text with it.
        if self.search.as_ref().is_some_and(|text| text.contains('\0')) {
            return Err(AdminError::bad_request("filter.search: a NUL character"));
        }
        Ok(UserFilters {
            admin: self.admin,
            legacy_guest: self.legacy_guest,
            search: self.search,
            status: self.status,
            active_oauth2_client: self.active_oauth2_client,
            has_active_oauth2_session: self.has_active_oauth2_session,
            has_active_compat_session: self.has_active_compat_session,
        })
    }
}

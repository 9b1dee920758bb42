//! Tokens that people may register with (contract admin-api.md 5.12).

mod add;
mod get;
mod list;
mod resource;
mod revoke;
mod unrevoke;
mod update;

use super::query::Paged;
use resource::UserRegistrationToken;

pub type Operations = (
    Paged<list::ListUserRegistrationTokens, list::RegistrationTokenFilters>,
    add::AddUserRegistrationToken,
    get::GetUserRegistrationToken,
    update::UpdateUserRegistrationToken,
    revoke::RevokeUserRegistrationToken,
    unrevoke::UnrevokeUserRegistrationToken,
);

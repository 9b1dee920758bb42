//! Sessions of users in browsers (contract admin-api.md 5.9).

mod finish;
mod get;
mod list;
mod resource;

use super::query::Paged;
use resource::UserSession;

pub type Operations = (
    Paged<list::ListUserSessions, list::UserSessionFilters>,
    get::GetUserSession,
    finish::FinishUserSession,
);

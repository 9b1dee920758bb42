//! Sessions of users in browsers (contract admin-api.md 5.9).

mod finish;
mod get;
mod list;
mod resource;

use super::query::{Dated, Paged};
use resource::UserSession;

pub type Operations = (
    Paged<Dated<list::ListUserSessions>, list::UserSessionFilters>,
    Dated<get::GetUserSession>,
    finish::FinishUserSession,
);

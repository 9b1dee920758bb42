//! Sessions of the legacy Matrix login (contract admin-api.md 5.7).

mod finish;
mod get;
mod list;
mod resource;

use super::query::Paged;
use resource::CompatSession;

pub type Operations = (
    Paged<list::ListCompatSessions, list::CompatSessionFilters>,
    get::GetCompatSession,
    finish::FinishCompatSession,
);

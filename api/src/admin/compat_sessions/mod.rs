//! Sessions of the legacy Matrix login (contract admin-api.md 5.7).

mod finish;
mod get;
mod list;
mod resource;

use super::query::{Dated, Paged};
use resource::CompatSession;

pub type Operations = (
    Paged<Dated<list::ListCompatSessions>, list::CompatSessionFilters>,
    Dated<get::GetCompatSession>,
    finish::FinishCompatSession,
);

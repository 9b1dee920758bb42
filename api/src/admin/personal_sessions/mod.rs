//! Personal sessions, with whose tokens programs act as users (contract admin-api.md 5.10).

mod create;
mod get;
mod list;
mod regenerate;
mod resource;
mod revoke;

use super::query::{Dated, Paged};
use resource::PersonalSession;

pub type Operations = (
    Paged<Dated<list::ListPersonalSessions>, list::PersonalSessionFilters>,
    create::CreatePersonalSession,
    Dated<get::GetPersonalSession>,
    revoke::RevokePersonalSession,
    regenerate::RegeneratePersonalSession,
);

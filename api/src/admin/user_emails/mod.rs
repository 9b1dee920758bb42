//! Email addresses of users (contract admin-api.md 5.6).

mod add;
mod delete;
mod get;
mod list;
mod resource;

use super::query::{Dated, Paged};
use resource::UserEmail;

pub type Operations = (
    Paged<Dated<list::ListUserEmails>, list::UserEmailFilters>,
    add::AddUserEmail,
    Dated<get::GetUserEmail>,
    delete::DeleteUserEmail,
);

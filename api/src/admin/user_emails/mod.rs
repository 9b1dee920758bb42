//! Email addresses of users (contract admin-api.md 5.6).

mod add;
mod delete;
mod get;
mod list;
mod resource;

use super::query::Paged;
use resource::UserEmail;

pub type Operations = (
    Paged<list::ListUserEmails, list::UserEmailFilters>,
    add::AddUserEmail,
    get::GetUserEmail,
    delete::DeleteUserEmail,
);

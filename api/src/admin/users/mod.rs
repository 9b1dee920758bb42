//! Users (contract admin-api.md 5.2 to 5.5).

mod bulk;
mod by_username;
mod create;
mod deactivate;
mod get;
mod kill_sessions;
mod list;
mod lock;
mod reactivate;
mod resource;
mod send_password_link;
mod set_admin;
mod set_password;
mod unlock;

use super::query::{Dated, Paged};
pub use resource::User;

pub type Operations = (
    Paged<list::ListUsers, list::UserFilters, list::UserOrder>,
    create::CreateUser,
    Dated<get::GetUser>,
    set_password::SetUserPassword,
    send_password_link::SendPasswordLink,
    by_username::GetUserByUsername,
    set_admin::UserSetAdmin,
    deactivate::DeactivateUser,
    reactivate::ReactivateUser,
    // A tuple has twelve members at most.
    (lock::LockUser, unlock::UnlockUser, bulk::BulkUsers),
    kill_sessions::KillUserSessions,
);

//! The fields of `Mutation`, one a file. Each looks at its input in the order that the contract
//! gives (graphql.md 10), and stops at the first thing that applies.

mod add_email;
mod add_user;
mod end_browser_session;
mod lock_user;
mod recover;
mod remove_email;
mod set_can_request_admin;
mod set_password;
mod set_primary_email;
mod unlock_user;

use async_graphql::MergedObject;

/// What can be changed. Several in one request run one after the other, each on its own.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    add_email::AddEmail,
    remove_email::RemoveEmail,
    set_primary_email::SetPrimaryEmail,
    add_user::AddUser,
    lock_user::LockUser,
    unlock_user::UnlockUser,
    set_can_request_admin::SetCanRequestAdmin,
    set_password::SetPassword,
    recover::Recover,
    end_browser_session::EndBrowserSession,
);

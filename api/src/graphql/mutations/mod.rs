//! The fields of `Mutation`, one a file. Each looks at its input in the order that the contract
//! gives (graphql.md 10), and stops at the first thing that applies. Those for several sessions and for
//! personal tokens are our own.

mod add_email;
mod add_user;
mod allow_user_cross_signing_reset;
mod complete_email_authentication;
mod create_oauth2_session;
mod create_personal_session;
mod deactivate_user;
mod email_codes;
mod end_browser_session;
mod end_compat_session;
mod end_oauth2_session;
mod end_other_sessions;
mod end_sessions;
mod ending;
mod lock_user;
mod personal_tokens;
mod recover;
mod regenerate_personal_session;
mod remove_email;
mod resend_email_authentication_code;
mod revoke_personal_session;
mod set_can_request_admin;
mod set_compat_session_name;
mod set_display_name;
mod set_oauth2_session_name;
mod set_password;
mod set_primary_email;
mod start_email_authentication;
mod unlock_user;

use async_graphql::MergedObject;

/// What can be changed. Several in one request run one after the other, each on its own.
// In groups: the types of one long list nest too deep for the compiler.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(OfEmails, OfAccounts, OfSessions, OfPersonalTokens);

#[derive(Debug, Default, MergedObject)]
pub struct OfEmails(
    add_email::AddEmail,
    remove_email::RemoveEmail,
    set_primary_email::SetPrimaryEmail,
    start_email_authentication::StartEmailAuthentication,
    resend_email_authentication_code::ResendEmailAuthenticationCode,
    complete_email_authentication::CompleteEmailAuthentication,
);

#[derive(Debug, Default, MergedObject)]
pub struct OfAccounts(
    add_user::AddUser,
    lock_user::LockUser,
    unlock_user::UnlockUser,
    set_can_request_admin::SetCanRequestAdmin,
    allow_user_cross_signing_reset::AllowUserCrossSigningReset,
    set_password::SetPassword,
    recover::Recover,
    deactivate_user::DeactivateUser,
    set_display_name::SetDisplayName,
);

#[derive(Debug, Default, MergedObject)]
pub struct OfSessions(
    create_oauth2_session::CreateOauth2Session,
    end_oauth2_session::EndOauth2Session,
    set_oauth2_session_name::SetOauth2SessionName,
    end_compat_session::EndCompatSession,
    set_compat_session_name::SetCompatSessionName,
    end_browser_session::EndBrowserSession,
    end_sessions::EndSessions,
    end_other_sessions::EndOtherSessions,
);

#[derive(Debug, Default, MergedObject)]
pub struct OfPersonalTokens(
    create_personal_session::CreatePersonalSession,
    regenerate_personal_session::RegeneratePersonalSession,
    revoke_personal_session::RevokePersonalSession,
);

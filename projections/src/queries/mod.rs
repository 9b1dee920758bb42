//! Reading the read models. Every list is paged by id, which is creation order.

mod app_sessions;
mod as_of;
mod audit_checkpoints;
mod bearer;
mod browser_sessions;
mod checkpoints;
mod compat_sessions;
mod erasures;
mod going_on;
mod inactive_sessions;
mod oauth2_clients;
mod oauth2_sessions;
mod page;
mod personal_sessions;
mod policy_data;
mod registration_tokens;
mod session_counts;
mod session_times;
mod sso_logins;
mod upstream_links;
mod upstream_sessions;
mod user_emails;
mod users;
mod versioned;

pub use app_sessions::{
    AppSessionFilter, AppSessionRow, DeviceFilter, count_app_sessions, list_app_sessions,
    session_of_device,
};
pub use as_of::{
    browser_session_as_of, compat_session_as_of, email_as_of, oauth2_session_as_of,
    personal_session_as_of, user_as_of,
};
pub use audit_checkpoints::{
    audit_checkpoint, count_audit_checkpoints, latest_audit_checkpoint, list_audit_checkpoints,
};
pub use bearer::{
    BearerSession, CompatBearer, PersonalBearer, TokenRow, bearer_session, compat_bearer,
    compat_refresh_bearer, personal_bearer, refresh_bearer,
};
pub use browser_sessions::{
    AuthenticationKind, AuthenticationRow, BrowserSessionFilter, BrowserSessionRow,
    browser_session, browser_sessions, count_browser_sessions, list_browser_sessions,
};
pub use checkpoints::{ProjectionState, Stopped, projection_states};
pub use compat_sessions::{
    CompatSessionFilter, CompatSessionRow, SsoLoginRow, active_compat_devices,
    active_compat_sessions, active_compat_sessions_of_device, compat_session, compat_sessions,
    count_compat_sessions, least_recently_used_compat_sessions, list_compat_sessions,
};
pub use erasures::{erasures_after, erasures_of, erasures_since, newest_erasure};
pub use going_on::{SessionsGoingOn, sessions_going_on};
pub use inactive_sessions::{
    Disused, DisusedSession, disused_sessions, purge_tokens_of_ended_sessions,
};
pub use oauth2_clients::{
    ClientFilter, ClientRow, ListedClientRow, count_clients, has_active_sessions, list_clients,
    registered_client, registered_clients,
};
pub use oauth2_sessions::{
    Oauth2SessionFilter, Oauth2SessionRow, active_oauth2_scopes, active_oauth2_sessions,
    count_oauth2_sessions, list_oauth2_sessions, oauth2_session, oauth2_sessions,
};
pub(crate) use page::push_in;
pub use page::{Direction, Page, PageRequest};
pub use personal_sessions::{
    PersonalSessionFilter, PersonalSessionRow, active_personal_scopes, active_personal_sessions,
    count_personal_sessions, list_personal_sessions, personal_session, personal_sessions,
};
pub use policy_data::{PolicyDataRow, latest_policy_data, latest_policy_data_id, policy_data};
pub use registration_tokens::{
    RegistrationTokenFilter, RegistrationTokenRow, count_registration_tokens, expired_invitees,
    list_registration_tokens, registration_token, registration_token_at,
};
pub use session_counts::{SessionCountsRow, session_counts};
pub use session_times::SessionTimes;
pub use sso_logins::{UserSsoLoginRow, count_sso_logins, list_sso_logins};
pub use upstream_links::{
    UpstreamLinkFilter, UpstreamLinkRow, count_upstream_links, list_upstream_links, upstream_link,
    upstream_link_at, upstream_link_of, upstream_links_of,
};
pub use upstream_sessions::{
    UpstreamBrowserSession, browser_sessions_from_upstream, compat_sessions_begun_in,
    oauth2_sessions_begun_in, purge_upstream_sessions,
};
pub use user_emails::{
    EmailFilter, EmailRow, all_emails, count_emails, email, email_at, email_of,
    emails_with_address, list_emails,
};
pub use users::{
    UserFilter, UserRow, UserStatus, count_users, count_users_within, list_users,
    list_users_by_username, user, user_at, user_by_username, users,
};
pub use versioned::Versioned;

//! The types of the schema, as views of rows and of the configuration.

mod anonymous;
mod browser_session;
mod compat_session;
mod compat_sso_login;
mod matrix_user;
mod node;
mod oauth2_client;
mod oauth2_session;
mod recovery_ticket;
mod session;
mod site_config;
mod time;
mod upstream;
mod user;
mod user_agent;
mod user_email;
mod user_email_authentication;
mod viewer;

pub use anonymous::Anonymous;
pub use browser_session::{Authentication, BrowserSession, device_filter};
pub use compat_session::{CompatSession, CompatSessionType};
pub use compat_sso_login::CompatSsoLogin;
pub use matrix_user::MatrixUser;
pub use node::{CreationEvent, Node};
pub use oauth2_client::Oauth2Client;
pub use oauth2_session::Oauth2Session;
pub use recovery_ticket::UserRecoveryTicket;
pub use session::{AppSession, DateFilter, Session, SessionState};
pub use site_config::SiteConfig;
pub use upstream::{UpstreamOauth2Link, UpstreamOauth2Provider};
pub use user::{User, UserState};
pub use user_agent::UserAgent;
pub use user_email::{UserEmail, UserEmailState};
pub use user_email_authentication::UserEmailAuthentication;
pub use viewer::{Viewer, ViewerSession};

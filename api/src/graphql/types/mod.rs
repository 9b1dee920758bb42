//! The types of the schema, as views of rows and of the configuration.

mod anonymous;
mod browser_session;
mod compat_session;
mod node;
mod oauth2_client;
mod oauth2_session;
mod personal_session;
mod recovery_ticket;
mod site_config;
mod time;
mod user;
mod user_email;
mod user_email_authentication;
mod viewer;

pub use anonymous::Anonymous;
pub use browser_session::{Authentication, BrowserSession};
pub use compat_session::CompatSession;
pub use node::{CreationEvent, Node};
pub use oauth2_client::Oauth2Client;
pub use oauth2_session::{Oauth2Session, SessionState};
pub use personal_session::PersonalSession;
pub use recovery_ticket::UserRecoveryTicket;
pub use site_config::SiteConfig;
pub use user::{User, UserState};
pub use user_email::UserEmail;
pub use user_email_authentication::UserEmailAuthentication;
pub use viewer::{Viewer, ViewerSession};

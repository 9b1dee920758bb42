//! The sections, one file each.

mod account;
mod audit;
mod captcha;
mod claims_imports;
mod clients;
mod database;
pub(super) mod database_uri;
mod email;
mod event_store;
mod experimental;
mod graphql;
mod http;
mod listener;
mod mailbox;
mod matrix;
mod oauth;
mod passwords;
mod policy;
mod rate_limiting;
mod resource;
pub(super) mod secrets;
mod small;
mod tls;
mod upstream;

pub use account::Account;
pub use audit::Audit;
pub use captcha::{Captcha, CaptchaService};
pub use claims_imports::{ClaimsImports, ImportAction, OnConflict};
pub use clients::{Client, ClientAuthMethod, Clients};
pub use database::{Database, SslMode};
pub use email::{Email, SmtpMode, Transport};
pub use event_store::{EventStore, EventStoreKind};
pub use experimental::{Experimental, InactiveSessionExpiration, SessionLimit};
pub use graphql::{BEARER_DEPRECATED, Graphql};
pub use http::{Http, RawHttp};
pub use listener::{Bind, FdKind, Listener};
pub use mailbox::Mailbox;
pub use matrix::{Matrix, MatrixKind, NO_LEGACY};
pub use oauth::{OAuth, RefreshTokenReuse};
pub use passwords::{Algorithm, Passwords, Scheme};
pub use policy::Policy;
pub use rate_limiting::{
    AccountRecoveryLimits, EmailAuthenticationLimits, LoginLimits, RateLimit, RateLimiting,
};
pub use resource::{GraphqlAccess, Resource};
pub use secrets::{Secrets, SigningKey};
pub use small::{Branding, RawSection};
pub use tls::Tls;
pub use upstream::{
    DiscoveryMode, OnBackchannelLogout, PkceMethod, ResponseMode, TokenAuthMethod, UpstreamOauth2,
    UpstreamProvider,
};

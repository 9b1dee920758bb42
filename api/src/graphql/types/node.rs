use async_graphql::{ID, Interface};
use chrono::{DateTime, Utc};

use super::{
    Anonymous, AuditEvent, Authentication, BrowserSession, CompatSession, CompatSsoLogin,
    HistoryEvent, Oauth2Client, Oauth2Session, PersonalSession, SiteConfig, UpstreamOauth2Link,
    UpstreamOauth2Provider, User, UserEmail, UserEmailAuthentication, UserRecoveryTicket,
};

/// Anything with a global id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, unique among all things."))]
pub enum Node {
    Anonymous(Anonymous),
    AuditEvent(Box<AuditEvent>),
    Authentication(Box<Authentication>),
    BrowserSession(Box<BrowserSession>),
    CompatSession(Box<CompatSession>),
    CompatSsoLogin(Box<CompatSsoLogin>),
    HistoryEvent(Box<HistoryEvent>),
    Oauth2Client(Box<Oauth2Client>),
    Oauth2Session(Box<Oauth2Session>),
    PersonalSession(Box<PersonalSession>),
    SiteConfig(SiteConfig),
    UpstreamOauth2Provider(UpstreamOauth2Provider),
    UpstreamOauth2Link(Box<UpstreamOauth2Link>),
    User(Box<User>),
    UserEmail(Box<UserEmail>),
    UserEmailAuthentication(Box<UserEmailAuthentication>),
    UserRecoveryTicket(Box<UserRecoveryTicket>),
}

/// Anything that remembers when it came to be.
#[derive(Debug, Interface)]
#[graphql(field(
    name = "created_at",
    ty = "DateTime<Utc>",
    desc = "When it came to be."
))]
pub enum CreationEvent {
    AuditEvent(Box<AuditEvent>),
    HistoryEvent(Box<HistoryEvent>),
    Authentication(Box<Authentication>),
    BrowserSession(Box<BrowserSession>),
    CompatSession(Box<CompatSession>),
    Oauth2Session(Box<Oauth2Session>),
    PersonalSession(Box<PersonalSession>),
    UpstreamOauth2Provider(UpstreamOauth2Provider),
    UpstreamOauth2Link(Box<UpstreamOauth2Link>),
    UserEmail(Box<UserEmail>),
    UserEmailAuthentication(Box<UserEmailAuthentication>),
    UserRecoveryTicket(Box<UserRecoveryTicket>),
}

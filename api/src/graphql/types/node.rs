use async_graphql::{ID, Interface};
use chrono::{DateTime, Utc};

use super::{
    Anonymous, Authentication, BrowserSession, Oauth2Client, Oauth2Session, SiteConfig, User,
    UserEmail, UserRecoveryTicket,
};

/// Anything with a global id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, unique among all things."))]
pub enum Node {
    Anonymous(Anonymous),
    Authentication(Box<Authentication>),
    BrowserSession(Box<BrowserSession>),
    Oauth2Client(Box<Oauth2Client>),
    Oauth2Session(Box<Oauth2Session>),
    SiteConfig(SiteConfig),
    User(Box<User>),
    UserEmail(Box<UserEmail>),
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
    Authentication(Box<Authentication>),
    BrowserSession(Box<BrowserSession>),
    Oauth2Session(Box<Oauth2Session>),
    UserEmail(Box<UserEmail>),
    UserRecoveryTicket(Box<UserRecoveryTicket>),
}

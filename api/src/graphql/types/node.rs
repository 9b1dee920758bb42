use async_graphql::{ID, Interface};
use chrono::{DateTime, Utc};

use super::{Anonymous, Oauth2Client, Oauth2Session, SiteConfig, User, UserEmail};

/// Anything with a global id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, unique among all things."))]
pub enum Node {
    Anonymous(Anonymous),
    Oauth2Client(Box<Oauth2Client>),
    Oauth2Session(Box<Oauth2Session>),
    SiteConfig(SiteConfig),
    User(Box<User>),
    UserEmail(Box<UserEmail>),
}

/// Anything that remembers when it came to be.
#[derive(Debug, Interface)]
#[graphql(field(
    name = "created_at",
    ty = "DateTime<Utc>",
    desc = "When it came to be."
))]
pub enum CreationEvent {
    Oauth2Session(Box<Oauth2Session>),
    UserEmail(Box<UserEmail>),
}

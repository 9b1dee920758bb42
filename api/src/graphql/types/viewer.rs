use async_graphql::Union;

use super::{Anonymous, BrowserSession, Oauth2Session, User};

/// Whose account the request acts for.
#[derive(Debug, Union)]
pub enum Viewer {
    User(Box<User>),
    Anonymous(Anonymous),
}

/// Through what session the request comes.
#[derive(Debug, Union)]
pub enum ViewerSession {
    BrowserSession(Box<BrowserSession>),
    Oauth2Session(Box<Oauth2Session>),
    Anonymous(Anonymous),
}

//! The requester of an operation, and the actor that its effects are recorded under.

use std::net::IpAddr;

use muniment_domain::{ClientId, Oauth2SessionId, Scope, UserId, user::Origin};
use muniment_projections::queries::{BearerSession, Oauth2SessionRow, UserRow};
use muniment_store::{activity::SessionKind, log::Metadata};
use uuid::Uuid;

use crate::app::App;

/// Whoever sends a request (contract graphql.md 2.1).
#[derive(Debug, Clone)]
pub enum Requester {
    Anonymous,
    /// A bearer token of an OAuth 2.0 session; without a user when the client acts for itself.
    Oauth2Session {
        session: Oauth2SessionRow,
        user: Option<UserRow>,
    },
}

impl From<BearerSession> for Requester {
    fn from(bearer: BearerSession) -> Self {
        Self::Oauth2Session {
            session: bearer.session,
            user: bearer.user,
        }
    }
}

impl Requester {
    #[must_use]
    pub fn user(&self) -> Option<&UserRow> {
        match self {
            Self::Anonymous => None,
            Self::Oauth2Session { user, .. } => user.as_ref(),
        }
    }

    /// May see and change everybody's data.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.has_scope(Scope::ADMIN)
    }

    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Oauth2Session { session, .. } => session.scope.contains(scope),
        }
    }

    /// May see a thing that belongs to `owner`; what belongs to nobody is for administrators.
    #[must_use]
    pub fn is_owner_or_admin(&self, owner: Option<UserId>) -> bool {
        self.is_admin() || (owner.is_some() && owner == self.user().map(|user| user.id))
    }

    /// Notes that the session was used now.
    pub fn record_use(&self, app: &App, ip: Option<IpAddr>) {
        match self {
            Self::Anonymous => {}
            Self::Oauth2Session { session, .. } => app.activity.record(
                SessionKind::Oauth2,
                session.id.as_uuid(),
                session.user_id,
                app.clock.now(),
                ip,
            ),
        }
    }

    /// As whom the effects of this request are recorded.
    #[must_use]
    pub fn actor(&self, correlation_id: Uuid) -> Actor {
        match self {
            Self::Anonymous => Actor {
                name: "anonymous".to_owned(),
                client: None,
                session: None,
                correlation_id,
                origin: Origin::Admin,
            },
            Self::Oauth2Session { session, user } => Actor {
                name: user.as_ref().map_or_else(
                    || format!("client:{}", session.client_id),
                    |user| format!("user:{}", user.id),
                ),
                client: Some(session.client_id),
                session: Some(session.id),
                correlation_id,
                origin: if self.is_admin() {
                    Origin::Admin
                } else {
                    Origin::SelfService
                },
            },
        }
    }
}

/// Who changes something, through what, as part of what.
#[derive(Debug, Clone)]
pub struct Actor {
    name: String,
    client: Option<ClientId>,
    session: Option<Oauth2SessionId>,
    correlation_id: Uuid,
    origin: Origin,
}

impl Actor {
    /// Someone at the command line.
    #[must_use]
    pub fn operator(name: &str, correlation_id: Uuid) -> Self {
        Self {
            name: format!("operator:{name}"),
            client: None,
            session: None,
            correlation_id,
            origin: Origin::Operator,
        }
    }

    /// A client that asks for a token of its own.
    #[must_use]
    pub fn client(client: ClientId, correlation_id: Uuid) -> Self {
        Self {
            name: format!("client:{client}"),
            client: Some(client),
            session: None,
            correlation_id,
            origin: Origin::Admin,
        }
    }

    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    #[must_use]
    pub fn metadata(&self) -> Metadata {
        Metadata {
            actor: self.name.clone(),
            client: self.client.map(|id| id.to_string()),
            session: self.session.map(|id| format!("oauth2_session:{id}")),
            correlation_id: self.correlation_id,
            causation_id: None,
        }
    }
}

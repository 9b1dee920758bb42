//! The requester of an operation, and the actor that its effects are recorded under.

use std::net::IpAddr;

use muniment_domain::{
    BrowserSessionId, ClientId, PersonalSessionOwner, Scope, UserId, user::Origin,
};
use muniment_projections::queries::{
    BearerSession, BrowserSessionRow, Oauth2SessionRow, PersonalSessionRow, UserRow,
};
use muniment_store::{
    Execution, Precondition,
    activity::SessionKind,
    log::{IdempotencyKey, Metadata},
};
use uuid::Uuid;

use crate::app::App;

/// Whoever sends a request (contract graphql.md 2.1).
#[derive(Debug, Clone)]
pub enum Requester {
    Anonymous,
    /// A signed-in browser, by its cookie.
    BrowserSession {
        session: BrowserSessionRow,
        user: UserRow,
    },
    /// A bearer token of an OAuth 2.0 session; without a user when the client acts for itself.
    Oauth2Session {
        session: Oauth2SessionRow,
        user: Option<UserRow>,
    },
    /// A personal token, which acts as a user.
    PersonalSession {
        session: PersonalSessionRow,
        user: UserRow,
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
            Self::BrowserSession { user, .. } | Self::PersonalSession { user, .. } => Some(user),
            Self::Oauth2Session { user, .. } => user.as_ref(),
        }
    }

    /// May see and change everybody's data.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.has_scope(Scope::ADMIN)
    }

    /// May read the history of everybody.
    #[must_use]
    pub fn is_auditor(&self) -> bool {
        self.is_admin() || self.has_scope(Scope::AUDIT)
    }

    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        match self {
            // A cookie never carries more than the user's own rights.
            Self::Anonymous | Self::BrowserSession { .. } => false,
            Self::Oauth2Session { session, .. } => session.scope.contains(scope),
            Self::PersonalSession { session, .. } => session.scope.contains(scope),
        }
    }

    /// Whose the personal sessions are that it makes (contract admin-api.md 5.10).
    #[must_use]
    pub fn owner(&self) -> Option<PersonalSessionOwner> {
        match self {
            Self::Anonymous => None,
            Self::BrowserSession { user, .. } | Self::PersonalSession { user, .. } => {
                Some(PersonalSessionOwner::User(user.id))
            }
            Self::Oauth2Session { session, user } => Some(match user {
                Some(user) => PersonalSessionOwner::User(user.id),
                None => PersonalSessionOwner::Client(session.client_id),
            }),
        }
    }

    /// The accounts without which it would be refused.
    #[must_use]
    pub fn accounts(&self) -> Vec<UserId> {
        let mut accounts: Vec<_> = self.user().map(|user| user.id).into_iter().collect();
        if let Self::PersonalSession { session, .. } = self
            && let PersonalSessionOwner::User(owner) = session.owner
        {
            accounts.push(owner);
        }
        accounts
    }

    /// May see a thing that belongs to `owner`; what belongs to nobody is for administrators.
    #[must_use]
    pub fn is_owner_or_admin(&self, owner: Option<UserId>) -> bool {
        self.is_admin() || (owner.is_some() && owner == self.user().map(|user| user.id))
    }

    /// Notes that the session was used now.
    pub fn record_use(&self, app: &App, ip: Option<IpAddr>) {
        let app = app.present();
        match self {
            Self::Anonymous => {}
            Self::BrowserSession { session, .. } => app.activity.record(
                SessionKind::Browser,
                session.id.as_uuid(),
                Some(session.user_id),
                app.clock.now(),
                ip,
            ),
            Self::Oauth2Session { session, .. } => app.activity.record(
                SessionKind::Oauth2,
                session.id.as_uuid(),
                session.user_id,
                app.clock.now(),
                ip,
            ),
            Self::PersonalSession { session, .. } => app.activity.record(
                SessionKind::Personal,
                session.id.as_uuid(),
                Some(session.actor_user_id),
                app.clock.now(),
                ip,
            ),
        }
    }

    /// As whom the effects of this request are recorded.
    #[must_use]
    pub fn actor(&self, correlation_id: Uuid) -> Actor {
        match self {
            Self::Anonymous => Actor::anonymous(correlation_id),
            Self::BrowserSession { session, user } => {
                Actor::browser(user.id, session.id, correlation_id)
            }
            Self::Oauth2Session { session, user } => Actor {
                name: user.as_ref().map_or_else(
                    || format!("client:{}", session.client_id),
                    |user| format!("user:{}", user.id),
                ),
                client: Some(session.client_id),
                session: Some(format!("oauth2_session:{}", session.id)),
                correlation_id,
                origin: if self.is_admin() {
                    Origin::Admin
                } else {
                    Origin::SelfService
                },
                terms: Terms::default(),
            },
            Self::PersonalSession { session, user } => Actor {
                name: format!("user:{}", user.id),
                client: match session.owner {
                    PersonalSessionOwner::Client(client) => Some(client),
                    PersonalSessionOwner::User(_) => None,
                },
                session: Some(format!("personal_session:{}", session.id)),
                correlation_id,
                origin: if self.is_admin() {
                    Origin::Admin
                } else {
                    Origin::SelfService
                },
                terms: Terms::default(),
            },
        }
    }
}

/// Who changes something, through what, as part of what.
#[derive(Debug, Clone)]
pub struct Actor {
    name: String,
    client: Option<ClientId>,
    /// `oauth2_session:ULID`, `browser_session:ULID` or `compat_session:ULID`.
    session: Option<String>,
    correlation_id: Uuid,
    origin: Origin,
    terms: Terms,
}

/// On which terms a request changes the one thing that it is about.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Where that has to stand.
    pub precondition: Option<Precondition>,
    /// By what it is known that the request was done.
    pub idempotency: Option<IdempotencyKey>,
}

impl Actor {
    /// Somebody who has not said who they are.
    #[must_use]
    pub fn anonymous(correlation_id: Uuid) -> Self {
        Self {
            name: "anonymous".to_owned(),
            client: None,
            session: None,
            correlation_id,
            origin: Origin::SelfService,
            terms: Terms::default(),
        }
    }

    /// Somebody who registers, or who is about to have a session.
    #[must_use]
    pub fn of_user(user: UserId, origin: Origin, correlation_id: Uuid) -> Self {
        Self {
            name: format!("user:{user}"),
            client: None,
            session: None,
            correlation_id,
            origin,
            terms: Terms::default(),
        }
    }

    /// A user in a browser.
    #[must_use]
    pub fn browser(user: UserId, session: BrowserSessionId, correlation_id: Uuid) -> Self {
        Self {
            session: Some(format!("browser_session:{session}")),
            ..Self::of_user(user, Origin::SelfService, correlation_id)
        }
    }

    /// The program itself: a job, a rule.
    #[must_use]
    pub fn system(correlation_id: Uuid) -> Self {
        Self {
            name: "system".to_owned(),
            client: None,
            session: None,
            correlation_id,
            origin: Origin::Operator,
            terms: Terms::default(),
        }
    }

    /// A user of a client, within a session of any kind (as `oauth2_session:ULID`).
    #[must_use]
    pub fn with_client(mut self, client: Option<ClientId>, session: Option<String>) -> Self {
        self.client = client;
        self.session = session;
        self
    }

    /// Someone at the command line.
    #[must_use]
    pub fn operator(name: &str, correlation_id: Uuid) -> Self {
        Self {
            name: format!("operator:{name}"),
            client: None,
            session: None,
            correlation_id,
            origin: Origin::Operator,
            terms: Terms::default(),
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
            terms: Terms::default(),
        }
    }

    /// The same, as one whose right it is to change what is others'.
    #[must_use]
    pub fn administrating(mut self) -> Self {
        self.origin = Origin::Admin;
        self
    }

    /// The same, on these terms.
    #[must_use]
    pub fn with_terms(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }

    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// What goes with the one command that does what the request is for. For others of the same
    /// request there is [`Actor::metadata`] alone.
    #[must_use]
    pub fn execution(&self) -> Execution {
        Execution {
            precondition: self.terms.precondition.clone(),
            idempotency: self.terms.idempotency.clone(),
            ..Execution::new(self.metadata())
        }
    }

    /// The user that it is.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.name.strip_prefix("user:")?.parse().ok()
    }

    #[must_use]
    pub fn metadata(&self) -> Metadata {
        Metadata {
            actor: self.name.clone(),
            client: self.client.map(|id| id.to_string()),
            session: self.session.clone(),
            correlation_id: self.correlation_id,
            causation_id: None,
        }
    }
}

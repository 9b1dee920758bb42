//! One account with all that was its own, and who could act as it.

use std::collections::{BTreeMap, HashMap};

use muniment_domain::{
    BrowserSessionEvent, ClientId, EmailId, Event, PersonalSessionOwner, Pii, Scope, UserEvent,
    UserId,
};
use muniment_projections::{
    Reads,
    queries::{
        self, BrowserSessionFilter, Direction, PageRequest, UpstreamLinkRow, UserRow,
        active_compat_sessions, active_oauth2_sessions, active_personal_sessions,
        upstream_links_of,
    },
};
use muniment_store::log::RecordedEvent;

use super::AsOf;
use crate::{
    accounts::{AccountError, SessionRef},
    app::App,
};

/// Sessions of each kind, and links, that are told of.
const MOST: u32 = 1000;

/// An account as it stood.
#[derive(Debug)]
pub struct Person {
    pub at: AsOf,
    pub user: UserRow,
    /// Personal data was destroyed since, or had been by then.
    pub is_erased: bool,
    pub emails: Vec<Email>,
    pub links: Vec<UpstreamLinkRow>,
    /// Who could act as the person.
    pub access: Vec<Access>,
    pub consents: Vec<Consent>,
}

/// An address of the account.
#[derive(Debug, Clone)]
pub struct Email {
    pub id: EmailId,
    /// `None` where it was erased.
    pub address: Option<String>,
}

/// A way in which somebody could act as the person.
#[derive(Debug, Clone)]
pub struct Access {
    pub session: SessionRef,
    pub way: Way,
    pub scope: Scope,
    /// What the person called it, or what it calls itself.
    pub name: Option<String>,
    /// Microseconds since 1970.
    pub since: i64,
    pub until: Option<i64>,
}

#[derive(Debug, Clone)]
pub enum Way {
    /// The person, in a browser.
    Browser,
    /// An application, by its id and name.
    Application(ClientId, Option<String>),
    /// A device of the legacy Matrix login.
    Device(Option<String>),
    /// Whoever has a personal token that was made by this account.
    Token(PersonalSessionOwner),
}

/// What the person allowed an application.
#[derive(Debug, Clone)]
pub struct Consent {
    pub client: ClientId,
    pub client_name: Option<String>,
    pub scope: Scope,
    /// When it was given last, in microseconds since 1970.
    pub at: i64,
}

/// One fact that is not the same at two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What is read from the events themselves, as no read model has it.
#[derive(Default)]
struct Told {
    is_erased: bool,
    emails: BTreeMap<EmailId, Option<String>>,
    consents: BTreeMap<ClientId, Consent>,
}

impl Told {
    fn add(&mut self, at: i64, event: &Event) {
        match event {
            Event::User(UserEvent::UserRegistered { username, .. }) => {
                self.is_erased = username.clear().is_none();
            }
            Event::User(UserEvent::UserErased { .. }) => self.is_erased = true,
            Event::User(UserEvent::UserEmailAdded {
                email_id, email, ..
            }) => {
                let address = Pii::clear(email).map(|email| email.as_str().to_owned());
                self.emails.insert(*email_id, address);
            }
            Event::User(UserEvent::UserEmailRemoved { email_id, .. }) => {
                self.emails.remove(email_id);
            }
            Event::BrowserSession(BrowserSessionEvent::ConsentGiven {
                client_id, scope, ..
            }) => {
                let consent = Consent {
                    client: *client_id,
                    client_name: None,
                    scope: scope.clone(),
                    at,
                };
                self.consents.insert(*client_id, consent);
            }
            _ => {}
        }
    }
}

impl Person {
    /// The account at a moment; `None` when there was no such account yet. Whoever shows it records that
    /// first.
    pub async fn find(app: &App, user: UserId, at: AsOf) -> Result<Option<Self>, AccountError> {
        let mut told = Told::default();
        let each = |record: &RecordedEvent, event: &Event| {
            told.add(record.recorded_at, event);
        };
        let then = app.reads.person_at(user, at.position, each).await?;
        let Some(then) = then else { return Ok(None) };
        let reads = &then.reads;
        let Some(row) = queries::user(reads, user).await? else {
            return Ok(None);
        };
        let mut access = access(reads, &row, at).await?;
        let mut consents: Vec<Consent> = told.consents.into_values().collect();
        let mut clients: Vec<ClientId> = consents.iter().map(|consent| consent.client).collect();
        clients.extend(access.iter().filter_map(|access| match access.way {
            Way::Application(client, _) => Some(client),
            _ => None,
        }));
        let names = names(app, reads, &clients).await?;
        for consent in &mut consents {
            consent.client_name = names.get(&consent.client).cloned();
        }
        for access in &mut access {
            if let Way::Application(client, name) = &mut access.way {
                *name = names.get(client).cloned();
            }
        }
        Ok(Some(Self {
            at,
            is_erased: told.is_erased,
            emails: told
                .emails
                .into_iter()
                .map(|(id, address)| Email { id, address })
                .collect(),
            links: upstream_links_of(reads, user, MOST).await?,
            access,
            consents,
            user: row,
        }))
    }

    /// What is not the same in another state of the account. What there was not is `None`.
    #[must_use]
    pub fn changes(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let facts = |person: Option<&Self>| person.map(Self::facts).unwrap_or_default();
        let (mut before, mut after) = (facts(before), facts(after));
        let mut all: Vec<_> = before.keys().chain(after.keys()).cloned().collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
            .filter_map(|key| {
                let (before, after) = (before.remove(&key), after.remove(&key));
                (before != after).then_some(Change {
                    what: key.1,
                    before,
                    after,
                })
            })
            .collect()
    }

    /// Everything there is to compare, by what it is; the number says what comes first.
    fn facts(&self) -> BTreeMap<(u8, String), String> {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let fact = |place: u8, what: &str, value: String| ((place, what.to_owned()), value);
        let mut facts = BTreeMap::from([
            fact(0, "username", self.user.username.clone()),
            fact(1, "state", self.state().to_owned()),
            fact(2, "admin", yes_no(self.user.can_request_admin)),
            fact(3, "password", yes_no(self.user.has_password)),
            fact(4, "erased", yes_no(self.is_erased)),
        ]);
        for email in &self.emails {
            let what = format!("email {}", email.id);
            facts.extend([fact(5, &what, email.shown().to_owned())]);
        }
        for link in &self.links {
            let name = link.human_account_name.as_ref().unwrap_or(&link.subject);
            let what = format!("link {}", link.id);
            facts.extend([fact(6, &what, format!("{name} at {}", link.provider_id))]);
        }
        for access in &self.access {
            let (who, scope) = (access.who(), &access.scope);
            let value = if scope.is_empty() {
                who
            } else {
                format!("{who}: {scope}")
            };
            facts.extend([fact(7, &access.through(), value)]);
        }
        for consent in &self.consents {
            let what = format!("consent {}", consent.client);
            facts.extend([fact(8, &what, consent.scope.to_string())]);
        }
        facts
    }

    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (self.user.locked_at, self.user.deactivated_at) {
            (None, None) => "active",
            (Some(_), None) => "locked",
            (None, Some(_)) => "deactivated",
            (Some(_), Some(_)) => "locked, deactivated",
        }
    }
}

impl Email {
    #[must_use]
    pub fn shown(&self) -> &str {
        self.address.as_deref().unwrap_or("(erased)")
    }
}

impl Access {
    /// In the words of the log: `oauth2_session:01…`.
    #[must_use]
    pub fn through(&self) -> String {
        match self.session {
            SessionRef::Browser(id) => format!("browser_session:{id}"),
            SessionRef::Oauth2(id) => format!("oauth2_session:{id}"),
            SessionRef::Compat(id) => format!("compat_session:{id}"),
            SessionRef::Personal(id) => format!("personal_session:{id}"),
        }
    }

    #[must_use]
    pub fn who(&self) -> String {
        let named = |kind: &str, name: Option<&String>| match name {
            Some(name) => format!("{kind} {name}"),
            None => kind.to_owned(),
        };
        match &self.way {
            Way::Browser => named("browser", self.name.as_ref()),
            Way::Application(client, None) => format!("client {client}"),
            Way::Application(_, name) => named("client", name.as_ref()),
            Way::Device(device) => named("device", device.as_ref()),
            Way::Token(PersonalSessionOwner::User(owner)) => format!("token of user {owner}"),
            Way::Token(PersonalSessionOwner::Client(owner)) => format!("token of client {owner}"),
        }
    }

    /// Whether it reaches beyond the person's own data.
    #[must_use]
    pub fn administrates(&self) -> bool {
        self.scope.contains(Scope::ADMIN)
            || Scope::PARTS_OF_ADMIN
                .iter()
                .any(|part| self.scope.contains(part))
    }
}

/// The sessions that went on, of every kind.
async fn access(reads: &Reads, user: &UserRow, at: AsOf) -> Result<Vec<Access>, AccountError> {
    let database = reads.database();
    let mut found = Vec::new();
    let filter = BrowserSessionFilter {
        user: Some(user.id),
        active: Some(true),
        ..BrowserSessionFilter::default()
    };
    let first = PageRequest {
        after: None,
        before: None,
        direction: Direction::Forward,
        limit: MOST,
    };
    for row in queries::list_browser_sessions(database, &filter, first)
        .await?
        .items
    {
        found.push(Access {
            session: SessionRef::Browser(row.id),
            way: Way::Browser,
            scope: Scope::default(),
            name: row.user_agent,
            since: row.created_at,
            until: None,
        });
    }
    for row in active_oauth2_sessions(database, user.id, MOST).await? {
        found.push(Access {
            session: SessionRef::Oauth2(row.id),
            way: Way::Application(row.client_id, None),
            scope: row.scope,
            name: row.human_name,
            since: row.created_at,
            until: None,
        });
    }
    for row in active_compat_sessions(database, user.id, MOST).await? {
        found.push(Access {
            session: SessionRef::Compat(row.id),
            way: Way::Device(row.device_id),
            scope: Scope::default(),
            name: row.human_name,
            since: row.created_at,
            until: None,
        });
    }
    for row in active_personal_sessions(database, user.id, MOST).await? {
        if row.token_id.is_none() {
            continue;
        }
        found.push(Access {
            session: SessionRef::Personal(row.id),
            way: Way::Token(row.owner),
            scope: row.scope,
            name: row.human_name,
            since: row.created_at,
            until: row.token_expires_at,
        });
    }
    found.retain(|access| {
        access.since >= user.sessions_valid_from
            && access
                .until
                .zip(at.time)
                .is_none_or(|(until, at)| until > at)
    });
    Ok(found)
}

/// What applications were called.
async fn names(
    app: &App,
    reads: &Reads,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, String>, AccountError> {
    let found = app.clients.find_all(reads, clients).await?;
    Ok(found
        .into_iter()
        .map(|(id, client)| (id, client.display_name()))
        .collect())
}

use async_graphql::{Enum, InputObject, Result, Union};
use chrono::{DateTime, Utc};
use muniment_projections::queries::{self, AppSessionFilter, AppSessionRow, SessionTimes};
use uuid::Uuid;

use super::{CompatSession, Oauth2Session};
use crate::graphql::{
    connection::{Connection, Listed, Listing},
    context::RequestContext,
    id::Kind,
};

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SessionState {
    /// It goes on.
    Active,
    /// It has ended.
    Finished,
}

impl SessionState {
    /// That of a session that ended then, if it did.
    pub const fn of(finished_at: Option<i64>) -> Self {
        match finished_at {
            Some(_) => Self::Finished,
            None => Self::Active,
        }
    }

    pub fn is_active(self) -> bool {
        self == Self::Active
    }
}

/// A span of time, without its ends.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct DateFilter {
    /// Only what was later than this.
    after: Option<DateTime<Utc>>,
    /// Only what was earlier than this.
    before: Option<DateTime<Utc>>,
}

impl DateFilter {
    /// Of when sessions were last used, if that matters.
    pub fn last_active(filter: Option<Self>) -> SessionTimes {
        let (after, before) = filter.map_or((None, None), Self::micros);
        SessionTimes {
            last_active_before: before,
            last_active_after: after,
            ..SessionTimes::default()
        }
    }

    /// After when and before when, in microseconds since 1970.
    pub fn micros(self) -> (Option<i64>, Option<i64>) {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        (self.after.map(micros), self.before.map(micros))
    }
}

/// A session of an application, whichever way it signed in.
#[derive(Debug, Union)]
pub enum AppSession {
    CompatSession(Box<CompatSession>),
    Oauth2Session(Box<Oauth2Session>),
}

/// A session that a device of the homeserver belongs to.
#[derive(Debug, Union)]
pub enum Session {
    CompatSession(Box<CompatSession>),
    Oauth2Session(Box<Oauth2Session>),
}

impl From<AppSessionRow> for AppSession {
    fn from(row: AppSessionRow) -> Self {
        match row {
            AppSessionRow::Compat(row) => Self::CompatSession(Box::new(row.into())),
            AppSessionRow::Oauth2(row) => Self::Oauth2Session(Box::new(row.into())),
        }
    }
}

impl From<AppSessionRow> for Session {
    fn from(row: AppSessionRow) -> Self {
        match row {
            AppSessionRow::Compat(row) => Self::CompatSession(Box::new(row.into())),
            AppSessionRow::Oauth2(row) => Self::Oauth2Session(Box::new(row.into())),
        }
    }
}

impl Listed for AppSession {
    const KINDS: &'static [Kind] = &[Kind::CompatSession, Kind::Oauth2Session];

    fn position(&self) -> (Kind, Uuid) {
        match self {
            Self::CompatSession(session) => session.position(),
            Self::Oauth2Session(session) => session.position(),
        }
    }
}

impl AppSession {
    pub async fn list(
        request: &RequestContext,
        listing: Listing,
        filter: &AppSessionFilter,
    ) -> Result<Connection<Self>> {
        let database = &request.app.database;
        listing
            .fetch(
                request,
                queries::list_app_sessions(database, filter, listing.page),
                queries::count_app_sessions(database, filter),
            )
            .await
    }
}

use std::collections::HashMap;

use cqrs_es::Aggregate;
use muniment_domain::{ClaimKind, ClientId, User, UserId};
use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::{
    page::{Page, PageRequest, count, push_contains, push_in},
    versioned::{self, Place, Versioned},
};
use crate::{
    Projection,
    reads::{Reads, Standing},
    users::{Users, erased_name},
};

/// An account as the surfaces show it. Times are microseconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    pub id: UserId,
    pub username: String,
    pub created_at: i64,
    pub locked_at: Option<i64>,
    pub deactivated_at: Option<i64>,
    pub can_request_admin: bool,
    pub has_password: bool,
    /// Sessions older than this have ended.
    pub sessions_valid_from: i64,
}

impl UserRow {
    /// Neither locked nor deactivated.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.locked_at.is_none() && self.deactivated_at.is_none()
    }

    /// Nothing can be done to the account any more.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.username == erased_name(self.id)
    }
}

impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// Neither locked nor deactivated.
    Active,
    /// Locked, deactivated or not.
    Locked,
    /// Deactivated, locked or not.
    Deactivated,
}

/// Conditions on users; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    pub admin: Option<bool>,
    /// No account is a guest: `true` matches nothing.
    pub legacy_guest: Option<bool>,
    /// Part of the username, in any case.
    pub search: Option<String>,
    pub status: Option<UserStatus>,
    /// Has an unfinished session of any of these clients; no condition when empty.
    pub active_oauth2_client: Vec<ClientId>,
    pub has_active_oauth2_session: Option<bool>,
    pub has_active_compat_session: Option<bool>,
}

const COLUMNS: &str = "id, username, created_at, locked_at, deactivated_at, can_request_admin, \
    has_password, sessions_valid_from";

const ACTIVE_SESSION: &str = "EXISTS (SELECT 1 FROM oauth2_sessions s WHERE s.user_id = users.id AND s.finished_at IS NULL \
    AND s.created_at >= users.sessions_valid_from";

impl UserFilter {
    fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        if let Some(admin) = self.admin {
            query = query.push(if admin {
                " AND can_request_admin"
            } else {
                " AND NOT can_request_admin"
            });
        }
        if let Some(search) = &self.search {
            query = push_contains(query, "username", search);
        }
        if self.legacy_guest == Some(true) {
            query = query.push(" AND 1 = 0");
        }
        if let Some(wanted) = self.has_active_compat_session {
            query = query.push(if wanted { " AND " } else { " AND NOT " });
            query = query.push(
                "EXISTS (SELECT 1 FROM compat_sessions c \
                 WHERE c.user_id = users.id AND c.finished_at IS NULL)",
            );
        }
        query = match self.status {
            None => query,
            Some(UserStatus::Active) => {
                query.push(" AND locked_at IS NULL AND deactivated_at IS NULL")
            }
            Some(UserStatus::Locked) => query.push(" AND locked_at IS NOT NULL"),
            Some(UserStatus::Deactivated) => query.push(" AND deactivated_at IS NOT NULL"),
        };
        if let Some(wanted) = self.has_active_oauth2_session {
            query = query.push(if wanted { " AND " } else { " AND NOT " });
            query = query.push(ACTIVE_SESSION).push(")");
        }
        if !self.active_oauth2_client.is_empty() {
            query = query.push(" AND ").push(ACTIVE_SESSION);
            let clients = self.active_oauth2_client.iter();
            let clients = clients.map(ClientId::as_uuid).collect();
            query = push_in(query.push(" AND s.client_id"), clients).push(")");
        }
        query
    }
}

impl Standing for UserRow {
    const AGGREGATE: &'static str = User::TYPE;
    const COLUMNS: &'static str = COLUMNS;

    fn projection() -> &'static dyn Projection {
        &Users
    }

    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: UserId::from_uuid(row.get("id")?),
            username: row.get("username")?,
            created_at: row.get("created_at")?,
            locked_at: row.get("locked_at")?,
            deactivated_at: row.get("deactivated_at")?,
            can_request_admin: row.get("can_request_admin")?,
            has_password: row.get("has_password")?,
            sessions_valid_from: row.get("sessions_valid_from")?,
        })
    }

    fn others(&self) -> Vec<StreamId> {
        Vec::new()
    }
}

/// The account as it stands.
pub async fn user(reads: &Reads, id: UserId) -> Result<Option<UserRow>, DatabaseError> {
    reads.one(id.as_uuid()).await
}

/// The account as it stands, and where its stream does.
pub async fn user_at(
    reads: &Reads,
    id: UserId,
) -> Result<Option<Versioned<UserRow>>, DatabaseError> {
    let place = Place {
        columns: COLUMNS,
        table: Users.name(),
        id: id.as_uuid(),
        stream: StreamId::new(User::TYPE, id.as_uuid()),
    };
    match versioned::find(reads.database(), place, UserRow::read).await? {
        Some(found) => Ok(Some(found)),
        None => Ok(user(reads, id).await?.map(Versioned::unknown)),
    }
}

/// Several accounts as they stand; those that there are not are missing.
pub async fn users(
    reads: &Reads,
    ids: &[UserId],
) -> Result<HashMap<UserId, UserRow>, DatabaseError> {
    let ids: Vec<_> = ids.iter().map(UserId::as_uuid).collect();
    let found: HashMap<_, UserRow> = reads.many(&ids).await?;
    Ok(found.into_values().map(|row| (row.id, row)).collect())
}

/// Usernames are lower case, so that any spelling finds the one there is.
pub async fn user_by_username(
    reads: &Reads,
    username: &str,
) -> Result<Option<UserRow>, DatabaseError> {
    let username = username.to_lowercase();
    let found = all().push_with("username = {}", username.as_str());
    let row = reads.database().fetch_optional(found).await?;
    if reads.stopped(Users.name()).await?.is_none() {
        return row.as_ref().map(UserRow::read).transpose();
    }
    match reads.owners(ClaimKind::Username, &username, 1).await?[..] {
        // Who was erased has another name.
        [owner, ..] => Ok(user(reads, UserId::from_uuid(owner))
            .await?
            .filter(|user| user.username == username)),
        [] => Ok(None),
    }
}

fn all() -> Query<'static> {
    query(format!("SELECT {COLUMNS} FROM users WHERE "))
}

pub async fn list_users(
    database: &Database,
    filter: &UserFilter,
    page: PageRequest,
) -> Result<Page<UserRow>, DatabaseError> {
    page.fetch(database, filter.apply(all()), UserRow::read)
        .await
}

/// The same in the order of their names, as the database compares them. The page's bounds are ids of
/// users whom there has to be.
pub async fn list_users_by_username(
    database: &Database,
    filter: &UserFilter,
    page: PageRequest,
) -> Result<Page<UserRow>, DatabaseError> {
    let column = ("users", "username");
    page.fetch_by(database, filter.apply(all()), column, UserRow::read)
        .await
}

/// How many there are between the bounds of a page, whatever its length.
pub async fn count_users_within(
    database: &Database,
    filter: &UserFilter,
    page: PageRequest,
) -> Result<u64, DatabaseError> {
    let all = query("SELECT count(*) FROM users WHERE ");
    count(database, page.bound(filter.apply(all))).await
}

pub async fn count_users(database: &Database, filter: &UserFilter) -> Result<u64, DatabaseError> {
    count(
        database,
        filter.apply(query("SELECT count(*) FROM users WHERE ")),
    )
    .await
}

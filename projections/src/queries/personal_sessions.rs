use std::collections::HashMap;

use cqrs_es::Aggregate;
use muniment_domain::{
    Client, ClientId, PersonalSession, PersonalSessionId, PersonalSessionOwner, Scope, TokenId,
    User, UserId,
};
use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::page::{Page, PageRequest, count, push_scope};
use crate::{
    Projection,
    personal_sessions::PersonalSessions,
    reads::{Reads, Standing},
};

/// A personal session. Times are microseconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalSessionRow {
    pub id: PersonalSessionId,
    pub owner: PersonalSessionOwner,
    pub actor_user_id: UserId,
    pub scope: Scope,
    pub human_name: Option<String>,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
    pub token_id: Option<TokenId>,
    pub token_issued_at: Option<i64>,
    pub token_expires_at: Option<i64>,
}

impl std::fmt::Debug for PersonalSessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonalSessionRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Conditions on personal sessions; all that are given must hold. Those on expiry are about the
/// current token, which a revoked session has none of. Times are microseconds since 1970.
#[derive(Debug, Clone, Default)]
pub struct PersonalSessionFilter {
    pub owner_user: Option<UserId>,
    pub owner_client: Option<ClientId>,
    pub actor_user: Option<UserId>,
    /// Has all these tokens in its scope.
    pub scope: Vec<String>,
    /// Not revoked; the token may have expired.
    pub active: Option<bool>,
    pub expires_before: Option<i64>,
    pub expires_after: Option<i64>,
    /// Whether it has a token that expires.
    pub expires: Option<bool>,
}

impl PersonalSessionFilter {
    fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        for (id, condition) in [
            (
                self.owner_user.map(|id| id.as_uuid()),
                " AND owner_user_id = {}",
            ),
            (
                self.owner_client.map(|id| id.as_uuid()),
                " AND owner_client_id = {}",
            ),
            (
                self.actor_user.map(|id| id.as_uuid()),
                " AND actor_user_id = {}",
            ),
        ] {
            if let Some(id) = id {
                query = query.push_with(condition, id);
            }
        }
        for token in &self.scope {
            query = push_scope(query, token);
        }
        if let Some(active) = self.active {
            query = query.push(if active {
                " AND revoked_at IS NULL"
            } else {
                " AND revoked_at IS NOT NULL"
            });
        }
        for (bound, condition) in [
            (
                self.expires_before,
                " AND revoked_at IS NULL AND token_expires_at < {}",
            ),
            (
                self.expires_after,
                " AND revoked_at IS NULL AND token_expires_at > {}",
            ),
        ] {
            if let Some(bound) = bound {
                query = query.push_with(condition, bound);
            }
        }
        if let Some(expires) = self.expires {
            query = query.push(if expires {
                " AND revoked_at IS NULL AND token_expires_at IS NOT NULL"
            } else {
                " AND (revoked_at IS NOT NULL OR token_expires_at IS NULL)"
            });
        }
        query
    }
}

pub(super) const COLUMNS: &str = "id, owner_user_id, owner_client_id, actor_user_id, scope, \
    human_name, created_at, revoked_at, token_id, token_issued_at, token_expires_at";

impl Standing for PersonalSessionRow {
    const AGGREGATE: &'static str = PersonalSession::TYPE;
    const COLUMNS: &'static str = COLUMNS;

    fn projection() -> &'static dyn Projection {
        &PersonalSessions
    }

    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let client: Option<uuid::Uuid> = row.get("owner_client_id")?;
        let user: Option<uuid::Uuid> = row.get("owner_user_id")?;
        let actor = UserId::from_uuid(row.get("actor_user_id")?);
        Ok(Self {
            id: PersonalSessionId::from_uuid(row.get("id")?),
            owner: match (user, client) {
                (Some(user), _) => PersonalSessionOwner::User(UserId::from_uuid(user)),
                (None, Some(client)) => PersonalSessionOwner::Client(ClientId::from_uuid(client)),
                // One of the two is always written.
                (None, None) => PersonalSessionOwner::User(actor),
            },
            actor_user_id: actor,
            // Written from a scope; what is not one any more grants nothing.
            scope: Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default(),
            human_name: row.get("human_name")?,
            created_at: row.get("created_at")?,
            revoked_at: row.get("revoked_at")?,
            token_id: row
                .get::<Option<uuid::Uuid>, _>("token_id")?
                .map(TokenId::from_uuid),
            token_issued_at: row.get("token_issued_at")?,
            token_expires_at: row.get("token_expires_at")?,
        })
    }

    fn others(&self) -> Vec<StreamId> {
        let owner = match self.owner {
            PersonalSessionOwner::User(id) => StreamId::new(User::TYPE, id.as_uuid()),
            PersonalSessionOwner::Client(id) => StreamId::new(Client::TYPE, id.as_uuid()),
        };
        vec![
            owner,
            StreamId::new(User::TYPE, self.actor_user_id.as_uuid()),
        ]
    }
}

pub async fn personal_session(
    reads: &Reads,
    id: PersonalSessionId,
) -> Result<Option<PersonalSessionRow>, DatabaseError> {
    reads.one(id.as_uuid()).await
}

/// Several sessions; those that there are not are missing.
pub async fn personal_sessions(
    reads: &Reads,
    ids: &[PersonalSessionId],
) -> Result<HashMap<PersonalSessionId, PersonalSessionRow>, DatabaseError> {
    let ids: Vec<_> = ids.iter().map(PersonalSessionId::as_uuid).collect();
    let found: HashMap<_, PersonalSessionRow> = reads.many(&ids).await?;
    Ok(found.into_values().map(|row| (row.id, row)).collect())
}

pub async fn list_personal_sessions(
    database: &Database,
    filter: &PersonalSessionFilter,
    page: PageRequest,
) -> Result<Page<PersonalSessionRow>, DatabaseError> {
    let all = query(format!("SELECT {COLUMNS} FROM personal_sessions WHERE "));
    page.fetch(database, filter.apply(all), PersonalSessionRow::read)
        .await
}

pub async fn count_personal_sessions(
    database: &Database,
    filter: &PersonalSessionFilter,
) -> Result<u64, DatabaseError> {
    let all = query("SELECT count(*) FROM personal_sessions WHERE ");
    count(database, filter.apply(all)).await
}

/// Sessions that act as this user and are not revoked, oldest first; at most `limit`.
pub async fn active_personal_sessions(
    database: &Database,
    actor: UserId,
    limit: u32,
) -> Result<Vec<PersonalSessionRow>, DatabaseError> {
    let found = query(format!(
        "SELECT {COLUMNS} FROM personal_sessions \
         WHERE actor_user_id = $1 AND revoked_at IS NULL ORDER BY id LIMIT $2"
    ));
    database
        .fetch_all(found.bind(actor.as_uuid()).bind(limit))
        .await?
        .iter()
        .map(PersonalSessionRow::read)
        .collect()
}

/// The scopes of all sessions that act as this user and are not revoked.
pub async fn active_personal_scopes(
    reads: &Reads,
    actor: UserId,
) -> Result<Vec<Scope>, DatabaseError> {
    reads.refuse_stopped(&[&PersonalSessions]).await?;
    reads
        .database()
        .fetch_all(
            query(
                "SELECT scope FROM personal_sessions \
                 WHERE actor_user_id = $1 AND revoked_at IS NULL",
            )
            .bind(actor.as_uuid()),
        )
        .await?
        .iter()
        // Written from a scope; what is not one any more grants nothing.
        .map(|row| Ok(Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default()))
        .collect()
}

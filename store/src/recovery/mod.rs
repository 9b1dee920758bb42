//! Recoveries of accounts whose password is lost: rows until a new one is set.

use muniment_domain::{EmailId, UserId};
use uuid::Uuid;

use crate::{
    expiry::Expiry,
    outbox::OutboxItem,
    sql::{Database, DatabaseError, Query, Row, query},
    time::DAY,
};

pub const RECOVERY_SESSIONS: Expiry = Expiry {
    table: "recovery_sessions",
    key: "id",
    time: "created_at",
    after: 7 * DAY,
};

pub const RECOVERY_TICKETS: Expiry = Expiry {
    table: "recovery_tickets",
    key: "ticket_hash",
    time: "created_at",
    after: 7 * DAY,
};

/// Somebody asks for a new password. Times are microseconds since 1970.
#[derive(Clone)]
pub struct RecoverySession {
    pub id: Uuid,
    /// As it was typed: there need not be an account.
    pub email: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub locale: String,
    pub created_at: i64,
    pub consumed_at: Option<i64>,
    /// An administrator had one link mailed, to one account.
    pub by_administrator: bool,
}

/// What one of its mails holds.
#[derive(Clone)]
pub struct RecoveryTicket {
    pub id: Uuid,
    pub session_id: Uuid,
    pub user_id: UserId,
    pub email_id: EmailId,
    /// SHA-256 of the ticket.
    pub ticket_hash: [u8; 32],
    /// Microseconds since 1970.
    pub created_at: i64,
    pub expires_at: i64,
}

impl std::fmt::Debug for RecoverySession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecoverySession({})", self.id)
    }
}

impl std::fmt::Debug for RecoveryTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecoveryTicket({})", self.id)
    }
}

/// Keeps a new session, and enqueues what looks for accounts.
pub async fn put_recovery_session(
    database: &Database,
    session: &RecoverySession,
    mails: &OutboxItem,
) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    transaction.execute(insert_session(session)).await?;
    mails.insert(&mut transaction).await?;
    transaction.commit().await
}

fn insert_session(session: &RecoverySession) -> Query<'_> {
    query(
        "INSERT INTO recovery_sessions (id, email, ip, user_agent, locale, created_at, \
         by_administrator) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(session.id)
    .bind(session.email.as_str())
    .bind(session.ip.as_deref())
    .bind(session.user_agent.as_deref())
    .bind(session.locale.as_str())
    .bind(session.created_at)
    .bind(session.by_administrator)
}

/// Keeps a session with its one ticket, and enqueues the mail that holds it.
pub async fn put_password_link(
    database: &Database,
    session: &RecoverySession,
    ticket: &RecoveryTicket,
    mail: &OutboxItem,
) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    // A mail that was made before goes with the ticket that was made then.
    if mail.insert(&mut transaction).await? {
        transaction.execute(insert_session(session)).await?;
        transaction.execute(insert_ticket(ticket)).await?;
    }
    transaction.commit().await
}

pub async fn recovery_session(
    database: &Database,
    id: Uuid,
) -> Result<Option<RecoverySession>, DatabaseError> {
    let found = query(
        "SELECT email, ip, user_agent, locale, created_at, consumed_at, by_administrator \
         FROM recovery_sessions WHERE id = $1",
    );
    let row = database.fetch_optional(found.bind(id)).await?;
    row.map(|row| {
        Ok(RecoverySession {
            id,
            email: row.get("email")?,
            ip: row.get("ip")?,
            user_agent: row.get("user_agent")?,
            locale: row.get("locale")?,
            created_at: row.get("created_at")?,
            consumed_at: row.get("consumed_at")?,
            by_administrator: row.get("by_administrator")?,
        })
    })
    .transpose()
}

/// Keeps tickets, and enqueues the mails that hold them.
pub async fn put_recovery_tickets(
    database: &Database,
    tickets: &[(RecoveryTicket, OutboxItem)],
) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    for (ticket, mail) in tickets {
        // A mail that was made before goes with the ticket that was made then.
        if mail.insert(&mut transaction).await? {
            transaction.execute(insert_ticket(ticket)).await?;
        }
    }
    transaction.commit().await
}

fn insert_ticket(ticket: &RecoveryTicket) -> Query<'_> {
    query(
        "INSERT INTO recovery_tickets (ticket_hash, id, session_id, user_id, email_id, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(ticket.ticket_hash.as_slice())
    .bind(ticket.id)
    .bind(ticket.session_id)
    .bind(ticket.user_id.as_uuid())
    .bind(ticket.email_id.as_uuid())
    .bind(ticket.created_at)
    .bind(ticket.expires_at)
}

const TICKETS: &str = "SELECT ticket_hash, id, session_id, user_id, email_id, created_at, expires_at \
    FROM recovery_tickets WHERE ";

fn read(row: &Row) -> Result<RecoveryTicket, DatabaseError> {
    Ok(RecoveryTicket {
        id: row.get("id")?,
        session_id: row.get("session_id")?,
        user_id: UserId::from_uuid(row.get("user_id")?),
        email_id: EmailId::from_uuid(row.get("email_id")?),
        ticket_hash: row
            .get::<Vec<u8>, _>("ticket_hash")?
            .try_into()
            .unwrap_or_default(),
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}

/// The ticket with this SHA-256.
pub async fn recovery_ticket_by_hash(
    database: &Database,
    ticket_hash: &[u8; 32],
) -> Result<Option<RecoveryTicket>, DatabaseError> {
    let found = query(TICKETS).push_with("ticket_hash = {}", ticket_hash.as_slice());
    database.read_optional(found, read).await
}

pub async fn recovery_ticket(
    database: &Database,
    id: Uuid,
) -> Result<Option<RecoveryTicket>, DatabaseError> {
    let found = query(TICKETS).push_with("id = {}", id);
    database.read_optional(found, read).await
}

/// The session has served; its tickets tell so until they go. Links that administrators had mailed to
/// the same account are good for days, and serve no more, either.
pub(crate) fn consume(session_id: Uuid, at: i64) -> Query<'static> {
    query(
        "UPDATE recovery_sessions SET consumed_at = $1, ip = NULL, user_agent = NULL \
         WHERE id = $2 OR (consumed_at IS NULL AND by_administrator AND id IN \
         (SELECT other.session_id FROM recovery_tickets own JOIN recovery_tickets other \
         ON other.user_id = own.user_id WHERE own.session_id = $2))",
    )
    .bind(at)
    .bind(session_id)
}

/// Recoveries of a user's account.
pub(crate) fn forget(user_id: UserId) -> [Query<'static>; 2] {
    let sessions = "DELETE FROM recovery_sessions WHERE id IN \
        (SELECT session_id FROM recovery_tickets WHERE user_id = $1)";
    let tickets = "DELETE FROM recovery_tickets WHERE user_id = $1";
    [sessions, tickets].map(|statement| query(statement).bind(user_id.as_uuid()))
}

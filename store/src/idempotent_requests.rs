//! Requests that may be sent again: which one a key was used for, and how it was answered. Rows beside
//! the log, kept for a day. What was asked and what was answered is sealed by whoever keeps it.
//!
//! That a request has no second effect does not hang on these rows alone: what it appends has an
//! idempotency key of the log, so that one which was done and whose answer was lost is known.

use muniment_domain::UserId;
use uuid::Uuid;

use crate::{
    expiry::Expiry,
    sql::{Database, DatabaseError, Query, query},
    time::DAY,
};

/// How long an answer is kept, in microseconds: as long as the log knows an idempotency key.
pub const KEPT: i64 = DAY;
/// Keys of one caller that are kept at once.
pub const MOST_OF_A_CALLER: u32 = 10_000;

/// Answers that nobody may ask for again.
pub const EXPIRED: Expiry = Expiry {
    table: "idempotent_requests",
    key: "id",
    time: "started_at",
    after: KEPT,
};

/// One that begins. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Made of the caller and the key.
    pub id: [u8; 32],
    /// The user or client who asks.
    pub caller: Uuid,
    /// What is asked, sealed.
    pub request: Vec<u8>,
    pub started_at: i64,
    /// Nobody else works on it before.
    pub leased_until: i64,
}

/// One that has begun.
#[derive(Debug, Clone)]
pub struct Request {
    pub request: Vec<u8>,
    pub started_at: i64,
    pub leased_until: i64,
    /// Sealed; none while it is under way.
    pub answer: Option<Vec<u8>>,
}

/// Whose personal data an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    User(UserId),
    /// It may name anybody, as refusals do.
    Anybody,
    Nobody,
}

impl About {
    fn column(self) -> Option<Uuid> {
        match self {
            Self::User(user) => Some(user.as_uuid()),
            Self::Anybody => Some(Uuid::nil()),
            Self::Nobody => None,
        }
    }
}

/// Begins a request; false when the key is known already, or the caller has too many.
pub async fn begin(database: &Database, new: &NewRequest) -> Result<bool, DatabaseError> {
    // An expired row is as good as none, whether it has been removed or not.
    let statement = query(
        "INSERT INTO idempotent_requests (id, caller_id, request, started_at, leased_until) \
         SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM idempotent_requests \
         WHERE caller_id = $2 AND started_at >= $6) < $7 \
         ON CONFLICT (id) DO UPDATE SET request = excluded.request, \
         started_at = excluded.started_at, leased_until = excluded.leased_until, \
         subject = NULL, answer = NULL WHERE idempotent_requests.started_at < $6",
    )
    .bind(new.id.as_slice())
    .bind(new.caller)
    .bind(new.request.as_slice())
    .bind(new.started_at)
    .bind(new.leased_until)
    .bind(new.started_at - KEPT)
    .bind(i64::from(MOST_OF_A_CALLER));
    Ok(database.execute(statement).await? > 0)
}

/// The request of a key that is known.
pub async fn find(database: &Database, id: &[u8; 32]) -> Result<Option<Request>, DatabaseError> {
    let found = query(
        "SELECT request, started_at, leased_until, answer FROM idempotent_requests WHERE id = $1",
    );
    database
        .read_optional(found.bind(id.as_slice()), |row| {
            Ok(Request {
                request: row.get("request")?,
                started_at: row.get("started_at")?,
                leased_until: row.get("leased_until")?,
                answer: row.get("answer")?,
            })
        })
        .await
}

/// Goes on with a request whose lease is over; false when somebody else does, or has answered it.
pub async fn take_over(
    database: &Database,
    id: &[u8; 32],
    found: &Request,
    leased_until: i64,
) -> Result<bool, DatabaseError> {
    let statement = query(
        "UPDATE idempotent_requests SET leased_until = $1 \
         WHERE id = $2 AND started_at = $3 AND leased_until = $4 AND answer IS NULL",
    )
    .bind(leased_until)
    .bind(id.as_slice())
    .bind(found.started_at)
    .bind(found.leased_until);
    Ok(database.execute(statement).await? > 0)
}

/// Keeps the answer of a request, but none about a person who was erased meanwhile.
pub async fn keep(
    database: &Database,
    id: &[u8; 32],
    started_at: i64,
    about: About,
    answer: &[u8],
) -> Result<(), DatabaseError> {
    let statement = query(
        "UPDATE idempotent_requests SET answer = $1, subject = $2 \
         WHERE id = $3 AND started_at = $4 AND answer IS NULL \
         AND NOT EXISTS (SELECT 1 FROM erasures WHERE key_id = $2)",
    )
    .bind(answer)
    .bind(about.column())
    .bind(id.as_slice())
    .bind(started_at);
    database.execute(statement).await.map(|_| ())
}

/// Lets whoever sends a request again go on with it at once.
pub async fn release(
    database: &Database,
    id: &[u8; 32],
    started_at: i64,
    leased_until: i64,
) -> Result<(), DatabaseError> {
    let statement = query(
        "UPDATE idempotent_requests SET leased_until = 0 \
         WHERE id = $1 AND started_at = $2 AND leased_until = $3",
    )
    .bind(id.as_slice())
    .bind(started_at)
    .bind(leased_until);
    database.execute(statement).await.map(|_| ())
}

/// Forgets what a person has asked, and what may tell of them. A refusal that is given again has no
/// effect either, so that all of them go.
pub(crate) fn forget(user: UserId) -> Query<'static> {
    query("DELETE FROM idempotent_requests WHERE caller_id = $1 OR subject = $1 OR subject = $2")
        .bind(user.as_uuid())
        .bind(Uuid::nil())
}

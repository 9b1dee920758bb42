//! Taking items, and saying what became of them.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Outbox, OutboxError};
use crate::{
    sql::{Database, DatabaseError, Row, query},
    time::{HOUR, MINUTE, SECOND},
};

/// How long an item belongs to whoever took it, in microseconds. Doing it has to take less.
const LEASE: i64 = 2 * MINUTE;
/// Wait after the first failure, in microseconds; twice as long after each further one.
const FIRST_WAIT: i64 = 5 * SECOND;
/// And never longer than an hour.
const LONGEST_WAIT: i64 = HOUR;
/// After so many, about a day, it is given up.
pub const MAX_ATTEMPTS: u32 = 32;
/// An error's text is cut at this length, in characters.
const MAX_ERROR: usize = 500;
/// Items looked at to find one that nobody else takes.
const CANDIDATES: u32 = 16;

/// The right to do an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    id: Uuid,
    until: i64,
    attempt: u32,
}

/// An item that was taken, and that nobody else has until its lease runs out.
pub struct Taken {
    pub lease: Lease,
    pub id: Uuid,
    pub kind: String,
    pub key: String,
    pub payload: Zeroizing<Vec<u8>>,
    /// 1 the first time.
    pub attempt: u32,
}

impl std::fmt::Debug for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taken")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    Done,
    /// May work later. The text is kept: no personal data.
    Later(&'a str),
    /// Never will.
    Failed(&'a str),
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Neither done nor given up.
    pub waiting: i64,
    /// Given up, and not yet forgotten.
    pub failed: i64,
    /// When the oldest that waits was due, in microseconds since 1970.
    pub oldest_due: Option<i64>,
}

/// A row that may be taken.
struct Candidate {
    id: Uuid,
    kind: String,
    key: String,
    sealed: Vec<u8>,
    attempts: u32,
    leased_until: i64,
}

fn candidate(row: &Row) -> Result<Candidate, DatabaseError> {
    Ok(Candidate {
        id: row.get("id")?,
        kind: row.get("kind")?,
        key: row.get("dedup_key")?,
        sealed: row.get::<Option<_>, _>("payload")?.unwrap_or_default(),
        attempts: u32::try_from(row.get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        leased_until: row.get("leased_until")?,
    })
}

impl Outbox {
    /// Takes an item that is due, for as long as a lease lasts; `None` when there is none. The
    /// attempt counts from now on, so that an item by which the process dies is not tried for ever.
    pub async fn take(&self) -> Result<Option<Taken>, OutboxError> {
        let now = self.clock.now();
        let rows = self
            .database
            .fetch_all(
                query(
                    "SELECT id, kind, dedup_key, payload, attempts, leased_until FROM outbox \
                     WHERE done_at IS NULL AND failed_at IS NULL AND due_at <= $1 \
                     AND leased_until <= $1 ORDER BY due_at, id LIMIT $2",
                )
                .bind(now)
                .bind(CANDIDATES),
            )
            .await?;
        for row in &rows {
            let candidate = candidate(row)?;
            let lease = Lease {
                id: candidate.id,
                until: now + LEASE,
                attempt: candidate.attempts + 1,
            };
            if !self.lease(&candidate, lease).await? {
                continue;
            }
            if candidate.attempts >= MAX_ATTEMPTS {
                let why = "given up: it never came to an end";
                self.finish(lease, Outcome::Failed(why)).await?;
                continue;
            }
            match self.unseal(candidate.id, &candidate.sealed) {
                Ok(payload) => {
                    return Ok(Some(Taken {
                        lease,
                        id: candidate.id,
                        kind: candidate.kind,
                        key: candidate.key,
                        payload,
                        attempt: lease.attempt,
                    }));
                }
                Err(error) => {
                    let why = error.to_string();
                    self.finish(lease, Outcome::Failed(&why)).await?;
                }
            }
        }
        Ok(None)
    }

    /// False when somebody else was quicker.
    async fn lease(&self, candidate: &Candidate, lease: Lease) -> Result<bool, DatabaseError> {
        let statement = query(
            "UPDATE outbox SET leased_until = $1, attempts = $2 \
             WHERE id = $3 AND leased_until = $4 AND attempts = $5 \
             AND done_at IS NULL AND failed_at IS NULL",
        )
        .bind(lease.until)
        .bind(lease.attempt)
        .bind(lease.id)
        .bind(candidate.leased_until)
        .bind(candidate.attempts);
        let taken = self.database.execute(statement).await? > 0;
        Ok(taken)
    }

    /// Says what became of an item. What is done is done, also if the lease ran out meanwhile; a
    /// failure counts only while the lease is one's own. Answers whether it counted.
    pub async fn finish(&self, lease: Lease, outcome: Outcome<'_>) -> Result<bool, DatabaseError> {
        let now = self.clock.now();
        let given_up = matches!(outcome, Outcome::Later(_)) && lease.attempt >= MAX_ATTEMPTS;
        let statement = match outcome {
            Outcome::Done => query(
                "UPDATE outbox SET done_at = $1, payload = NULL, error = NULL, failed_at = NULL \
                 WHERE id = $2 AND done_at IS NULL",
            )
            .bind(now)
            .bind(lease.id),
            Outcome::Later(why) if !given_up => query(
                "UPDATE outbox SET due_at = $1, leased_until = 0, error = $2 \
                 WHERE id = $3 AND leased_until = $4 AND done_at IS NULL AND failed_at IS NULL",
            )
            .bind(now + self.wait(lease.attempt))
            .bind(shortened(why))
            .bind(lease.id)
            .bind(lease.until),
            Outcome::Later(why) | Outcome::Failed(why) => query(
                "UPDATE outbox SET failed_at = $1, payload = NULL, error = $2 \
                 WHERE id = $3 AND leased_until = $4 AND done_at IS NULL AND failed_at IS NULL",
            )
            .bind(now)
            .bind(shortened(why))
            .bind(lease.id)
            .bind(lease.until),
        };
        let counted = self.database.execute(statement).await? > 0;
        Ok(counted)
    }

    /// From half of it to all of it, so that what failed together is not tried again together.
    fn wait(&self, attempt: u32) -> i64 {
        let doublings = attempt.saturating_sub(1).min(20);
        let whole = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
        let mut random = [0; 4];
        self.entropy.fill(&mut random);
        whole / 2 + i64::from(u32::from_le_bytes(random)) * (whole / 2) / i64::from(u32::MAX)
    }
}

impl Backlog {
    /// Counts what is in a database's outbox.
    pub async fn read(database: &Database) -> Result<Self, DatabaseError> {
        let row = database
            .fetch_one(query(
                "SELECT (SELECT count(*) FROM outbox WHERE done_at IS NULL AND failed_at IS NULL), \
                 (SELECT count(*) FROM outbox WHERE failed_at IS NOT NULL), \
                 (SELECT min(due_at) FROM outbox WHERE done_at IS NULL AND failed_at IS NULL)",
            ))
            .await?;
        Ok(Self {
            waiting: row.get(0)?,
            failed: row.get(1)?,
            oldest_due: row.get(2)?,
        })
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_ERROR).collect()
}

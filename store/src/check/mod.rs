//! Whether a log, and everything that is made of it, is what it should be.
//!
//! Everything is read in one transaction that sees the database as it was when the check began, so
//! that others may go on writing. What the events amount to is worked out anew in a database of its
//! own that nobody else sees, and compared row by row. Nothing is changed, and nothing repaired.

mod claims;
mod erasures;
mod events;
mod finding;
mod index;
mod passwords;
mod rows;
pub(crate) mod stored;
mod streams;
mod tokens;
mod tree;

pub use finding::{Finding, Findings, row_place};
pub use rows::{Difference, DifferenceKind, Pair, compare_table, merge};

use async_trait::async_trait;

use crate::{
    ClaimHasher, Codec, CodecError,
    keys::KeyError,
    log::{Applied, Position},
    sql::{Database, DatabaseError, Dialect, OpenError, Transaction, query, scratch},
    tree::VerifyingKey,
};

/// Events read at once.
const PAGE: u32 = 1000;
/// How often a check begins again because somebody was erased meanwhile.
const ATTEMPTS: u32 = 10;

#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the database in which to compare cannot be made: {0}; TMPDIR names another folder")]
    Scratch(#[from] OpenError),
    #[error(transparent)]
    Codec(CodecError),
}

/// What has been looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Report {
    /// The log's newest position when the check began.
    pub head: Position,
    pub events: u64,
    pub streams: u64,
    pub claims: u64,
    pub passwords: u64,
    /// Tokens of sessions, of every kind.
    pub tokens: u64,
    /// Rows of read models.
    pub rows: u64,
    pub checkpoints: u64,
    pub findings: Findings,
}

/// The read models, as far as a check needs to know them.
#[async_trait]
pub trait ReadModels: Send + Sync {
    /// Takes an event into the tables of `scratch`; what cannot be taken is a finding.
    async fn apply(
        &self,
        scratch: &mut Transaction,
        applied: Applied<'_>,
        findings: &mut Findings,
    ) -> Result<(), DatabaseError>;

    /// Compares the rows in `scratch` with the live ones; answers how many those are.
    async fn compare(
        &self,
        scratch: &mut Transaction,
        live: &mut Transaction,
        head: Position,
        findings: &mut Findings,
    ) -> Result<u64, DatabaseError>;
}

/// What a check works with.
#[derive(Clone, Copy)]
pub struct Check<'a> {
    pub database: &'a Database,
    /// The store of keys.
    pub keys: &'a Database,
    pub codec: &'a Codec,
    pub hasher: &'a ClaimHasher,
    pub read_models: &'a dyn ReadModels,
    /// What checkpoints have to be signed with, where there is a key.
    pub audit_key: Option<&'a VerifyingKey>,
}

impl std::fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Check")
    }
}

impl Check<'_> {
    /// Checks everything. `progress` is told the position reached and the head, after each page.
    pub async fn run(
        &self,
        mut progress: impl FnMut(Position, Position) + Send,
    ) -> Result<Report, CheckError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let destroyed = destroyed_keys(self.keys).await?;
            let report = self.run_once(&mut progress).await?;
            // A key that is destroyed in the middle of a check makes unreadable what the snapshot
            // still shows in clear. That is no damage.
            if report.findings.is_empty()
                || attempt == ATTEMPTS
                || destroyed == destroyed_keys(self.keys).await?
            {
                return Ok(report);
            }
        }
    }

    async fn run_once(
        &self,
        progress: &mut (dyn FnMut(Position, Position) + Send),
    ) -> Result<Report, CheckError> {
        let mut live = Transaction::snapshot(self.database).await?;
        let mut scratch = scratch().await?;
        let mut report = Report::default();
        events::check(self, &mut live, &mut scratch, &mut report, progress).await?;
        let findings = &mut report.findings;
        report.claims = claims::compare(&mut scratch, &mut live, findings).await?;
        report.passwords = passwords::compare(&mut scratch, &mut live, findings).await?;
        report.tokens = tokens::check(&mut scratch, &mut live, findings).await?;
        erasures::check(&mut scratch, self.keys, findings).await?;
        idempotency_keys(&mut live, report.head, findings).await?;
        report.rows = self
            .read_models
            .compare(&mut scratch, &mut live, report.head, findings)
            .await?;
        Ok(report)
    }
}

/// A remembered append lies within the log.
async fn idempotency_keys(
    live: &mut Transaction,
    head: Position,
    findings: &mut Findings,
) -> Result<(), DatabaseError> {
    let beyond = query(
        "SELECT last_position FROM idempotency_keys \
         WHERE last_position > $1 ORDER BY last_position LIMIT 100",
    )
    .bind(i64::try_from(head).unwrap_or(i64::MAX));
    for row in live.fetch_all(beyond).await? {
        let position: i64 = row.get(0)?;
        findings.add(Finding {
            table: "idempotency_keys".to_owned(),
            place: format!("last_position {position}"),
            column: Some("last_position".to_owned()),
            problem: format!("lies beyond the log, which ends at {head}"),
        });
    }
    Ok(())
}

/// How many keys there are of which only the mark is left.
pub async fn destroyed_keys(keys: &Database) -> Result<i64, DatabaseError> {
    let count = format!(
        "SELECT count(*) FROM {} WHERE wrapped IS NULL",
        subject_keys(keys)
    );
    let row = keys.fetch_one(query(count)).await?;
    row.get(0)
}

fn subject_keys(keys: &Database) -> &'static str {
    match keys.dialect() {
        Dialect::Sqlite => "subject_keys",
        Dialect::Postgres => "muniment_keys.subject_keys",
    }
}

/// Whether an event could not be opened for a reason that is not the event's.
fn is_outage(error: &CodecError) -> bool {
    matches!(error, CodecError::Key(KeyError::Database(_)))
}

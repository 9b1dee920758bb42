//! The checkpoints that were made.

use uuid::Uuid;

use super::{Hash, NoteError, VerifyingKey};
use crate::{
    expiry::Expiry,
    log::signed,
    sql::{Database, DatabaseError, Query, Row, Transaction, query},
    time::{DAY, HOUR},
};

/// Those between the first ones of hours; whatever was signed follows from any later one.
pub const EXPIRED: Expiry = Expiry {
    table: "checkpoints",
    key: "id",
    time: "expires_at",
    after: 0,
};

/// A checkpoint as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    pub id: Uuid,
    /// How many events it is about: those up to this position.
    pub tree_size: u64,
    pub root: Hash,
    /// The signed note.
    pub note: String,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl CheckpointRow {
    /// Of a row with the columns of its fields.
    pub fn read(row: &Row) -> Result<Self, DatabaseError> {
        let size: i64 = row.get("tree_size")?;
        let root: Vec<u8> = row.get("root")?;
        Ok(Self {
            id: row.get("id")?,
            tree_size: u64::try_from(size).unwrap_or_default(),
            // One of another length is no root, as this is none.
            root: root.try_into().unwrap_or_default(),
            note: row.get("note")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// Why a row is no checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum Unsigned {
    #[error("the note is not what was signed: {0}")]
    Note(#[from] NoteError),
    #[error("the row differs from its note")]
    Row,
}

impl CheckpointRow {
    /// Fails unless it says what was signed.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), Unsigned> {
        let signed = key.open(&self.note)?;
        if signed.size != self.tree_size || signed.root != self.root {
            return Err(Unsigned::Row);
        }
        Ok(())
    }
}

/// What [`CheckpointRow::read`] reads; a condition is to follow.
fn rows() -> Query<'static> {
    query("SELECT id, tree_size, root, note, created_at FROM checkpoints ")
}

/// The newest checkpoint.
pub async fn latest(transaction: &mut Transaction) -> Result<Option<CheckpointRow>, DatabaseError> {
    let newest = rows().push("ORDER BY tree_size DESC LIMIT 1");
    transaction.read_optional(newest, CheckpointRow::read).await
}

/// The checkpoint of so many events.
pub async fn checkpoint_of_size(
    transaction: &mut Transaction,
    size: u64,
) -> Result<Option<CheckpointRow>, DatabaseError> {
    let statement = rows().push_with("WHERE tree_size = {}", signed(size));
    transaction
        .read_optional(statement, CheckpointRow::read)
        .await
}

/// The checkpoints of more events than that, in order.
pub async fn checkpoints_after(
    transaction: &mut Transaction,
    size: u64,
    limit: u32,
) -> Result<Vec<CheckpointRow>, DatabaseError> {
    let statement = rows()
        .push_with("WHERE tree_size > {} ", signed(size))
        .push_with("ORDER BY tree_size LIMIT {}", limit);
    let rows = transaction.fetch_all(statement).await?;
    rows.iter().map(CheckpointRow::read).collect()
}

/// Stores a checkpoint that follows another, unless somebody else's does so already.
pub(super) async fn insert(
    database: &Database,
    previous: Option<&CheckpointRow>,
    checkpoint: &CheckpointRow,
) -> Result<bool, DatabaseError> {
    let hour = checkpoint.created_at / HOUR;
    let first_of_hour = previous.is_none_or(|previous| previous.created_at / HOUR != hour);
    let expires_at = (!first_of_hour).then(|| checkpoint.created_at + DAY);
    let statement = query(
        "INSERT INTO checkpoints (id, tree_size, previous, root, note, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(checkpoint.id)
    .bind(signed(checkpoint.tree_size))
    .bind(signed(previous.map_or(0, |previous| previous.tree_size)))
    .bind(checkpoint.root.as_slice())
    .bind(checkpoint.note.as_str())
    .bind(checkpoint.created_at)
    .bind(expires_at);
    Ok(database.execute(statement).await? > 0)
}

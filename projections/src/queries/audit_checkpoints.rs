//! What was sealed, for those who look through it.

use muniment_store::{
    sql::{Database, DatabaseError, Query, query},
    tree::CheckpointRow,
};
use uuid::Uuid;

use super::{Page, PageRequest, page};

const COLUMNS: &str = "SELECT id, tree_size, root, note, created_at FROM checkpoints ";

pub async fn latest_audit_checkpoint(
    database: &Database,
) -> Result<Option<CheckpointRow>, DatabaseError> {
    let newest = query(COLUMNS).push("ORDER BY tree_size DESC LIMIT 1");
    database.read_optional(newest, CheckpointRow::read).await
}

pub async fn audit_checkpoint(
    database: &Database,
    id: Uuid,
) -> Result<Option<CheckpointRow>, DatabaseError> {
    let found = query(COLUMNS).push_with("WHERE id = {}", id);
    database.read_optional(found, CheckpointRow::read).await
}

/// Checkpoints of at least so many events, in the order of their ids, which is that of their sizes.
pub async fn list_audit_checkpoints(
    database: &Database,
    from: u64,
    page: PageRequest,
) -> Result<Page<CheckpointRow>, DatabaseError> {
    let listed = since(COLUMNS, from);
    page.fetch(database, listed, CheckpointRow::read).await
}

pub async fn count_audit_checkpoints(database: &Database, from: u64) -> Result<u64, DatabaseError> {
    page::count(database, since("SELECT count(*) FROM checkpoints ", from)).await
}

fn since(select: &'static str, from: u64) -> Query<'static> {
    let all = query(select).push("WHERE 1 = 1");
    match from {
        0 => all,
        _ => all.push_with(
            " AND tree_size >= {}",
            i64::try_from(from).unwrap_or(i64::MAX),
        ),
    }
}

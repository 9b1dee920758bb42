//! Filling the tree and sealing it, one short step at a time. Any number of processes may do so at
//! once: of checkpoints that would follow the same one, one is made.

use super::{
    CheckpointRow, Signer, TreeError, checkpoints,
    nodes::{self, NODE_LEVEL},
};
use crate::{
    Clock, Ids,
    log::head_within,
    sql::{Database, DatabaseError, Transaction},
};

/// Events read by one step. A multiple of 256.
const BATCH: u64 = 4_096;

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing was left to do: the newest checkpoint is about so many events, all of them.
    Done { sealed: u64 },
    /// There is more to do before a checkpoint can be made.
    Filled { events: u64 },
    /// A checkpoint was made, by this process or by another.
    Sealed { size: u64 },
}

/// Why nothing is sealed. All but the first are there to stay.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error(transparent)]
    Database(DatabaseError),
    #[error("{0}")]
    Damaged(TreeError),
    #[error("the log ends at position {head}, but {sealed} events were sealed")]
    Shorter { head: u64, sealed: u64 },
    #[error("the first {size} events are not those that were sealed")]
    Inconsistent { size: u64 },
    #[error("the checkpoint of {size} events is not what was signed: {reason}")]
    Forged { size: u64, reason: String },
}

impl From<DatabaseError> for SealError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<TreeError> for SealError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Database(error) => Self::Database(error),
            damaged @ (TreeError::Event { .. } | TreeError::Node { .. }) => Self::Damaged(damaged),
        }
    }
}

/// Takes the next step towards a checkpoint over all events. Everything that is sealed was read as it
/// is stored; the events that were sealed before are still the same ones.
pub async fn advance(
    database: &Database,
    signer: &Signer,
    ids: &Ids,
    clock: &dyn Clock,
) -> Result<Step, SealError> {
    let mut moment = Transaction::snapshot(database).await?;
    let last = checkpoints::latest(&mut moment).await?;
    let head = head_within(&mut moment).await?;
    let sealed = last.as_ref().map_or(0, |last| last.tree_size);
    if let Some(last) = &last {
        let verified = last.verify(signer.key());
        verified.map_err(|error| SealError::Forged {
            size: sealed,
            reason: error.to_string(),
        })?;
    }
    if head < sealed {
        return Err(SealError::Shorter { head, sealed });
    }
    let filled = nodes::filled(&mut moment).await?;
    let whole = (head - filled.min(head)) >> NODE_LEVEL << NODE_LEVEL;
    if whole > 0 {
        let leaves = nodes::leaves(&mut moment, filled, filled + whole.min(BATCH)).await?;
        drop(moment);
        let mut transaction = database.begin().await?;
        nodes::store(&mut transaction, filled, &leaves).await?;
        transaction.commit().await?;
        let events = filled + leaves.len() as u64;
        return Ok(Step::Filled { events });
    }
    if head == sealed {
        return Ok(Step::Done { sealed });
    }
    if let Some(last) = &last
        && nodes::root_of(&mut moment, sealed).await? != last.root
    {
        return Err(SealError::Inconsistent { size: sealed });
    }
    let root = nodes::root_of(&mut moment, head).await?;
    drop(moment);
    let checkpoint = CheckpointRow {
        id: ids.ulid(),
        tree_size: head,
        root,
        note: signer.sign(head, root),
        created_at: clock
            .now()
            .max(last.as_ref().map_or(i64::MIN, |last| last.created_at)),
    };
    checkpoints::insert(database, last.as_ref(), &checkpoint).await?;
    Ok(Step::Sealed { size: head })
}

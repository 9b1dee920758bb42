//! The Merkle tree over the log (RFC 6962): leaf N is the event at position N + 1.
//!
//! It is filled and sealed behind the log, never on an append's path. Before anything is sealed, the
//! events are read as they are stored and hashed anew; what is not what its hash says, or not what was
//! sealed before, is refused.

mod checkpoints;
mod frontier;
mod key;
mod nodes;
mod note;
mod proof;
mod seal;

pub use checkpoints::{
    CheckpointRow, EXPIRED, Unsigned, checkpoint_of_size, checkpoints_after, latest,
};
pub use frontier::{Frontier, Hash, cover};
pub use key::{AuditKeyError, signer, stored};
pub(crate) use nodes::{NODE_LEVEL, complete_subtrees, node_page, subtrees_before};
pub use nodes::{TreeError, root_of};
pub use note::{Checkpoint, KeyNameError, NoteError, Signer, VerifyingKey, VerifyingKeyError};
pub(crate) use proof::consistency_within;
pub use proof::{Consistency, Inclusion, ProofError, consistency, inclusion, verifies_consistency};
pub use seal::{SealError, Step, advance};

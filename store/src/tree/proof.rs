//! Proofs that an event is in a tree, and that one tree is the beginning of another (RFC 6962 section
//! 2.1.1 and 2.1.2). None is handed out that does not hold.

use ct_merkle::{
    ConsistencyProof, InclusionProof, RootHash, indices_for_consistency_proof,
    indices_for_inclusion_proof,
};
use sha2_of_ct_merkle::Sha256;

use super::{Hash, TreeError, VerifyingKey, checkpoints, nodes};
use crate::{
    check::stored,
    log::{Leaf, signed},
    sql::{Database, DatabaseError, Transaction},
};

/// That the event at a position is in the tree of some size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    pub position: u64,
    pub tree_size: u64,
    pub leaf: Hash,
    pub root: Hash,
    /// The audit path, from the leaf to the root.
    pub path: Vec<Hash>,
}

/// That the tree of one size is the beginning of the tree of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    pub from: u64,
    pub from_root: Hash,
    pub to: u64,
    pub to_root: Hash,
    pub path: Vec<Hash>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What was asked for was not sealed yet.
    #[error("only {sealed} events are sealed yet")]
    Beyond { sealed: u64 },
    #[error("{0}")]
    Damaged(String),
}

impl From<TreeError> for ProofError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Database(error) => Self::Database(error),
            damaged @ (TreeError::Event { .. } | TreeError::Node { .. }) => {
                Self::Damaged(damaged.to_string())
            }
        }
    }
}

/// Proves that the event at `position` (from 1) is in the tree of `size`, or in the newest that is
/// sealed.
pub async fn inclusion(
    database: &Database,
    key: &VerifyingKey,
    position: u64,
    size: Option<u64>,
) -> Result<Inclusion, ProofError> {
    let mut moment = Transaction::snapshot(database).await?;
    let sealed = sealed(&mut moment, key).await?;
    let tree_size = size.unwrap_or(sealed);
    let index = match position.checked_sub(1) {
        Some(index) if tree_size <= sealed && index < tree_size => index,
        _ => return Err(ProofError::Beyond { sealed }),
    };
    let root = nodes::root_of(&mut moment, tree_size).await?;
    let indices = indices_for_inclusion_proof(tree_size, index);
    let path = subtrees(&mut moment, tree_size, indices).await?;
    let page = stored::page(&mut moment, Some(signed(index)), 1).await?;
    let event = page.first().and_then(|row| row.read.as_ref().ok());
    let proof = InclusionProof::<Sha256>::try_from_bytes(path.concat()).ok();
    let holds = event.zip(proof).is_some_and(|(event, proof)| {
        RootHash::<Sha256>::new(root.into(), tree_size)
            .verify_inclusion(&Leaf(&event.record), index, &proof)
            .is_ok()
    });
    match event {
        Some(event) if holds => Ok(Inclusion {
            position,
            tree_size,
            leaf: event.record.leaf_hash,
            root,
            path,
        }),
        _ => Err(ProofError::Damaged(format!(
            "position {position}: the event is not what was sealed"
        ))),
    }
}

/// Proves that the tree of `from` is the beginning of that of `to`, or of the newest that is sealed.
pub async fn consistency(
    database: &Database,
    key: &VerifyingKey,
    from: u64,
    to: Option<u64>,
) -> Result<Consistency, ProofError> {
    let mut moment = Transaction::snapshot(database).await?;
    let sealed = sealed(&mut moment, key).await?;
    let to = to.unwrap_or(sealed);
    if from == 0 || from > to || to > sealed {
        return Err(ProofError::Beyond { sealed });
    }
    consistency_within(&mut moment, from, to).await
}

/// The same, where both sizes are known to be sealed.
pub(crate) async fn consistency_within(
    moment: &mut Transaction,
    from: u64,
    to: u64,
) -> Result<Consistency, ProofError> {
    let from_root = nodes::root_of(moment, from).await?;
    let to_root = nodes::root_of(moment, to).await?;
    let indices = indices_for_consistency_proof(from, to - from);
    let path = subtrees(moment, to, indices).await?;
    if !verifies_consistency((from, from_root), (to, to_root), &path) {
        let text = format!("the tree of {from} events is not the beginning of that of {to}");
        return Err(ProofError::Damaged(text));
    }
    Ok(Consistency {
        from,
        from_root,
        to,
        to_root,
        path,
    })
}

/// Whether a path proves that one tree is the beginning of another, each given by size and root.
#[must_use]
pub fn verifies_consistency(from: (u64, Hash), to: (u64, Hash), path: &[Hash]) -> bool {
    let root = |(size, root): (u64, Hash)| RootHash::<Sha256>::new(root.into(), size);
    ConsistencyProof::<Sha256>::try_from_bytes(path.concat())
        .is_ok_and(|proof| root(to).verify_consistency(&root(from), &proof).is_ok())
}

/// How many events the newest checkpoint is about; 0 without one. What it says has to be so.
async fn sealed(moment: &mut Transaction, key: &VerifyingKey) -> Result<u64, ProofError> {
    let Some(last) = checkpoints::latest(moment).await? else {
        return Ok(0);
    };
    let size = last.tree_size;
    last.verify(key).map_err(|error| {
        ProofError::Damaged(format!("the checkpoint of {size} events: {error}"))
    })?;
    if nodes::root_of(moment, size).await? != last.root {
        let text = format!("the first {size} events are not those that were sealed");
        return Err(ProofError::Damaged(text));
    }
    Ok(size)
}

/// The nodes with the library's numbers: those of leaves are even, and each other stands between its
/// children.
async fn subtrees(
    moment: &mut Transaction,
    size: u64,
    indices: Vec<u64>,
) -> Result<Vec<Hash>, ProofError> {
    let mut hashes = Vec::with_capacity(indices.len());
    for index in indices {
        let level = index.trailing_ones();
        let start = (index >> (level + 1)) << level;
        // At the right end a node may have fewer leaves than its level would.
        let end = size.min(start + (1 << level));
        hashes.push(nodes::over(moment, start, end).await?.root());
    }
    Ok(hashes)
}

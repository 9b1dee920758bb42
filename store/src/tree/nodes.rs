//! The tree in the database: hashes of complete subtrees of certain sizes. What lies between them is
//! worked out when it is asked for, from a few hundred rows at most.

use super::{Frontier, Hash, cover};
use crate::{
    check::stored::{self, StoredRow},
    log::{leaf_hash, signed, unsigned},
    sql::{DatabaseError, Transaction, Value, batches, query},
};

/// Nodes of this level are stored, and of every multiple of it.
pub(crate) const NODE_LEVEL: u32 = 8;
/// No log has 2^48 events.
const TOP: u32 = 48;

#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("position {position}: {problem}")]
    Event {
        position: u64,
        problem: &'static str,
    },
    #[error("the hash of positions {first} to {last} is missing")]
    Node { first: u64, last: u64 },
}

/// The root of the tree over the first events.
pub async fn root_of(transaction: &mut Transaction, size: u64) -> Result<Hash, TreeError> {
    Ok(over(transaction, 0, size).await?.root())
}

/// The tree over the leaves from `start`, which is a multiple of a power of two that is not less than
/// their number, to before `end`.
pub(super) async fn over(
    transaction: &mut Transaction,
    start: u64,
    end: u64,
) -> Result<Frontier, TreeError> {
    let mut frontier = Frontier::default();
    let mut at = start;
    while at < end {
        let fits = |level: &u32| at.is_multiple_of(1 << level) && at + (1 << level) <= end;
        let level = (0..TOP)
            .step_by(NODE_LEVEL as usize)
            .rfind(fits)
            .unwrap_or(0);
        // Until larger ones may do.
        let above = 1u64 << (level + NODE_LEVEL);
        let stop = ((at / above + 1) * above).min(at + ((end - at) >> level << level));
        let hashes = match level {
            0 => leaves(transaction, at, stop).await?,
            _ => nodes(transaction, level, at >> level, stop >> level).await?,
        };
        for hash in hashes {
            frontier.push_subtree(level, hash);
        }
        at = stop;
    }
    Ok(frontier)
}

/// The leaves from `start` to before `end`, worked out from the events as they are stored.
pub(super) async fn leaves(
    transaction: &mut Transaction,
    start: u64,
    end: u64,
) -> Result<Vec<Hash>, TreeError> {
    let wanted = u32::try_from(end - start).unwrap_or(u32::MAX);
    let rows = stored::page(transaction, Some(signed(start)), wanted).await?;
    let hashes: Vec<Hash> = (start + 1..)
        .zip(&rows)
        .map(|(position, row)| leaf(position, row))
        .collect::<Result<_, _>>()?;
    match start + hashes.len() as u64 {
        all if all == end => Ok(hashes),
        position => Err(TreeError::Event {
            position: position + 1,
            problem: "the event is missing",
        }),
    }
}

fn leaf(position: u64, row: &StoredRow) -> Result<Hash, TreeError> {
    let problem = match &row.read {
        _ if row.position != signed(position) => "the event is missing",
        Err(_) => "the event is not readable",
        Ok(stored) => {
            let hash = leaf_hash(&stored.record);
            if hash == stored.record.leaf_hash {
                return Ok(hash);
            }
            "leaf hash differs from the stored bytes"
        }
    };
    Err(TreeError::Event { position, problem })
}

/// Stored nodes of a level.
async fn nodes(
    transaction: &mut Transaction,
    level: u32,
    first: u64,
    end: u64,
) -> Result<Vec<Hash>, TreeError> {
    let page = node_page(transaction, level, first, end).await?;
    (first..end)
        .zip(page.into_iter().map(Some).chain(std::iter::repeat(None)))
        .map(|(number, node)| match node {
            Some((found, hash)) if found == number => Ok(hash),
            _ => Err(TreeError::Node {
                first: (number << level) + 1,
                last: (number + 1) << level,
            }),
        })
        .collect()
}

/// The stored nodes of a level, with their numbers.
pub(crate) async fn node_page(
    transaction: &mut Transaction,
    level: u32,
    first: u64,
    end: u64,
) -> Result<Vec<(u64, Hash)>, DatabaseError> {
    let statement = query("SELECT number, hash FROM tree_nodes ")
        .push_with("WHERE level = {} ", level)
        .push_with("AND number >= {} ", signed(first))
        .push_with("AND number < {} ORDER BY number", signed(end));
    transaction
        .fetch_all(statement)
        .await?
        .iter()
        .map(|row| {
            let number: i64 = row.get("number")?;
            let hash: Vec<u8> = row.get("hash")?;
            // One of another length equals no hash, as this does.
            let hash = hash.try_into().unwrap_or_default();
            Ok((u64::try_from(number).unwrap_or_default(), hash))
        })
        .collect()
}

/// Up to where there are nodes: the number of leaves below those of the lowest level.
pub(super) async fn filled(transaction: &mut Transaction) -> Result<u64, DatabaseError> {
    let last = query("SELECT number FROM tree_nodes WHERE level = $1 ORDER BY number DESC LIMIT 1")
        .bind(NODE_LEVEL);
    let last: Option<i64> = transaction
        .read_optional(last, |row| row.get("number"))
        .await?;
    let nodes = last.map_or(0, |number| number + 1);
    Ok(unsigned(nodes, "tree_nodes.number").unwrap_or_default() << NODE_LEVEL)
}

/// Stores the nodes over leaves that follow those below stored nodes; a multiple of 256.
pub(super) async fn store(
    transaction: &mut Transaction,
    start: u64,
    leaves: &[Hash],
) -> Result<(), TreeError> {
    let mut level = NODE_LEVEL;
    let mut first = start >> level;
    let mut hashes = folded(leaves);
    while !hashes.is_empty() {
        insert(transaction, level, first, &hashes).await?;
        // Those above that are complete now.
        let end = first + hashes.len() as u64;
        let (from, to) = (first >> NODE_LEVEL, end >> NODE_LEVEL);
        let below = nodes(transaction, level, from << NODE_LEVEL, to << NODE_LEVEL).await?;
        hashes = folded(&below);
        first = from;
        level += NODE_LEVEL;
    }
    Ok(())
}

/// The nodes one stored level above whole groups of hashes.
fn folded(hashes: &[Hash]) -> Vec<Hash> {
    hashes
        .chunks_exact(1 << NODE_LEVEL)
        .map(|group| {
            let mut frontier = Frontier::default();
            for hash in group {
                frontier.push(*hash);
            }
            frontier.root()
        })
        .collect()
}

async fn insert(
    transaction: &mut Transaction,
    level: u32,
    first: u64,
    hashes: &[Hash],
) -> Result<(), DatabaseError> {
    let rows: Vec<(u64, &Hash)> = (first..).zip(hashes).collect();
    for batch in batches(&rows) {
        let values = batch.iter().map(|(number, hash)| {
            [
                Value::from(level),
                Value::from(signed(*number)),
                Value::from(hash.as_slice()),
            ]
        });
        let statement = query("INSERT INTO tree_nodes (level, number, hash) VALUES ");
        let statement = statement.push_rows(values).push(" ON CONFLICT DO NOTHING");
        transaction.execute(statement).await?;
    }
    Ok(())
}

/// The complete subtrees that the tree over the first events consists of, the largest first.
pub(crate) async fn subtrees_before(
    transaction: &mut Transaction,
    size: u64,
) -> Result<Vec<Hash>, TreeError> {
    Ok(over(transaction, 0, size).await?.subtrees().to_vec())
}

/// The complete subtrees that lead from the tree of one size to that of another, in their order.
pub(crate) async fn complete_subtrees(
    transaction: &mut Transaction,
    from: u64,
    to: u64,
) -> Result<Vec<Hash>, TreeError> {
    let mut hashes = Vec::new();
    for (level, number) in cover(from, to) {
        let start = number << level;
        hashes.push(over(transaction, start, start + (1 << level)).await?.root());
    }
    Ok(hashes)
}

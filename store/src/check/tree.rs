//! Whether the tree and its checkpoints are what the events say, while the log is walked through.

use std::collections::VecDeque;

use super::{Finding, Findings};
use crate::{
    log::Position,
    sql::{DatabaseError, Transaction, query},
    tree::{CheckpointRow, Frontier, Hash, NODE_LEVEL, VerifyingKey, checkpoints_after, node_page},
};

/// Checkpoints read at once.
const PAGE: u32 = 500;

pub(super) struct Tree<'a> {
    key: Option<&'a VerifyingKey>,
    whole: Frontier,
    /// Below each stored level, what its next node is made of.
    below: Vec<Frontier>,
    /// Nodes that are complete: level, number, hash.
    complete: Vec<(u32, u64, Hash)>,
    /// Up to where nodes have to be stored.
    filled: u64,
    checkpoints: VecDeque<CheckpointRow>,
    /// The size of the last checkpoint that was read.
    read: u64,
    count: u64,
    /// The size of the largest checkpoint that was right.
    sound: u64,
    /// An event is missing, or a checkpoint was wrong, and with it all that follow.
    broken: bool,
}

impl<'a> Tree<'a> {
    pub(super) async fn prepare(
        live: &mut Transaction,
        key: Option<&'a VerifyingKey>,
    ) -> Result<Self, DatabaseError> {
        let last = query("SELECT max(number) FROM tree_nodes WHERE level = $1").bind(NODE_LEVEL);
        let last: Option<Option<i64>> = live.read_optional(last, |row| row.get(0)).await?;
        let nodes = last.flatten().map_or(0, |last| last + 1);
        let mut tree = Self {
            key,
            whole: Frontier::default(),
            below: Vec::new(),
            complete: Vec::new(),
            filled: u64::try_from(nodes).unwrap_or_default() << NODE_LEVEL,
            checkpoints: VecDeque::new(),
            read: 0,
            count: 0,
            sound: 0,
            broken: false,
        };
        tree.read_on(live).await?;
        Ok(tree)
    }

    async fn read_on(&mut self, live: &mut Transaction) -> Result<(), DatabaseError> {
        if self.checkpoints.is_empty() {
            self.checkpoints
                .extend(checkpoints_after(live, self.read, PAGE).await?);
            self.read = self
                .checkpoints
                .back()
                .map_or(self.read, |last| last.tree_size);
        }
        Ok(())
    }

    /// Takes the next leaf.
    pub(super) async fn take(
        &mut self,
        live: &mut Transaction,
        position: Position,
        leaf: Hash,
        findings: &mut Findings,
    ) -> Result<(), DatabaseError> {
        if position != self.whole.size() + 1 {
            // Which is a finding of its own.
            self.broken = true;
        }
        if self.broken {
            return Ok(());
        }
        self.whole.push(leaf);
        self.grow(leaf);
        let size = self.whole.size();
        while let Some(next) = self.checkpoints.front()
            && next.tree_size <= size
        {
            let Some(row) = self.checkpoints.pop_front() else {
                break;
            };
            self.checkpoint(&row, findings);
            self.read_on(live).await?;
        }
        Ok(())
    }

    /// Completes nodes.
    fn grow(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if self.below.len() == level {
                self.below.push(Frontier::default());
            }
            self.below[level].push(hash);
            if self.below[level].size() < 1 << NODE_LEVEL {
                return;
            }
            hash = std::mem::take(&mut self.below[level]).root();
            let level = NODE_LEVEL * (u32::try_from(level).unwrap_or_default() + 1);
            let number = (self.whole.size() >> level) - 1;
            self.complete.push((level, number, hash));
        }
    }

    fn checkpoint(&mut self, row: &CheckpointRow, findings: &mut Findings) {
        self.count += 1;
        let size = row.tree_size;
        let mut add = |problem: String| {
            findings.add(Finding {
                table: "checkpoints".to_owned(),
                place: format!("tree_size {size}"),
                column: None,
                problem,
            });
        };
        if let Some(key) = self.key
            && let Err(error) = row.verify(key)
        {
            add(error.to_string());
        }
        if self.broken || size != self.whole.size() {
            return;
        }
        if self.whole.root() == row.root {
            self.sound = size;
            return;
        }
        self.broken = true;
        add(format!(
            "the events are not those that were sealed: the first that is not is one of {} to {size}",
            self.sound + 1
        ));
    }

    /// Compares the nodes that were completed with those that are stored.
    pub(super) async fn compare_nodes(
        &mut self,
        live: &mut Transaction,
        findings: &mut Findings,
    ) -> Result<(), DatabaseError> {
        for (level, number, hash) in std::mem::take(&mut self.complete) {
            let end = (number + 1) << level;
            if end > self.filled {
                continue;
            }
            let problem = match node_page(live, level, number, number + 1).await?.first() {
                None => "the row is missing",
                Some((_, stored)) if *stored != hash => "hash differs from that of the events",
                Some(_) => continue,
            };
            findings.add(Finding {
                table: "tree_nodes".to_owned(),
                place: format!("positions {} to {end}", (number << level) + 1),
                column: Some("hash".to_owned()),
                problem: problem.to_owned(),
            });
        }
        Ok(())
    }

    /// Looks at what is left: checkpoints of more events than there are. Answers how many checkpoints
    /// there are.
    pub(super) async fn finish(
        mut self,
        live: &mut Transaction,
        head: Position,
        findings: &mut Findings,
    ) -> Result<u64, DatabaseError> {
        if self.filled > head {
            findings.add(Finding {
                table: "tree_nodes".to_owned(),
                place: format!("positions {} to {}", head + 1, self.filled),
                column: None,
                problem: format!("lie beyond the log, which ends at {head}"),
            });
        }
        while let Some(row) = self.checkpoints.pop_front() {
            self.checkpoint(&row, findings);
            if row.tree_size > head {
                findings.add(Finding {
                    table: "checkpoints".to_owned(),
                    place: format!("tree_size {}", row.tree_size),
                    column: None,
                    problem: format!("so many events were sealed, but the log ends at {head}"),
                });
            }
            self.read_on(live).await?;
        }
        Ok(self.count)
    }
}

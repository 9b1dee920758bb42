//! A tree as far as it is needed to add to it and to tell its root.

use sha2::{Digest, Sha256};

/// SHA-256, of a leaf or of a node.
pub type Hash = [u8; 32];

/// RFC 6962 section 2.1: `SHA-256(0x01 || left || right)`.
#[must_use]
pub(super) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1u8]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The complete subtrees that a tree consists of, the largest first: one for each bit of its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// A tree of that size; nothing unless there is one hash for each of its subtrees.
    #[must_use]
    pub fn of(size: u64, subtrees: Vec<Hash>) -> Option<Self> {
        (subtrees.len() == size.count_ones() as usize).then_some(Self { size, subtrees })
    }

    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    #[must_use]
    pub fn subtrees(&self) -> &[Hash] {
        &self.subtrees
    }

    /// Adds one leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Adds a complete subtree of 2^`level` leaves. The size so far has to be a multiple of that.
    pub fn push_subtree(&mut self, level: u32, hash: Hash) {
        debug_assert!(self.size.trailing_zeros() >= level, "{} {level}", self.size);
        let mut hash = hash;
        let mut at = level;
        while (self.size >> at) & 1 == 1 {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
            at += 1;
        }
        self.subtrees.push(hash);
        self.size += 1 << level;
    }

    /// The root of the tree as it is now.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(last) = subtrees.next() else {
            return Sha256::digest(b"").into();
        };
        subtrees.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The complete subtrees, each with its level and its number among those of the level, that lie over
/// the leaves from `start` to before `end`, in order.
pub fn cover(start: u64, end: u64) -> impl Iterator<Item = (u32, u64)> {
    let mut at = start;
    std::iter::from_fn(move || {
        let fits = end.checked_sub(at)?.checked_ilog2()?;
        let level = fits.min(at.trailing_zeros());
        let number = at >> level;
        at += 1 << level;
        Some((level, number))
    })
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use sha2_of_ct_merkle::Sha256 as Theirs;

    use super::*;

    /// A leaf of the library's tree, and its hash.
    fn leaf(n: u64) -> ([u8; 8], Hash) {
        let bytes = n.to_be_bytes();
        let mut hasher = Sha256::new();
        hasher.update([0u8]);
        hasher.update(bytes);
        (bytes, hasher.finalize().into())
    }

    fn over(start: u64, end: u64) -> Frontier {
        let mut frontier = Frontier::default();
        (start..end).for_each(|n| frontier.push(leaf(n).1));
        frontier
    }

    #[test]
    fn its_root_is_that_of_the_tree() {
        let mut tree = MemoryBackedTree::<Theirs, [u8; 8]>::new();
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root()[..], tree.root().as_bytes()[..]);
        for n in 0..1_100 {
            let (bytes, hash) = leaf(n);
            tree.push(bytes);
            frontier.push(hash);
            assert_eq!(frontier.root()[..], tree.root().as_bytes()[..], "{n}");
        }
    }

    proptest! {
        #[test]
        fn subtrees_stand_for_their_leaves(start in 0u64..600, more in 0u64..600) {
            let mut frontier = over(0, start);
            for (level, number) in cover(start, start + more) {
                let first = number << level;
                frontier.push_subtree(level, over(first, first + (1 << level)).root());
            }
            prop_assert_eq!(&frontier, &over(0, start + more));
            let again = Frontier::of(frontier.size(), frontier.subtrees().to_vec());
            prop_assert_eq!(again.unwrap().root(), frontier.root());
        }
    }

    #[test]
    fn a_tree_needs_all_its_subtrees() {
        assert!(Frontier::of(5, vec![[0; 32]]).is_none());
        assert!(Frontier::of(0, Vec::new()).is_some());
    }
}

//! Training manifests as Merkle trees: the root that a listing's authority stands by, and proofs of what is in it.
//!
//! A manifest is a list of content hashes, in the order that its author keeps. How the tree is built says
//! [`listing::merkle`]; the same functions check a proof on-chain.

use borsh::BorshSerialize;
pub use listing::constants::MAX_PROOF;
use listing::merkle;

/// Why a manifest has no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("a training manifest without a content hash has no root: name what was trained on")]
    Empty,
    #[error(
        "{0} content hashes are more than the {max} that a proof of {MAX_PROOF} steps reaches: cut the manifest into parts", max = 1u32 << MAX_PROOF
    )]
    TooMany(usize),
    #[error("the all-zero hash stands for content that is unknown: leave it out")]
    Unknown,
}

/// That a content hash is in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Proof {
    /// Of the manifest.
    pub root: [u8; 32],
    /// A bit for each step, the lowest for the leaf's: whether its sibling stands on the left.
    pub lefts: u32,
    /// The sibling of each step, from the leaf up.
    pub path: Vec<[u8; 32]>,
}

impl Proof {
    /// Whether it leads from the content hash to its root, and is short enough for the program.
    pub fn proves(&self, content_hash: &[u8; 32]) -> bool {
        self.path.len() <= MAX_PROOF
            && merkle::proves(&self.root, content_hash, self.lefts, &self.path)
    }
}

/// The tree over a manifest.
#[derive(Clone, Debug)]
pub struct Tree {
    content: Vec<[u8; 32]>,
    /// From the leaves up to the root. A node without a sibling is in the next level too, so that the tree is split at
    /// powers of two.
    levels: Vec<Vec<[u8; 32]>>,
}

impl Tree {
    /// # Errors
    /// Where there is nothing, too much, or something unknown to build it of.
    pub fn new(content: Vec<[u8; 32]>) -> Result<Self, TreeError> {
        if content.is_empty() {
            return Err(TreeError::Empty);
        }
        if content.len() > 1 << MAX_PROOF {
            return Err(TreeError::TooMany(content.len()));
        }
        if content.contains(&[0; 32]) {
            return Err(TreeError::Unknown);
        }
        let mut level: Vec<_> = content.iter().map(merkle::leaf).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks(2).map(|pair| match pair {
                [left, right] => merkle::node(left, right),
                alone => alone[0],
            });
            let above = above.collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Ok(Self { content, levels })
    }

    /// Its root.
    pub fn root(&self) -> [u8; 32] {
        // There is at least one leaf, and the last level has one node.
        self.levels.last().map_or([0; 32], |level| level[0])
    }

    /// The proof that a content hash is in it; `None` where it is not.
    pub fn proof(&self, content_hash: &[u8; 32]) -> Option<Proof> {
        let mut at = self.content.iter().position(|hash| hash == content_hash)?;
        let (mut lefts, mut path) = (0, Vec::new());
        for level in &self.levels {
            if let Some(sibling) = level.get(at ^ 1) {
                lefts |= u32::from(at % 2 == 1) << path.len();
                path.push(*sibling);
            }
            at /= 2;
        }
        Some(Proof {
            root: self.root(),
            lefts,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(count: usize) -> Vec<[u8; 32]> {
        (1..=count)
            .map(|n| {
                let mut hash = [7; 32];
                hash[..8].copy_from_slice(&(n as u64).to_le_bytes());
                hash
            })
            .collect()
    }

    /// The tree as RFC 6962 defines it, by its own words.
    fn by_definition(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [one] => merkle::leaf(one),
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(split);
                merkle::node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn every_leaf_of_every_tree_has_a_proof_that_holds_for_it_alone() {
        for count in 1..=65 {
            let all = content(count);
            let tree = Tree::new(all.clone()).unwrap();
            assert_eq!(tree.root(), by_definition(&all), "{count} leaves");
            for hash in &all {
                let proof = tree.proof(hash).unwrap();
                assert!(proof.proves(hash) && proof.path.len() <= 7);
                assert_eq!(proof.root, tree.root());
                let others = all.iter().filter(|other| *other != hash);
                assert!(others.into_iter().all(|other| !proof.proves(other)));
            }
            assert_eq!(tree.proof(&[9; 32]), None);
        }
    }

    #[test]
    fn a_proof_with_anything_changed_proves_nothing() {
        let all = content(11);
        let tree = Tree::new(all.clone()).unwrap();
        let good = tree.proof(&all[4]).unwrap();
        let mut wrong = Vec::new();
        for step in 0..good.path.len() {
            let mut other = good.clone();
            other.path[step][0] ^= 1;
            wrong.push(other);
            let mut side = good.clone();
            side.lefts ^= 1 << step;
            wrong.push(side);
            let mut short = good.clone();
            short.path.remove(step);
            wrong.push(short);
        }
        let mut root = good.clone();
        root.root[31] ^= 1;
        wrong.push(root);
        for beyond in [good.path.len(), 31] {
            let mut place = good.clone();
            place.lefts |= 1 << beyond;
            wrong.push(place);
        }
        assert!(wrong.iter().all(|proof| !proof.proves(&all[4])));
    }

    /// A node's two hashes are no content, and its hash is no leaf's.
    #[test]
    fn a_node_never_passes_for_a_leaf() {
        let all = content(4);
        let tree = Tree::new(all.clone()).unwrap();
        let inner = merkle::node(&merkle::leaf(&all[0]), &merkle::leaf(&all[1]));
        let path = vec![merkle::node(&merkle::leaf(&all[2]), &merkle::leaf(&all[3]))];
        let proof = Proof {
            root: tree.root(),
            lefts: 0,
            path,
        };
        assert_eq!(merkle::node(&inner, &proof.path[0]), tree.root());
        assert!(!proof.proves(&inner));
        let root = Proof {
            path: Vec::new(),
            ..proof
        };
        assert!(!root.proves(&tree.root()));
    }

    #[test]
    fn the_hashes_are_those_that_stand_in_the_description() {
        use sha2::{Digest, Sha256};
        let leaf = Sha256::digest([&[0][..], &[5; 32]].concat());
        assert_eq!(merkle::leaf(&[5; 32]), *leaf);
        let node = Sha256::digest([&[1][..], &[5; 32], &[6; 32]].concat());
        assert_eq!(merkle::node(&[5; 32], &[6; 32]), *node);
    }

    #[test]
    fn what_has_no_tree_says_why() {
        assert_eq!(Tree::new(Vec::new()).unwrap_err(), TreeError::Empty);
        assert_eq!(
            Tree::new(vec![[1; 32], [0; 32]]).unwrap_err(),
            TreeError::Unknown
        );
        let too_many = vec![[1; 32]; (1 << MAX_PROOF) + 1];
        let error = Tree::new(too_many).unwrap_err();
        assert!(error.to_string().contains("1048577"), "{error}");
        assert!(error.to_string().contains("1048576"), "{error}");
    }
}

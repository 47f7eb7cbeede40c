//! The Merkle tree over a training manifest: a list of content hashes, in the order that its author gives them.
//!
//! A leaf is `SHA-256(0x00 ‖ content hash)`, a node `SHA-256(0x01 ‖ left ‖ right)`, so that no node ever passes for a
//! leaf. A tree of n leaves is split at the greatest power of two below n, as RFC 6962 does it; a proof is the sibling of
//! each step from the leaf up, and on which side it stands.

use anchor_lang::hash::sha256;

const LEAF: u8 = 0;
const NODE: u8 = 1;

/// The leaf of a content hash.
pub fn leaf(content_hash: &[u8; 32]) -> [u8; 32] {
    let mut bytes = [LEAF; 33];
    bytes[1..].copy_from_slice(content_hash);
    sha256(&bytes)
}

/// The node above two others.
pub fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut bytes = [NODE; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    sha256(&bytes)
}

/// Whether `path` leads from the leaf of `content_hash` to `root`, with no side named beyond its end: of each place in a
/// tree there is one proof.
pub fn proves(root: &[u8; 32], content_hash: &[u8; 32], lefts: u32, path: &[[u8; 32]]) -> bool {
    let beyond = u32::try_from(path.len()).map(|steps| lefts.checked_shr(steps).unwrap_or(0));
    beyond == Ok(0) && self::root(content_hash, lefts, path) == *root
}

/// The root that `path` leads to from the leaf of `content_hash`: its sibling at each step from the leaf up, which stands
/// on the left where the step's bit of `lefts`, counted from the lowest, is set.
pub fn root(content_hash: &[u8; 32], lefts: u32, path: &[[u8; 32]]) -> [u8; 32] {
    let mut hash = leaf(content_hash);
    let mut lefts = lefts;
    for sibling in path {
        hash = if lefts & 1 == 1 {
            node(sibling, &hash)
        } else {
            node(&hash, sibling)
        };
        lefts >>= 1;
    }
    hash
}

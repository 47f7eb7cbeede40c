//! Blocks and events, before and after they are read.

use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

/// What one of our programs sent to itself as an event, not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emission {
    pub key: EventKey,
    /// Place of the transaction in its block.
    pub tx_index: u32,
    pub program: Pubkey,
    /// The instruction's data, as on the chain.
    pub data: Vec<u8>,
}

/// A block's links and what our programs emitted in it: all that is ever needed of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedBlock {
    pub slot: u64,
    pub hash: [u8; 32],
    pub parent_slot: u64,
    pub parent_hash: [u8; 32],
    /// Unix seconds.
    pub time: Option<i64>,
    /// In the chain's order.
    pub emissions: Vec<Emission>,
    /// Transactions of ours whose log the node cut off. Events do not travel in logs, so nothing is lost by it, but
    /// somebody may be trying.
    pub truncated_logs: u32,
}

/// Which block: a slot may see several on different forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub slot: u64,
    pub hash: [u8; 32],
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} ({})",
            self.slot,
            bs58::encode(self.hash).into_string()
        )
    }
}

/// Which event: unique on a chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey {
    pub slot: u64,
    pub signature: [u8; 64],
    /// Index of the outer instruction, then of the inner one among all that the outer one called.
    pub ix_path: Vec<i32>,
}

/// An event and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub key: EventKey,
    /// Place of the transaction in its block.
    pub tx_index: u32,
    /// Encodes to the instruction's data as it was on the chain.
    pub event: Event,
}

/// What was sent as an event of one of the programs and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub key: EventKey,
    pub tx_index: u32,
    pub program: Pubkey,
    pub reason: String,
    pub data: Vec<u8>,
}

/// A block's links and events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedBlock {
    pub slot: u64,
    pub hash: [u8; 32],
    pub parent_slot: u64,
    pub parent_hash: [u8; 32],
    /// Unix seconds.
    pub time: Option<i64>,
    pub events: Vec<Located>,
    pub dead_letters: Vec<DeadLetter>,
    /// As in [`EmittedBlock`].
    pub truncated_logs: u32,
}

impl DecodedBlock {
    /// A block of which only its place is known, to hold events that are to be added to it.
    pub fn empty(point: Point) -> Self {
        Self {
            slot: point.slot,
            hash: point.hash,
            parent_slot: 0,
            parent_hash: [0; 32],
            time: None,
            events: Vec::new(),
            dead_letters: Vec::new(),
            truncated_logs: 0,
        }
    }

    /// Which block it is.
    pub fn point(&self) -> Point {
        Point {
            slot: self.slot,
            hash: self.hash,
        }
    }

    /// Which block it follows.
    pub fn parent(&self) -> Point {
        Point {
            slot: self.parent_slot,
            hash: self.parent_hash,
        }
    }
}

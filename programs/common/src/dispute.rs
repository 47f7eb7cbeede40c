//! The heads of a dispute's and of a docket's account at the dao: what a program that executes a ruling reads of it, and nothing else.
//!
//! The dao's accounts begin with these bytes.

use anchor_lang::{
    AccountView,
    bytemuck::{self, Pod, Zeroable},
    prelude::*,
};

use crate::{DAO_ID, hash, pda};

/// First bytes of a dispute's account: `sha256("account:Dispute")[..8]`.
pub const DISPUTE_DISCRIMINATOR: [u8; 8] = [0x24, 0x31, 0xf1, 0x43, 0x28, 0x24, 0xf1, 0x4a];

/// Seed of a dispute: `["dispute", subject, number as u16]`.
pub const DISPUTE_SEED: &[u8] = b"dispute";

/// First bytes of a docket's account: `sha256("account:Docket")[..8]`.
pub const DOCKET_DISCRIMINATOR: [u8; 8] = [0x11, 0xf4, 0x10, 0x51, 0x55, 0x5d, 0x95, 0x9d];

/// Seed of a docket: `["docket", subject]`.
pub const DOCKET_SEED: &[u8] = b"docket";

/// Status of a dispute.
pub mod dispute_status {
    pub const OPEN: u8 = 1;
    /// Ruled on, with no appeal possible any more.
    pub const FINAL: u8 = 2;
    /// No round had a quorum: it ends as though it had never been opened.
    pub const UNDECIDED: u8 = 3;
}

/// First 56 bytes of a docket's state: what the dao remembers of all disputes of a subject, and never forgets.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct DocketHead {
    /// Version of this layout.
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 2],
    /// Disputes so far.
    pub disputes: u16,
    /// Those of them that have not ended.
    pub open: u16,
    pub seq: u64,
    /// Unix seconds: when the last one ended; 0 where none has.
    pub ended_at: i64,
    pub subject: Address,
}

impl DocketHead {
    /// The docket of `subject`: `None` for another account, and within it `None` where nothing was ever disputed and no
    /// docket exists.
    pub fn read(view: &AccountView, subject: &Address) -> Option<Option<Self>> {
        let seeds: [&[u8]; 2] = [DOCKET_SEED, subject.as_ref()];
        if !pda::is_at(view.address(), &seeds, &DAO_ID) {
            return None;
        }
        // Nobody but the dao makes an account of its own there.
        if !view.owned_by(&DAO_ID) {
            return Some(None);
        }
        let data = view.try_borrow().ok()?;
        let body = data.strip_prefix(&DOCKET_DISCRIMINATOR)?;
        let head: Self = bytemuck::try_pod_read_unaligned(body.get(..size_of::<Self>())?).ok()?;
        (head.subject == *subject).then_some(Some(head))
    }
}

/// What a dispute of a version of a listing carries as its `subject_hash`, where the listing is its subject.
pub fn version_hash(version: u32, manifest_hash: &[u8; 32]) -> [u8; 32] {
    hash::sha256(&[&version.to_le_bytes(), manifest_hash])
}

/// What a dispute of an edge that is said to be false carries as its `subject_hash`, where the edge is its subject: this very
/// edge, and no other that was or will be at its address.
pub fn false_edge_hash(born_slot: u64, child: &Address, parent: &Address) -> [u8; 32] {
    let born_slot = born_slot.to_le_bytes();
    hash::sha256(&[b"false", &born_slot, child.as_ref(), parent.as_ref()])
}

/// The same of an edge that is said to be missing, where its subject is the address at which it would be.
pub fn missing_edge_hash(child: &Address, parent: &Address, relation: u8) -> [u8; 32] {
    hash::sha256(&[b"missing", child.as_ref(), parent.as_ref(), &[relation]])
}

/// First 88 bytes of a dispute's state: what is disputed is told by its address and by what it is made of, as another may
/// be made at the same address later.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct DisputeHead {
    /// Version of this layout.
    pub layout: u8,
    pub bump: u8,
    /// One of [`dispute_status`].
    pub status: u8,
    /// Of an order: the buyer's share in percent, one of 0, 25, 50, 75, 100. Of an edge or a version: 0 or 100.
    pub share: u8,
    pub reserved: [u8; 2],
    /// The subject's disputes are numbered from 1.
    pub number: u16,
    pub seq: u64,
    pub born_slot: u64,
    /// What is disputed: an order, an edge, a listing.
    pub subject: Address,
    /// Of an order: its `params_hash`, which no other order at its address ever has.
    pub subject_hash: [u8; 32],
}

impl DisputeHead {
    /// Whether `view` is at the address of the `number`th dispute of `subject`; nothing is said of what is there.
    pub fn is_at(view: &AccountView, subject: &Address, number: u16) -> bool {
        let seeds: [&[u8]; 3] = [DISPUTE_SEED, subject.as_ref(), &number.to_le_bytes()];
        pda::is_at(view.address(), &seeds, &DAO_ID)
    }

    /// The head of the `number`th dispute of `subject`, which is made of what `hash` says; `None` for anything but the
    /// dao's account at that address.
    pub fn read(
        view: &AccountView,
        subject: &Address,
        number: u16,
        hash: &[u8; 32],
    ) -> Option<Self> {
        if !view.owned_by(&DAO_ID) || !Self::is_at(view, subject, number) {
            return None;
        }
        let data = view.try_borrow().ok()?;
        let body = data.strip_prefix(&DISPUTE_DISCRIMINATOR)?;
        let head: Self = bytemuck::try_pod_read_unaligned(body.get(..size_of::<Self>())?).ok()?;
        (head.subject == *subject && head.number == number && head.subject_hash == *hash)
            .then_some(head)
    }
}

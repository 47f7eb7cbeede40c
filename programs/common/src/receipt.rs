//! The head of an order's account: what a program other than escrow may read of it.

use anchor_lang::{
    AccountView, address_eq,
    bytemuck::{self, Pod, Zeroable},
    prelude::*,
};

use crate::{ESCROW_ID, hash, pda::PDA_MARKER};

/// What is hashed last to derive an address of escrow.
const ESCROW_PDA: &[u8] = &{
    let mut bytes = [0; 32 + PDA_MARKER.len()];
    let (program, marker) = bytes.split_at_mut(32);
    program.copy_from_slice(ESCROW_ID.as_array());
    marker.copy_from_slice(PDA_MARKER);
    bytes
};

/// First bytes of an order's account: `sha256("account:Order")[..8]`.
pub const ORDER_DISCRIMINATOR: [u8; 8] = [0x86, 0xad, 0xdf, 0xb9, 0x4d, 0x56, 0x1c, 0x33];

/// Seed of an order: `["order", buyer, 16-byte idempotency key]`, where the buyer may be a session.
pub const ORDER_SEED: &[u8; 5] = b"order";

/// Mode of an order and of a price term.
pub mod mode {
    pub const ONE_TIME: u8 = 1;
    pub const METERED: u8 = 2;
    pub const SUBSCRIPTION: u8 = 3;
    pub const LEASE: u8 = 4;
}

/// State of an order. One-time: `FUNDED → DELIVERED → SETTLED`, or `REFUNDED` from either, by way of `DISPUTED` where a
/// delivery is contested. Other modes are `FUNDED` until they end.
pub mod state {
    pub const FUNDED: u8 = 1;
    pub const DELIVERED: u8 = 2;
    pub const DISPUTED: u8 = 3;
    pub const SETTLED: u8 = 4;
    pub const REFUNDED: u8 = 5;
}

/// Bits of [`ReceiptHead::flags`].
pub mod flag {
    /// Nothing was paid: the receipt of a free listing.
    pub const FREE: u8 = 1;
    /// The listing was not claimed by its publisher when it was ordered.
    pub const UNCLAIMED: u8 = 2;
    /// A session bought it.
    pub const SESSION: u8 = 4;
    /// It ended before its seller was given the price of a single unit; of no one-time order.
    pub const BELOW_UNIT: u8 = 8;
}

/// First 152 bytes of an order's state; a settled, paid one is the receipt of a purchase.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct ReceiptHead {
    /// Version of this layout.
    pub layout: u8,
    pub bump: u8,
    pub reserved_1: u8,
    /// One of [`mode`].
    pub mode: u8,
    /// One of [`state`].
    pub state: u8,
    /// Bits of [`flag`].
    pub flags: u8,
    /// Index of the price term that was bought.
    pub term: u8,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Version of the listing that was bought.
    pub version: u32,
    /// Generation of the listing's royalty table at that time.
    pub generation: u16,
    pub reserved_2: u16,
    /// Sum of the royalty table in parts per million of the seller's part.
    pub royalty_ppm: u32,
    /// Fee in parts per million of the seller's part.
    pub fee_ppm: u32,
    /// Number of the last event of this order.
    pub seq: u64,
    /// Slot in which the account was made: tells two accounts at one address apart.
    pub born_slot: u64,
    /// Idempotency key.
    pub key: [u8; 16],
    /// In the address: who bought, or the session that did.
    pub buyer: Address,
    /// Whose order it is: the buyer, or the owner of the session that bought.
    pub owner: Address,
    pub listing: Address,
}

/// What an order's address is derived of, in one piece: each piece of what is hashed has its price.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Seeds {
    kind: [u8; ORDER_SEED.len()],
    buyer: Address,
    key: [u8; 16],
    bump: u8,
}

impl ReceiptHead {
    /// An order's head where it lies; `None` for anything but escrow's order at its own address.
    ///
    /// Not borrowed: only escrow writes to it, and neither program calls the other.
    #[inline(always)]
    pub fn read(view: &AccountView) -> Option<&Self> {
        if !view.owned_by(&ESCROW_ID) {
            return None;
        }
        // SAFETY: nobody holds a reference to write by: no program takes one into an account that another owns.
        let data = unsafe { view.borrow_unchecked() };
        let (discriminator, body) = data.split_first_chunk::<8>()?;
        if *discriminator != ORDER_DISCRIMINATOR {
            return None;
        }
        let head: &Self = bytemuck::try_from_bytes(body.get(..size_of::<Self>())?).ok()?;
        // The bump is the canonical one that escrow stored; nothing at a point of the curve is ever made an order.
        let seeds = Seeds {
            kind: *ORDER_SEED,
            buyer: head.buyer,
            key: head.key,
            bump: head.bump,
        };
        let parts = [bytemuck::bytes_of(&seeds), ESCROW_PDA];
        let address = Address::new_from_array(hash::sha256(&parts));
        address_eq(&address, view.address()).then_some(head)
    }

    /// Whether enough was paid for it to be a purchase: an order of which the seller was given nothing is not `SETTLED`, a
    /// first second of a subscription is below a unit's price, and what is not paid out yet is nobody else's any more.
    pub fn is_paid(&self) -> bool {
        self.state == state::SETTLED && self.flags & (flag::FREE | flag::BELOW_UNIT) == 0
    }

    /// Whether it was paid to the publisher. What was bought of an unclaimed listing was not bought of its publisher, and
    /// gives no right that is the publisher's to give.
    pub fn is_paid_receipt(&self) -> bool {
        self.is_paid() && self.flags & flag::UNCLAIMED == 0
    }
}

/// What a receipt says of the fee that was paid with it. Read out of the order where escrow stores it; a test of the
/// reward program compares the places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidFee {
    pub head: ReceiptHead,
    /// The wallet that the seller's part went to.
    pub payee: Address,
    pub mint: Address,
    /// Base units that arrived at the treasury.
    pub fee_paid: u64,
    /// Base units that still wait for it.
    pub fee_due: u64,
}

impl PaidFee {
    /// Places in an order's state: of the payee, the mint, the fee that was paid and the one that is due.
    pub const PLACES: [usize; 4] = [184, 280, 680, 712];

    /// Reads it; `None` for anything but escrow's order at its own address.
    pub fn read(view: &AccountView) -> Option<Self> {
        let head = ReceiptHead::read(view)?;
        let data = view.try_borrow().ok()?;
        let [payee, mint, fee_paid, fee_due] = Self::PLACES;
        Some(Self {
            head: *head,
            payee: Address::new_from_array(field(&data, payee)?),
            mint: Address::new_from_array(field(&data, mint)?),
            fee_paid: u64::from_le_bytes(field(&data, fee_paid)?),
            fee_due: u64::from_le_bytes(field(&data, fee_due)?),
        })
    }
}

/// What an order says of its last dispute, as [`PaidFee`] of its fee; a test of the dao compares the places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contest {
    /// SHA-256 of everything that was ordered.
    pub params_hash: [u8; 32],
    /// Base units in dispute.
    pub contested: u64,
    /// From then on anyone may let the dispute lapse.
    pub arbitrate_by: i64,
    /// Disputes so far.
    pub disputes: u16,
}

impl Contest {
    /// Places in an order's state of the four.
    pub const PLACES: [usize; 4] = [472, 848, 888, 912];

    /// Reads it; `None` for anything but escrow's order at its own address.
    pub fn read(view: &AccountView) -> Option<Self> {
        ReceiptHead::read(view)?;
        let data = view.try_borrow().ok()?;
        let [params_hash, contested, arbitrate_by, disputes] = Self::PLACES;
        Some(Self {
            params_hash: field(&data, params_hash)?,
            contested: u64::from_le_bytes(field(&data, contested)?),
            arbitrate_by: i64::from_le_bytes(field(&data, arbitrate_by)?),
            disputes: u16::from_le_bytes(field(&data, disputes)?),
        })
    }
}

/// Bytes of an order's state, which is behind its discriminator.
fn field<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    let state = data.get(ORDER_DISCRIMINATOR.len()..)?;
    state.get(at..)?.first_chunk().copied()
}

//! What the program says of every change, in the past tense, by self-CPI. An event never changes; a new need gets a
//! new version. Each carries the entity's whole state after the change (`state`), so that its account's bytes can be
//! rebuilt from the newest event alone, and in its head what the change replaced or moved, computed before it.

use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
use common::{heads, state_events};

use crate::state::{Config, MintConfig, Order, Session};

heads! {
    /// The entity's address, where nothing was replaced.
    EntityHead { address: Address, }
    /// The settings before.
    ConfigHead { address: Address, old: Config, }
    /// The mint's settings before.
    MintHead { address: Address, old_enabled: u64, old_max_deposit: u64, }
    /// Fees taken out of a treasury, in base units.
    TreasuryHead { address: Address, destination: Address, amount: u64, }
    /// An order's address and its state before.
    OrderHead { address: Address, old_state: u64, }
    /// Base units. What the instruction gave to each, whether that left the vault or stays in it as due; of a withdrawal
    /// what was due and left the vault now. `swept` is what strangers had donated to the vault, and `bond` those of
    /// disputes that left it; both are in no other figure.
    PayoutHead {
        address: Address,
        old_state: u64,
        paid: u64,
        fee: u64,
        royalty: u64,
        refunded: u64,
        swept: u64,
        bond: u64,
    }
    /// Base units that a metered order was topped up with.
    ToppedUpHead { address: Address, amount: u64, old_deposited: u64, }
    /// The voucher, the one before it, and in base units what became due of what was pending.
    VoucherHead {
        address: Address,
        sequence: u64,
        cumulative: u64,
        old_sequence: u64,
        old_cumulative: u64,
        paid: u64,
        fee: u64,
        royalty: u64,
    }
    /// An interval of a lease, from 0, in base units what it accrued, and what became due of what was pending.
    IntervalHead {
        address: Address,
        interval: u64,
        accrued: u64,
        paid: u64,
        fee: u64,
        royalty: u64,
    }
    /// A dispute: its number, who opened it (one of `party`), the hash of its evidence, and in base units what became
    /// due before.
    DisputeHead {
        address: Address,
        number: u64,
        opener: u64,
        evidence_hash: [u8; 32],
        paid: u64,
        fee: u64,
        royalty: u64,
    }
    /// What was contested, the buyer's share of it in percent, and in base units what each was given.
    DecisionHead {
        address: Address,
        number: u64,
        contested: u64,
        percent: u64,
        paid: u64,
        fee: u64,
        royalty: u64,
        refunded: u64,
    }
    /// Where what a session's vault held went, in base units, and its rent, in lamports.
    SessionClosedHead {
        address: Address,
        destination: Address,
        amount: u64,
        rent_to: Address,
        rent: u64,
        reward: u64,
    }
    /// Base units of the fee that was recorded at the reward program.
    FeesRecordedHead { address: Address, amount: u64, }
    /// Where the rent of a closed order went, in lamports.
    ClosedHead { address: Address, rent_to: Address, rent: u64, reward: u64, }
}

state_events! {
    ConfigInitializedV1 { EntityHead, Config }
    ConfigUpdatedV1 { ConfigHead, Config }
    MintAllowedV1 { EntityHead, MintConfig }
    MintUpdatedV1 { MintHead, MintConfig }
    TreasuryWithdrawnV1 { TreasuryHead, MintConfig }
    OrderOpenedV1 { OrderHead, Order }
    OrderDeliveredV1 { OrderHead, Order }
    OrderSettledV1 { PayoutHead, Order }
    OrderRefundedV1 { PayoutHead, Order }
    /// Parts that were due were paid.
    OrderWithdrawnV1 { PayoutHead, Order }
    /// The seller's or the owner's notice, or the end itself.
    OrderEndedV1 { PayoutHead, Order }
    OrderToppedUpV1 { ToppedUpHead, Order }
    VoucherRedeemedV1 { VoucherHead, Order }
    IntervalAuthorisedV1 { IntervalHead, Order }
    IntervalConfirmedV1 { IntervalHead, Order }
    OrderDisputedV1 { DisputeHead, Order }
    DisputeConcededV1 { DecisionHead, Order }
    DisputeRuledV1 { DecisionHead, Order }
    DisputeLapsedV1 { DecisionHead, Order }
    SessionOpenedV1 { EntityHead, Session }
    SessionRevokedV1 { EntityHead, Session }
    /// The account is gone; `state` is its last.
    SessionClosedV1 { SessionClosedHead, Session }
    /// The account is gone; `state` is its last.
    OrderClosedV1 { ClosedHead, Order }
    OrderFeesRecordedV1 { FeesRecordedHead, Order }
}

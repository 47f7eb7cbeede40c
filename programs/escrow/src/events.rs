//! What the program says of every change, in the past tense, by self-CPI. An event never changes; a new need gets a
//! new version. Each carries the entity's whole state after the change (`state`), so that its account's bytes can be
//! rebuilt from the newest event alone, and in its head what the change replaced or moved, computed before it.

use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
use common::{heads, state_events};

use crate::state::{Config, MintConfig, Order};

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
    /// Base units. Of a settlement or a refund: what it gave to each, whether that left the vault or stays in it as due.
    /// Of a withdrawal: what was due and left the vault now. `swept` is what strangers had donated to the vault; it
    /// went to the treasury and is in no other figure.
    PayoutHead {
        address: Address,
        old_state: u64,
        paid: u64,
        fee: u64,
        royalty: u64,
        refunded: u64,
        swept: u64,
    }
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
    /// The account is gone; `state` is its last.
    OrderClosedV1 { ClosedHead, Order }
}

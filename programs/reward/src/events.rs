//! What the program says of every change, in the past tense, by self-CPI. Each carries the entity's whole state after
//! the change (`state`), and in its head what the change replaced or moved, and any other account that it changed,
//! whole and with its address.

use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
use common::{heads, state_events};

use crate::state::{Attestation, Config, Emission, Epoch, Points, Position, Rate, Stake};

heads! {
    /// The config's address, and the two accounts that were made with it.
    InitializedHead {
        address: Address,
        emission_address: Address,
        stake_address: Address,
        emission: Emission,
        stake: Stake,
    }
    /// The settings before.
    ConfigHead { address: Address, old: Config, }
    /// The mint's rate before; 0 where this made it.
    RateHead { address: Address, old_rate: u64, old_price: u64, }
    /// An epoch's address and its state before. `amount`, in base units: what was emitted into the pool, or rolled on;
    /// `old_pool` is the pool before it.
    EpochHead {
        address: Address,
        emission_address: Address,
        old_status: u64,
        amount: u64,
        old_pool: u64,
        emission: Emission,
    }
    /// A fee in base units of its mint, and the points that it credited. `address` and `state` are the publisher's points.
    FeesHead {
        address: Address,
        buyer_points_address: Address,
        epoch_address: Address,
        order: Address,
        mint: Address,
        fee: u64,
        publisher_credit: u64,
        buyer_credit: u64,
        buyer_points: Points,
        epoch: Epoch,
    }
    /// Base units that were minted for points, and where the rent of their account went, in lamports.
    ClaimHead {
        address: Address,
        epoch_address: Address,
        destination: Address,
        amount: u64,
        rent_to: Address,
        rent: u64,
        epoch: Epoch,
    }
    /// Where the rent of a closed account went, in lamports.
    ClosedHead { address: Address, rent_to: Address, rent: u64, reward: u64, }
    /// A position's address, and the sums before.
    PositionHead {
        address: Address,
        stake_address: Address,
        old_locked: u64,
        old_active: u64,
        stake: Stake,
    }
    /// Base units that left the vault, and where the rent of the position's account went, in lamports.
    WithdrawnHead {
        address: Address,
        stake_address: Address,
        destination: Address,
        amount: u64,
        rent_to: Address,
        rent: u64,
        stake: Stake,
    }
    /// An attestation's address, and its position after it.
    AttestedHead { address: Address, position_address: Address, position: Position, }
    /// Base units by where they went, and where the rent of the attestation's account did, in lamports.
    SlashedHead {
        address: Address,
        position_address: Address,
        stake_address: Address,
        dispute: Address,
        destination: Address,
        burnt: u64,
        reward: u64,
        rent_to: Address,
        rent: u64,
        position: Position,
        stake: Stake,
    }
    /// Where the rent of an attestation's account went, in lamports, and its position after it.
    ReleasedHead {
        address: Address,
        position_address: Address,
        rent_to: Address,
        rent: u64,
        reward: u64,
        position: Position,
    }
}

state_events! {
    ConfigInitializedV1 { InitializedHead, Config }
    ConfigUpdatedV1 { ConfigHead, Config }
    RateSetV1 { RateHead, Rate }
    EpochOpenedV1 { EpochHead, Epoch }
    FeesRecordedV1 { FeesHead, Points }
    EpochFinishedV1 { EpochHead, Epoch }
    /// The points' account is gone; `state` is its last.
    PointsClaimedV1 { ClaimHead, Points }
    EpochExpiredV1 { EpochHead, Epoch }
    /// The account is gone; `state` is its last.
    PointsClosedV1 { ClosedHead, Points }
    PositionLockedV1 { PositionHead, Position }
    UnlockRequestedV1 { PositionHead, Position }
    /// The account is gone; `state` is its last.
    PositionWithdrawnV1 { WithdrawnHead, Position }
    VersionAttestedV1 { AttestedHead, Attestation }
    /// The account is gone; `state` is its last.
    AttestationSlashedV1 { SlashedHead, Attestation }
    /// The account is gone; `state` is its last.
    AttestationClosedV1 { ReleasedHead, Attestation }
}

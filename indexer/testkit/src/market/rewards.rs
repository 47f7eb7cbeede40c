//! Epochs, positions, attestations.

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use common::dispute::version_hash;
use pedigree_sdk::{events::Event, pda};
use reward::{
    events as re, math,
    state::{Attestation, Config, Emission, Epoch, Points, Position, Stake, epoch_status, verdict},
};
use solana_program::pubkey::Pubkey;

use super::{Market, key};

/// Points per 10⁶ of a fee.
const RATE: u64 = 500_000;
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

#[derive(Clone, Debug)]
pub struct Rewards {
    pub(super) config: Config,
    pub(super) emission: Emission,
    pub(super) stake: Stake,
    pub(super) epochs: BTreeMap<u32, Epoch>,
    pub(super) points: BTreeMap<Pubkey, Points>,
    pub(super) positions: BTreeMap<Pubkey, Position>,
    pub(super) attestations: BTreeMap<Pubkey, Attestation>,
}

impl Default for Rewards {
    fn default() -> Self {
        Self {
            config: Config::zeroed(),
            emission: Emission::zeroed(),
            stake: Stake::zeroed(),
            epochs: BTreeMap::new(),
            points: BTreeMap::new(),
            positions: BTreeMap::new(),
            attestations: BTreeMap::new(),
        }
    }
}

impl Rewards {
    pub fn position(&self, address: &Pubkey) -> Position {
        self.positions[address]
    }

    pub fn active(&self) -> u64 {
        self.stake.active
    }
}

impl Market {
    pub fn position(&self, address: &Pubkey) -> Position {
        self.rewards.position(address)
    }

    pub fn epoch(&self, index: u32) -> Epoch {
        self.rewards.epochs[&index]
    }

    /// Sets the reward program up.
    pub fn reward_config(&mut self) -> Event {
        let starts_at = self.now();
        let Rewards {
            config,
            emission,
            stake,
            ..
        } = &mut self.rewards;
        *config = Config {
            layout: 1,
            seq: 1,
            decimals: 6,
            buyer_share_ppm: 400_000,
            mint: pda::token().0,
            vault: pda::stake_vault().0,
            starts_at,
            cap: 4_000_000_000,
            first_emission: 1_000_000,
            epoch_length: HOUR,
            halving: 100,
            cooling: 21 * DAY,
            claim_window: 60 * DAY,
            min_stake: 1,
            ..Config::zeroed()
        };
        (emission.layout, emission.seq) = (1, 1);
        (stake.layout, stake.seq) = (1, 1);
        let head = re::InitializedHead {
            address: pda::reward_config().0,
            emission_address: pda::emission().0,
            stake_address: pda::stake().0,
            emission: *emission,
            stake: *stake,
        };
        Event::RewardConfigInitialized(Box::new(re::ConfigInitializedV1 {
            head,
            state: *config,
        }))
    }

    pub fn open_epoch(&mut self, index: u32) -> Event {
        let Rewards {
            config,
            emission,
            epochs,
            ..
        } = &mut self.rewards;
        let start = |index| math::epoch_start(config.starts_at, config.epoch_length, index);
        let state = Epoch {
            layout: 1,
            status: epoch_status::OPEN,
            index,
            seq: 1,
            starts_at: start(index).unwrap(),
            ends_at: start(index + 1).unwrap(),
            previous: emission.last_opened,
            ..Epoch::zeroed()
        };
        emission.last_opened = index + 1;
        emission.advance().unwrap();
        epochs.insert(index, state);
        let head = epoch_head(index, 0, 0, emission);
        Event::EpochOpened(Box::new(re::EpochOpenedV1 { head, state }))
    }

    pub fn finish_epoch(&mut self, index: u32) -> Event {
        let Rewards {
            config,
            emission,
            epochs,
            ..
        } = &mut self.rewards;
        let epoch = epochs.get_mut(&index).unwrap();
        let amount = emission.finish(config, epoch).unwrap();
        epoch.status = epoch_status::FINISHED;
        epoch.claim_until = epoch.ends_at + i64::from(config.claim_window);
        epoch.advance().unwrap();
        emission.advance().unwrap();
        let head = epoch_head(index, epoch_status::OPEN, amount, emission);
        Event::EpochFinished(Box::new(re::EpochFinishedV1 {
            head,
            state: *epoch,
        }))
    }

    /// Credits the fee of a settled order.
    pub fn record_fees(&mut self, order: &Pubkey, index: u32) -> Event {
        let (address, of, slot) = (*order, self.orders[order], self.slot);
        let Rewards {
            config,
            epochs,
            points,
            ..
        } = &mut self.rewards;
        let credit = math::credit(of.fee_paid, RATE).unwrap();
        let (publisher_credit, buyer_credit) = math::split(credit, config.buyer_share_ppm).unwrap();
        let mut give = |owner: Pubkey, credit: u64| {
            let address = pda::points(&owner, index).0;
            let state = points.entry(address).or_insert(Points {
                layout: 1,
                epoch: index,
                born_slot: slot,
                owner,
                ..Points::zeroed()
            });
            state.points += credit;
            state.advance().unwrap();
            (address, *state)
        };
        let (publisher, state) = give(of.payee, publisher_credit);
        let (buyer, buyer_points) = give(of.head.buyer, buyer_credit);
        let epoch = epochs.get_mut(&index).unwrap();
        epoch.credit(publisher_credit + buyer_credit).unwrap();
        epoch.advance().unwrap();
        let head = re::FeesHead {
            address: publisher,
            buyer_points_address: buyer,
            epoch_address: pda::epoch(index).0,
            order: address,
            mint: of.mint,
            fee: of.fee_paid,
            publisher_credit,
            buyer_credit,
            buyer_points,
            epoch: *epoch,
        };
        Event::FeesRecorded(Box::new(re::FeesRecordedV1 { head, state }))
    }

    pub fn lock(&mut self, owner: &str, id: u64, amount: u64) -> (Pubkey, Event) {
        let (owner, now, slot) = (key(owner), self.now(), self.slot);
        let address = pda::position(&owner, id).0;
        let state = Position {
            layout: 1,
            seq: 1,
            born_slot: slot,
            id,
            amount,
            locked_at: now,
            owner,
            rent_payer: owner,
            ..Position::zeroed()
        };
        self.rewards.positions.insert(address, state);
        let head = self.stake_head(address, |stake| stake.lock(amount, now).unwrap());
        (
            address,
            Event::PositionLocked(Box::new(re::PositionLockedV1 { head, state })),
        )
    }

    pub fn request_unlock(&mut self, address: &Pubkey) -> Event {
        let (now, cooling) = (self.now(), self.rewards.config.cooling);
        let position = self.rewards.positions.get_mut(address).unwrap();
        position.request_unlock(now, cooling).unwrap();
        position.advance().unwrap();
        let state = *position;
        let head = self.stake_head(*address, |stake| {
            stake.deactivate(state.amount, now).unwrap()
        });
        Event::UnlockRequested(Box::new(re::UnlockRequestedV1 { head, state }))
    }

    pub fn withdraw_position(&mut self, address: &Pubkey) -> Event {
        let mut state = self.rewards.positions.remove(address).unwrap();
        state.advance().unwrap();
        let stake = &mut self.rewards.stake;
        stake.release(state.amount).unwrap();
        stake.advance().unwrap();
        let head = re::WithdrawnHead {
            address: *address,
            stake_address: pda::stake().0,
            amount: state.amount,
            stake: *stake,
            ..re::WithdrawnHead::zeroed()
        };
        Event::PositionWithdrawn(Box::new(re::PositionWithdrawnV1 { head, state }))
    }

    /// A good verdict on a listing's version in force, with `stake` of a position at risk.
    pub fn attest(&mut self, position: &Pubkey, listing: &Pubkey, stake: u64) -> (Pubkey, Event) {
        let (of, now, slot) = (self.listings[listing], self.now(), self.slot);
        let by = self.rewards.positions.get_mut(position).unwrap();
        by.risk(stake, 1).unwrap();
        by.advance().unwrap();
        let address = pda::attestation(position, listing, of.version).0;
        let state = Attestation {
            layout: 1,
            verdict: verdict::GOOD,
            version: of.version,
            seq: 1,
            born_slot: slot,
            stake,
            attested_at: now,
            expires_at: now + i64::from(90 * DAY),
            position: *position,
            owner: by.owner,
            listing: *listing,
            subject_hash: version_hash(of.version, &of.manifest_hash),
            ..Attestation::zeroed()
        };
        let head = re::AttestedHead {
            address,
            position_address: *position,
            position: *by,
        };
        self.rewards.attestations.insert(address, state);
        (
            address,
            Event::VersionAttested(Box::new(re::VersionAttestedV1 { head, state })),
        )
    }

    fn stake_head(&mut self, address: Pubkey, change: impl FnOnce(&mut Stake)) -> re::PositionHead {
        let stake = &mut self.rewards.stake;
        let old = *stake;
        change(stake);
        stake.advance().unwrap();
        re::PositionHead {
            address,
            stake_address: pda::stake().0,
            old_locked: old.locked,
            old_active: old.active,
            stake: *stake,
        }
    }
}

pub(super) fn epoch_head(
    index: u32,
    old_status: u8,
    amount: u64,
    emission: &Emission,
) -> re::EpochHead {
    re::EpochHead {
        address: pda::epoch(index).0,
        emission_address: pda::emission().0,
        old_status: old_status.into(),
        amount,
        old_pool: emission.pool,
        emission: *emission,
    }
}

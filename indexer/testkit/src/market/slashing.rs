//! How points, epochs and attestations end.

use bytemuck::Zeroable;
use pedigree_sdk::{events::Event, pda};
use reward::{events as re, math, state::epoch_status};
use solana_program::pubkey::Pubkey;

use super::{Market, key, rewards::epoch_head};

impl Market {
    /// Another buyer's share from now on.
    pub fn update_rewards(&mut self, buyer_share_ppm: u32) -> Event {
        let config = &mut self.rewards.config;
        let head = re::ConfigHead {
            address: pda::reward_config().0,
            old: *config,
        };
        config.buyer_share_ppm = buyer_share_ppm;
        config.advance().unwrap();
        let state = *config;
        Event::RewardConfigUpdated(Box::new(re::ConfigUpdatedV1 { head, state }))
    }

    /// Claims what somebody's points of a finished epoch bring.
    pub fn claim(&mut self, owner: &Pubkey, index: u32) -> Event {
        let address = pda::points(owner, index).0;
        let mut state = self.rewards.points.remove(&address).unwrap();
        state.advance().unwrap();
        let epoch = self.rewards.epochs.get_mut(&index).unwrap();
        let amount = epoch.claim(&state, epoch.claim_until).unwrap();
        epoch.advance().unwrap();
        let head = re::ClaimHead {
            address,
            epoch_address: pda::epoch(index).0,
            destination: key("account"),
            amount,
            epoch: *epoch,
            ..re::ClaimHead::zeroed()
        };
        Event::PointsClaimed(Box::new(re::PointsClaimedV1 { head, state }))
    }

    /// What nobody claimed of an epoch rolls on.
    pub fn expire_epoch(&mut self, index: u32) -> Event {
        let rewards = &mut self.rewards;
        let epoch = rewards.epochs.get_mut(&index).unwrap();
        epoch.check_expired(epoch.claim_until + 1).unwrap();
        let amount = rewards.emission.take_back(&rewards.config, epoch).unwrap();
        let old_status = epoch.status;
        epoch.status = epoch_status::EXPIRED;
        epoch.advance().unwrap();
        rewards.emission.advance().unwrap();
        let head = epoch_head(index, old_status, amount, &rewards.emission);
        let state = *epoch;
        Event::EpochExpired(Box::new(re::EpochExpiredV1 { head, state }))
    }

    /// Closes points that nobody claimed in time.
    pub fn close_points(&mut self, owner: &Pubkey, index: u32) -> Event {
        let address = pda::points(owner, index).0;
        let mut state = self.rewards.points.remove(&address).unwrap();
        state.advance().unwrap();
        let head = re::ClosedHead {
            address,
            ..re::ClosedHead::zeroed()
        };
        Event::PointsClosed(Box::new(re::PointsClosedV1 { head, state }))
    }

    /// Slashes what an attestation risked, as a dispute ruled to the contrary.
    pub fn slash(&mut self, attestation: &Pubkey, dispute: &Pubkey) -> Event {
        let now = self.now();
        let rewards = &mut self.rewards;
        let mut state = rewards.attestations.remove(attestation).unwrap();
        state.advance().unwrap();
        let position = rewards.positions.get_mut(&state.position).unwrap();
        let (burnt, reward) = math::slash(state.stake).unwrap();
        rewards.stake.slash(position, state.stake, now).unwrap();
        rewards.stake.advance().unwrap();
        position.slash(state.stake).unwrap();
        position.advance().unwrap();
        let head = re::SlashedHead {
            address: *attestation,
            position_address: state.position,
            stake_address: pda::stake().0,
            dispute: *dispute,
            destination: key("account"),
            burnt,
            reward,
            rent_to: state.rent_payer,
            rent: 0,
            position: *position,
            stake: rewards.stake,
        };
        Event::AttestationSlashed(Box::new(re::AttestationSlashedV1 { head, state }))
    }

    /// Closes an attestation that expired.
    pub fn close_attestation(&mut self, attestation: &Pubkey) -> Event {
        let rewards = &mut self.rewards;
        let mut state = rewards.attestations.remove(attestation).unwrap();
        state.advance().unwrap();
        let position = rewards.positions.get_mut(&state.position).unwrap();
        position.release(state.stake).unwrap();
        position.advance().unwrap();
        let head = re::ReleasedHead {
            address: *attestation,
            position_address: state.position,
            position: *position,
            ..re::ReleasedHead::zeroed()
        };
        Event::AttestationClosed(Box::new(re::AttestationClosedV1 { head, state }))
    }
}

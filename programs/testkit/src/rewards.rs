//! The reward program, ready to record fees.

use pedigree_sdk::{instructions::reward as ix, pda};
use reward::{
    instructions::{ConfigArgs, Terms},
    math,
    state::Config,
};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{Chain, Mint};

const DAY: u32 = 24 * 60 * 60;

/// Seconds of an epoch.
pub const EPOCH: i64 = 7 * DAY as i64;
/// Points for 10⁶ base units of a fee: half of it at [`PRICE`].
pub const RATE: u64 = 250_000;
/// Base units of the fee's mint for 10⁶ of the token.
pub const PRICE: u64 = 2_000_000;

/// Settings of which nothing has changed yet.
pub const REWARD_ARGS: ConfigArgs = ConfigArgs {
    paused: false,
    buyer_share_ppm: 400_000,
    cooling: 21 * DAY,
    claim_window: 60 * DAY,
    min_stake: 1_000,
    pending_authority: Pubkey::new_from_array([0; 32]),
};

impl Chain {
    /// Makes the reward program's config, and a rate for a mint; returns the config's authority.
    pub fn init_reward(&mut self, mint: &Mint) -> Keypair {
        let (authority, upgrader) = (self.actor(), self.upgrade_authority.insecure_clone());
        let (key, payer) = (authority.pubkey(), upgrader.pubkey());
        let terms = Terms {
            cap: 4_000_000_000_000,
            first_emission: 1_000_000_000_000,
            epoch_length: EPOCH as u32,
            halving: 2,
        };
        let initialize = ix::initialize(&payer, &payer, &key, terms, REWARD_ARGS);
        self.ok(&[initialize], &[&upgrader]);
        self.set_rate(&authority, mint);
        authority
    }

    /// Sets a mint's rate to [`RATE`].
    pub fn set_rate(&mut self, authority: &Keypair, mint: &Mint) {
        let key = authority.pubkey();
        let set = ix::set_rate(&key, &key, &mint.address, RATE, PRICE);
        self.ok(&[set], &[authority]);
    }

    /// Index of the reward program's epoch of now.
    pub fn epoch(&self) -> u32 {
        let config: Config = self.state(&pda::reward_config().0);
        math::epoch_at(config.starts_at, config.epoch_length, self.now()).expect("an epoch")
    }

    /// Opens the epoch of now.
    pub fn open_epoch(&mut self) -> u32 {
        let (index, payer) = (self.epoch(), self.actor());
        self.ok(&[ix::open_epoch(&payer.pubkey(), index)], &[&payer]);
        index
    }
}

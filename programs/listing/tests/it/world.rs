//! What most tests start from.

use std::ops::{Deref, DerefMut};

use anchor_lang::prelude::ProgramError;
use pedigree_sdk::instructions::listing::RegisterArgs;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Chain, Program};

/// Compute units that the network gives one instruction unless more are asked for.
pub const UNITS: u64 = 200_000;
/// Seconds that a draft lives.
pub const DRAFT_LIFETIME: i64 = listing::constants::DRAFT_LIFETIME;

/// A chain with the program's config, and some people.
pub struct World {
    chain: Chain,
    /// Runs the config.
    pub authority: Keypair,
    pub publisher: Keypair,
    pub stranger: Keypair,
}

impl World {
    /// The system program's answer where an account is to be made that exists.
    pub const ACCOUNT_EXISTS: ProgramError = ProgramError::Custom(0);

    pub fn new() -> Self {
        Self::seeded(0)
    }

    pub fn seeded(seed: u64) -> Self {
        let mut world = Self::without_config(seed);
        world.authority = world.chain.init_listing();
        world
    }

    /// Nobody has made the config yet; `authority` is nobody's.
    pub fn without_config(seed: u64) -> Self {
        let mut chain = Chain::new(&[Program::Listing], seed);
        let authority = chain.actor();
        let (publisher, stranger) = (chain.actor(), chain.actor());
        Self {
            chain,
            authority,
            publisher,
            stranger,
        }
    }

    /// The publisher's draft, made an earlier slot ago.
    pub fn draft_of(&mut self, change: impl FnOnce(&mut RegisterArgs)) -> Pubkey {
        let mut args = self.register_args();
        change(&mut args);
        let publisher = self.publisher.insecure_clone();
        let draft = self.draft(&publisher, &args);
        self.warp_slots(1);
        draft
    }

    /// The publisher's active listing with these parents (address, ppm).
    pub fn active_of(
        &mut self,
        parents: &[(Pubkey, u32)],
        change: impl FnOnce(&mut RegisterArgs),
    ) -> Pubkey {
        let mut args = self.register_args();
        change(&mut args);
        let publisher = self.publisher.insecure_clone();
        self.active(&publisher, &args, parents)
    }

    /// The chain alone.
    pub fn into_chain(self) -> Chain {
        self.chain
    }

    pub fn publisher(&self) -> (Pubkey, Keypair) {
        (self.publisher.pubkey(), self.publisher.insecure_clone())
    }

    pub fn stranger(&self) -> (Pubkey, Keypair) {
        (self.stranger.pubkey(), self.stranger.insecure_clone())
    }

    pub fn authority(&self) -> (Pubkey, Keypair) {
        (self.authority.pubkey(), self.authority.insecure_clone())
    }
}

impl Deref for World {
    type Target = Chain;
    fn deref(&self) -> &Chain {
        &self.chain
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }
}

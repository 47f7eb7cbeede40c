//! What most tests start from.

use std::ops::{Deref, DerefMut};

use anchor_lang::{
    Discriminator,
    bytemuck::{Zeroable, bytes_of},
    prelude::ProgramError,
};
use common::receipt::state;
use escrow::state::Order;
use pedigree_sdk::{instructions::listing::RegisterArgs, pda, programs::ESCROW};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Chain, Program};

/// Compute units that the network gives one instruction unless more are asked for.
pub const UNITS: u64 = 200_000;
/// In which the orders of these tests were made.
pub const BORN_SLOT: u64 = 70;
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
    /// The same where an account is to be made at another address than that of its seed.
    pub const ANOTHER_ADDRESS: ProgramError = ProgramError::Custom(5);

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

    /// An order's account at its address, of any program, as escrow would have left it.
    pub fn put_order_of(&mut self, program: Pubkey, order: &Order) -> Pubkey {
        let address = pda::order(&order.head.buyer, &order.head.key).0;
        self.put_owned(
            address,
            program,
            [Order::DISCRIMINATOR, bytes_of(order)].concat(),
        );
        address
    }

    pub fn put_order(&mut self, order: &Order) -> Pubkey {
        self.put_order_of(ESCROW, order)
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

/// A paid order of a listing.
pub fn receipt(buyer: Pubkey, listing: Pubkey) -> Order {
    receipt_under([5; 16], buyer, listing)
}

/// The same, there, under a key of its own.
pub fn paid_receipt(w: &mut World, buyer: Pubkey, listing: Pubkey) -> Pubkey {
    let mut key = [0; 16];
    key.copy_from_slice(&w.draw()[..16]);
    w.put_order(&receipt_under(key, buyer, listing))
}

fn receipt_under(key: [u8; 16], buyer: Pubkey, listing: Pubkey) -> Order {
    let mut order = Order::zeroed();
    order.head.layout = 1;
    order.head.bump = pda::order(&buyer, &key).1;
    order.head.state = state::SETTLED;
    (order.head.version, order.head.born_slot) = (3, BORN_SLOT);
    (order.head.key, order.head.listing) = (key, listing);
    (order.head.buyer, order.head.owner) = (buyer, buyer);
    order
}

//! The reward program as its tests and measurements find it: a chain with the program, money, orders, listings and rulings,
//! which are put there by hand, and escrow's signature, which is lent.

use anchor_lang::bytemuck::{self, Zeroable};
use common::{
    DAO_ID, ESCROW_CONFIG,
    dispute::{
        DISPUTE_DISCRIMINATOR, DOCKET_DISCRIMINATOR, DisputeHead, DocketHead, dispute_status,
        version_hash,
    },
    receipt::{mode, state},
};
use escrow::state::Order;
use listing::state::Listing;
use pedigree_sdk::{
    accounts::to_bytes,
    instructions::reward as ix,
    pda,
    programs::{ESCROW, LISTING, SYSTEM, TOKEN},
};
use reward::{
    instructions::{AttestArgs, ConfigArgs, Terms},
    math,
    state::{Emission, Epoch, Points, Position, Stake, verdict},
};
use solana_keypair::Keypair;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use solana_signer::Signer;

use crate::{Chain, Mint, Program, TokenProgram};

pub const DAY: i64 = 24 * 60 * 60;
pub const WEEK: i64 = 7 * DAY;
/// Half of the fee at [`PRICE`].
pub const RATE: u64 = 250_000;
/// Base units of the fee's mint for 10⁶ of the token.
pub const PRICE: u64 = 2_000_000;
pub const COOLING: i64 = 21 * DAY;
pub const CLAIM_WINDOW: i64 = 60 * DAY;
pub const MIN_STAKE: u64 = 1_000;

pub const TERMS: Terms = Terms {
    cap: 4_000_000_000,
    first_emission: 1_000_000_000,
    epoch_length: WEEK as u32,
    halving: 2,
};

pub const ARGS: ConfigArgs = ConfigArgs {
    paused: false,
    buyer_share_ppm: 400_000,
    cooling: COOLING as u32,
    claim_window: CLAIM_WINDOW as u32,
    min_stake: MIN_STAKE,
    pending_authority: Pubkey::new_from_array([0; 32]),
};

/// A settled order and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Sale {
    pub order: Pubkey,
    pub publisher: Pubkey,
    pub buyer: Pubkey,
}

pub struct World {
    pub chain: Chain,
    pub admin: Keypair,
    /// Cranks, and pays rents.
    pub stranger: Keypair,
    /// What fees are paid in.
    pub mint: Mint,
    /// The reward program's token.
    pub token: Mint,
}

impl World {
    /// A chain on which nothing is initialized.
    pub fn bare(seed: u64) -> Self {
        let mut chain = Chain::new(&[Program::Reward], seed);
        chain.lend_signature(&ESCROW_CONFIG);
        let (admin, stranger) = (chain.actor(), chain.actor());
        let mint = chain.mint(TokenProgram::Classic);
        let token = Mint {
            address: pda::token().0,
            program: TOKEN,
            decimals: 6,
        };
        Self {
            chain,
            admin,
            stranger,
            mint,
            token,
        }
    }

    pub fn new(seed: u64) -> Self {
        let mut world = Self::bare(seed);
        let initialize = world.initialize_ix(TERMS, ARGS);
        let upgrader = world.chain.upgrade_authority.insecure_clone();
        let stranger = world.stranger.insecure_clone();
        world.chain.ok(&[initialize], &[&upgrader, &stranger]);
        world.set_rate(RATE, PRICE);
        world
    }

    pub fn initialize_ix(&self, terms: Terms, args: ConfigArgs) -> Instruction {
        ix::initialize(
            &self.chain.upgrade_authority.pubkey(),
            &self.stranger.pubkey(),
            &self.admin.pubkey(),
            terms,
            args,
        )
    }

    pub fn update(&mut self, change: impl FnOnce(&mut ConfigArgs)) {
        let mut args = ARGS;
        change(&mut args);
        let update = ix::update_config(&self.admin.pubkey(), args);
        let admin = self.admin.insecure_clone();
        self.chain.ok(&[update], &[&admin]);
    }

    pub fn pause(&mut self) {
        self.update(|args| args.paused = true);
    }

    pub fn set_rate(&mut self, rate: u64, price: u64) {
        let set = self.rate_ix(rate, price);
        let (admin, stranger) = (self.admin.insecure_clone(), self.stranger.insecure_clone());
        self.chain.ok(&[set], &[&admin, &stranger]);
    }

    pub fn rate_ix(&self, rate: u64, price: u64) -> Instruction {
        let (admin, payer) = (self.admin.pubkey(), self.stranger.pubkey());
        ix::set_rate(&admin, &payer, &self.mint.address, rate, price)
    }

    pub fn pass(&mut self, seconds: i64) {
        let now = self.chain.now() + seconds;
        self.chain.set_time(now);
        self.chain.warp_slots(1);
    }

    /// Sends what the stranger signs.
    pub fn crank(&mut self, instruction: Instruction) -> crate::Outcome {
        let stranger = self.stranger.insecure_clone();
        self.chain.ok(&[instruction], &[&stranger])
    }

    pub fn refused(&mut self, instruction: Instruction, error: reward::error::RewardError) {
        let stranger = self.stranger.insecure_clone();
        self.chain.refused(&[instruction], &[&stranger], error);
    }

    // Epochs and fees.

    /// Index of the epoch of now.
    pub fn index(&self) -> u32 {
        let config: reward::state::Config = self.chain.state(&pda::reward_config().0);
        math::epoch_at(config.starts_at, config.epoch_length, self.chain.now()).expect("an epoch")
    }

    /// Opens the epoch of now, unless it is open.
    pub fn open_epoch(&mut self) -> u32 {
        let index = self.index();
        let account = self.chain.svm.get_account(&pda::epoch(index).0);
        if account.is_none_or(|account| account.data.is_empty()) {
            let open = ix::open_epoch(&self.stranger.pubkey(), index);
            self.crank(open);
        }
        index
    }

    pub fn epoch(&self, index: u32) -> Epoch {
        self.chain.state(&pda::epoch(index).0)
    }

    pub fn emission(&self) -> Emission {
        self.chain.state(&pda::emission().0)
    }

    pub fn points(&self, owner: &Pubkey, index: u32) -> u64 {
        let points: Points = self.chain.state(&pda::points(owner, index).0);
        points.points
    }

    /// A settled, paid order of this fee.
    pub fn sale(&mut self, publisher: &Pubkey, buyer: &Pubkey, fee: u64) -> Sale {
        self.sale_with(publisher, buyer, fee, |_| ())
    }

    pub fn sale_with(
        &mut self,
        publisher: &Pubkey,
        buyer: &Pubkey,
        fee: u64,
        change: impl FnOnce(&mut Order),
    ) -> Sale {
        let mut order = Order::zeroed();
        let key = *self.chain.draw().first_chunk().expect("enough bytes");
        let (address, bump) = pda::order(buyer, &key);
        order.head.layout = escrow::constants::LAYOUT;
        order.head.bump = bump;
        order.head.mode = mode::ONE_TIME;
        order.head.state = state::SETTLED;
        order.head.key = key;
        order.head.buyer = *buyer;
        order.head.owner = *buyer;
        order.payee = *publisher;
        order.mint = self.mint.address;
        order.deposited = fee;
        order.fee_paid = fee;
        change(&mut order);
        self.chain.put_owned(address, ESCROW, to_bytes(&order));
        Sale {
            order: address,
            publisher: *publisher,
            buyer: order.head.owner,
        }
    }

    /// A sale between two new wallets.
    pub fn some_sale(&mut self, fee: u64) -> Sale {
        let (publisher, buyer) = (self.chain.actor().pubkey(), self.chain.actor().pubkey());
        self.sale(&publisher, &buyer, fee)
    }

    pub fn record_ix(&self, sale: &Sale, index: u32) -> Instruction {
        ix::record_fees(
            &self.stranger.pubkey(),
            &sale.order,
            &self.mint.address,
            &sale.publisher,
            &sale.buyer,
            index,
        )
    }

    /// Records a sale in the epoch of now.
    pub fn record(&mut self, sale: &Sale) -> u32 {
        let index = self.open_epoch();
        let record = self.record_ix(sale, index);
        self.crank(record);
        index
    }

    /// Ends the epoch of now and finishes it.
    pub fn finish(&mut self, index: u32) {
        let ends_at = self.epoch(index).ends_at;
        if self.chain.now() < ends_at {
            self.chain.set_time(ends_at);
        }
        self.crank(ix::finish_epoch(index));
    }

    pub fn claim_ix(&self, owner: &Pubkey, index: u32) -> Instruction {
        let stranger = self.stranger.pubkey();
        ix::claim(&stranger, owner, index, None, &stranger)
    }

    /// Claims for a wallet, and returns what that brought.
    pub fn claim(&mut self, owner: &Pubkey, index: u32) -> u64 {
        let account = self.token.associated(owner);
        if !self.chain.exists(&account) {
            let token = self.token;
            self.chain.token_account(&token, owner, 0);
        }
        let before = self.chain.balance(&account);
        let claim = self.claim_ix(owner, index);
        self.crank(claim);
        self.chain.balance(&account) - before
    }

    // Tokens and positions.

    /// A wallet with tokens, which count in the supply.
    pub fn holder(&mut self, amount: u64) -> Keypair {
        let holder = self.chain.actor();
        let token = self.token;
        self.chain.token_account(&token, &holder.pubkey(), amount);
        let supply = self.supply() + amount;
        self.chain.edit(&token.address, |data| {
            data[36..44].copy_from_slice(&supply.to_le_bytes());
        });
        holder
    }

    pub fn supply(&self) -> u64 {
        let mint = self.chain.svm.get_account(&self.token.address);
        let data = mint.expect("a mint").data;
        u64::from_le_bytes(*data[36..44].first_chunk().expect("enough bytes"))
    }

    pub fn held(&self, owner: &Pubkey) -> u64 {
        self.chain.balance(&self.token.associated(owner))
    }

    pub fn vault(&self) -> u64 {
        self.chain.balance(&pda::stake_vault().0)
    }

    pub fn stake(&self) -> Stake {
        self.chain.state(&pda::stake().0)
    }

    pub fn position(&self, owner: &Pubkey, id: u64) -> Position {
        self.chain.state(&pda::position(owner, id).0)
    }

    pub fn lock_ix(&self, owner: &Pubkey, id: u64, amount: u64) -> Instruction {
        let source = self.token.associated(owner);
        ix::lock(owner, owner, &source, id, amount)
    }

    pub fn lock(&mut self, owner: &Keypair, id: u64, amount: u64) -> Pubkey {
        let lock = self.lock_ix(&owner.pubkey(), id, amount);
        self.chain.ok(&[lock], &[owner]);
        pda::position(&owner.pubkey(), id).0
    }

    /// A new wallet's only tokens, all locked under id 0.
    pub fn validator(&mut self, amount: u64) -> Keypair {
        let owner = self.holder(amount);
        self.lock(&owner, 0, amount);
        owner
    }

    pub fn unlock(&mut self, owner: &Keypair, id: u64) {
        let unlock = ix::request_unlock(&owner.pubkey(), id);
        self.chain.ok(&[unlock], &[owner]);
    }

    pub fn withdraw_ix(&self, owner: &Pubkey, id: u64) -> Instruction {
        ix::withdraw_position(owner, id, &self.token.associated(owner), owner)
    }

    // Listings, attestations and what the dao says.

    /// A listing that was activated.
    pub fn listing(&mut self) -> Pubkey {
        let mut listing = Listing::zeroed();
        listing.layout = listing::constants::LAYOUT;
        listing.version = 3;
        listing.activated_slot = 1;
        listing.manifest_hash = self.chain.draw();
        let address = Pubkey::new_from_array(self.chain.draw());
        self.chain.put_owned(address, LISTING, to_bytes(&listing));
        address
    }

    pub fn attest_args(&self, listing: &Pubkey, verdict: u8, stake: u64) -> AttestArgs {
        let listing: Listing = self.chain.state(listing);
        AttestArgs {
            verdict,
            version: listing.version,
            manifest_hash: listing.manifest_hash,
            evidence_hash: [7; 32],
            stake,
        }
    }

    pub fn attest_ix(&self, owner: &Pubkey, listing: &Pubkey, args: AttestArgs) -> Instruction {
        ix::attest(owner, owner, 0, listing, args)
    }

    /// The position 0 of `owner` says that the listing's version is good.
    pub fn attest(&mut self, owner: &Keypair, listing: &Pubkey, stake: u64) -> Pubkey {
        let args = self.attest_args(listing, verdict::GOOD, stake);
        let attest = self.attest_ix(&owner.pubkey(), listing, args);
        self.chain.ok(&[attest], &[owner]);
        // It is slashed in a later slot.
        self.chain.warp_slots(1);
        pda::attestation(&pda::position(&owner.pubkey(), 0).0, listing, args.version).0
    }

    /// What a final ruling on the listing's version in force says.
    pub fn ruling(&self, listing: &Pubkey, number: u16, share: u8) -> DisputeHead {
        let state: Listing = self.chain.state(listing);
        DisputeHead {
            layout: 1,
            status: dispute_status::FINAL,
            share,
            number,
            subject: *listing,
            subject_hash: version_hash(state.version, &state.manifest_hash),
            ..DisputeHead::zeroed()
        }
    }

    pub fn put_dispute(&mut self, dispute: &DisputeHead) -> Pubkey {
        let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(dispute)].concat();
        let address = pda::dispute(&dispute.subject, dispute.number).0;
        self.chain.put_owned(address, DAO_ID, data);
        address
    }

    pub fn put_docket(&mut self, listing: &Pubkey, open: u16, ended_at: i64) {
        let docket = DocketHead {
            layout: 1,
            disputes: open + 1,
            open,
            ended_at,
            subject: *listing,
            ..DocketHead::zeroed()
        };
        let data = [&DOCKET_DISCRIMINATOR[..], bytemuck::bytes_of(&docket)].concat();
        self.chain.put_owned(pda::docket(listing).0, DAO_ID, data);
    }

    /// What slashes the attestation of `owner`'s position 0, to the stranger's account.
    pub fn slash_ix(&mut self, owner: &Pubkey, listing: &Pubkey, number: u16) -> Instruction {
        let stranger = self.stranger.pubkey();
        let destination = self.token.associated(&stranger);
        if !self.chain.exists(&destination) {
            let token = self.token;
            self.chain.token_account(&token, &stranger, 0);
        }
        let position = pda::position(owner, 0).0;
        ix::slash_attestation(&position, listing, 3, number, &destination, owner)
    }

    pub fn close_attestation_ix(&self, owner: &Pubkey, listing: &Pubkey) -> Instruction {
        let position = pda::position(owner, 0).0;
        ix::close_attestation(&self.stranger.pubkey(), &position, listing, 3, owner)
    }
}

/// Sends lamports.
pub fn lamports(from: &Pubkey, to: &Pubkey) -> Instruction {
    let mut data = vec![2, 0, 0, 0];
    data.extend(10_000_000u64.to_le_bytes());
    Instruction {
        program_id: SYSTEM,
        accounts: vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)],
        data,
    }
}

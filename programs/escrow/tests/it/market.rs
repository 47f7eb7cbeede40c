//! Both programs together: listings that the listing program keeps, orders that escrow keeps.

use escrow::{instructions::ConfigArgs, opening::OpenArgs, state::Order};
use listing::state::{Listing, RoyaltyTable};
use pedigree_sdk::{
    instructions::{escrow as ix, listing::Forwarding},
    pda,
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{Chain, Mint, Program, TokenProgram};

use crate::world::{
    ARBITRATION, BOND_PPM, BUDGET, DELIVERY_WINDOW, DISPUTE_WINDOW, FEE_PPM, VALIDITY,
};

pub struct Market {
    pub chain: Chain,
    pub mint: Mint,
    /// Of escrow's settings.
    pub admin: Keypair,
    pub treasurer: Keypair,
}

impl Market {
    pub fn new(program: TokenProgram, seed: u64) -> Self {
        let mut chain = Chain::new(&[Program::Listing, Program::Escrow], seed);
        let mint = chain.mint(program);
        chain.init_listing();
        let (admin, treasurer) = (chain.actor(), chain.actor());
        let upgrade = chain.upgrade_authority.insecure_clone();
        let mut market = Self {
            chain,
            mint,
            admin,
            treasurer,
        };
        let (key, payer) = (market.admin.pubkey(), upgrade.pubkey());
        let args = market.config_args();
        let initialize = ix::initialize(&payer, &payer, &key, [5; 32], args);
        market.chain.ok(&[initialize], &[&upgrade]);
        let allow = ix::allow_mint(&key, &key, &mint.address, &mint.program, u64::MAX);
        market.chain.ok(&[allow], &[&market.admin]);
        market
    }

    pub fn config_args(&self) -> ConfigArgs {
        ConfigArgs {
            paused: false,
            allow_unclaimed: false,
            fee_ppm: FEE_PPM,
            delivery_window: DELIVERY_WINDOW,
            dispute_window: DISPUTE_WINDOW,
            arbitration_period: ARBITRATION,
            bond_ppm: BOND_PPM,
            treasury: self.treasurer.pubkey(),
            pending_authority: Pubkey::default(),
        }
    }

    /// A wallet with money.
    pub fn rich(&mut self) -> Keypair {
        let (wallet, mint) = (self.chain.actor(), self.mint);
        self.chain.token_account(&mint, &wallet.pubkey(), BUDGET);
        wallet
    }

    /// A listing on sale at a price, with these parents (address, ppm) and the pool for their royalties.
    pub fn on_sale(&mut self, owner: &Keypair, price: u64, parents: &[(Pubkey, u32)]) -> Pubkey {
        let (mint, mut args) = (self.mint, self.chain.register_args());
        args.terms = vec![self.chain.one_time_term(&mint, price)];
        let listing = self.chain.active(owner, &args, parents);
        if !parents.is_empty() {
            self.chain.open_pool(&listing, &mint);
        }
        listing
    }

    pub fn listing(&self, address: &Pubkey) -> Listing {
        self.chain.state(address)
    }

    /// An order of what is to be seen of a listing now, under a new key; `None` where it has no price.
    pub fn open_ix(
        &mut self,
        buyer: &Pubkey,
        listing: &Pubkey,
        quantity: u64,
    ) -> Option<(Instruction, Pubkey)> {
        let state = self.listing(listing);
        let term = state.terms[..usize::from(state.terms_len)].first()?;
        let mut key = [0; 16];
        key.copy_from_slice(&self.chain.draw()[..16]);
        let args = OpenArgs {
            key,
            valid_until: self.chain.now() + VALIDITY,
            quantity,
            price: term.price,
            max_total: u64::MAX,
            version: state.version,
            term: 0,
            mode: term.mode,
            unit: term.unit,
            delivery_window: DELIVERY_WINDOW,
            dispute_window: DISPUTE_WINDOW,
            arbitration_period: ARBITRATION,
            bond_ppm: BOND_PPM,
            period: 0,
            ends_at: 0,
            manifest_hash: state.manifest_hash,
            buyer_key: [0; 32],
        };
        let params = ix::OpenOrder {
            buyer: *buyer,
            payer: None,
            listing: *listing,
            royalty_generation: (state.royalty_ppm > 0).then_some(state.generation),
            mint: self.mint.address,
            token_program: self.mint.program,
            source: self.mint.associated(buyer),
            session: None,
        };
        Some((ix::open_order(&params, args), pda::order(buyer, &key).0))
    }

    pub fn deliver_ix(&self, seller: &Pubkey, order: &Pubkey) -> Instruction {
        let listing = self.order(order).head.listing;
        ix::deliver(seller, &listing, order, [9; 32], [0; 80])
    }

    pub fn order(&self, address: &Pubkey) -> Order {
        self.chain.state(address)
    }

    /// The call that forwards an entry of a listing's table to whom it is due.
    pub fn forwarding(&self, listing: &Pubkey, index: u8) -> Forwarding {
        let table: RoyaltyTable = self.chain.state(&pda::royalties(listing, 0).0);
        let parent = self.listing(&table.entries[usize::from(index)].parent);
        let payout = self.mint.associated(&parent.payout);
        self.chain.forwarding(listing, &self.mint, index, payout)
    }

    /// Base units in a listing's pool.
    pub fn pooled(&self, listing: &Pubkey) -> u64 {
        let pool = pda::pool(listing, 0, &self.mint.address).0;
        self.chain.balance(&pool)
    }

    /// Every base unit that there is.
    pub fn supply(&self) -> u64 {
        let accounts = self.chain.svm.get_program_accounts(&self.mint.program);
        let amounts = accounts
            .iter()
            .map(|(address, _)| self.chain.balance(address));
        amounts.sum()
    }
}

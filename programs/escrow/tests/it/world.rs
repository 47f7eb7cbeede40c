//! A network with one seller, one buyer, and all between them.

use std::collections::BTreeMap;

use anchor_lang::bytemuck::Zeroable;
use common::receipt::mode;
use escrow::{error::EscrowError, instructions::ConfigArgs, opening::OpenArgs, state::Order};
use listing::state::{Listing, PoolLedger, PriceTerm, status};
use pedigree_sdk::{
    accounts::to_bytes,
    instructions::escrow as ix,
    pda,
    programs::{LISTING, SYSTEM},
};
use solana_keypair::Keypair;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use solana_signer::Signer;
use testkit::{Chain, Mint, Outcome, Program, TokenProgram};

/// What one unit of the listing's term is.
pub const UNIT: [u8; 32] = [b'u'; 32];
/// Mode and period of each of its terms: the index is the mode's number less one.
pub const MODES: [(u8, u32); 4] = [
    (mode::ONE_TIME, 0),
    (mode::METERED, 0),
    (mode::SUBSCRIPTION, 86_400),
    (mode::LEASE, 600),
];
pub const ARBITRATION: u32 = 30 * 24 * 60 * 60;
pub const BOND_PPM: u32 = 50_000;
pub const FEE_PPM: u32 = 25_000;
pub const ROYALTY_PPM: u32 = 100_000;
pub const DELIVERY_WINDOW: u32 = 3_600;
pub const DISPUTE_WINDOW: u32 = 7_200;
pub const PRICE: u64 = 1_000_003;
pub const QUANTITY: u64 = 3;
pub const TOTAL: u64 = PRICE * QUANTITY;
pub const MAX_DEPOSIT: u64 = 1_000_000_000;
pub const BUDGET: u64 = 10_000_000_000;
/// Seconds that an order's key stays taken, as these tests ask for it.
pub const VALIDITY: i64 = 24 * 60 * 60;
pub const CONTENT: [u8; 32] = [9; 32];
pub const DELIVERY_KEY: [u8; 32] = [7; 32];
pub const SEALED_KEY: [u8; 80] = [8; 80];

/// A spending session and its key.
pub struct OpenSession {
    pub address: Pubkey,
    pub vault: Pubkey,
    pub key: Keypair,
}

pub struct World {
    pub chain: Chain,
    pub admin: Keypair,
    /// Runs the reward program's settings, where there is one.
    pub curator: Keypair,
    /// Fees are withdrawn to its token account.
    pub treasurer: Keypair,
    pub seller: Keypair,
    pub operator: Keypair,
    /// The listing's payout wallet.
    pub payee: Keypair,
    pub buyer: Keypair,
    pub stranger: Keypair,
    pub mint: Mint,
    pub listing: Pubkey,
    pub buyer_account: Pubkey,
    pub payee_account: Pubkey,
    pub treasury: Pubkey,
    pub pool: Pubkey,
    /// Buys in the buyer's name, where there is one.
    pub session: Option<OpenSession>,
    donated: BTreeMap<Pubkey, u64>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self::of(TokenProgram::Classic, seed)
    }

    pub fn of(program: TokenProgram, seed: u64) -> Self {
        let mut chain = Chain::new(&[Program::Escrow], seed);
        let mint = chain.mint(program);
        Self::with(chain, mint)
    }

    /// With a Token-2022 mint that carries its own metadata.
    pub fn with_metadata(seed: u64) -> Self {
        let mut chain = Chain::new(&[Program::Escrow], seed);
        let mint = chain.extended_mint(&[(18, vec![1; 64]), (19, vec![1; 100])]);
        Self::with(chain, mint)
    }

    /// On a network that asks for so many lamports per byte.
    pub fn at_rent(lamports_per_byte: u64, seed: u64) -> Self {
        let mut chain = Chain::new(&[Program::Escrow], seed);
        chain.set_rent(lamports_per_byte);
        let mint = chain.mint(TokenProgram::Classic);
        Self::with(chain, mint)
    }

    /// With the reward program, a rate for the mint, and the epoch of now open.
    pub fn rewarded(seed: u64) -> Self {
        let mut chain = Chain::new(&[Program::Escrow, Program::Reward], seed);
        let mint = chain.mint(TokenProgram::Classic);
        let mut world = Self::with(chain, mint);
        world.curator = world.chain.init_reward(&mint);
        world.chain.open_epoch();
        world
    }

    fn with(mut chain: Chain, mint: Mint) -> Self {
        let [admin, treasurer, seller, operator, payee, buyer, stranger] =
            std::array::from_fn(|_| chain.actor());
        let listing = Pubkey::new_from_array(chain.draw());
        let mut world = Self {
            curator: admin.insecure_clone(),
            buyer_account: chain.token_account(&mint, &buyer.pubkey(), BUDGET),
            payee_account: chain.token_account(&mint, &payee.pubkey(), 0),
            treasury: pda::treasury(&mint.address).0,
            pool: pda::pool(&listing, 0, &mint.address).0,
            admin,
            treasurer,
            seller,
            operator,
            payee,
            buyer,
            stranger,
            mint,
            listing,
            chain,
            session: None,
            donated: BTreeMap::new(),
        };
        world.put_listing();
        world.put_pool();
        world.initialize();
        world.allow_mint();
        world
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

    fn initialize(&mut self) {
        let authority = self.chain.upgrade_authority.insecure_clone();
        let (payer, admin) = (self.stranger.pubkey(), self.admin.pubkey());
        let initialize = ix::initialize(
            &authority.pubkey(),
            &payer,
            &admin,
            [5; 32],
            self.config_args(),
        );
        self.chain.ok(&[initialize], &[&authority, &self.stranger]);
    }

    fn allow_mint(&mut self) {
        let (admin, mint) = (self.admin.pubkey(), self.mint);
        let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, MAX_DEPOSIT);
        self.chain.ok(&[allow], &[&self.admin]);
    }

    pub fn update_config(&mut self, change: impl FnOnce(&mut ConfigArgs)) -> Outcome {
        let mut args = self.config_args();
        change(&mut args);
        self.chain.ok(
            &[ix::update_config(&self.admin.pubkey(), args)],
            &[&self.admin],
        )
    }

    /// An active listing with a term of each mode, as the listing program would keep it.
    fn put_listing(&mut self) {
        let mut listing = Listing::zeroed();
        listing.layout = listing::constants::LAYOUT;
        listing.status = status::ACTIVE;
        listing.claimed = 1;
        listing.version = 4;
        listing.royalty_parents = 1;
        listing.royalty_ppm = ROYALTY_PPM;
        listing.authority = self.seller.pubkey();
        listing.operator = self.operator.pubkey();
        listing.payout = self.payee.pubkey();
        listing.manifest_hash = [3; 32];
        listing.content_hash = CONTENT;
        listing.terms_len = 4;
        for (term, (mode, period)) in listing.terms.iter_mut().zip(MODES) {
            *term = PriceTerm {
                mode,
                decimals: self.mint.decimals,
                reserved: [0; 2],
                period,
                price: PRICE,
                capacity: 10,
                mint: self.mint.address,
                unit: UNIT,
            };
        }
        self.chain
            .put_owned(self.listing, LISTING, to_bytes(&listing));
    }

    /// Changes the listing, as its owner might through the listing program.
    pub fn edit_listing(&mut self, change: impl FnOnce(&mut Listing)) {
        self.chain.edit_state(&self.listing, change);
    }

    fn put_pool(&mut self) {
        let (address, bump) = pda::ledger(&self.listing, 0, &self.mint.address);
        let mut ledger = PoolLedger::zeroed();
        ledger.layout = listing::constants::LAYOUT;
        ledger.bump = bump;
        ledger.listing = self.listing;
        ledger.mint = self.mint.address;
        ledger.token_program = self.mint.program;
        ledger.pool = self.pool;
        self.chain.put_owned(address, LISTING, to_bytes(&ledger));
        self.chain
            .put_token_account(self.pool, &self.mint, &address, 0);
    }

    pub fn ledger(&self) -> Pubkey {
        pda::ledger(&self.listing, 0, &self.mint.address).0
    }

    /// Arguments for a new order, under a key not used before.
    pub fn args(&mut self) -> OpenArgs {
        let mut key = [0; 16];
        key.copy_from_slice(&self.chain.draw()[..16]);
        OpenArgs {
            key,
            valid_until: self.chain.now() + VALIDITY,
            quantity: QUANTITY,
            price: PRICE,
            max_total: TOTAL,
            version: 4,
            term: 0,
            mode: mode::ONE_TIME,
            unit: UNIT,
            delivery_window: DELIVERY_WINDOW,
            dispute_window: DISPUTE_WINDOW,
            arbitration_period: ARBITRATION,
            bond_ppm: BOND_PPM,
            period: 0,
            ends_at: 0,
            manifest_hash: [3; 32],
            buyer_key: DELIVERY_KEY,
        }
    }

    pub fn open_params(&self) -> ix::OpenOrder {
        let session = self.session.as_ref();
        ix::OpenOrder {
            buyer: self.spender().pubkey(),
            payer: None,
            listing: self.listing,
            royalty_generation: Some(0),
            mint: self.mint.address,
            token_program: self.mint.program,
            source: session.map_or(self.buyer_account, |session| session.vault),
            session: session.map(|session| session.address),
        }
    }

    /// Who signs for what is bought: the buyer, or its session's key.
    pub fn spender(&self) -> Keypair {
        let session = self.session.as_ref();
        session
            .map_or(&self.buyer, |session| &session.key)
            .insecure_clone()
    }

    pub fn open_ix(&self, args: OpenArgs) -> Instruction {
        ix::open_order(&self.open_params(), args)
    }

    /// Opens an order; returns its address.
    pub fn open(&mut self) -> Pubkey {
        let args = self.args();
        self.open_with(args)
    }

    /// Opens an order with these arguments; returns its address.
    pub fn open_with(&mut self, args: OpenArgs) -> Pubkey {
        let open = self.open_ix(args);
        self.chain.ok(&[open], &[&self.spender()]);
        self.open_params().address(&args.key)
    }

    pub fn deliver_ix(&self, order: &Pubkey) -> Instruction {
        ix::deliver(
            &self.operator.pubkey(),
            &self.listing,
            order,
            CONTENT,
            SEALED_KEY,
        )
    }

    pub fn deliver(&mut self, order: &Pubkey) -> Outcome {
        self.chain.ok(&[self.deliver_ix(order)], &[&self.operator])
    }

    /// An order that was delivered.
    pub fn delivered(&mut self) -> Pubkey {
        let order = self.open();
        self.deliver(&order);
        order
    }

    /// An order that was settled and paid: a receipt.
    pub fn settled(&mut self) -> Pubkey {
        let order = self.delivered();
        self.accept(&order);
        order
    }

    pub fn settle_ix(&self, cranker: &Keypair, order: &Pubkey) -> Instruction {
        ix::settle(&cranker.pubkey(), order, &self.order(order))
    }

    /// What the owner signs to accept.
    pub fn accept_ix(&self, order: &Pubkey) -> Instruction {
        ix::accept(&self.buyer.pubkey(), order, &self.order(order))
    }

    /// The buyer accepts.
    pub fn accept(&mut self, order: &Pubkey) -> Outcome {
        let accept = self.accept_ix(order);
        self.chain.ok(&[accept], &[&self.buyer])
    }

    pub fn refund_ix(&self, cranker: &Keypair, order: &Pubkey) -> Instruction {
        ix::refund(&cranker.pubkey(), order, &self.order(order))
    }

    pub fn seller_refund_ix(
        &self,
        seller: &Keypair,
        order: &Pubkey,
        amount: Option<u64>,
    ) -> Instruction {
        ix::refund_by_seller(&seller.pubkey(), order, &self.order(order), amount)
    }

    /// A stranger refunds, after the deadline.
    pub fn refunded(&mut self) -> Pubkey {
        let order = self.open();
        self.chain.set_time(self.order(&order).deliver_by + 1);
        let refund = self.refund_ix(&self.stranger, &order);
        self.chain.ok(&[refund], &[&self.stranger]);
        order
    }

    pub fn withdraw_ix(&self, order: &Pubkey) -> Instruction {
        ix::withdraw(&self.stranger.pubkey(), order, &self.order(order), None)
    }

    pub fn withdraw(&mut self, order: &Pubkey) -> Outcome {
        let withdraw = self.withdraw_ix(order);
        self.chain.ok(&[withdraw], &[&self.stranger])
    }

    pub fn close_ix(&self, closer: &Keypair, order: &Pubkey) -> Instruction {
        ix::close_order(&closer.pubkey(), order, &self.order(order))
    }

    /// Records an order's fee in the epoch of now; the stranger signs.
    pub fn record_ix(&self, order: &Pubkey) -> Instruction {
        let epoch = self.chain.epoch();
        ix::record_fees(&self.stranger.pubkey(), order, &self.order(order), epoch)
    }

    pub fn record(&mut self, order: &Pubkey) -> Outcome {
        let record = self.record_ix(order);
        self.chain.ok(&[record], &[&self.stranger])
    }

    pub fn order(&self, address: &Pubkey) -> Order {
        self.chain.state(address)
    }

    pub fn vault(&self, order: &Pubkey) -> Pubkey {
        pda::vault(order, &self.mint.program)
    }

    /// A stranger sends base units to the vault.
    pub fn donate(&mut self, order: &Pubkey, amount: u64) {
        self.chain.deposit(&self.vault(order), amount);
        *self.donated.entry(*order).or_default() += amount;
    }

    /// Base units in the vault, against the order's own ledger.
    #[track_caller]
    pub fn assert_conserved(&self, address: &Pubkey) {
        let order = self.order(address);
        let held =
            order.deposited - order.paid - order.fee_paid - order.royalty_paid - order.refunded;
        let vault = self.vault(address);
        let donated = self
            .donated
            .get(address)
            .filter(|_| self.chain.exists(&vault))
            .copied();
        assert_eq!(
            self.chain.balance(&vault),
            held + order.bonds().unwrap() + donated.unwrap_or(0),
            "{order:#?}"
        );
    }
}

/// Lamports from a wallet.
pub fn transfer(from: &Pubkey, to: &Pubkey, lamports: u64) -> Instruction {
    let mut data = vec![2, 0, 0, 0];
    data.extend(lamports.to_le_bytes());
    let accounts = vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)];
    Instruction {
        program_id: SYSTEM,
        accounts,
        data,
    }
}

/// Opening an order with these changes is refused with this error.
#[track_caller]
pub fn refused(
    change: impl FnOnce(&mut World, &mut OpenArgs, &mut ix::OpenOrder),
    error: EscrowError,
) {
    let mut world = World::new(1);
    let mut args = world.args();
    let mut params = world.open_params();
    change(&mut world, &mut args, &mut params);
    let open = ix::open_order(&params, args);
    world.chain.refused(&[open], &[&world.buyer], error);
}

/// The instruction with another account in the place of one.
pub fn swap(mut instruction: Instruction, from: &Pubkey, to: Pubkey) -> Instruction {
    let mut found = false;
    for meta in instruction
        .accounts
        .iter_mut()
        .filter(|meta| meta.pubkey == *from)
    {
        meta.pubkey = to;
        found = true;
    }
    assert!(found, "{from} is not in the instruction");
    instruction
}

//! One market per seed, in which every instruction has its turn.

use common::receipt::mode;
use escrow::{instructions::ConfigArgs, opening::OpenArgs, state::Order};
use listing::state::Listing;
use pedigree_sdk::{
    instructions::{
        escrow as buying,
        listing::{self as listing_ix, VersionArgs},
    },
    pda,
};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Chain, Mint, Program, TokenProgram, listings};

use super::{Meter, shop::Shop};

pub(crate) const PRICE: u64 = 1_000_003;
const QUANTITY: u64 = 3;
pub(crate) const DAY: i64 = 24 * 60 * 60;
/// Seconds for delivery, for a dispute, and for a ruling.
const DELIVERY: u32 = 3_600;
pub(crate) const WINDOW: i64 = 7_200;
pub(crate) const ARBITRATION: i64 = 30 * DAY;
pub(crate) const CONTENT: [u8; 32] = [9; 32];
/// The network's genesis hash.
pub(crate) const GENESIS: [u8; 32] = [5; 32];

pub struct Market {
    pub(crate) chain: Chain,
    pub(crate) mint: Mint,
    pub(crate) admin: Keypair,
    pub(crate) publishers: [Keypair; 3],
    pub(crate) buyer: Keypair,
    pub(crate) stranger: Keypair,
    treasurer: Keypair,
}

impl Market {
    pub fn new(seed: u64) -> Self {
        let programs = [Program::Listing, Program::Escrow, Program::Reward];
        let mut chain = Chain::new(&programs, seed);
        Self {
            mint: chain.mint(TokenProgram::Classic),
            admin: chain.actor(),
            publishers: std::array::from_fn(|_| chain.actor()),
            buyer: chain.actor(),
            stranger: chain.actor(),
            treasurer: chain.actor(),
            chain,
        }
    }

    /// Lists three generations, sells the youngest, and lets the royalties climb.
    pub fn trade(&mut self, meter: &mut Meter) {
        self.configure(meter);
        let lineage = self.list(meter);
        self.sell(meter, &lineage[2]);
        let mut shop = Shop {
            market: self,
            meter,
            listing: lineage[2],
        };
        shop.trade();
        self.climb(meter, &lineage);
        self.discard(meter, [&lineage[0], &lineage[1]]);
        self.manage(meter, &lineage[0]);
        self.hand_over(meter);
        self.prove_and_reclaim(meter, &lineage);
    }

    /// What the reward program and the dao have to do with a sale, in a market of its own: the rows of trade are of the same
    /// addresses with it as without.
    pub fn judge(&mut self, meter: &mut Meter) {
        let mut unread = Meter::default();
        self.configure(&mut unread);
        let lineage = self.list(&mut unread);
        let sold = self.sell(&mut unread, &lineage[2]);
        self.record(meter, &sold);
        self.rule(meter);
    }

    fn configure(&mut self, meter: &mut Meter) {
        let upgrader = self.chain.upgrade_authority.insecure_clone();
        let (payer, admin) = (self.stranger.pubkey(), self.admin.pubkey());
        let initialize = listing_ix::initialize(upgrader.pubkey(), payer, admin);
        meter.call(
            &mut self.chain,
            ("listing", "initialize"),
            initialize,
            &[&upgrader, &self.stranger],
        );
        let args = self.config_args();
        let initialize = buying::initialize(&upgrader.pubkey(), &payer, &admin, GENESIS, args);
        meter.call(
            &mut self.chain,
            ("escrow", "initialize"),
            initialize,
            &[&upgrader, &self.stranger],
        );
        let allow = buying::allow_mint(
            &admin,
            &admin,
            &self.mint.address,
            &self.mint.program,
            1_000_000_000,
        );
        meter.call(
            &mut self.chain,
            ("escrow", "allow_mint"),
            allow,
            &[&self.admin],
        );
    }

    pub(crate) fn config_args(&self) -> ConfigArgs {
        ConfigArgs {
            paused: false,
            allow_unclaimed: false,
            fee_ppm: 25_000,
            delivery_window: DELIVERY,
            dispute_window: WINDOW as u32,
            arbitration_period: ARBITRATION as u32,
            bond_ppm: 50_000,
            treasury: self.treasurer.pubkey(),
            pending_authority: Pubkey::default(),
        }
    }

    /// Addresses from the oldest to the youngest; each owes its parent royalties.
    fn list(&mut self, meter: &mut Meter) -> [Pubkey; 3] {
        let mut lineage = [Pubkey::default(); 3];
        for index in 0..lineage.len() {
            let publisher = self.publishers[index].insecure_clone();
            let key = publisher.pubkey();
            let profile =
                listing_ix::set_profile(key, key, "Aurora Labs", "https://aurora.example");
            meter.call(
                &mut self.chain,
                ("listing", "set_profile"),
                profile,
                &[&publisher],
            );
            let args = self.chain.register_args();
            let listing = pda::listing(&key, &args.key).0;
            let register = listings::register(&publisher, &args);
            meter.call(
                &mut self.chain,
                ("listing", "register"),
                register,
                &[&publisher],
            );
            if let Some(parent) = index.checked_sub(1).map(|parent| lineage[parent]) {
                let edge = listings::edge(&publisher, listing, parent, 100_000);
                meter.call(
                    &mut self.chain,
                    ("listing", "add_edge, first royalty"),
                    edge,
                    &[&publisher],
                );
            }
            if index == 2 {
                let edge = listings::edge(&publisher, listing, lineage[0], 0);
                meter.call(
                    &mut self.chain,
                    ("listing", "add_edge"),
                    edge,
                    &[&publisher],
                );
                let term = self.chain.one_time_term(&self.mint, PRICE);
                let update = listing_ix::update_terms(key, listing, vec![term]);
                meter.call(
                    &mut self.chain,
                    ("listing", "update_terms"),
                    update,
                    &[&publisher],
                );
            }
            let activate = listing_ix::activate(key, listing);
            meter.call(
                &mut self.chain,
                ("listing", "activate"),
                activate,
                &[&publisher],
            );
            if index > 0 {
                let open =
                    listing_ix::open_pool(key, listing, 0, self.mint.address, self.mint.program);
                meter.call(
                    &mut self.chain,
                    ("listing", "open_pool"),
                    open,
                    &[&publisher],
                );
            }
            lineage[index] = listing;
        }
        lineage
    }

    /// Returns an order that was settled.
    fn sell(&mut self, meter: &mut Meter, listing: &Pubkey) -> Pubkey {
        let seller = self.publishers[2].insecure_clone();
        let buyer = self.buyer.insecure_clone();
        self.chain
            .token_account(&self.mint, &buyer.pubkey(), 10_000_000_000);
        let payee = self.chain.token_account(&self.mint, &seller.pubkey(), 0);

        let sold = self.open(meter, listing);
        let deliver = buying::deliver(&seller.pubkey(), listing, &sold, CONTENT, [8; 80]);
        meter.call(&mut self.chain, ("escrow", "deliver"), deliver, &[&seller]);
        let order: Order = self.chain.state(&sold);
        let settle = buying::accept(&buyer.pubkey(), &sold, &order);
        meter.call(&mut self.chain, ("escrow", "settle"), settle, &[&buyer]);
        self.review(meter, &sold);

        // The payee's account is frozen for a while: its part waits.
        let waiting = self.open(meter, listing);
        let deliver = buying::deliver(&seller.pubkey(), listing, &waiting, CONTENT, [8; 80]);
        self.chain.ok(&[deliver], &[&seller]);
        self.chain.set_frozen(&payee, true);
        let order: Order = self.chain.state(&waiting);
        let settle = buying::accept(&buyer.pubkey(), &waiting, &order);
        self.chain.ok(&[settle], &[&buyer]);
        self.chain.set_frozen(&payee, false);
        let order: Order = self.chain.state(&waiting);
        let withdraw = buying::withdraw(&buyer.pubkey(), &waiting, &order, None);
        meter.call(&mut self.chain, ("escrow", "withdraw"), withdraw, &[&buyer]);

        let returned = self.open(meter, listing);
        let order: Order = self.chain.state(&returned);
        let refund = buying::refund_by_seller(&seller.pubkey(), &returned, &order, None);
        meter.call(&mut self.chain, ("escrow", "refund"), refund, &[&seller]);
        let order: Order = self.chain.state(&returned);
        self.chain.set_time(order.valid_until + 1);
        let close = buying::close_order(&buyer.pubkey(), &returned, &order);
        meter.call(&mut self.chain, ("escrow", "close_order"), close, &[&buyer]);

        let treasurer = self.treasurer.pubkey();
        self.chain.token_account(&self.mint, &treasurer, 0);
        let withdraw =
            buying::withdraw_treasury(&self.mint.address, &self.mint.program, &treasurer);
        meter.call(
            &mut self.chain,
            ("escrow", "withdraw_treasury"),
            withdraw,
            &[],
        );
        sold
    }

    /// What a buyer of a listing's first term sees.
    pub(crate) fn seen(&mut self, state: &Listing) -> OpenArgs {
        let mut key = [0; 16];
        key.copy_from_slice(&self.chain.draw()[..16]);
        let price = state.terms[0].price;
        OpenArgs {
            key,
            valid_until: self.chain.now() + DAY,
            quantity: QUANTITY,
            price,
            max_total: price * QUANTITY,
            version: state.version,
            term: 0,
            // Without terms it is free, and one-time.
            mode: state.terms[0].mode.max(mode::ONE_TIME),
            unit: state.terms[0].unit,
            delivery_window: DELIVERY,
            dispute_window: WINDOW as u32,
            arbitration_period: ARBITRATION as u32,
            bond_ppm: 50_000,
            period: 0,
            ends_at: 0,
            manifest_hash: state.manifest_hash,
            buyer_key: [7; 32],
        }
    }

    /// The buyer, out of its associated token account.
    pub(crate) fn buying(&self, listing: &Pubkey) -> buying::OpenOrder {
        let buyer = self.buyer.pubkey();
        buying::OpenOrder {
            buyer,
            payer: None,
            listing: *listing,
            royalty_generation: Some(self.chain.state::<Listing>(listing).generation),
            mint: self.mint.address,
            token_program: self.mint.program,
            source: self.mint.associated(&buyer),
            session: None,
        }
    }

    fn open(&mut self, meter: &mut Meter, listing: &Pubkey) -> Pubkey {
        let state: Listing = self.chain.state(listing);
        let args = self.seen(&state);
        let open = buying::open_order(&self.buying(listing), args);
        let buyer = self.buyer.insecure_clone();
        meter.call(&mut self.chain, ("escrow", "open_order"), open, &[&buyer]);
        pda::order(&buyer.pubkey(), &args.key).0
    }

    fn climb(&mut self, meter: &mut Meter, lineage: &[Pubkey; 3]) {
        for child in [2, 1] {
            let owner = self.publishers[child - 1].pubkey();
            let payout = self.chain.token_account(&self.mint, &owner, 0);
            let forwarding = self
                .chain
                .forwarding(&lineage[child], &self.mint, 0, payout);
            // The younger one pays a parent that passes a part on.
            let name = if child == 2 {
                "forward"
            } else {
                "forward, to the root"
            };
            meter.call(
                &mut self.chain,
                ("listing", name),
                listing_ix::forward(forwarding),
                &[],
            );
        }
    }

    fn manage(&mut self, meter: &mut Meter, listing: &Pubkey) {
        let owner = self.publishers[0].insecure_clone();
        let key = owner.pubkey();
        let grantee = self.stranger.pubkey();
        let expiry = self.chain.now() + DAY;
        let version = VersionArgs {
            manifest_hash: self.chain.draw(),
            content_hash: Some([1; 32]),
            uri: "cas:sha256".to_owned(),
        };
        let calls = [
            (
                "set_operator",
                listing_ix::set_operator(key, *listing, grantee),
            ),
            ("set_payout", listing_ix::set_payout(key, *listing, key)),
            (
                "grant_license",
                listing_ix::grant_license(key, key, *listing, grantee, expiry),
            ),
            (
                "revoke_license",
                listing_ix::revoke_license(key, *listing, &grantee),
            ),
            (
                "publish_version",
                listing_ix::publish_version(key, *listing, version),
            ),
            ("pause", listing_ix::pause(key, *listing)),
            ("resume", listing_ix::resume(key, *listing)),
            (
                "propose_authority",
                listing_ix::propose_authority(key, *listing, grantee),
            ),
        ];
        for (name, instruction) in calls {
            meter.call(&mut self.chain, ("listing", name), instruction, &[&owner]);
        }
        let stranger = self.stranger.insecure_clone();
        for (name, instruction) in [
            (
                "accept_authority",
                listing_ix::accept_authority(grantee, *listing),
            ),
            ("retire", listing_ix::retire(grantee, *listing)),
        ] {
            meter.call(
                &mut self.chain,
                ("listing", name),
                instruction,
                &[&stranger],
            );
        }
    }
}

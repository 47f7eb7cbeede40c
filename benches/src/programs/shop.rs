//! Orders of every mode at one listing, from opening to their end.

use common::receipt::mode;
use escrow::{opening::OpenArgs, state::Order};
use listing::state::Listing;
use pedigree_sdk::{
    instructions::{
        escrow as buying,
        listing::{self as listing_ix, TermArgs},
    },
    pda,
    voucher::{self, Voucher},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use super::{
    Meter,
    market::{GENESIS, Market, PRICE, WINDOW},
};

/// Seconds that a unit of a subscription and of a lease lasts.
const PERIOD: i64 = 86_400;
const INTERVAL: i64 = 600;
/// Leases in the largest batch of heartbeats.
const BATCH: usize = 20;

/// Counter of a market: what is sold and bought there.
pub struct Shop<'a> {
    pub(crate) market: &'a mut Market,
    pub(crate) meter: &'a mut Meter,
    pub(crate) listing: Pubkey,
}

impl Shop<'_> {
    /// Orders of every mode, by wallets and by sessions, undisputed and disputed.
    pub fn trade(&mut self) {
        self.set_prices();
        self.serve();
        self.subscribe();
        self.lease();
        self.spend();
        self.dispute();
    }

    /// A term of each mode, whose number is its index plus one.
    fn set_prices(&mut self) {
        let term = |mode, period: i64| TermArgs {
            mode,
            period: period as u32,
            ..self.market.chain.one_time_term(&self.market.mint, PRICE)
        };
        let terms = vec![
            term(mode::ONE_TIME, 0),
            term(mode::METERED, 0),
            term(mode::SUBSCRIPTION, PERIOD),
            term(mode::LEASE, INTERVAL),
        ];
        let seller = self.seller();
        let update = listing_ix::update_terms(seller.pubkey(), self.listing, terms);
        let row = ("listing", "update_terms, four");
        self.meter
            .call(&mut self.market.chain, row, update, &[&seller]);
    }

    /// Metered orders: topped up, paid by vouchers, ended by either side.
    fn serve(&mut self) {
        let (buyer, seller) = (self.buyer(), self.seller());
        let order = self.open("open_order, metered", mode::METERED);
        let state = self.order(&order);
        let top_up = buying::top_up(&buyer.pubkey(), &order, &state, &state.source, None, PRICE);
        self.call("top_up", top_up, &buyer);
        self.redeem("redeem", &[(order, 1)]);
        self.wait(WINDOW);
        self.redeem("redeem, after a mature one", &[(order, 2)]);
        self.withdraw("withdraw, metered", &order);
        self.wait(WINDOW);
        self.settle("settle, metered", &order);
        self.redeem("redeem", &[(order, 3)]);
        self.wait(WINDOW);
        self.end("end, metered by owner", &order, &buyer);
        self.wait(2 * WINDOW);
        self.settle("settle, metered, over", &order);

        let order = self.open("open_order, metered", mode::METERED);
        self.refund("refund, metered", &order);
        self.redeem("redeem", &[(order, 1)]);
        self.end("end, metered by seller", &order, &seller);
        let orders = [(); 3].map(|()| (self.open("open_order, metered", mode::METERED), 1));
        self.redeem("redeem, each of three", &orders);
    }

    /// Subscriptions: paid by the period, cancelled, given up.
    fn subscribe(&mut self) {
        let (buyer, seller) = (self.buyer(), self.seller());
        let open = "open_order, subscription";
        let order = self.open(open, mode::SUBSCRIPTION);
        self.wait(PERIOD + WINDOW);
        self.settle("settle, subscription", &order);
        self.wait(PERIOD / 3);
        self.end("end, subscription by owner", &order, &buyer);
        self.wait(WINDOW);
        self.settle("settle, subscription, over", &order);

        let order = self.open(open, mode::SUBSCRIPTION);
        self.refund("refund, subscription", &order);
        self.wait(PERIOD + WINDOW);
        let due = "end, subscription by owner, a period due";
        self.end(due, &order, &buyer);

        let order = self.open(open, mode::SUBSCRIPTION);
        self.wait(PERIOD + WINDOW);
        self.settle_frozen(&order);
        self.withdraw("withdraw, subscription", &order);
        self.wait(PERIOD / 3);
        self.end("end, subscription by seller", &order, &seller);
    }

    /// Leases: heartbeats one by one and in the largest batch, ended by either side.
    fn lease(&mut self) {
        let (buyer, seller) = (self.buyer(), self.seller());
        let [order, other] = [(); 2].map(|()| self.open("open_order, lease", mode::LEASE));
        let batch: Vec<Pubkey> = (0..BATCH)
            .map(|_| self.open("open_order, lease", mode::LEASE))
            .collect();
        self.authorise("authorise", &[order]);
        self.authorise("authorise, each of 20", &batch);
        self.wait(INTERVAL);
        self.confirm("confirm", &[order]);
        self.confirm("confirm, each of 20", &batch);
        self.refund("refund, lease", &other);
        self.end("end, lease by seller", &other, &seller);
        self.wait(WINDOW - INTERVAL);
        self.authorise("authorise", &[order]);
        // The interval that starts now is authorised; it is confirmed in the one after it.
        self.wait(2 * INTERVAL);
        self.confirm("confirm, after a mature one", &[order]);
        self.withdraw("withdraw, lease", &order);
        self.wait(WINDOW);
        self.settle("settle, lease", &batch[0]);
        self.end("end, lease by owner", &batch[1], &buyer);
        self.wait(PERIOD);
        self.settle("settle, lease, over", &order);
    }

    /// What a buyer asks for in a mode, for which it speaks itself.
    pub(crate) fn args(&mut self, mode: u8) -> OpenArgs {
        let state: Listing = self.market.chain.state(&self.listing);
        let now = self.market.chain.now();
        let mut args = self.market.seen(&state);
        args.term = mode - 1;
        args.mode = mode;
        args.period = state.terms[usize::from(args.term)].period;
        if mode != mode::ONE_TIME {
            let speaks = matches!(mode, mode::METERED | mode::LEASE);
            args.buyer_key = [0; 32];
            if speaks {
                args.buyer_key = self.market.buyer.pubkey().to_bytes();
            }
        }
        match mode {
            mode::METERED => args.ends_at = now + 100 * WINDOW,
            mode::LEASE => args.quantity = 40,
            _ => {}
        }
        args.max_total = args.price * args.quantity;
        args
    }

    /// An order by the buyer itself.
    pub(crate) fn open(&mut self, name: &'static str, mode: u8) -> Pubkey {
        let args = self.args(mode);
        let params = self.market.buying(&self.listing);
        let open = buying::open_order(&params, args);
        let buyer = self.buyer();
        self.call(name, open, &buyer);
        params.address(&args.key)
    }

    /// Vouchers of these orders, of which each owes its sequence's number of price units.
    pub(crate) fn redeem(&mut self, name: &'static str, orders: &[(Pubkey, u64)]) {
        let (buyer, seller) = (self.buyer(), self.seller());
        let vouchers: Vec<_> = orders
            .iter()
            .map(|(order, sequence)| {
                let owed = sequence * 100_003;
                let born_slot = self.order(order).head.born_slot;
                let voucher = Voucher::sign(&buyer, &GENESIS, order, born_slot, *sequence, owed);
                (voucher, self.listing, buyer.pubkey())
            })
            .collect();
        let redeem = voucher::redeem_all(&seller.pubkey(), &GENESIS, &vouchers, 0);
        self.each(name, orders.len(), &redeem, &seller);
    }

    fn authorise(&mut self, name: &'static str, leases: &[Pubkey]) {
        let buyer = self.buyer();
        let authorise = buying::authorise(&buyer.pubkey(), leases);
        self.each(name, leases.len(), &[authorise], &buyer);
    }

    fn confirm(&mut self, name: &'static str, leases: &[Pubkey]) {
        let seller = self.seller();
        let confirm = buying::confirm(&seller.pubkey(), &self.listing, leases);
        self.each(name, leases.len(), &[confirm], &seller);
    }

    fn settle(&mut self, name: &'static str, order: &Pubkey) {
        let stranger = self.market.stranger.insecure_clone();
        let settle = buying::settle(&stranger.pubkey(), order, &self.order(order));
        self.call(name, settle, &stranger);
    }

    /// Settled while the payee's account is frozen: its part waits.
    fn settle_frozen(&mut self, order: &Pubkey) {
        let (stranger, state) = (self.market.stranger.insecure_clone(), self.order(order));
        let payee = self.market.mint.associated(&state.payee);
        let chain = &mut self.market.chain;
        chain.set_frozen(&payee, true);
        let settle = buying::settle(&stranger.pubkey(), order, &state);
        chain.ok(&[settle], &[&stranger]);
        chain.set_frozen(&payee, false);
    }

    pub(crate) fn withdraw(&mut self, name: &'static str, order: &Pubkey) {
        let stranger = self.market.stranger.insecure_clone();
        let withdraw = buying::withdraw(&stranger.pubkey(), order, &self.order(order), None);
        self.call(name, withdraw, &stranger);
    }

    /// The seller gives a part back.
    fn refund(&mut self, name: &'static str, order: &Pubkey) {
        let (seller, state) = (self.seller(), self.order(order));
        let refund = buying::refund_by_seller(&seller.pubkey(), order, &state, Some(1_000));
        self.call(name, refund, &seller);
    }

    fn end(&mut self, name: &'static str, order: &Pubkey, party: &Keypair) {
        let end = buying::end(&party.pubkey(), order, &self.order(order));
        self.call(name, end, party);
    }

    /// Sends an instruction of escrow alone and takes note of it.
    pub(crate) fn call(&mut self, name: &'static str, instruction: Instruction, signer: &Keypair) {
        self.each(name, 1, &[instruction], signer);
    }

    /// Sends one transaction that does the same `count` times and takes note of what each costs.
    fn each(
        &mut self,
        name: &'static str,
        count: usize,
        instructions: &[Instruction],
        signer: &Keypair,
    ) {
        let chain = &mut self.market.chain;
        self.meter
            .each(chain, ("escrow", name), count, instructions, &[signer]);
    }

    pub(crate) fn order(&self, address: &Pubkey) -> Order {
        self.market.chain.state(address)
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        let now = self.market.chain.now();
        self.market.chain.set_time(now + seconds);
    }

    pub(crate) fn buyer(&self) -> Keypair {
        self.market.buyer.insecure_clone()
    }

    pub(crate) fn seller(&self) -> Keypair {
        self.market.publishers[2].insecure_clone()
    }

    /// Where the buyer's tokens are.
    pub(crate) fn source(&self) -> Pubkey {
        self.market.mint.associated(&self.market.buyer.pubkey())
    }

    /// The session of the buyer and `key`.
    pub(crate) fn session(&self, key: &Pubkey) -> Pubkey {
        pda::session(&self.market.buyer.pubkey(), key).0
    }
}

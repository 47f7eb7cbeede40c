//! Random sequences of the instructions of both programs over one lineage that grows and changes hands.

use std::collections::BTreeMap;

use escrow::state::Order;
use listing::state::{Listing, PoolLedger, RoyaltyTable, status};
use pedigree_sdk::{
    accounts::Account as _,
    instructions::{escrow as ix, listing as l},
    pda,
    programs::{ESCROW, LISTING},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{TokenProgram, listings};

use crate::{market::Market, world::*};

const STEPS: usize = 500;
const MAX_LISTINGS: usize = 10;

struct Run {
    market: Market,
    rng: StdRng,
    /// Each buys, sells and cranks.
    crowd: Vec<Keypair>,
    listings: Vec<Pubkey>,
    successes: BTreeMap<&'static str, u32>,
    supply: u64,
    /// What fell into each vault.
    dust: BTreeMap<Pubkey, u64>,
}

impl Run {
    fn new(program: TokenProgram, seed: u64) -> Self {
        let mut market = Market::new(program, seed);
        let crowd: Vec<_> = (0..4).map(|_| market.rich()).collect();
        let (mint, treasurer) = (market.mint, market.treasurer.pubkey());
        market.chain.token_account(&mint, &treasurer, 0);
        let mut run = Self {
            supply: market.supply(),
            market,
            rng: StdRng::seed_from_u64(seed),
            crowd,
            listings: vec![],
            successes: BTreeMap::new(),
            dust: BTreeMap::new(),
        };
        for _ in 0..3 {
            run.register();
        }
        run
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    fn someone(&mut self) -> Keypair {
        let someone = self.crowd.choose(&mut self.rng);
        someone.expect("a crowd").insecure_clone()
    }

    /// The one whose key this is, or now and then somebody else.
    fn who(&mut self, key: &Pubkey) -> Keypair {
        if self.chance(0.1) {
            return self.someone();
        }
        let found = self.crowd.iter().find(|who| who.pubkey() == *key);
        found
            .map(Keypair::insecure_clone)
            .unwrap_or_else(|| self.someone())
    }

    fn some_listing(&mut self) -> (Pubkey, Listing) {
        let address = *self.listings.choose(&mut self.rng).expect("listings");
        (address, self.market.listing(&address))
    }

    fn some_order(&mut self) -> Option<(Pubkey, Order)> {
        let mut orders = self.market.orders();
        orders.sort_by_key(|(address, order)| (order.is_final(), *address));
        // The open ones more often.
        let open = orders.iter().filter(|(_, order)| !order.is_final()).count();
        if open > 0 && self.chance(0.7) {
            orders.truncate(open);
        }
        orders.choose(&mut self.rng).copied()
    }

    /// Sends it, now and then with another account, or none, in the place of one.
    fn send(
        &mut self,
        name: &'static str,
        mut instruction: Instruction,
        signers: &[&Keypair],
    ) -> bool {
        let meddles = self.chance(0.08);
        if meddles {
            let mut others: Vec<Pubkey> = instruction.accounts.iter().map(|m| m.pubkey).collect();
            let accounts = self
                .market
                .chain
                .svm
                .get_program_accounts(&self.market.mint.program);
            others.extend(accounts.into_iter().map(|(address, _)| address));
            others.extend(self.listings.iter().copied());
            others.extend([LISTING, ESCROW, instruction.program_id]);
            others.sort();
            let other = *others.choose(&mut self.rng).expect("some");
            let at = self.rng.random_range(0..instruction.accounts.len());
            let meta = &mut instruction.accounts[at];
            if !meta.is_signer {
                meta.pubkey = other;
            }
        }
        let sent = self.market.chain.send(&[instruction], signers).is_ok();
        let name = if meddles { "meddled with" } else { name };
        if sent {
            *self.successes.entry(name).or_default() += 1;
        }
        sent
    }

    fn register(&mut self) {
        if self.listings.len() >= MAX_LISTINGS {
            return;
        }
        let (owner, mint) = (self.someone(), self.market.mint);
        let mut args = self.market.chain.register_args();
        let price = self.rng.random_range(1..=3_000_001);
        args.terms = vec![self.market.chain.one_time_term(&mint, price)];
        args.payout = Some(self.someone().pubkey());
        let draft = pda::listing(&owner.pubkey(), &args.key).0;
        self.send("register", listings::register(&owner, &args), &[&owner]);
        for _ in 0..self.rng.random_range(0..=3) {
            if let Some(parent) = self.listings.choose(&mut self.rng).copied() {
                let ppm = self.rng.random_range(0..=300_000);
                let edge = listings::edge(&owner, draft, parent, ppm);
                self.send("add_edge", edge, &[&owner]);
            }
        }
        let activate = l::activate(owner.pubkey(), draft);
        if self.send("activate", activate, &[&owner]) && self.market.chain.exists(&draft) {
            self.listings.push(draft);
        }
    }

    fn open_pool(&mut self) {
        let ((listing, _), payer, mint) = (self.some_listing(), self.someone(), self.market.mint);
        let open = l::open_pool(payer.pubkey(), listing, 0, mint.address, mint.program);
        self.send("open_pool", open, &[&payer]);
    }

    /// Its authority sells a listing, or changes what it says.
    fn manage(&mut self) {
        let (address, listing) = self.some_listing();
        let (owner, new, mint) = (
            self.who(&listing.authority),
            self.someone(),
            self.market.mint,
        );
        let key = owner.pubkey();
        let price = self.rng.random_range(1..=3_000_001);
        let term = self.market.chain.one_time_term(&mint, price);
        match self.rng.random_range(0..6) {
            0 | 1 => {
                let propose = l::propose_authority(key, address, new.pubkey());
                self.send("propose_authority", propose, &[&owner]);
                let accept = l::accept_authority(new.pubkey(), address);
                self.send("accept_authority", accept, &[&new]);
            }
            2 => {
                let update = l::update_terms(key, address, vec![term]);
                self.send("update_terms", update, &[&owner]);
            }
            3 => {
                let set = l::set_payout(key, address, new.pubkey());
                self.send("set_payout", set, &[&owner]);
            }
            _ if listing.status == status::PAUSED => {
                self.send("resume", l::resume(key, address), &[&owner]);
            }
            _ => {
                self.send("pause", l::pause(key, address), &[&owner]);
            }
        }
    }

    fn open(&mut self) {
        let ((address, listing), quantity) = (self.some_listing(), self.rng.random_range(1..=4));
        let buyer = if self.chance(0.3) {
            self.who(&listing.payout)
        } else {
            self.someone()
        };
        let opened = self.market.open_ix(&buyer.pubkey(), &address, quantity);
        if let Some((open, _)) = opened {
            self.send("open_order", open, &[&buyer]);
        }
    }

    fn deliver(&mut self, address: &Pubkey, order: &Order) {
        let authority = self.market.listing(&order.head.listing).authority;
        let seller = self.who(&authority);
        let deliver = self.market.deliver_ix(&seller.pubkey(), address);
        self.send("deliver", deliver, &[&seller]);
    }

    fn settle(&mut self, address: &Pubkey, order: &Order) {
        let cranker = self.who(&order.head.buyer);
        let accepts = cranker.pubkey() == order.head.owner;
        let make = if accepts { ix::accept } else { ix::settle };
        let settle = make(&cranker.pubkey(), address, order);
        if self.send("settle", settle, &[&cranker]) && order.payee == order.head.buyer {
            *self.successes.entry("settle of one's own").or_default() += 1;
        }
    }

    fn refund(&mut self, address: &Pubkey, order: &Order) {
        if self.chance(0.5) {
            let cranker = self.someone();
            let refund = ix::refund(&cranker.pubkey(), address, order);
            self.send("refund", refund, &[&cranker]);
            return;
        }
        let seller = self.who(&order.seller);
        let amount = self
            .chance(0.7)
            .then(|| self.rng.random_range(0..=order.deposited));
        let refund = ix::refund_by_seller(&seller.pubkey(), address, order, amount);
        self.send("refund by seller", refund, &[&seller]);
    }

    fn withdraw(&mut self, address: &Pubkey, order: &Order) {
        let cranker = self.someone();
        let withdraw = ix::withdraw(&cranker.pubkey(), address, order, None);
        self.send("withdraw", withdraw, &[&cranker]);
    }

    fn close(&mut self, address: &Pubkey, order: &Order) {
        let closer = self.who(&order.head.buyer);
        let close = ix::close_order(&closer.pubkey(), address, order);
        self.send("close_order", close, &[&closer]);
    }

    fn on_an_order(&mut self, act: fn(&mut Self, &Pubkey, &Order)) {
        if let Some((address, order)) = self.some_order() {
            act(self, &address, &order);
        }
    }

    fn forward(&mut self) {
        let (address, listing) = self.some_listing();
        if listing.royalty_parents > 0 {
            let index = self.rng.random_range(0..listing.royalty_parents);
            let forward = l::forward(self.market.forwarding(&address, index));
            self.send("forward", forward, &[]);
        }
    }

    fn withdraw_treasury(&mut self) {
        let (mint, wallet) = (self.market.mint, self.market.treasurer.pubkey());
        let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &wallet);
        self.send("withdraw_treasury", withdraw, &[]);
    }

    /// Both programs' settings: new business is paused now and then.
    fn change_settings(&mut self) {
        let paused = [(); 2].map(|()| self.rng.random_bool(0.15));
        let (curator, admin) = (
            self.market.curator.insecure_clone(),
            self.market.admin.insecure_clone(),
        );
        let update = l::update_config(curator.pubkey(), paused[0], Pubkey::default());
        self.send("update_config of listing", update, &[&curator]);
        let mut args = self.market.config_args();
        (args.paused, args.fee_ppm) = (paused[1], self.rng.random_range(0..=100_000));
        let update = ix::update_config(&admin.pubkey(), args);
        self.send("update_config of escrow", update, &[&admin]);
    }

    /// Accounts freeze and thaw, dust falls into vaults and pools, time passes.
    fn disturb(&mut self) {
        let mint = self.market.mint;
        let mut accounts: Vec<Pubkey> = self
            .crowd
            .iter()
            .map(|who| mint.associated(&who.pubkey()))
            .collect();
        accounts.push(pda::treasury(&mint.address).0);
        for account in accounts {
            let frozen = self.chance(0.3);
            self.market.chain.set_frozen(&account, frozen);
        }
        let ((listing, _), order) = (self.some_listing(), self.some_order());
        let pool = pda::pool(&listing, 0, &mint.address).0;
        let vault = order.map(|(_, order)| order.vault);
        for account in [Some(pool), vault].into_iter().flatten() {
            if self.market.chain.exists(&account) {
                let dust = self.rng.random_range(0..=2);
                self.market.chain.deposit(&account, dust);
                self.supply += dust;
                *self.dust.entry(account).or_default() += dust;
            }
        }
        let jumps = [1, 60, DELIVERY_WINDOW, DISPUTE_WINDOW, VALIDITY as u32];
        let jump = jumps.choose(&mut self.rng).expect("some");
        let later = self.market.chain.now() + i64::from(*jump);
        self.market.chain.set_time(later);
        self.market.chain.warp_slots(1);
    }

    fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..5 => self.register(),
            5..9 => self.open_pool(),
            9..16 => self.manage(),
            16..34 => self.open(),
            34..48 => self.on_an_order(Self::deliver),
            48..60 => self.on_an_order(Self::settle),
            60..66 => self.on_an_order(Self::refund),
            66..71 => self.on_an_order(Self::withdraw),
            71..76 => self.on_an_order(Self::close),
            76..88 => self.forward(),
            88..91 => self.withdraw_treasury(),
            91..94 => self.change_settings(),
            _ => self.disturb(),
        }
        self.check();
    }

    /// No base unit appears or vanishes; every order's ledger is what its vault holds; every pool covers what it owes,
    /// and never gave out more than it took in.
    fn check(&mut self) {
        let chain = &self.market.chain;
        assert_eq!(self.market.supply(), self.supply);
        self.dust.retain(|account, _| chain.exists(account));
        for (_, order) in self.market.orders() {
            order.invariant().expect("the ledger adds up");
            let dust = self.dust.get(&order.vault).copied().unwrap_or_default();
            let held = order.held().unwrap();
            assert_eq!(chain.balance(&order.vault), held + dust, "{order:#?}");
        }
        for (_, account) in chain.svm.get_program_accounts(&LISTING) {
            if account.data.len() == PoolLedger::LEN {
                let ledger: PoolLedger =
                    pedigree_sdk::accounts::decode(&LISTING, &account.data).unwrap();
                let owed: u64 = ledger.owed.iter().sum();
                assert!(chain.balance(&ledger.pool) >= owed, "{ledger:#?}");
            }
        }
    }

    /// Nobody's share is lost: once everything is forwarded, children first, pools hold less than a unit for each entry.
    fn drain(&mut self) {
        for address in self.listings.clone().into_iter().rev() {
            let entries = self.market.listing(&address).royalty_parents;
            let pool = pda::pool(&address, 0, &self.market.mint.address).0;
            if !self.market.chain.exists(&pool) {
                continue;
            }
            let table: RoyaltyTable = self.market.chain.state(&pda::royalties(&address, 0).0);
            for index in 0..entries {
                let parent = table.entries[usize::from(index)].parent;
                let owes = self.market.listing(&parent).royalty_ppm > 0;
                let above = pda::pool(&parent, 0, &self.market.mint.address).0;
                if owes && !self.market.chain.exists(&above) {
                    let mint = self.market.mint;
                    self.market.chain.open_pool(&parent, &mint);
                }
                let wallet = self.market.listing(&parent).payout;
                let account = self.market.mint.associated(&wallet);
                self.market.chain.set_frozen(&account, false);
                let forward = l::forward(self.market.forwarding(&address, index));
                // Nothing to forward is an answer too.
                let _ = self.market.chain.send(&[forward], &[]);
            }
            let left = self.market.chain.balance(&pool);
            assert!(left < u64::from(entries), "{left} units are left");
        }
        self.check();
    }
}

#[test]
fn p10_p42_random_sequences_over_both_programs_keep_every_unit() {
    let mut successes: BTreeMap<&'static str, u32> = BTreeMap::new();
    for seed in 0..8 {
        let mut run = Run::new(TokenProgram::BOTH[seed as usize % 2], seed);
        for _ in 0..STEPS {
            run.step();
        }
        run.drain();
        for (name, count) in run.successes {
            *successes.entry(name).or_default() += count;
        }
    }
    println!("{successes:#?}");
    for name in [
        "register",
        "add_edge",
        "activate",
        "open_pool",
        "propose_authority",
        "accept_authority",
        "update_terms",
        "set_payout",
        "pause",
        "resume",
        "open_order",
        "deliver",
        "settle",
        "settle of one's own",
        "refund",
        "refund by seller",
        "withdraw",
        "close_order",
        "forward",
        "withdraw_treasury",
        "update_config of listing",
        "update_config of escrow",
    ] {
        assert!(
            successes.get(name).is_some_and(|count| *count >= 5),
            "{name} hardly ever succeeded: {successes:?}"
        );
    }
}

//! What is called, who calls it, and how it is paid.

use std::collections::BTreeMap;

use escrow::state::Config;
use pedigree_sdk::{
    pda,
    voucher::{Voucher, VoucherError, redeem_all},
};
use pedigree_tests::ledger::Ledger;
use rand::{Rng, SeedableRng, rngs::StdRng};
use solana_keypair::Signature;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::{
    DAY,
    seller::Refusal,
    tab::{KEY, RATE, Tab, UNITS, open_tab, top_up},
};
use crate::{
    books::agree,
    offer::Offer,
    shop::{Shop, address, amount, text},
};

/// Units of a call.
const MOST: u64 = 9;
/// Vouchers that one transaction carries.
const AT_ONCE: usize = 3;
/// Orders, two of each of three buyers; the last buyer's by its session.
pub const TABS: usize = 6;
const BUYERS: [&str; TABS] = [
    "buyer",
    "buyer",
    "authority",
    "authority",
    "deployer",
    "deployer",
];
/// So many calls apart one is offered too little for.
const CHEATED: usize = 97;

pub struct Service {
    pub shop: Shop,
    pub offer: Offer,
    pub tabs: Vec<Tab>,
    pub session: Pubkey,
    /// What the session was given.
    pub cap: u64,
    /// When the first order was.
    pub opened_at: i64,
    pub served: usize,
    /// What each buyer held before it ordered anything.
    pub held: BTreeMap<&'static str, u64>,
    genesis_hash: [u8; 32],
    chance: StdRng,
}

impl Service {
    /// Puts the service on sale, and opens everybody's orders.
    pub async fn open(shop: Shop) -> Self {
        let offer = Offer::publish(&shop, &format!("mode=metered,unit=call,price={RATE}"));
        let config: Config = shop.account(&pda::escrow_config().0).await;
        assert_eq!(i64::from(config.dispute_window), DAY);
        let quote = offer.quote(&shop, UNITS).await;
        assert_eq!(
            (text(&quote, "mode"), amount(&quote, "total")),
            ("metered", UNITS * RATE)
        );
        let mut held = BTreeMap::new();
        for wallet in BUYERS {
            held.insert(wallet, shop.holds(&shop.wallet(wallet)).await);
        }
        let cap = 8 * UNITS * RATE;
        let (listing, most) = (offer.listing.to_string(), cap.to_string());
        let open = ["session", "open", "--key", KEY, "--amount", &most];
        let more = [
            "--expires-in",
            "20d",
            "--listing",
            &listing,
            "--wallet",
            BUYERS[4],
        ];
        let session = address(&shop.market.cli(&[&open[..], &more].concat()));
        let mut tabs = Vec::new();
        for (number, wallet) in BUYERS.into_iter().enumerate() {
            let session = (wallet == BUYERS[4]).then_some(session);
            tabs.push(open_tab(&shop, &offer, number, wallet, session).await);
        }
        Self {
            opened_at: tabs[0].kept.account.opened_at,
            genesis_hash: config.genesis_hash,
            served: 0,
            chance: StdRng::seed_from_u64(1_000),
            shop,
            offer,
            tabs,
            session,
            cap,
            held,
        }
    }

    /// So many calls, each of any order and of some units.
    pub async fn serve(&mut self, calls: usize) {
        let now = self.shop.time().await;
        for _ in 0..calls {
            let number = self.chance.random_range(0..TABS);
            let price = RATE * self.chance.random_range(1..=MOST);
            self.call(number, price, now).await;
            self.served += 1;
        }
    }

    async fn call(&mut self, number: usize, price: u64, now: i64) {
        let genesis_hash = self.genesis_hash;
        let tab = &mut self.tabs[number];
        let (sequence, owes) = (tab.sequence + 1, tab.owes + price);
        if self.served.is_multiple_of(CHEATED) {
            let short = tab.voucher(&genesis_hash, sequence, owes - 1);
            let offered = tab.kept.take(&short, price, &genesis_hash, now);
            assert!(
                matches!(offered, Err(Refusal::Unpaid { lacks: 1 })),
                "{offered:?}"
            );
            let forged = Voucher {
                cumulative: owes,
                ..short
            };
            let offered = tab.kept.take(&forged, price, &genesis_hash, now);
            let named = matches!(
                offered,
                Err(Refusal::Worthless(VoucherError::VoucherNotSigned { .. }))
            );
            assert!(named, "{offered:?}");
        }
        let voucher = tab.voucher(&genesis_hash, sequence, owes);
        let mut taken = tab.kept.take(&voucher, price, &genesis_hash, now);
        if let Err(Refusal::Worthless(VoucherError::VoucherTooLarge { .. })) = taken {
            top_up(&self.shop, tab);
            tab.kept.account = self.shop.account(&tab.entry.order).await;
            taken = tab.kept.take(&voucher, price, &genesis_hash, now);
        }
        taken.expect("a voucher that pays for the call");
        (tab.sequence, tab.owes) = (sequence, owes);
    }

    /// Redeems every order's best voucher, as many in one transaction as it holds.
    pub async fn redeem(&mut self) {
        for batch in 0..TABS / AT_ONCE {
            let batch = batch * AT_ONCE..(batch + 1) * AT_ONCE;
            let best = |tab: &Tab| {
                let voucher = tab.kept.best.expect("a voucher");
                (voucher, self.offer.listing, tab.signer.pubkey())
            };
            let vouchers: Vec<_> = self.tabs[batch].iter().map(best).collect();
            let operator = self.shop.wallet("operator");
            let redeem = redeem_all(&operator, &self.genesis_hash, &vouchers, 0);
            self.shop.send_all("operator", &redeem).await;
        }
        self.redeemed().await;
    }

    /// The same with the command, which signs and checks vouchers as this seller does.
    pub async fn redeem_by_command(&mut self) {
        for batch in self.tabs.chunks(AT_ONCE) {
            let vouchers: Vec<String> = batch.iter().map(|tab| self.sign_and_check(tab)).collect();
            let mut redeem = vec!["voucher", "redeem", "--wallet", "operator", "--voucher"];
            redeem.extend(vouchers.iter().map(String::as_str));
            let redeemed = self.shop.market.cli(&redeem);
            assert_eq!(redeemed["redeemed"].as_array().map(Vec::len), Some(AT_ONCE));
        }
        self.redeemed().await;
    }

    /// The best voucher of an order, as the command makes it.
    fn sign_and_check(&self, tab: &Tab) -> String {
        let best = tab.kept.best.expect("a voucher");
        let (sequence, owed) = (best.sequence.to_string(), best.cumulative.to_string());
        let order = tab.entry.order.to_string();
        let sign = ["voucher", "sign", "--order", &order, "--wallet", &tab.key];
        let what = ["--sequence", &sequence, "--amount", &owed];
        let signed = self.shop.market.cli(&[&sign[..], &what].concat());
        let signature = Signature::from(best.signature).to_string();
        assert_eq!(text(&signed, "signature"), signature);
        let signed = signed.to_string();
        let checked = self
            .shop
            .market
            .cli(&["voucher", "check", "--voucher", &signed]);
        assert_eq!(
            amount(&checked, "adds"),
            best.cumulative - tab.entry.ledger.earned
        );
        signed
    }

    /// A window has passed since the time before: what that left pending is due, and what was redeemed now is pending.
    async fn redeemed(&mut self) {
        for tab in &mut self.tabs {
            let ledger = &mut tab.entry.ledger;
            ledger.ripen();
            ledger.earn(tab.owes - ledger.earned);
            tab.kept.account = self.shop.account(&tab.entry.order).await;
            assert_eq!(tab.kept.account.sequence, tab.sequence);
        }
    }

    /// A stranger pays out what is mature.
    pub fn settle(&mut self, tab: usize) {
        let entry = &mut self.tabs[tab].entry;
        entry.ledger.ripen();
        entry.ledger.pay();
        entry.shows(&self.shop.act("settle", &entry.order, "stranger"));
    }

    /// A stranger pays out an order that is over, which leaves it in `state`.
    pub fn end_with(&mut self, tab: usize, state: &'static str) {
        let entry = &mut self.tabs[tab].entry;
        entry.state = state;
        entry.ledger.ripen();
        entry.ledger.give_rest_back();
        entry.ledger.pay();
        entry.shows(&self.shop.act("settle", &entry.order, "stranger"));
    }

    pub fn refuses(&self, verb: &[&str], tab: usize, named: &str) {
        let order = self.tabs[tab].entry.order.to_string();
        let errors = self.shop.market.refused(&[verb, &[&order]].concat());
        assert!(errors.contains(named), "{verb:?}: {errors}");
    }

    /// Chain, index and ledgers say the same of all orders.
    pub async fn agree(&self) {
        agree(&self.shop, self.tabs.iter().map(|tab| &tab.entry)).await;
    }

    pub fn orders(&self) -> Vec<Pubkey> {
        self.tabs.iter().map(|tab| tab.entry.order).collect()
    }

    pub fn ledgers(&self) -> Vec<&Ledger> {
        self.tabs.iter().map(|tab| &tab.entry.ledger).collect()
    }

    /// A sum over what the session bought.
    pub fn by_session(&self, of: fn(&Ledger) -> u64) -> u64 {
        let bought = self.tabs.iter().filter(|tab| tab.session.is_some());
        bought.map(|tab| of(&tab.entry.ledger)).sum()
    }
}

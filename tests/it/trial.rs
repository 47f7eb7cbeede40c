//! An order in dispute before the court, and what index, ledger and token accounts say of it.

use std::collections::BTreeMap;

use pedigree_sdk::{
    api::{Api, DisputeDetail, DisputeFilter},
    pda,
    verify::{self, Verdict},
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::{
    books::{Entry, agree},
    offer::{Offer, ROYALTY_PPM},
    shop::{Shop, address, amount, text},
};

pub const BOND_PPM: u64 = 50_000;

pub struct Trial {
    pub entry: Entry,
    pub dispute: Pubkey,
}

impl Trial {
    /// The buyer orders, disputes what is delivered, and anyone takes that before the court.
    pub fn open(shop: &Shop, offer: &Offer) -> Self {
        let mut entry = Entry::opened(&offer.order(shop, 1, &[]), ROYALTY_PPM);
        let (order, hash) = (entry.order.to_string(), "5a".repeat(32));
        let deliver = ["order", "deliver", &order, "--content-hash", &hash];
        let deliver = [&deliver[..], &["--wallet", "operator"]].concat();
        shop.market.cli(&deliver);
        let case = ["dispute", "case", &order];
        shop.refuses(&case, "NotDisputed");
        let dispute = ["dispute", "open", &order, "--evidence", &hash];
        let disputed = shop.market.cli(&dispute);
        entry.state = "disputed";
        entry.ledger.contest_all(BOND_PPM);
        entry.shows(&disputed);
        let opened = shop.market.cli(&case);
        let dispute = pda::dispute(&entry.order, 1).0;
        assert_eq!(address(&opened), dispute);
        assert_eq!(text(&opened, "subject"), order);
        Self { entry, dispute }
    }

    /// `pedigree dispute VERB DISPUTE`
    pub fn on(&self, shop: &Shop, verb: &str, more: &[&str]) -> Value {
        let dispute = self.dispute.to_string();
        shop.market
            .cli(&[&["dispute", verb, &dispute][..], more].concat())
    }

    /// `pedigree dispute settle DISPUTE`
    pub fn on_juror(&self, shop: &Shop, more: &[&str]) -> Value {
        let juror = self.on(shop, "settle", more);
        self.refuses(shop, "settle", more, "no juror");
        juror
    }

    /// `pedigree dispute VERB DISPUTE`, which has to be refused.
    pub fn refuses(&self, shop: &Shop, verb: &str, more: &[&str], named: &str) {
        let dispute = self.dispute.to_string();
        shop.refuses(&[&["dispute", verb, &dispute][..], more].concat(), named);
    }

    /// Anyone carries out what the court ruled, or that it ruled nothing, and pays what is due by that.
    pub async fn carry_out(&mut self, shop: &Shop, percent: Option<u64>) {
        let bond = self.entry.ledger.bond;
        let buyer = shop.wallet("buyer");
        let before = shop.holds(&buyer).await;
        let order = self.entry.order.to_string();
        let applied = shop.market.cli(&["dispute", "apply", &order]);
        shop.refuses(&["dispute", "apply", &order], "NothingContested");
        let ledger = &mut self.entry.ledger;
        match percent {
            Some(percent) => ledger.rule(percent),
            None => ledger.lapse(),
        }
        self.entry.state = match ledger.given() {
            0 => "refunded",
            _ => "settled",
        };
        // Its opener is the buyer, whose bond is lost where it gets less than half.
        let returns = percent.is_none_or(|percent| percent >= 50);
        let expected = if returns { [bond, 0] } else { [0, bond] };
        let bonds = ["owner_bond_due", "lost_bond_due"].map(|name| amount(&applied, name));
        assert_eq!(bonds, expected, "{applied}");
        self.entry.shows(&applied);
        let refund = self.entry.ledger.refund_due;
        self.entry.ledger.pay();
        self.entry
            .shows(&shop.act("withdraw", &self.entry.order, "stranger"));
        let back = if returns { refund + bond } else { refund };
        assert_eq!(shop.holds(&buyer).await, before + back);
        agree(shop, [&self.entry]).await;
    }

    /// What the index serves of it.
    pub async fn served(&self, shop: &Shop, status: &str, ruling: Option<u8>) -> DisputeDetail {
        let served = served(shop, &self.dispute).await;
        let account = &served.dispute.account;
        assert_eq!(
            (&account["status"], served.dispute.ruling),
            (&status.into(), ruling)
        );
        assert_eq!(account["subject"], self.entry.order.to_string());
        served
    }
}

/// What the index serves of a dispute, alone, among those of its subject, and to the command: what the chain has, each of its
/// jurors included.
pub async fn served(shop: &Shop, dispute: &Pubkey) -> DisputeDetail {
    shop.indexed().await;
    let api = Api::new(&shop.market.http).expect("a client");
    let served = api.dispute(dispute).await.expect("a dispute");
    let found = &served.dispute;
    let verdict = verify::dispute(&shop.rpc, found).await;
    assert_eq!(verdict.expect("a verdict"), Verdict::Match, "{found:?}");
    for juror in &served.jurors {
        let verdict = verify::juror(&shop.rpc, juror).await;
        let expected = match juror.closed {
            true => Verdict::Closed,
            false => Verdict::Match,
        };
        assert_eq!(verdict.expect("a verdict"), expected, "{juror:?}");
    }
    let status = found.account["status"].as_str().expect("a status");
    let subject = found.account["subject"].as_str().expect("a subject");
    let filter = DisputeFilter {
        subject: Some(subject.parse().expect("an address")),
        status: vec![status.to_owned()],
        ..DisputeFilter::default()
    };
    let listed = api.disputes(&filter).await.expect("disputes").items;
    assert_eq!(listed.len(), 1);
    assert_eq!(&listed[0], found);
    let list = ["dispute", "list", "--subject", subject, "--status", status];
    let listed = shop.market.cli(&list);
    assert_eq!(address(&listed["items"][0]), *dispute);
    let shown = shop.market.cli(&["dispute", "show", &dispute.to_string()]);
    for (field, value) in shown.as_object().expect("an object") {
        let same = match field.as_str() {
            "address" => address(&shown) == *dispute,
            field => found.account.get(field) == Some(value),
        };
        assert!(same, "{field} of {shown}: {found:?}");
    }
    served
}

/// What all token accounts of both mints hold, at one time.
pub struct Holdings([BTreeMap<Pubkey, u64>; 2]);

impl Holdings {
    pub async fn read(shop: &Shop) -> Self {
        let rewards = shop.token_accounts(&pda::token().0).await;
        Self([shop.token_accounts(&shop.mint).await, rewards])
    }

    /// Since then money and tokens went from these accounts to those, and no base unit came or went.
    pub async fn changed_by(&self, shop: &Shop, expected: [Vec<(Pubkey, i128)>; 2]) {
        let after = Self::read(shop).await;
        for ((before, after), expected) in self.0.iter().zip(&after.0).zip(expected) {
            let all = before.keys().chain(after.keys());
            let held = |of: &BTreeMap<Pubkey, u64>, account| {
                of.get(account).map_or(0, |amount| i128::from(*amount))
            };
            let changes: BTreeMap<Pubkey, i128> = all
                .map(|account| (*account, held(after, account) - held(before, account)))
                .filter(|(_, change)| *change != 0)
                .collect();
            let mut summed = BTreeMap::<Pubkey, i128>::new();
            for (account, change) in expected {
                *summed.entry(account).or_default() += change;
            }
            summed.retain(|_, change| *change != 0);
            assert_eq!(changes, summed);
            assert_eq!(changes.values().sum::<i128>(), 0, "{changes:?}");
        }
    }
}

//! Orders and what a plain model says of them: held against the chain, the index and the token accounts.

use std::collections::BTreeSet;

use pedigree_sdk::{pda, programs::TOKEN};
use pedigree_tests::ledger::Ledger;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::shop::{Shop, amount, text};

/// As the settings of a new network have it.
pub const FEE_PPM: u64 = 25_000;

/// An order.
pub struct Entry {
    pub order: Pubkey,
    pub state: &'static str,
    pub ledger: Ledger,
}

impl Entry {
    /// Of an order that was opened just now.
    pub fn opened(opened: &Value, royalty_ppm: u64) -> Self {
        assert_eq!(text(opened, "state"), "funded");
        Self {
            order: crate::shop::address(opened),
            state: "funded",
            ledger: Ledger::new(FEE_PPM, royalty_ppm, amount(opened, "deposited")),
        }
    }

    /// What `pedigree` shows of it is what the model says.
    pub fn shows(&self, shown: &Value) {
        assert_eq!(text(shown, "state"), self.state, "{shown}");
        for (name, expected) in self.ledger.amounts() {
            // The index computes it; it is no field of the account.
            if name != "rest" {
                assert_eq!(shown[name], expected, "{name} in {shown}");
            }
        }
    }
}

/// Chain, index and model say the same of every order, and its vault holds what they say.
pub async fn agree<'a>(shop: &Shop, entries: impl IntoIterator<Item = &'a Entry>) {
    shop.indexed().await;
    for Entry {
        order,
        state,
        ledger,
    } in entries
    {
        let served = shop.served_order(order).await;
        for (name, expected) in ledger.amounts() {
            assert_eq!(served[name], expected, "{name} in {served}");
        }
        assert_eq!(text(&served, "state"), *state, "{served}");
        let vault = shop.balance(&pda::vault(order, &TOKEN)).await;
        assert_eq!(vault, ledger.held() + ledger.bond, "{served}");
    }
}

/// `/v1/orders?QUERY` finds these and no others.
pub async fn finds(shop: &Shop, query: &str, orders: &[Pubkey]) {
    let found = shop
        .market
        .all(&format!("/v1/orders?limit=2&{query}"))
        .await;
    let found: Vec<&str> = found.iter().map(|order| text(order, "address")).collect();
    let expected: Vec<String> = orders.iter().map(Pubkey::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{query}: {found:?}");
    let found: BTreeSet<&str> = found.into_iter().collect();
    let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(found, expected, "{query}");
}

/// `/v1/stats` counts these orders, all that there are, and what they gave their sellers; the listing's `sales` those that
/// settled.
pub async fn counts(shop: &Shop, listing: &Pubkey, ledgers: &[&Ledger], settled: u64) {
    let (_, stats) = shop.market.get("/v1/stats").await;
    let sum = |of: fn(&Ledger) -> u64| ledgers.iter().map(|ledger| of(ledger)).sum::<u64>();
    let totals = &stats["settled"][0];
    assert_eq!(text(totals, "mint"), shop.mint.to_string());
    assert_eq!(totals["orders"], settled, "{stats}");
    for (name, expected) in [
        ("volume", sum(Ledger::given)),
        ("fees", sum(|ledger| ledger.fee_paid + ledger.fee_due)),
        (
            "royalties",
            sum(|ledger| ledger.royalty_paid + ledger.royalty_due),
        ),
    ] {
        assert_eq!(amount(totals, name), expected, "{name} in {stats}");
    }
    let disputed = ledgers.iter().filter(|ledger| ledger.contested > 0);
    assert_eq!(stats["disputed"], disputed.count(), "{stats}");
    let (_, shown) = shop.market.get(&format!("/v1/listings/{listing}")).await;
    assert_eq!(shown["sales"], settled);
}

//! A derivative on sale, and who is paid for it.

use pedigree_sdk::pda;
use pedigree_tests::ledger::Ledger;
use serde_json::Value;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    books::FEE_PPM,
    shop::{Shop, amount},
};

/// What the derivative owes its base: a share that divides few amounts evenly.
pub const ROYALTY_PPM: u64 = 70_001;
/// The price term that a test is about; term 0 is for copies.
pub const TERM: &str = "1";

/// A listing of `seller`, operated by `operator`, that owes royalties to one of `publisher`. Both are paid into wallets
/// that have no token accounts yet.
pub struct Offer {
    pub listing: Pubkey,
    pub payout: Pubkey,
    pub base_payout: Pubkey,
}

impl Offer {
    pub fn publish(shop: &Shop, term: &str) -> Self {
        let (payout, base_payout) = (Keypair::new().pubkey(), Keypair::new().pubkey());
        let (ppm, to) = (ROYALTY_PPM.to_string(), base_payout.to_string());
        let owed = ["--derivative-royalty-ppm", &ppm, "--payout", &to];
        let base = shop.register("publisher", "base", 1, &owed);
        shop.activate(&base, "publisher");

        let to = payout.to_string();
        let more = ["--term", term, "--operator", "operator", "--payout", &to];
        let listing = shop.register("seller", "derived", 1, &more);
        let child = listing.to_string();
        let edge = ["listing", "add-edge", &child, "--parent", &base.to_string()];
        let as_seller = ["--relation", "adapted_from", "--wallet", "seller"];
        shop.market.cli(&[&edge[..], &as_seller].concat());
        shop.activate(&listing, "seller");
        Self {
            listing,
            payout,
            base_payout,
        }
    }

    /// Orders so many units, with these options.
    pub fn order(&self, shop: &Shop, quantity: u64, more: &[&str]) -> Value {
        let (listing, quantity) = (self.listing.to_string(), quantity.to_string());
        let open = ["order", "open", "--listing", &listing, "--term", TERM];
        let open = [&open[..], &["--quantity", &quantity], more].concat();
        shop.market.cli(&open)
    }

    /// What so many units cost, by the command and by the index, which say the same.
    pub async fn quote(&self, shop: &Shop, quantity: u64) -> Value {
        let (listing, quantity) = (self.listing.to_string(), quantity.to_string());
        let wanted = [
            "--listing",
            &listing,
            "--term",
            TERM,
            "--quantity",
            &quantity,
        ];
        let quote = shop
            .market
            .cli(&[&["order", "quote"], &wanted[..]].concat());
        shop.indexed().await;
        let query = format!("/v1/quote?listing={listing}&term={TERM}&quantity={quantity}");
        let (_, served) = shop.market.get(&query).await;
        for (field, value) in quote.as_object().expect("a quote") {
            assert_eq!(&served[field], value, "{field}");
        }
        let total = amount(&quote, "total");
        let (fee, royalty) = (total * FEE_PPM / 1_000_000, total * ROYALTY_PPM / 1_000_000);
        let shares = ["fee", "royalty", "net"].map(|share| amount(&quote, share));
        assert_eq!(shares, [fee, royalty, total - fee - royalty], "{quote}");
        quote
    }

    /// Payee, treasury and pool have what these orders' ledgers say, the base unit included, and its publisher gets what
    /// is in the pool.
    pub async fn is_paid(&self, shop: &Shop, ledgers: &[&Ledger]) {
        let sum = |of: fn(&Ledger) -> u64| ledgers.iter().map(|ledger| of(ledger)).sum::<u64>();
        let royalties = sum(|ledger| ledger.royalty_paid);
        let pool = pda::pool(&self.listing, 0, &shop.mint).0;
        let treasury = pda::treasury(&shop.mint).0;
        assert_eq!(shop.holds(&self.payout).await, sum(|ledger| ledger.paid));
        assert_eq!(shop.balance(&treasury).await, sum(|ledger| ledger.fee_paid));
        assert_eq!(shop.balance(&pool).await, royalties);
        let forward = ["royalty", "forward", &self.listing.to_string()];
        shop.market.cli(&forward);
        assert_eq!(shop.holds(&self.base_payout).await, royalties);
        assert_eq!(shop.balance(&pool).await, 0);
        println!(
            "{} orders: deposited {}, paid {}, fees {}, royalties {royalties}, refunded {}",
            ledgers.len(),
            sum(|ledger| ledger.deposited),
            sum(|ledger| ledger.paid),
            sum(|ledger| ledger.fee_paid),
            sum(|ledger| ledger.refunded),
        );
        for ledger in ledgers {
            assert_eq!(ledger.held(), 0, "{ledger:?}");
        }
    }
}

//! A parent that a listing forgot is claimed before the court, through the command, and the next sale pays it; one that it
//! named falsely is revoked, and the next sale does not.

use pedigree_sdk::{
    api::{Api, ListingDetail},
    instructions::listing as on_listing,
    pda,
    programs::TOKEN,
};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    books::FEE_PPM,
    jurors::{Jury, Said},
    shop::{DAY, Shop, address, amount, text},
    trial::{Holdings, served},
};

const PRICE: u64 = 1_000_003;
/// What the child owed before, and what an edge that is added owes.
const CLAIMED_PPM: u64 = 100_000;
const DEFAULT_PPM: u64 = 70_007;
const RELATION: &str = "distilled_from";
const CASE_BOND: u64 = 100_000_000;
const PHASE: i64 = 2 * DAY;
/// Long enough to deliver after a case.
const WINDOW: u32 = 20 * 86_400;
/// The heavier one upholds the claim.
const WEIGHTS: [u64; 2] = [3_000_000_000, 1_000_000_000];
const SAID: [Said; 2] = [(0, Some(4)), (1, Some(0))];

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_edge_is_claimed_upheld_and_the_next_sale_pays_the_forgotten_parent() {
    let shop = Shop::with_a_clock().await;
    shop.set_windows(WINDOW).await;
    let default = u32::try_from(DEFAULT_PPM).expect("a share");
    let set = on_listing::set_default_royalty(shop.wallet("authority"), default);
    shop.send("authority", set).await;
    let jury = Jury::of(&shop, &WEIGHTS).await;
    let line = Line::publish(&shop);
    shop.give_tokens("operator", CASE_BOND).await;
    let holdings = Holdings::read(&shop).await;
    let before = line.order(&shop);

    let dispute = line.is_claimed(&shop);
    the_jury_upholds(&shop, &jury, &dispute, "missing_edge").await;
    line.edge_is_added(&shop).await;

    // The order of before pays by the table that it saw, the next one by the new one.
    let after = line.order(&shop);
    for order in [&before, &after] {
        settle(&shop, order);
    }
    let old = part(CLAIMED_PPM);
    let new = part(CLAIMED_PPM + DEFAULT_PPM);
    shop.indexed().await;
    for (order, generation, royalty) in [(&before, 0, old), (&after, 1, new)] {
        let served = shop.served_order(order).await;
        assert_eq!(served["generation"], generation, "{served}");
        assert_eq!(amount(&served, "royalty_paid"), royalty);
        let pool = pda::pool(&line.child, generation, &shop.mint).0;
        assert_eq!(shop.balance(&pool).await, royalty);
    }
    let forwarded = forward(&shop, &line.child);
    assert_eq!(forwarded.len(), 3, "{forwarded:?}");

    let [of_named, of_forgotten] =
        [CLAIMED_PPM, DEFAULT_PPM].map(|ppm| new * ppm / (CLAIMED_PPM + DEFAULT_PPM));
    let to_seller = 2 * (PRICE - part(FEE_PPM)) - old - new;
    let paid = [to_seller, old + of_named, of_forgotten];
    for (payout, expected) in line.payouts.iter().zip(paid) {
        assert_eq!(shop.holds(payout).await, expected);
    }
    let left = shop.balance(&pda::pool(&line.child, 1, &shop.mint).0).await;
    assert_eq!(
        left,
        new - of_named - of_forgotten,
        "what divides evenly nowhere"
    );
    println!(
        "seller {to_seller}, named {}, forgotten {of_forgotten}",
        old + of_named
    );
    line.pools_are_served(&shop, [old, new], [of_named, of_forgotten])
        .await;

    // The juror that lost half of its bond, and the one that got it; the claim's bond is back.
    let lost = i128::from(pedigree_tests::jury::bond(WEIGHTS[1]) / 2);
    let [winner, loser] = [0, 1].map(|place: usize| jury.members[place].tokens());
    let rewards = vec![(winner, lost), (loser, -lost)];
    let account = |wallet: &Pubkey| pda::associated_token(wallet, &shop.mint, &TOKEN).0;
    let mut money = vec![
        (account(&shop.wallet("buyer")), -i128::from(2 * PRICE)),
        (pda::treasury(&shop.mint).0, i128::from(2 * part(FEE_PPM))),
        (pda::pool(&line.child, 1, &shop.mint).0, i128::from(left)),
    ];
    money.extend(line.payouts.iter().map(&account).zip(paid.map(i128::from)));
    holdings.changed_by(&shop, [money, rewards]).await;
    shop.verify_every_account().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_edge_is_challenged_revoked_and_the_next_sale_pays_it_nothing() {
    let shop = Shop::with_a_clock().await;
    shop.set_windows(WINDOW).await;
    let jury = Jury::of(&shop, &WEIGHTS).await;
    let line = Line::publish(&shop);
    shop.give_tokens("operator", CASE_BOND).await;
    let before = line.order(&shop);

    let (child, named) = (line.child.to_string(), line.named.to_string());
    let challenge = ["dispute", "challenge", &child, "--parent", &named];
    let challenge = [&challenge[..], &["--wallet", "operator"]].concat();
    let challenged = shop.market.cli(&challenge);
    assert_eq!(text(&challenged, "case"), "false_edge");
    let apply = ["dispute", "apply-edge", &child, "--parent", &named];
    shop.refuses(&apply, "NoRuling");
    let dispute = address(&challenged);
    the_jury_upholds(&shop, &jury, &dispute, "false_edge").await;
    assert_eq!(text(&shop.market.cli(&apply), "status"), "revoked");
    shop.refuses(&apply, "RulingApplied");

    let after = line.order(&shop);
    for order in [&before, &after] {
        settle(&shop, order);
    }
    let royalty = part(CLAIMED_PPM);
    let served = line.served(&shop).await;
    assert_eq!(served.edges[0].status, "revoked");
    assert_eq!(served.royalty_table, None);
    for (order, royalty) in [(&before, royalty), (&after, 0)] {
        let served = shop.served_order(order).await;
        assert_eq!(amount(&served, "royalty_paid"), royalty);
    }
    // What was sold before is still owed, though nothing is any more.
    assert_eq!(forward(&shop, &line.child).len(), 1);
    assert_eq!(shop.holds(&line.payouts[1]).await, royalty);
    let served = line.served(&shop).await;
    let [pool] = &served.pools[..] else {
        panic!("{served:?}");
    };
    assert_eq!(
        (pool.generation, &pool.credited),
        (0, &vec![royalty.to_string()])
    );
    shop.verify_every_account().await;
}

/// A child that names one parent and forgot another, all three paid into wallets that have no token accounts yet.
struct Line {
    child: Pubkey,
    named: Pubkey,
    forgotten: Pubkey,
    /// Of the child, the named parent, and the forgotten one.
    payouts: [Pubkey; 3],
}

impl Line {
    fn publish(shop: &Shop) -> Self {
        let payouts = [0; 3].map(|_| Keypair::new().pubkey());
        let [of_child, of_named, of_forgotten] = payouts.map(|payout| payout.to_string());
        let ppm = CLAIMED_PPM.to_string();
        let owed = ["--derivative-royalty-ppm", &ppm, "--payout", &of_named];
        let named = shop.register("publisher", "named", 1, &owed);
        shop.activate(&named, "publisher");
        let forgotten = shop.register("operator", "forgotten", 1, &["--payout", &of_forgotten]);
        shop.activate(&forgotten, "operator");
        let child = shop.register("seller", "child", PRICE, &["--payout", &of_child]);
        let (address, parent) = (child.to_string(), named.to_string());
        let edge = ["listing", "add-edge", &address, "--parent", &parent];
        let more = ["--relation", "adapted_from", "--wallet", "seller"];
        shop.market.cli(&[&edge[..], &more].concat());
        shop.activate(&child, "seller");
        Self {
            child,
            named,
            forgotten,
            payouts,
        }
    }

    fn order(&self, shop: &Shop) -> Pubkey {
        let open = ["order", "open", "--listing", &self.child.to_string()];
        address(&shop.market.cli(&open))
    }

    /// Whoever owns the forgotten parent says so.
    fn is_claimed(&self, shop: &Shop) -> Pubkey {
        let (child, forgotten) = (self.child.to_string(), self.forgotten.to_string());
        let claim = [
            "dispute",
            "challenge",
            &child,
            "--wallet",
            "operator",
            "--parent",
        ];
        let false_one = [&claim[..], &[forgotten.as_str()]].concat();
        shop.refuses(&false_one, "NoSuchEdge");
        let named = self.named.to_string();
        let there = [&claim[..], &[named.as_str(), "--missing", RELATION]].concat();
        shop.refuses(&there, "EdgeNotMissing");
        let younger = ["dispute", "challenge", &forgotten, "--wallet", "operator"];
        let more = ["--parent", &child, "--missing", RELATION];
        shop.refuses(&[&younger[..], &more].concat(), "ParentNotOlder");
        let apply = self.apply();
        shop.refuses(&apply.each_ref().map(String::as_str), "NoRuling");

        let claimed = [&false_one[..], &["--missing", RELATION]].concat();
        let claimed = shop.market.cli(&claimed);
        assert_eq!(text(&claimed, "case"), "missing_edge");
        let edge = pda::edge(&self.child, &self.forgotten).0;
        assert_eq!(text(&claimed, "subject"), edge.to_string());
        shop.refuses(&apply.each_ref().map(String::as_str), "NoRuling");
        address(&claimed)
    }

    fn apply(&self) -> [String; 7] {
        let (child, parent) = (self.child.to_string(), self.forgotten.to_string());
        let words = ["dispute", "apply-edge", &child, "--parent", &parent];
        let [dispute, apply, child, option, parent] = words.map(str::to_owned);
        let missing = ["--missing", RELATION].map(str::to_owned);
        let [missing, relation] = missing;
        [dispute, apply, child, option, parent, missing, relation]
    }

    async fn edge_is_added(&self, shop: &Shop) {
        let unknown = self.served(shop).await;
        assert_eq!(unknown.edges.len(), 1);
        let apply = self.apply();
        let apply = apply.each_ref().map(String::as_str);
        let added = shop.market.cli(&apply);
        assert_eq!(
            (text(&added, "status"), text(&added, "relation")),
            ("ruled", RELATION)
        );
        shop.refuses(&apply, "RulingApplied");

        let served = self.served(shop).await;
        let edges = served.edges.iter();
        let edges: Vec<_> = edges
            .map(|edge| {
                (
                    edge.parent,
                    edge.status.as_str(),
                    u64::from(edge.royalty_ppm),
                )
            })
            .collect();
        assert_eq!(
            edges,
            [
                (self.named, "claimed", CLAIMED_PPM),
                (self.forgotten, "ruled", DEFAULT_PPM)
            ]
        );
        let table = served.royalty_table.expect("a table");
        assert_eq!(u64::from(table.total_ppm), CLAIMED_PPM + DEFAULT_PPM);
        assert_eq!((table.generation, table.entries.len()), (1, 2));
        let ancestors = format!("/v1/listings/{}/ancestors", self.child);
        let (_, lineage) = shop.market.get(&ancestors).await;
        let edges = lineage["edges"].as_array().expect("edges").iter();
        let ruled = edges.filter(|edge| edge["status"] == "ruled");
        let ruled: Vec<_> = ruled.map(|edge| text(edge, "parent")).collect();
        assert_eq!(ruled, [self.forgotten.to_string()]);
        let descendants = format!("/v1/listings/{}/descendants", self.forgotten);
        let (_, lineage) = shop.market.get(&descendants).await;
        assert_eq!(
            lineage["nodes"].as_array().map(Vec::len),
            Some(2),
            "{lineage}"
        );
    }

    async fn served(&self, shop: &Shop) -> ListingDetail {
        shop.indexed().await;
        shop.verify_listing(&self.child).await;
        let api = Api::new(&shop.market.http).expect("a client");
        api.listing(&self.child).await.expect("a listing")
    }

    /// What was credited from each generation's pool, and that the command shows both.
    async fn pools_are_served(&self, shop: &Shop, [old, new]: [u64; 2], shares: [u64; 2]) {
        let served = self.served(shop).await;
        let credited = |generation: u16| -> Vec<u64> {
            let pool = served
                .pools
                .iter()
                .find(|pool| pool.generation == generation);
            let pool = pool.unwrap_or_else(|| panic!("no pool of {generation}: {served:?}"));
            assert_eq!(
                pool.address,
                pda::pool(&self.child, generation, &shop.mint).0
            );
            let credited = pool.credited.iter();
            credited
                .map(|amount| amount.parse().expect("an amount"))
                .collect()
        };
        assert_eq!(credited(0), [old]);
        assert_eq!(credited(1), shares);
        assert!(shares.iter().sum::<u64>() <= new);
        let shown = shop
            .market
            .cli(&["royalty", "show", &self.child.to_string()]);
        let generations = shown["pools"].as_array().expect("pools").iter();
        let generations: Vec<_> = generations.map(|pool| pool["generation"].clone()).collect();
        assert_eq!(generations, [0, 1], "{shown}");
        assert!(forward(shop, &self.child).is_empty(), "all is passed on");
    }
}

/// The jury upholds what is said of the edge to a parent; everybody is settled.
async fn the_jury_upholds(shop: &Shop, jury: &Jury, dispute: &Pubkey, case: &str) {
    let address = dispute.to_string();
    shop.pass(PHASE).await;
    jury.commit(shop, dispute, &SAID).await;
    shop.pass(PHASE).await;
    jury.reveal(shop, dispute, &SAID).await;
    shop.pass(PHASE).await;
    shop.market.cli(&["dispute", "tally", &address]);
    shop.pass(DAY).await;
    shop.market.cli(&["dispute", "finish", &address]);
    jury.settle(shop, dispute, 0, &SAID).await;
    shop.market
        .cli(&["dispute", "pay-bond", &address, "--index", "0"]);
    let found = served(shop, dispute).await.dispute;
    assert_eq!(found.ruling, Some(100));
    assert_eq!(found.opener, Some(shop.wallet("operator")));
    let subject = &found.account["subject"].as_str().expect("an address");
    let query = format!("/v1/disputes?case={case}&subject={subject}");
    let (_, listed) = shop.market.get(&query).await;
    assert_eq!(text(&listed["items"][0], "address"), address);
}

fn forward(shop: &Shop, listing: &Pubkey) -> Vec<Value> {
    let forward = ["royalty", "forward", &listing.to_string()];
    let forwarded = shop.market.cli(&forward);
    forwarded["forwarded"].as_array().expect("a list").clone()
}

/// Delivers and accepts it.
fn settle(shop: &Shop, order: &Pubkey) {
    let (text, content) = (order.to_string(), "5a".repeat(32));
    let deliver = ["order", "deliver", &text, "--content-hash", &content];
    shop.market
        .cli(&[&deliver[..], &["--wallet", "seller"]].concat());
    shop.act("accept", order, "buyer");
}

/// What a share of the price is, rounded down.
fn part(ppm: u64) -> u64 {
    PRICE * ppm / 1_000_000
}

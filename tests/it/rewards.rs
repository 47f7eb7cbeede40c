//! The reward token: what `pedigree up` makes of it, and positions and epochs from the chain to the API.

use std::fs;

use pedigree_sdk::{
    accounts::EntityKind,
    api::{Api, EpochFilter, PositionFilter},
    instructions::{escrow as on_escrow, reward as on_reward},
    pda,
    programs::{OWN, own},
    verify::{self, Verdict},
};
use pedigree_tests::{market::Market, network::is_agave};
use serde_json::Value;

use crate::{
    lies::{self, IN_REWARDS},
    shop::{Shop, address},
};

const LOCKED: u64 = 2_500_000_000;
const STAKE: u64 = 100_000_000;
const PRICE: u64 = 1_000_003;

#[tokio::test(flavor = "multi_thread")]
async fn up_deploys_and_sets_up_all_programs_and_says_where_they_are() {
    let shop = Shop::open(Market::empty());
    let endpoints = fs::read_to_string(shop.market.endpoints()).expect("endpoints.json");
    let endpoints: Value = serde_json::from_str(&endpoints).expect("JSON");
    for program in OWN {
        let name = own(&program).expect("a name");
        assert_eq!(endpoints["programs"][name], program.to_string(), "{name}");
        let account = shop.rpc.get_account(&program).await.expect("an account");
        assert!(account.executable, "{name}");
    }
    let reward: reward::state::Config = shop.account(&pda::reward_config().0).await;
    let court: dao::state::Config = shop.account(&pda::dao_config().0).await;
    let rate: reward::state::Rate = shop.account(&pda::rate(&shop.mint).0).await;
    let authority = shop.wallet("authority");
    assert_eq!([reward.authority, court.authority], [authority; 2]);
    assert_eq!((reward.mint, court.mint), (pda::token().0, pda::token().0));
    assert_eq!(court.treasury, shop.wallet("treasury"));
    assert!(rate.rate > 0, "fees credit something");
    let governance: dao::state::Governance = shop.account(&pda::governance().0).await;
    assert_eq!(governance.steward, authority);
    assert_eq!(
        (governance.mint, governance.guardian_threshold),
        (pda::token().0, 0)
    );

    let rounds = 3 * (court.evidence + court.commit + court.reveal + court.appeal);
    let escrow: escrow::state::Config = shop.account(&pda::escrow_config().0).await;
    assert!(rounds < escrow.arbitration_period, "every case fits");
    if !is_agave() {
        assert_eq!((reward.epoch_length, court.evidence), (3_600, 3_600));
        assert_eq!(governance.voting_period, 86_400, "the shortest there is");
    }
    shop.indexed().await;
    shop.verify_every_account().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_is_locked_is_served_with_a_proof_that_matches() {
    if is_agave() {
        println!("left out: nobody holds the token before an epoch has ended");
        return;
    }
    let shop = Shop::open(Market::empty());
    let api = Api::new(&shop.market.http).expect("a client");
    shop.give_tokens("buyer", 2 * LOCKED).await;
    let (owner, source) = (shop.wallet("buyer"), shop.tokens_of("buyer"));
    for id in [1, 2] {
        let lock = on_reward::lock(&owner, &owner, &source, id, LOCKED);
        shop.send("buyer", lock).await;
    }
    let epoch = on_reward::open_epoch(&owner, 0);
    shop.send("buyer", epoch).await;
    shop.indexed().await;

    let filter = PositionFilter {
        owner: Some(owner),
        ..PositionFilter::default()
    };
    let positions = api.positions(&filter).await.expect("positions").items;
    let addresses: Vec<_> = positions.iter().map(|position| position.address).collect();
    assert_eq!(addresses, [2, 1].map(|id| pda::position(&owner, id).0));
    for position in &positions {
        assert_eq!(position.account["amount"], LOCKED.to_string());
        assert_eq!(position.account["unlock_at"], Value::Null);
        let verdict = verify::position(&shop.rpc, position).await;
        assert_eq!(verdict.expect("a verdict"), Verdict::Match);
    }
    let [served] = &api
        .epochs(&EpochFilter::default())
        .await
        .expect("epochs")
        .items[..]
    else {
        panic!("one epoch was opened");
    };
    assert_eq!(
        (&served.account["epoch"], &served.account["status"]),
        (&0.into(), &"open".into())
    );
    let verdict = verify::epoch(&shop.rpc, served).await;
    assert_eq!(verdict.expect("a verdict"), Verdict::Match);

    let unlock = on_reward::request_unlock(&owner, 1);
    shop.send("buyer", unlock).await;
    let verdict = verify::position(&shop.rpc, &positions[1]).await;
    assert_eq!(verdict.expect("a verdict"), Verdict::Newer);
    shop.indexed().await;
    let unlocking = api.position(&positions[1].address).await;
    let unlocking = unlocking.expect("a position");
    assert!(unlocking.account["unlock_at"].is_string());
    let verdict = verify::position(&shop.rpc, &unlocking).await;
    assert_eq!(verdict.expect("a verdict"), Verdict::Match);
    no_lie_about_rewards_passes(&shop).await;
}

/// Of positions, what is attested with them, and what a sale's fee credits.
async fn no_lie_about_rewards_passes(shop: &Shop) {
    let listing = shop.register("publisher", "praised", PRICE, &[]);
    shop.activate(&listing, "publisher");
    let (owner, text) = (shop.wallet("buyer"), listing.to_string());
    let position = pda::position(&owner, 2).0;
    let (place, stake, hash) = (position.to_string(), STAKE.to_string(), "a7".repeat(32));
    let attest = ["attest", "post", &text, "--verdict", "good", "--wallet"];
    let with = ["buyer", "--position", &place, "--stake", &stake];
    let post = [&attest[..], &with, &["--evidence", &hash]].concat();
    let attestation = address(&shop.market.cli(&post));

    let order = address(&shop.market.cli(&["order", "open", "--listing", &text]));
    let deliver = [
        "order",
        "deliver",
        &order.to_string(),
        "--content-hash",
        &hash,
    ];
    shop.market.cli(&deliver);
    shop.act("accept", &order, "buyer");
    let settled: escrow::state::Order = shop.account(&order).await;
    let record = on_escrow::record_fees(&shop.wallet("stranger"), &order, &settled, 0);
    shop.send("stranger", record).await;
    let points: reward::state::Points = shop.account(&pda::points(&owner, 0).0).await;
    assert!(points.points > 0, "a fee credits its buyer");

    shop.indexed().await;
    shop.verify_every_account().await;
    lies::are_told_of(shop, &IN_REWARDS, |kind| match kind {
        EntityKind::Stake => pda::stake().0,
        EntityKind::Epoch => pda::epoch(0).0,
        EntityKind::Points => pda::points(&owner, 0).0,
        EntityKind::Position => position,
        EntityKind::Attestation => attestation,
        other => panic!("there is no {other}"),
    })
    .await;
}

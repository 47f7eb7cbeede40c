//! A complaint about a listing's version through every verb of the command, with what each one refuses.

use pedigree_sdk::pda;
use pedigree_tests::jury::{Ballot, bond, paid};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    shop::{DAY, Shop, address, amount, text},
    trial::served,
};

/// The jurors, what each locks, and the share that it says: the heavier one upholds the complaint.
const JURORS: [(&str, u64, &str); 2] = [
    ("buyer", 2_000_000_007, "0"),
    ("seller", 3_000_000_011, "100"),
];
const BOND: u64 = 100_000_000;
const PHASE: i64 = 2 * DAY;
/// What attestations risk, and what is burnt of the false one.
const STAKE: u64 = 150_000_001;

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_of_the_court_does_what_it_says_and_names_what_it_refuses() {
    let shop = Shop::with_a_clock().await;
    what_is_not_there_is_named(&shop);
    let listing = shop.register("publisher", "doubtful", 1_000_003, &[]);
    shop.activate(&listing, "publisher");
    let positions = JURORS.map(|(wallet, ..)| pda::position(&shop.wallet(wallet), 0).0);
    the_jurors_lock(&shop, &positions).await;
    let attestations = they_attest(&shop, &listing, &positions);
    shop.pass(8 * DAY).await;
    let dispute = it_is_complained_of(&shop, &listing).await;
    the_jurors_vote(&shop, &dispute, &positions).await;
    nobody_votes_on_the_appeal(&shop, &dispute, &positions).await;
    everybody_is_paid(&shop, &dispute, &positions).await;
    found_by_what_it_is(&shop, &listing, &dispute).await;
    what_was_attested_falsely_is_slashed(&shop, &attestations).await;
    the_positions_are_taken_back(&shop, &positions).await;
    shop.indexed().await;
    shop.verify_every_account().await;
}

fn what_is_not_there_is_named(shop: &Shop) {
    let nothing = Keypair::new().pubkey().to_string();
    let vote = ["--position", &nothing];
    for (verb, more, named) in [
        ("case", &[] as &[&str], "no order"),
        ("complain", &[], "no listing"),
        ("evidence", &["--hash", &"7e".repeat(32)], "no dispute"),
        (
            "commit",
            &[&vote[..], &["--share", "50"]].concat(),
            "no dispute",
        ),
        ("reveal", &vote, "no dispute"),
        ("tally", &[], "no dispute"),
        ("appeal", &["--direction", "up"], "no dispute"),
        ("finish", &[], "no dispute"),
        ("settle", &vote, "no juror"),
        ("pay-bond", &["--index", "0"], "no dispute"),
        ("show", &[], "no dispute"),
    ] {
        let args = [&["dispute", verb, &nothing][..], more].concat();
        shop.refuses(&args, named);
    }
    for (args, named) in [
        (&["stake", "unlock", &nothing][..], "no position"),
        (&["stake", "withdraw", &nothing], "no position"),
        (&["stake", "show", &nothing], "no position"),
        (
            &["attest", "slash", &nothing, "--number", "1"],
            "no attestation",
        ),
        (&["attest", "close", &nothing], "no attestation"),
        (&["attest", "show", &nothing], "no attestation"),
        (&["dispute", "list", "--status", "lost"], "status"),
        (&["dispute", "list", "--case", "murder"], "case"),
    ] {
        shop.refuses(args, named);
    }
}

async fn the_jurors_lock(shop: &Shop, positions: &[Pubkey; 2]) {
    for ((wallet, weight, _), position) in JURORS.into_iter().zip(positions) {
        let (weight_text, by) = (weight.to_string(), ["--wallet", wallet]);
        let lock = [&["stake", "lock", "--amount", &weight_text][..], &by].concat();
        shop.give_tokens(wallet, weight + bond(weight)).await;
        shop.refuses(
            &[&["stake", "lock", "--amount", "0"][..], &by].concat(),
            "AmountZero",
        );
        let locked = shop.market.cli(&lock);
        assert_eq!(
            (address(&locked), amount(&locked, "amount")),
            (*position, weight)
        );
        let shown = shop.market.cli(&["stake", "show", &position.to_string()]);
        assert_eq!(amount(&shown, "amount"), weight);
        let place = position.to_string();
        for verb in ["unlock", "withdraw"] {
            let by_stranger = ["stake", verb, &place, "--wallet", "stranger"];
            shop.refuses(&by_stranger, "NotOwner");
        }
        let withdraw = ["stake", "withdraw", &place];
        shop.refuses(&[&withdraw[..], &by].concat(), "StillLocked");
    }
    shop.indexed().await;
    let owner = shop.wallet(JURORS[0].0).to_string();
    let listed = shop.market.cli(&["stake", "list", "--owner", &owner]);
    assert_eq!(address(&listed["items"][0]), positions[0]);
}

/// One says that it is bad, the other that it is good.
fn they_attest(shop: &Shop, listing: &Pubkey, positions: &[Pubkey; 2]) -> [Pubkey; 2] {
    let (listing_text, stake, hash) = (listing.to_string(), STAKE.to_string(), "a7".repeat(32));
    let attest_as = |wallet: &str, juror: usize, verdict: &str, stake: &str| {
        let position = positions[juror].to_string();
        let post = ["attest", "post", &listing_text, "--verdict", verdict];
        let with = ["--position", &position, "--wallet", wallet];
        let risked = ["--stake", stake, "--evidence", &hash];
        shop.market.try_cli(&[&post[..], &with, &risked].concat())
    };
    let attest = |juror: usize, verdict, stake| attest_as(JURORS[juror].0, juror, verdict, stake);
    let refused = attest_as("stranger", 0, "bad", &stake).expect_err("another's");
    assert!(refused.contains("NotOwner"), "{refused}");
    let refused = attest(0, "bad", "1").expect_err("too little");
    assert!(refused.contains("StakeOutOfBounds"), "{refused}");
    [(0, "bad"), (1, "good")].map(|(juror, verdict)| {
        let posted = attest(juror, verdict, &stake).expect("an attestation");
        assert_eq!(
            (text(&posted, "verdict"), amount(&posted, "stake")),
            (verdict, STAKE)
        );
        let attestation = address(&posted);
        let attested = attestation.to_string();
        let shown = shop.market.cli(&["attest", "show", &attested]);
        assert_eq!(text(&shown, "position"), positions[juror].to_string());
        let slash = ["attest", "slash", &attested, "--number", "1"];
        shop.refuses(&slash, "NoContraryRuling");
        shop.refuses(&["attest", "close", &attested], "AttestationAlive");
        attestation
    })
}

async fn it_is_complained_of(shop: &Shop, listing: &Pubkey) -> Pubkey {
    let complain = [
        "dispute",
        "complain",
        &listing.to_string(),
        "--wallet",
        "operator",
    ];
    shop.refuses(&complain, "NoTokens");
    shop.give_tokens("operator", BOND).await;
    let opened = shop.market.cli(&complain);
    assert_eq!(
        (text(&opened, "case"), &opened["version"]),
        ("version", &1.into())
    );
    let dispute = address(&opened);
    assert_eq!(dispute, pda::dispute(listing, 1).0);
    let (on, hash) = (dispute.to_string(), "7e".repeat(32));
    let told = shop
        .market
        .cli(&["dispute", "evidence", &on, "--hash", &hash]);
    assert_eq!(text(&told, "evidence_hash"), hash);
    dispute
}

/// `pedigree dispute VERB DISPUTE --position … --wallet …`, of a juror by its place.
fn votes<'a>(
    verb: &'a str,
    dispute: &'a str,
    position: &'a str,
    juror: usize,
    more: &[&'a str],
) -> Vec<&'a str> {
    let vote = ["dispute", verb, dispute, "--position", position];
    [&vote[..], &["--wallet", JURORS[juror].0], more].concat()
}

async fn the_jurors_vote(shop: &Shop, dispute: &Pubkey, positions: &[Pubkey; 2]) {
    let (on, places) = (
        dispute.to_string(),
        positions.map(|position| position.to_string()),
    );
    let commit =
        |juror: usize, share| votes("commit", &on, &places[juror], juror, &["--share", share]);
    let reveal = |juror: usize| votes("reveal", &on, &places[juror], juror, &[]);
    let other = |share| votes("commit", &on, &places[1], 0, &["--share", share]);
    shop.refuses(&reveal(0), "no vote of this position");
    shop.refuses(&commit(0, JURORS[0].2), "WrongPhase");
    shop.pass(PHASE).await;
    let hash = "7e".repeat(32);
    shop.refuses(&["dispute", "evidence", &on, "--hash", &hash], "WrongPhase");
    // With another's position nobody votes; what was kept for that try is the owner's vote too.
    shop.refuses(&other(JURORS[1].2), "NotOwner");
    for (juror, (_, weight, share)) in JURORS.into_iter().enumerate() {
        let committed = shop.market.cli(&commit(juror, share));
        assert_eq!(amount(&committed, "weight"), weight);
        assert!(
            text(&committed, "kept_in").contains("votes/"),
            "{committed}"
        );
    }
    shop.refuses(&commit(0, "100"), "another choice");
    shop.refuses(&reveal(0), "WrongPhase");
    shop.pass(PHASE).await;
    shop.refuses(&["dispute", "tally", &on], "WrongPhase");
    for (juror, choice) in [(0, 0), (1, 4)] {
        let revealed = shop.market.cli(&reveal(juror));
        assert_eq!(revealed["choice"], choice, "{revealed}");
        shop.refuses(&reveal(juror), "AlreadyRevealed");
    }
    shop.pass(PHASE).await;
    let counted = shop.market.cli(&["dispute", "tally", &on]);
    assert_eq!(
        text(&counted["rounds"][0], "status"),
        "quorate",
        "{counted}"
    );
    shop.refuses(&["dispute", "tally", &on], "AlreadyCounted");
    assert_eq!(served(shop, dispute).await.dispute.ruling, Some(100));
}

async fn nobody_votes_on_the_appeal(shop: &Shop, dispute: &Pubkey, positions: &[Pubkey; 2]) {
    let on = dispute.to_string();
    shop.give_tokens("publisher", BOND).await;
    let appeal = [
        "dispute",
        "appeal",
        &on,
        "--wallet",
        "publisher",
        "--direction",
    ];
    shop.refuses(&[&appeal[..], &["up"]].concat(), "NothingToAppeal");
    let appealed = shop.market.cli(&[&appeal[..], &["down"]].concat());
    assert_eq!(appealed["round"], 1);
    assert_eq!(amount(&appealed["bonds"][1], "amount"), BOND);
    shop.refuses(&["dispute", "finish", &on], "WrongPhase");
    let settle = [
        "dispute",
        "settle",
        &on,
        "--position",
        &positions[0].to_string(),
    ];
    shop.refuses(&settle, "DisputeOpen");
    shop.refuses(&["dispute", "pay-bond", &on, "--index", "0"], "DisputeOpen");
    shop.pass(3 * PHASE).await;
    let counted = shop.market.cli(&["dispute", "tally", &on]);
    assert_eq!(text(&counted["rounds"][1], "status"), "void", "{counted}");
    let ended = shop.market.cli(&["dispute", "finish", &on]);
    assert_eq!(
        (text(&ended, "status"), &ended["share"]),
        ("final", &100.into())
    );
    shop.refuses(&["dispute", "finish", &on], "DisputeOver");
}

async fn everybody_is_paid(shop: &Shop, dispute: &Pubkey, positions: &[Pubkey; 2]) {
    let on = dispute.to_string();
    let ballots = [(0, 0), (1, 4)].map(|(juror, choice): (usize, u8)| Ballot {
        weight: JURORS[juror].1,
        choice: Some(choice),
    });
    for ((juror, position), expected) in positions.iter().enumerate().zip(paid(&ballots, 0)) {
        let position = position.to_string();
        let settle = ["dispute", "settle", &on, "--position", &position];
        let settled = shop.market.cli(&settle);
        assert_eq!(amount(&settled, "paid"), expected);
        let tokens = shop.tokens_of(JURORS[juror].0);
        assert_eq!(shop.balance(&tokens).await, expected);
        shop.refuses(&settle, "no juror");
    }
    for (index, wallet) in [("0", "operator"), ("1", "publisher")] {
        let pay = ["dispute", "pay-bond", &on, "--index", index];
        shop.market.cli(&pay);
        assert_eq!(
            shop.balance(&shop.tokens_of(wallet)).await,
            BOND,
            "{wallet}"
        );
        shop.refuses(&pay, "NothingDue");
    }
    shop.refuses(&["dispute", "pay-bond", &on, "--index", "2"], "NothingDue");
    shop.refuses(
        &["dispute", "pay-bond", &on, "--index", "3"],
        "--index is 0, 1 or 2",
    );
    assert_eq!(shop.balance(&pda::dispute_vault(dispute).0).await, 0);
}

async fn found_by_what_it_is(shop: &Shop, listing: &Pubkey, dispute: &Pubkey) {
    let detail = served(shop, dispute).await;
    assert_eq!(detail.dispute.ruling, Some(100));
    assert!(detail.jurors.iter().all(|juror| juror.closed));
    let (subject, opener) = (listing.to_string(), shop.wallet("operator").to_string());
    let found = |more: &[&str]| -> usize {
        let listed: Value = shop.market.cli(&[&["dispute", "list"][..], more].concat());
        listed["items"].as_array().expect("items").len()
    };
    assert_eq!(found(&["--subject", &subject]), 1);
    assert_eq!(found(&["--opener", &opener, "--case", "version"]), 1);
    assert_eq!(found(&["--case", "order", "--case", "missing_edge"]), 0);
    assert_eq!(found(&["--status", "open"]), 0);
    assert_eq!(found(&["--status", "final", "--status", "undecided"]), 1);
}

/// Who said that it is good loses what it risked; who said that it is bad may take it back when its time is over.
async fn what_was_attested_falsely_is_slashed(shop: &Shop, attestations: &[Pubkey; 2]) {
    let [right, wrong] = attestations.map(|attestation| attestation.to_string());
    let slash = |attestation| ["attest", "slash", attestation, "--number", "1"];
    shop.refuses(&slash(&right), "NoContraryRuling");
    let reward = shop.balance(&shop.tokens_of("stranger")).await;
    let slashed = shop.market.cli(&slash(&wrong));
    assert_eq!(amount(&slashed, "stake"), STAKE);
    let after = shop.balance(&shop.tokens_of("stranger")).await;
    assert_eq!(after, reward + STAKE / 10);
    shop.refuses(&slash(&wrong), "no attestation");

    shop.pass(91 * DAY).await;
    let closed = shop.market.cli(&["attest", "close", &right]);
    assert_eq!(
        text(&closed, "rent_to"),
        shop.wallet(JURORS[0].0).to_string()
    );
    shop.refuses(&["attest", "show", &right], "no attestation");
}

async fn the_positions_are_taken_back(shop: &Shop, positions: &[Pubkey; 2]) {
    for ((wallet, ..), position) in JURORS.iter().zip(positions) {
        let unlock = ["stake", "unlock", &position.to_string(), "--wallet", wallet];
        let unlocking = shop.market.cli(&unlock);
        assert!(unlocking["unlock_at"].is_string(), "{unlocking}");
        shop.refuses(&unlock, "Unlocking");
    }
    shop.pass(16 * DAY).await;
    let left = [JURORS[0].1, JURORS[1].1 - STAKE];
    for (((wallet, ..), position), left) in JURORS.iter().zip(positions).zip(left) {
        let before = shop.balance(&shop.tokens_of(wallet)).await;
        let withdraw = [
            "stake",
            "withdraw",
            &position.to_string(),
            "--wallet",
            wallet,
        ];
        let withdrawn = shop.market.cli(&withdraw);
        assert_eq!(amount(&withdrawn, "amount"), left);
        let after = shop.balance(&shop.tokens_of(wallet)).await;
        assert_eq!(after, before + left);
    }
}

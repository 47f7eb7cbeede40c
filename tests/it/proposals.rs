//! A proposal from its beginning to what it changes, through the command: the next order pays the fee that was voted for, the
//! one before the one that it was opened with. What the index serves at each step is what the chain has.

use dao::state::Governance;
use escrow::state::{Config, Order};
use pedigree_sdk::{
    accounts::EntityKind,
    api::{Api, ProposalDetail},
    instructions::{dao as on_dao, escrow as on_escrow, reward as on_reward},
    pda,
    verify::{self, Verdict},
};
use pedigree_tests::market::with_windows;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::{
    books::FEE_PPM,
    lies::{self, IN_PROPOSALS},
    shop::{DAY, Shop, address, amount, text},
};

const PRICE: u64 = 1_000_003;
/// What `pedigree up` sets on a network that is nobody's own.
const VOTING: i64 = 5 * DAY;
const NEW_FEE_PPM: u64 = 10_000;
/// Who votes, with what, and how at last.
const VOTERS: [(&str, u64, &str); 2] = [
    ("buyer", 3_000_000_000, "yes"),
    ("stranger", 1_000_000_000, "no"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_changes_the_fee_of_the_next_order_and_not_of_the_one_before() {
    let shop = Shop::with_a_clock().await;
    the_dao_takes_escrow_over(&shop).await;
    let listing = shop.register("publisher", "taxed", PRICE, &[]);
    shop.activate(&listing, "publisher");
    lock(&shop).await;
    let before = open(&shop, &listing);

    let proposed = propose(&shop);
    assert_eq!(
        (text(&proposed, "status"), &proposed["number"]),
        ("voting", &1.into())
    );
    assert_eq!(proposed["arguments"]["fee_ppm"], NEW_FEE_PPM);
    guardians_are_decreed(&shop);
    served(&shop, "voting").await;
    vote(&shop).await;
    shop.refuses(&["proposal", "conclude", "1"], "VotingOpen");

    shop.pass(VOTING).await;
    let late = ["proposal", "change", "1", "--position", &position(&shop, 1)];
    let late = [&late[..], &["--choice", "yes", "--wallet", "stranger"]].concat();
    shop.refuses(&late, "VotingOver");
    let concluded = shop.market.cli(&["proposal", "conclude", "1"]);
    assert_eq!(text(&concluded, "status"), "queued");
    served(&shop, "queued").await;
    shop.refuses(&["proposal", "execute", "1"], "TimeLocked");
    let between = open(&shop, &listing);

    shop.pass(2 * DAY).await;
    shop.refuses(&["proposal", "expire", "1"], "StillExecutable");
    let executed = shop.market.cli(&["proposal", "execute", "1"]);
    assert_eq!(text(&executed, "status"), "executed");
    shop.refuses(&["proposal", "execute", "1"], "NotQueued");
    let config: Config = shop.account(&pda::escrow_config().0).await;
    assert_eq!(u64::from(config.fee_ppm), NEW_FEE_PPM);
    served(&shop, "executed").await;
    guardians_veto(&shop).await;

    let after = open(&shop, &listing);
    for (order, fee_ppm) in [(before, FEE_PPM), (between, FEE_PPM), (after, NEW_FEE_PPM)] {
        assert_eq!(pays(&shop, &order).await, PRICE * fee_ppm / 1_000_000);
    }
    everything_is_given_back(&shop).await;
}

/// Its settings are offered to the dao, which accepts them by anyone.
async fn the_dao_takes_escrow_over(shop: &Shop) {
    let config: Config = shop.account(&pda::escrow_config().0).await;
    let mut offer = with_windows(&config, 3_600);
    // Deliveries wait for a vote and its time lock.
    offer.delivery_window = 20 * 86_400;
    offer.pending_authority = pda::dao_authority().0;
    let offer = on_escrow::update_config(&shop.wallet("authority"), offer);
    shop.send("authority", offer).await;
    let accept = on_dao::accept_authority(dao::state::program::ESCROW);
    shop.send("stranger", accept).await;
    let config: Config = shop.account(&pda::escrow_config().0).await;
    assert_eq!(config.authority, pda::dao_authority().0);
}

/// What was locked for less than a week has no weight.
async fn lock(shop: &Shop) {
    for (voter, weight, _) in VOTERS {
        shop.give_tokens(voter, 2 * weight).await;
        let (owner, source) = (shop.wallet(voter), shop.tokens_of(voter));
        let lock = on_reward::lock(&owner, &owner, &source, 1, weight);
        shop.send(voter, lock).await;
    }
    shop.pass(8 * DAY).await;
    shop.indexed().await;
    let own = [
        "stake",
        "list",
        "--owner",
        &shop.wallet("buyer").to_string(),
    ];
    let listed = shop.market.cli(&own);
    assert_eq!(listed["items"][0]["address"], position(shop, 0));
}

fn position(shop: &Shop, voter: usize) -> String {
    let (voter, ..) = VOTERS[voter];
    pda::position(&shop.wallet(voter), 1).0.to_string()
}

fn open(shop: &Shop, listing: &Pubkey) -> Pubkey {
    let open = ["order", "open", "--listing", &listing.to_string()];
    address(&shop.market.cli(&open))
}

fn propose(shop: &Shop) -> Value {
    let (fee, position) = (NEW_FEE_PPM.to_string(), position(shop, 0));
    let propose = ["proposal", "propose", "update-escrow", "--fee-ppm", &fee];
    let by = ["--position", &position, "--wallet", "buyer"];
    let too_much = [
        "proposal",
        "propose",
        "update-escrow",
        "--fee-ppm",
        "100001",
    ];
    shop.refuses(&[&too_much[..], &by].concat(), "ActionOutOfBounds");
    shop.market.cli(&[&propose[..], &by].concat())
}

/// The steward has the second proposal name some, whose time lock is as long as the vote on the first one and its own.
fn guardians_are_decreed(shop: &Shop) {
    for action in [
        &["set-guardians"][..],
        &["set-guardians", "--none"],
        &["update-dao"],
        &["update-reward", "--paused", "false"],
    ] {
        let propose = [&["proposal", "propose"], action, &["--decree"]].concat();
        shop.refuses(&propose, "NothingChanges");
    }
    let set = ["proposal", "propose", "set-guardians", "--decree"];
    let two = ["--guardian", "seller", "--guardian", "stranger"];
    shop.refuses(&[&set[..], &two].concat(), "--threshold");
    let three = [&two[..], &["--threshold", "3"]].concat();
    shop.refuses(&[&set[..], &three[..]].concat(), "--threshold");
    let both = [&two[..], &["--threshold", "2"]].concat();
    let decreed = shop.market.cli(&[&set[..], &both[..]].concat());
    assert_eq!(
        (text(&decreed, "status"), &decreed["number"]),
        ("queued", &2.into())
    );
    assert_eq!(decreed["arguments"]["threshold"], 2);
}

/// Those that it names stop the next one, together.
async fn guardians_veto(shop: &Shop) {
    let executed = shop.market.cli(&["proposal", "execute", "2"]);
    assert_eq!(text(&executed, "status"), "executed");
    let governance: Governance = shop.account(&pda::governance().0).await;
    let named = ["seller", "stranger"].map(|name| shop.wallet(name));
    assert_eq!(governance.guardians[..2], named);
    assert_eq!(governance.guardian_threshold, 2);
    let set = ["proposal", "propose", "set-guardians", "--decree"];
    let same = ["--guardian", "stranger", "--guardian", "seller"];
    shop.refuses(&[&set[..], &same].concat(), "NothingChanges");
    let court = ["proposal", "propose", "update-dao", "--decree"];
    let other = ["--evidence", "2d", "--appeal", "1h"];
    let queued = shop.market.cli(&[&court[..], &other].concat());
    assert_eq!(queued["arguments"]["evidence"], 172_800);
    let one = ["proposal", "veto", "3", "--guardian", "seller"];
    shop.refuses(&one, "NotGuardians");
    let vetoed = [&one[..], &["--guardian", "stranger"]].concat();
    assert_eq!(text(&shop.market.cli(&vetoed), "status"), "vetoed");
}

/// Everybody votes no at first, and some change that.
async fn vote(shop: &Shop) {
    for (index, (voter, _, choice)) in VOTERS.into_iter().enumerate() {
        let position = position(shop, index);
        let with = ["--position", &position, "--wallet", voter];
        let cast = ["proposal", "cast", "1", "--choice", "no"];
        let cast = [&cast[..], &with].concat();
        assert_eq!(text(&shop.market.cli(&cast), "choice"), "no");
        if choice != "no" {
            let change = ["proposal", "change", "1", "--choice", choice];
            let changed = shop.market.cli(&[&change[..], &with].concat());
            assert_eq!(text(&changed, "choice"), choice);
        }
    }
    let voted = served(shop, "voting").await;
    let choices: Vec<_> = voted
        .voters
        .iter()
        .map(|vote| vote.account["choice"].clone())
        .collect();
    assert_eq!(choices, ["no", "yes"], "the newest first");
    no_lie_about_it_passes(shop).await;
    let tally = ["yes", "no", "abstain"].map(|sum| voted.proposal.account[sum].clone());
    assert_eq!(tally, ["3000000000", "1000000000", "0"]);
}

async fn no_lie_about_it_passes(shop: &Shop) {
    let proposal = pda::proposal(1).0;
    let voter = pda::position(&shop.wallet(VOTERS[0].0), 1).0;
    lies::are_told_of(shop, &IN_PROPOSALS, |kind| match kind {
        EntityKind::Proposal => proposal,
        EntityKind::Vote => pda::vote(&proposal, &voter).0,
        other => panic!("there is no {other}"),
    })
    .await;
}

/// The fee of an order that is delivered and accepted now.
async fn pays(shop: &Shop, order: &Pubkey) -> u64 {
    let (address, content) = (order.to_string(), "5a".repeat(32));
    let deliver = ["order", "deliver", &address, "--content-hash", &content];
    shop.market.cli(&deliver);
    shop.act("accept", order, "buyer");
    shop.account::<Order>(order).await.fee_paid
}

/// The deposit and the rent of the votes.
async fn everything_is_given_back(shop: &Shop) {
    let tokens = shop.tokens_of("buyer");
    let before = shop.balance(&tokens).await;
    let paid = shop.market.cli(&["proposal", "pay-deposit", "1"]);
    assert_eq!(text(&paid, "deposit_state"), "paid");
    let deposit = amount(&paid, "deposit");
    assert!(deposit > 0);
    assert_eq!(shop.balance(&tokens).await, before + deposit);
    for (index, _) in VOTERS.iter().enumerate() {
        let position = position(shop, index);
        let close = ["proposal", "close-vote", "1", "--position", &position];
        shop.market.cli(&close);
    }
    shop.refuses(&["proposal", "close", "1"], "StillNeeded");
    let ended = served(shop, "executed").await;
    assert!(ended.voters.iter().all(|vote| vote.closed));
    assert_eq!(ended.proposal.account["votes"], json!(0));
    shop.verify_every_account().await;
}

/// What the index serves of it, compared with the chain, alone and in lists, and each of its votes.
async fn served(shop: &Shop, status: &str) -> ProposalDetail {
    shop.indexed().await;
    let api = Api::new(&shop.market.http).expect("a client");
    let served = api.proposal(1).await.expect("a proposal");
    let found = &served.proposal;
    assert_eq!(found.account["status"], status);
    let verdict = verify::proposal(&shop.rpc, found).await;
    assert_eq!(verdict.expect("a verdict"), Verdict::Match, "{found:?}");
    for vote in &served.voters {
        let verdict = verify::vote(&shop.rpc, vote).await;
        let expected = match vote.closed {
            true => Verdict::Closed,
            false => Verdict::Match,
        };
        assert_eq!(verdict.expect("a verdict"), expected, "{vote:?}");
    }
    let shown = shop.market.cli(&["proposal", "show", "1"]);
    assert_eq!(text(&shown, "index"), "match");
    let list = ["proposal", "list", "--status", status, "--action"];
    let listed = shop.market.cli(&[&list[..], &["update_escrow"]].concat());
    assert_eq!(listed["items"][0]["address"], shown["address"]);
    served
}

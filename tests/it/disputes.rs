//! Orders before the court, on a network whose clock is put forward: what is paid, and to whom, to the base unit.

use std::{collections::BTreeMap, iter::zip};

use pedigree_sdk::{pda, programs::TOKEN};
use pedigree_tests::jury::{Ballot, gains_and_losses, median, paid, revealed};
use solana_program::pubkey::Pubkey;

use crate::{
    jurors::{Jury, Said, changes},
    offer::Offer,
    shop::{DAY, Shop, amount, text},
    trial::{Holdings, Trial},
};

const TERM: &str = "mode=one_time,unit=seat,price=1000003";
/// Of the first appeal, in base units of the reward token.
const APPEAL_BOND: u64 = 100_000_000;
/// Phases of a round, and the time to appeal.
const PHASE: i64 = 2 * DAY;

const JURORS: u64 = 30;
/// What jurors say in turn, in the first round and in the second one.
const FIRST: [Option<u8>; 10] = [
    Some(0),
    Some(1),
    Some(1),
    Some(2),
    Some(2),
    Some(2),
    Some(3),
    Some(3),
    Some(4),
    None,
];
const SECOND: [Option<u8>; 10] = [
    Some(1),
    Some(2),
    Some(3),
    Some(4),
    Some(3),
    Some(4),
    Some(3),
    None,
    Some(0),
    Some(4),
];

#[tokio::test(flavor = "multi_thread")]
async fn thirty_jurors_an_appeal_and_a_second_ruling_pay_everybody_to_the_base_unit() {
    let shop = Shop::with_a_clock().await;
    let weights: Vec<u64> = (0..JURORS)
        .map(|i| 1_000_000_007 + i * 37_000_003)
        .collect();
    let jury = Jury::of(&shop, &weights).await;
    let offer = Offer::publish(&shop, TERM);
    shop.give_tokens("seller", APPEAL_BOND).await;
    let before = Holdings::read(&shop).await;
    let mut trial = Trial::open(&shop, &offer);
    let rounds = [FIRST, SECOND]
        .map(|round| -> Vec<Said> { (0..30).zip(round.into_iter().cycle()).collect() });
    let all = jury.holds(&shop, &rounds[0]).await;

    let evidence = ["--hash", &"e1".repeat(32)];
    trial.on(&shop, "evidence", &evidence);
    the_jury_votes(&shop, &jury, &trial, &rounds[0], 0).await;
    trial.on(&shop, "tally", &[]);
    trial.refuses(&shop, "tally", &[], "AlreadyCounted");
    assert_eq!(median(&jury.ballots(&rounds[0])), 2);
    trial.served(&shop, "open", Some(50)).await;
    let order = trial.entry.order.to_string();
    shop.refuses(&["dispute", "apply", &order], "NoRuling");

    // The seller wants the buyer to get less; the second round gives it more.
    let appeal = ["--direction", "down", "--wallet", "seller"];
    trial.on(&shop, "appeal", &appeal);
    let bonds = jury
        .ballots(&rounds[0])
        .iter()
        .map(Ballot::bond)
        .sum::<u64>();
    let held = bonds + APPEAL_BOND;
    the_jury_votes(&shop, &jury, &trial, &rounds[1], held).await;
    trial.on(&shop, "tally", &[]);
    assert_eq!(median(&jury.ballots(&rounds[1])), 3);
    trial.refuses(&shop, "finish", &[], "WrongPhase");
    shop.pass(DAY).await;
    trial.on(&shop, "finish", &[]);
    trial.served(&shop, "final", Some(75)).await;
    trial.carry_out(&shop, Some(75)).await;

    let settled = everybody_is_settled(&shop, &jury, &trial, &rounds, APPEAL_BOND).await;
    let total: i128 = changes(&all, &settled).iter().sum();
    assert_eq!(
        total,
        i128::from(APPEAL_BOND),
        "the jurors share the lost bond"
    );
    trial.refuses(&shop, "pay-bond", &["--index", "1"], "NothingDue");
    let vault = pda::dispute_vault(&trial.dispute).0;
    assert_eq!(shop.balance(&vault).await, 0);

    let served = trial.served(&shop, "final", Some(75)).await;
    assert_eq!(served.jurors.len(), 60);
    assert!(served.jurors.iter().all(|juror| juror.closed));
    for (at, said) in rounds.iter().enumerate() {
        let round = &served.dispute.account["rounds"][at];
        assert_eq!(
            (&round["pot"], &round["jurors"]),
            (&"0".into(), &0.into()),
            "{round}"
        );
        let weights = round["weights"].as_array().expect("weights");
        let weights = weights.iter().map(|weight| weight.as_str().expect("text"));
        let sum: u64 = weights
            .map(|weight| weight.parse::<u64>().expect("a weight"))
            .sum();
        assert_eq!(sum, revealed(&jury.ballots(said)));
    }
    offer.is_paid(&shop, &[&trial.entry.ledger]).await;
    let rewards = zip(&jury.members, changes(&all, &settled));
    let rewards = rewards.map(|(member, change)| (member.tokens(), change));
    let rewards = rewards.chain([(shop.tokens_of("seller"), -i128::from(APPEAL_BOND))]);
    let money = what_it_moved(&shop, &offer, &[&trial]);
    before.changed_by(&shop, [money, rewards.collect()]).await;
    shop.indexed().await;
    shop.verify_every_account().await;
}

/// Everybody commits, its bond joins what the vault held, and whoever says anything reveals; the time to reveal is over then.
async fn the_jury_votes(shop: &Shop, jury: &Jury, trial: &Trial, said: &[Said], held: u64) {
    shop.pass(PHASE).await;
    jury.commit(shop, &trial.dispute, said).await;
    let bonds = jury.ballots(said).iter().map(Ballot::bond).sum::<u64>();
    let vault = pda::dispute_vault(&trial.dispute).0;
    assert_eq!(shop.balance(&vault).await, held + bonds);
    trial.refuses(shop, "tally", &[], "WrongPhase");
    shop.pass(PHASE).await;
    jury.reveal(shop, &trial.dispute, said).await;
    shop.pass(PHASE).await;
}

/// Pays each juror of both rounds what the model says, the first one by the command; the second round has what an appellant
/// lost. What they hold at last.
async fn everybody_is_settled(
    shop: &Shop,
    jury: &Jury,
    trial: &Trial,
    rounds: &[Vec<Said>; 2],
    lost: u64,
) -> Vec<u64> {
    let mut held = jury.holds(shop, &rounds[0]).await;
    for (round, (said, lost)) in (0u8..).zip(zip(rounds, [0, lost])) {
        let ballots = jury.ballots(said);
        let expected = paid(&ballots, lost);
        let position = jury.members[0].position.to_string();
        let settle = ["--position", &position, "--round", &round.to_string()];
        let settled = trial.on_juror(shop, &settle);
        assert_eq!(amount(&settled, "paid"), expected[0]);
        jury.settle(shop, &trial.dispute, round, &said[1..]).await;
        let after = jury.holds(shop, said).await;
        let observed = changes(&held, &after);
        let exact: Vec<i128> = expected.iter().map(|paid| i128::from(*paid)).collect();
        assert_eq!(observed, exact, "round {round}");
        let (gains, losses) = gains_and_losses(&ballots, &expected);
        assert_eq!(gains, losses + lost, "round {round}");
        println!("round {round}: gains {gains} = losses {losses} + lost bond {lost}");
        held = after;
    }
    held
}

/// What orders moved in the settlement mint, once their royalty has been passed on.
fn what_it_moved(shop: &Shop, offer: &Offer, trials: &[&Trial]) -> Vec<(Pubkey, i128)> {
    let account = |wallet: &Pubkey| pda::associated_token(wallet, &shop.mint, &TOKEN).0;
    let mut moved = Vec::new();
    for trial in trials {
        let ledger = &trial.entry.ledger;
        moved.extend([
            (account(&shop.wallet("buyer")), -i128::from(ledger.spent())),
            (account(&offer.payout), i128::from(ledger.paid)),
            (pda::treasury(&shop.mint).0, i128::from(ledger.fee_paid)),
            (account(&offer.base_payout), i128::from(ledger.royalty_paid)),
        ]);
    }
    moved
}

/// Jurors by their place: who judges, whom the loser brings along, and who copies.
const HONEST: usize = 0;
const BROUGHT: usize = 1;
const COPIER: usize = 2;
/// A first round needs 1,000,000,000, an appeal's twice that: who was brought along outweighs the honest juror and falls
/// short of the quorum.
const WEIGHTS: [u64; 3] = [1_500_000_007, 1_900_000_003, 1_600_000_001];

#[tokio::test(flavor = "multi_thread")]
async fn no_votes_an_outrun_quorum_and_a_copied_commit_bring_nobody_anything() {
    let shop = Shop::with_a_clock().await;
    let jury = Jury::of(&shop, &WEIGHTS).await;
    let offer = Offer::publish(&shop, TERM);
    shop.give_tokens("seller", APPEAL_BOND).await;
    let before = Holdings::read(&shop).await;
    let mut silent = Trial::open(&shop, &offer);
    let mut outrun = Trial::open(&shop, &offer);
    let mut copied = Trial::open(&shop, &offer);
    let (all, three) = ((HONEST, Some(4)), (HONEST, Some(3)));

    shop.pass(PHASE).await;
    jury.commit(&shop, &outrun.dispute, &[all]).await;
    jury.commit(&shop, &copied.dispute, &[three]).await;
    jury.copy(&shop, &copied.dispute, COPIER, HONEST).await;
    shop.pass(PHASE).await;
    jury.reveal(&shop, &outrun.dispute, &[all]).await;
    let copy = jury.reveal_as(&copied.dispute, COPIER, HONEST, 3);
    shop.refuses_to_send("stranger", copy.clone(), "NotCommitted")
        .await;
    jury.reveal(&shop, &copied.dispute, &[three]).await;
    shop.refuses_to_send("stranger", copy, "NotCommitted").await;
    shop.pass(PHASE).await;
    for trial in [&silent, &outrun, &copied] {
        trial.refuses(&shop, "finish", &[], "WrongPhase");
        trial.on(&shop, "tally", &[]);
    }

    // Nobody voted: it ends at once, and nothing may be appealed.
    let appeal = ["--direction", "down", "--wallet", "seller"];
    silent.refuses(&shop, "appeal", &appeal, "NothingToAppeal");
    silent.on(&shop, "finish", &[]);
    silent.served(&shop, "undecided", None).await;
    silent.carry_out(&shop, None).await;

    outrun.on(&shop, "appeal", &appeal);
    let held = shop.balance(&shop.tokens_of("seller")).await;
    assert_eq!(held, 0, "its bond is in the vault");
    let none = (BROUGHT, Some(0));
    shop.pass(PHASE).await;
    jury.commit(&shop, &outrun.dispute, &[none]).await;
    shop.pass(PHASE).await;
    jury.reveal(&shop, &outrun.dispute, &[none]).await;
    shop.pass(PHASE).await;
    outrun.on(&shop, "tally", &[]);
    outrun.refuses(&shop, "appeal", &appeal, "NothingToAppeal");
    outrun.on(&shop, "finish", &[]);
    outrun.served(&shop, "final", Some(100)).await;
    outrun.carry_out(&shop, Some(100)).await;
    outrun.on(&shop, "pay-bond", &["--index", "1"]);
    outrun.refuses(&shop, "pay-bond", &["--index", "1"], "NothingDue");
    jury.settle(&shop, &outrun.dispute, 0, &[all]).await;
    jury.settle(&shop, &outrun.dispute, 1, &[none]).await;

    copied.on(&shop, "finish", &[]);
    copied.served(&shop, "final", Some(75)).await;
    copied.carry_out(&shop, Some(75)).await;
    let both = [three, (COPIER, None)];
    jury.settle(&shop, &copied.dispute, 0, &both).await;

    let bond = pedigree_tests::jury::bond(WEIGHTS[COPIER]);
    assert_eq!(paid(&jury.ballots(&both), 0)[1], 0);
    let money = what_it_moved(&shop, &offer, &[&silent, &outrun, &copied]);
    let (honest, copier) = (&jury.members[HONEST], &jury.members[COPIER]);
    let rewards = vec![
        (honest.tokens(), i128::from(bond)),
        (copier.tokens(), -i128::from(bond)),
    ];
    offer
        .is_paid(
            &shop,
            &[&silent, &outrun, &copied].map(|trial| &trial.entry.ledger),
        )
        .await;
    before.changed_by(&shop, [money, rewards]).await;
    assert_eq!(silent.entry.ledger.refunded, 0);
    assert_eq!(outrun.entry.ledger.paid, 0);
    for (trial, status, ruling) in [
        (&silent, "undecided", None),
        (&outrun, "final", Some(100)),
        (&copied, "final", Some(75)),
    ] {
        trial.served(&shop, status, ruling).await;
        assert_eq!(shop.balance(&pda::dispute_vault(&trial.dispute).0).await, 0);
    }
    let (_, stats) = shop.market.get("/v1/stats").await;
    let counts = stats["disputes"].as_array().expect("counts").iter();
    let counts = counts.map(|count| (text(count, "value"), count["count"].as_u64()));
    let counts: BTreeMap<_, _> = counts.collect();
    let expected = [("final", Some(2)), ("undecided", Some(1))];
    assert_eq!(counts, expected.into(), "{stats}");
    assert_eq!(stats["disputed"], 0);
    shop.verify_every_account().await;
}

//! Rounds, appeals, endings, and bonds to the base unit.

use common::dispute::dispute_status;
use dao::{error::DaoError, state::direction};
use pedigree_sdk::{instructions::dao as ix, pda};
use rand::{Rng, SeedableRng, rngs::StdRng};
use solana_signer::Signer;

use crate::world::*;

#[test]
fn p10_thirty_jurors_are_paid_to_the_unit_over_an_appeal_and_nothing_stays_over() {
    for seed in 0..3 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut w = World::new(seed);
        let weights: Vec<u64> = (0..30).map(|_| rng.random_range(1_000..50_000)).collect();
        let voters = w.voters(&weights);
        let (order, dispute) = w.order_case();
        let mut vote = |bias: u8| -> Vec<Option<u8>> {
            (0..30)
                .map(|_| {
                    rng.random_bool(0.9)
                        .then(|| rng.random_range(bias..bias + 4))
                })
                .collect()
        };
        let (first, second) = (vote(0), vote(1));
        let before: u64 = voters.iter().map(|v| w.held(&v.owner.pubkey())).sum();
        let votes: Vec<_> = voters.iter().zip(first).collect();
        w.round(&dispute, &votes);
        let appellant = w.appeal(&dispute, direction::UP);
        let votes: Vec<_> = voters.iter().zip(second).collect();
        w.round(&dispute, &votes);
        w.finish(&order, &dispute);
        let state = w.dispute(&dispute);
        assert_eq!(state.head.status, dispute_status::FINAL);
        let moved = state.rounds[1].median > state.rounds[0].median;
        assert_eq!(state.head.share, state.rounds[1].median * 25);
        let paid = w
            .chain
            .send(&[ix::pay_bond(&appellant.pubkey(), &dispute, 1, None)], &[]);
        assert_eq!(paid.is_ok(), moved);
        for voter in voters.iter().rev() {
            w.settle(voter, &dispute, 1);
        }
        for voter in &voters {
            w.settle(voter, &dispute, 0);
        }
        // Jurors' gains are jurors' losses and the lost bond.
        let after: u64 = voters.iter().map(|v| w.held(&v.owner.pubkey())).sum();
        assert_eq!(after - before, if moved { 0 } else { APPEAL_BOND });
        assert_eq!(w.vault(&dispute), 0);
        let state = w.dispute(&dispute);
        assert!(
            state
                .rounds
                .iter()
                .all(|round| round.pot == 0 && round.jurors == 0)
        );
    }
}

#[test]
fn exact_votes_share_the_pot_and_others_keep_all_half_or_nothing() {
    let mut w = World::new(1);
    let voters = w.voters(&[4_000, 6_000, 1_000, 2_000, 3_000]);
    let (order, dispute) = w.order_case();
    let choices = [Some(2), Some(2), Some(3), Some(4), None];
    let votes: Vec<_> = voters.iter().zip(choices).collect();
    w.round(&dispute, &votes);
    w.finish(&order, &dispute);
    // 150 of the silent one, 50 of the one two steps off.
    assert_eq!(w.dispute(&dispute).rounds[0].pot, 200);
    let got: Vec<u64> = voters
        .iter()
        .map(|voter| w.settle(voter, &dispute, 0))
        .collect();
    assert_eq!(got, [200 + 80, 300 + 120, 50, 50, 0]);
    assert_eq!(w.vault(&dispute), 0);
}

#[test]
fn p23_a_juror_is_settled_once_and_not_before_the_end() {
    let mut w = World::new(1);
    let voters = w.voters(&[4_000]);
    let (order, dispute) = w.order_case();
    w.round(&dispute, &[(&voters[0], Some(2))]);
    let settle = w.settle_ix(&voters[0], &dispute, 0);
    w.refused(settle.clone(), DaoError::DisputeOpen);
    w.finish(&order, &dispute);
    w.crank(settle.clone());
    let stranger = w.stranger.insecure_clone();
    w.chain.send(&[settle], &[&stranger]).expect_err("once");
    assert!(
        !w.chain
            .exists(&pda::juror(&dispute, 0, &voters[0].position).0)
    );
}

#[test]
fn p48_a_round_without_a_quorum_changes_nothing_and_all_bonds_return() {
    let mut w = World::new(1);
    let voters = w.voters(&[2_000, 2_000, 96_000]);
    let (opener, listing, dispute) = w.version_case();
    w.round(&dispute, &[(&voters[0], Some(0)), (&voters[1], None)]);
    // No time to appeal has to pass: there is no ruling.
    w.refused(
        ix::pay_bond(&opener.pubkey(), &dispute, 0, None),
        DaoError::DisputeOpen,
    );
    w.crank(ix::finish(&listing, &dispute));
    assert_eq!(w.dispute(&dispute).head.status, dispute_status::UNDECIDED);
    for voter in &voters[..2] {
        assert_eq!(w.settle(voter, &dispute, 0), bond(2_000));
    }
    w.crank(ix::pay_bond(&opener.pubkey(), &dispute, 0, None));
    w.refused(
        ix::pay_bond(&opener.pubkey(), &dispute, 0, None),
        DaoError::NothingDue,
    );
    assert_eq!(
        (w.held(&opener.pubkey()), w.vault(&dispute)),
        (CASE_BOND, 0)
    );
}

#[test]
fn p48_a_losing_appellant_gains_nothing_by_outrunning_the_quorum() {
    let mut w = World::new(1);
    let voters = w.voters(&[10_000, 1_000]);
    let (opener, listing, dispute) = w.version_case();
    w.round(&dispute, &[(&voters[0], Some(4))]);
    let appellant = w.appeal(&dispute, direction::DOWN);
    assert_eq!(w.dispute(&dispute).rounds[1].quorum, 2_200);
    w.round(&dispute, &[(&voters[1], Some(0))]);
    w.crank(ix::finish(&listing, &dispute));
    let state = w.dispute(&dispute);
    assert_eq!(
        (state.head.status, state.head.share),
        (dispute_status::FINAL, 100)
    );
    for (owner, index) in [(&opener, 0), (&appellant, 1)] {
        w.crank(ix::pay_bond(&owner.pubkey(), &dispute, index, None));
    }
    assert_eq!(w.held(&appellant.pubkey()), 4 * APPEAL_BOND);
}

#[test]
fn an_appeal_is_lodged_while_there_is_time_where_a_ruling_can_move() {
    let mut w = World::new(1);
    let voters = w.voters(&[10_000]);
    let (order, dispute) = w.order_case();
    let appellant = w.holder(10 * APPEAL_BOND);
    let source = w.account(&appellant.pubkey());
    let appeal = |to| ix::appeal(&appellant.pubkey(), &dispute, &source, to);
    w.chain.refused(
        &[appeal(direction::UP)],
        &[&appellant],
        DaoError::WrongPhase,
    );
    w.round(&dispute, &[(&voters[0], Some(0))]);
    for nowhere in [direction::DOWN, 0, 3] {
        w.chain
            .refused(&[appeal(nowhere)], &[&appellant], DaoError::NothingToAppeal);
    }
    let (_, other) = w.order_case();
    let mut wrong = appeal(direction::UP);
    wrong.accounts[4].pubkey = pda::dispute_vault(&other).0;
    w.chain
        .refused(&[wrong], &[&appellant], DaoError::WrongAccount);
    w.refused(ix::finish(&order, &dispute), DaoError::WrongPhase);
    w.to(&dispute, EVIDENCE + COMMIT + REVEAL + APPEAL);
    w.chain.refused(
        &[appeal(direction::UP)],
        &[&appellant],
        DaoError::WrongPhase,
    );
    w.crank(ix::finish(&order, &dispute));
    w.chain.refused(
        &[appeal(direction::UP)],
        &[&appellant],
        DaoError::DisputeOver,
    );
}

#[test]
fn p41_with_everybody_silent_anyone_ends_a_dispute_past_its_deadline() {
    let mut w = World::new(1);
    let voters = w.voters(&[10_000]);
    let (order, dispute) = w.order_case();
    w.to(&dispute, EVIDENCE);
    w.commit(&voters[0], &dispute, 0);
    let deadline = w.dispute(&dispute).deadline;
    w.chain.set_time(deadline - 1);
    w.refused(ix::finish(&order, &dispute), DaoError::WrongPhase);
    w.chain.set_time(deadline);
    w.crank(ix::finish(&order, &dispute));
    assert_eq!(w.dispute(&dispute).head.status, dispute_status::UNDECIDED);
    assert_eq!(w.settle(&voters[0], &dispute, 0), bond(10_000));
    let docket = w.docket(&order).head;
    assert_eq!((docket.open, docket.ended_at), (0, deadline));
}

#[test]
fn another_subjects_docket_ends_nothing() {
    let mut w = World::new(1);
    let ((_, dispute), (other, _)) = (w.order_case(), w.order_case());
    w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
    w.crank(ix::tally(&dispute));
    w.refused(ix::finish(&other, &dispute), DaoError::WrongAccount);
}

//! What the instructions cost, and how large the program and its records are: goals that a change may not miss unseen.

use dao::state::{Dispute, Juror, Proposal, Vote};
use pedigree_sdk::{
    accounts::Account,
    instructions::dao::{self as ix, Action},
};
use solana_signer::Signer;
use testkit::{Program, Spread};

use crate::{assembly::*, world::*};

const SEEDS: u64 = 50;

#[test]
fn a_commitment_a_reveal_and_a_tally_cost_what_they_may_whatever_the_number_of_jurors() {
    let (mut commits, mut reveals) = (Vec::new(), Vec::new());
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for seed in 0..SEEDS {
        let mut w = World::new(seed);
        let voters = w.voters(&[4_000]);
        let (_, dispute) = w.order_case();
        w.to(&dispute, EVIDENCE);
        commits.push(w.commit(&voters[0], &dispute, 3).compute_units);
        w.to(&dispute, EVIDENCE + COMMIT);
        let reveal = w.reveal_ix(&voters[0], &dispute, 3);
        reveals.push(w.crank(reveal).compute_units);
        // As ten and as a thousand jurors leave the round.
        for (jurors, costs) in [(10, &mut few), (1_000, &mut many)] {
            let mut w = World {
                chain: w.chain.fork(),
                admin: w.admin.insecure_clone(),
                stranger: w.stranger.insecure_clone(),
                treasurer: w.treasurer.insecure_clone(),
                token: w.token,
            };
            w.chain.edit_state(&dispute, |dispute: &mut Dispute| {
                let round = &mut dispute.rounds[0];
                for juror in 1..jurors {
                    round.commit(bond(4_000)).expect("it fits");
                    round.reveal((juror % 5) as u8, 4_000).expect("it fits");
                }
            });
            w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
            costs.push(w.crank(ix::tally(&dispute)).compute_units);
        }
    }
    let all = [commits, reveals, few, many].map(Spread::of);
    let [commit, reveal, few, many] = all;
    println!("commit {commit:?}\nreveal {reveal:?}\ntally of 10 {few:?}\ntally of 1,000 {many:?}");
    assert!(commit.p50 <= 5_000, "{commit:?}");
    assert!(reveal.p50 <= 4_000, "{reveal:?}");
    assert!(few.p50 <= 4_000 && many.p50 <= 4_000, "{few:?} {many:?}");
}

#[test]
fn a_vote_on_a_proposal_costs_at_most_3500_units_and_a_changed_one_less() {
    let action = Action::UpdateListing { paused: true };
    let all: [Vec<u64>; 6] = std::array::from_fn(|_| Vec::new());
    let [
        mut proposals,
        mut casts,
        mut changes,
        mut counts,
        mut executions,
        mut closings,
    ] = all;
    for seed in 0..SEEDS {
        let mut a = Assembly::new(seed);
        let (owner, payer) = (a.owner(0), a.stranger.insecure_clone());
        let propose = a.propose_ix(&action);
        proposals.push(a.chain.ok(&[propose], &[&owner, &payer]).compute_units);
        casts.push(a.cast(1, 0, YES).compute_units);
        let change = a.change_ix(1, 0, NO);
        changes.push(a.chain.ok(&[change], &[&owner]).compute_units);
        let back = a.change_ix(1, 0, YES);
        a.chain.ok(&[back], &[&owner]);
        let end = a.proposal(1).ends_at;
        a.at(end);
        counts.push(a.crank(ix::conclude(1)).compute_units);
        a.at(end + LOCK);
        let execute = a.execute_ix(1, &action);
        executions.push(a.crank(execute).compute_units);
        let (key, position) = (owner.pubkey(), a.members[0].position);
        let close = ix::close_vote(&payer.pubkey(), &key, &position, 1);
        closings.push(a.crank(close).compute_units);
    }
    let all = [proposals, casts, changes, counts, executions, closings].map(Spread::of);
    let [propose, cast, change, conclude, execute, close] = all;
    println!("propose {propose:?}\ncast {cast:?}\nchange_vote {change:?}\nconclude {conclude:?}");
    println!("execute {execute:?}\nclose_vote {close:?}");
    assert!(cast.p50 <= 3_500, "{cast:?}");
    assert!(change.p50 <= 2_500, "{change:?}");
    assert!(conclude.p50 <= 2_500, "{conclude:?}");
}

#[test]
fn the_program_grows_no_more_and_a_record_has_at_most_89_bytes() {
    let size = Program::Dao.file().len();
    println!("dao.so {size}");
    assert!(size <= 200_000, "{size}");
    assert_eq!(<Juror as Account>::LEN, 88);
    assert_eq!(<Vote as Account>::LEN, 80);
    assert_eq!(<Proposal as Account>::LEN, 544);
}

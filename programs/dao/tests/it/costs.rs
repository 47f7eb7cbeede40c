//! What the instructions cost, and how large the program and its records are: goals that a change may not miss unseen.

use dao::state::{Dispute, Juror};
use pedigree_sdk::{accounts::Account, instructions::dao as ix};
use testkit::{Program, Spread};

use crate::world::*;

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
fn the_program_has_at_most_200_kilobytes_and_a_record_89_bytes() {
    let size = Program::Dao.file().len();
    println!("dao.so {size}");
    assert!(size <= 200 * 1024, "{size}");
    assert_eq!(<Juror as Account>::LEN, 88);
}

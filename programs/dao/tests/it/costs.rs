//! What the instructions cost, and how large the program and its records are: goals that a change may not miss unseen.

use std::collections::BTreeMap;

use dao::state::{Juror, Proposal, Vote};
use pedigree_sdk::accounts::Account;
use testkit::{
    Program, Spread,
    costs::{self, Measure},
};

const SEEDS: u64 = 50;

/// What each instruction costs, over chains that differ in every address.
fn spreads(scenario: fn(u64, Measure)) -> BTreeMap<&'static str, Spread> {
    let mut all: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for seed in 0..SEEDS {
        scenario(seed, &mut |chain, name, instruction, signers| {
            let units = chain.ok(&[instruction], signers).compute_units;
            all.entry(name).or_default().push(units);
        });
    }
    let all = all.into_iter();
    let all: BTreeMap<_, _> = all.map(|(name, units)| (name, Spread::of(units))).collect();
    for (name, spread) in &all {
        println!("{name} {spread:?}");
    }
    all
}

#[test]
fn a_commitment_a_reveal_and_a_tally_cost_what_they_may_whatever_the_number_of_jurors() {
    let all = spreads(costs::case);
    for (name, most) in [
        ("commit", 5_000),
        ("reveal", 4_000),
        ("tally, 10 jurors", 4_000),
        ("tally, 1,000 jurors", 4_000),
    ] {
        assert!(all[name].p50 <= most, "{name} {:?}", all[name]);
    }
}

#[test]
fn a_vote_on_a_proposal_costs_at_most_3500_units_and_a_changed_one_less() {
    let all = spreads(costs::proposal);
    for (name, most) in [("cast", 3_500), ("change_vote", 2_500), ("conclude", 2_500)] {
        assert!(all[name].p50 <= most, "{name} {:?}", all[name]);
    }
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

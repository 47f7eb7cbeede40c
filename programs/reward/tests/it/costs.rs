//! What the instructions cost, and how large the program is: goals that a change may not miss unseen.

use testkit::{Program, Spread, costs};

const SEEDS: u64 = 50;

#[test]
fn a_lock_and_a_claim_cost_what_they_may() {
    let (mut locks, mut claims) = (Vec::new(), Vec::new());
    for seed in 0..SEEDS {
        costs::rewards(seed, &mut |chain, name, instruction, signers| {
            let units = chain.ok(&[instruction], signers).compute_units;
            match name {
                "lock" => locks.push(units),
                "claim" => claims.push(units),
                _ => {}
            }
        });
    }
    let (lock, claim) = (Spread::of(locks), Spread::of(claims));
    println!("lock {lock:?}\nclaim {claim:?}");
    assert!(lock.p50 <= 5_500, "{lock:?}");
    assert!(claim.p50 <= 5_000, "{claim:?}");
}

#[test]
fn the_program_has_at_most_200_kilobytes() {
    let size = Program::Reward.file().len();
    println!("reward.so {size}");
    assert!(size <= 200 * 1024, "{size}");
}

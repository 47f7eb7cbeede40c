//! What the instructions cost, and how large the program is: goals that a change may not miss unseen.

use solana_signer::Signer;
use testkit::{Program, Spread};

use crate::world::*;

const SEEDS: u64 = 50;

#[test]
fn a_lock_and_a_claim_cost_what_they_may() {
    let mut locks = Vec::new();
    let mut claims = Vec::new();
    for seed in 0..SEEDS {
        let mut w = World::new(seed);
        let owner = w.holder(1_000);
        let lock = w.lock_ix(&owner.pubkey(), seed, 1_000);
        locks.push(w.chain.ok(&[lock], &[&owner]).compute_units);
        let sale = w.some_sale(4_000_000_000_000);
        let index = w.record(&sale);
        w.finish(index);
        let token = w.token;
        w.chain.token_account(&token, &sale.buyer, 0);
        let claim = w.claim_ix(&sale.buyer, index);
        claims.push(w.crank(claim).compute_units);
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

//! Compute units, with the event, over seeds that differ in every address.

use pedigree_sdk::instructions::listing as ix;
use solana_signer::Signer;
use testkit::{
    Chain, Program, Spread, TokenProgram,
    listings::{edge, register},
};

const SEEDS: u64 = 50;

/// Measures one call on each of the seeds.
fn spread(mut measure: impl FnMut(&mut Chain) -> u64) -> Spread {
    Spread::of((0..SEEDS).map(|seed| {
        let mut chain = Chain::new(&[Program::Listing], seed);
        chain.init_listing();
        measure(&mut chain)
    }))
}

#[test]
fn register_an_edge_and_a_forward_stay_within_their_budgets() {
    let register = spread(|chain| {
        let publisher = chain.actor();
        let args = chain.register_args();
        let o = chain.ok(&[register(&publisher, &args)], &[&publisher]);
        o.compute_units
    });
    let plain_edge = spread(|chain| {
        let publisher = chain.actor();
        let args = chain.register_args();
        let parent = chain.active(&publisher, &args, &[]);
        let args = chain.register_args();
        let child = chain.draft(&publisher, &args);
        chain
            .ok(&[edge(&publisher, child, parent, 0)], &[&publisher])
            .compute_units
    });
    let forward = spread(|chain| {
        let publisher = chain.actor();
        let mint = chain.mint(TokenProgram::Classic);
        let [grandparent, parent, child] = [(); 3].map(|()| chain.register_args());
        let grandparent = chain.active(&publisher, &grandparent, &[]);
        let parent = chain.active(&publisher, &parent, &[(grandparent, 50_000)]);
        let child = chain.active(&publisher, &child, &[(parent, 100_000)]);
        let pool = chain.open_pool(&child, &mint);
        chain.open_pool(&parent, &mint);
        chain.deposit(&pool, 1_000_000);
        let payout = chain.token_account(&mint, &publisher.pubkey(), 0);
        let forwarding = chain.forwarding(&child, &mint, 0, payout);
        chain.ok(&[ix::forward(forwarding)], &[]).compute_units
    });
    println!("register {register:?}\nadd edge {plain_edge:?}\nforward {forward:?}");
    assert!(register.p50 <= 6_000 && plain_edge.p50 <= 4_800 && forward.p50 <= 6_000);
}

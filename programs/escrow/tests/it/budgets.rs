//! What instructions cost, events included, over addresses of 50 seeds.

use crate::world::{TOTAL, World};
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Spread, TokenProgram};

const SEEDS: std::ops::Range<u64> = 0..50;

fn measure(name: &str, program: TokenProgram, run: impl Fn(&mut World) -> u64) -> Spread {
    let spread = Spread::of(SEEDS.map(|seed| run(&mut World::of(program, seed))));
    println!(
        "{name:28} {program:?}: min {:6} p50 {:6} max {:6} CU",
        spread.min, spread.p50, spread.max
    );
    spread
}

fn open(world: &mut World) -> (Pubkey, u64) {
    let args = world.args();
    let outcome = world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
    (
        pda::order(&world.buyer.pubkey(), &args.key).0,
        outcome.compute_units,
    )
}

#[test]
fn instructions_keep_their_budgets_of_compute_units() {
    let classic = TokenProgram::Classic;
    let opened = measure("open_order", classic, |world| open(world).1);
    let settled = measure("settle", classic, |world| {
        let order = world.delivered();
        world.accept(&order).compute_units
    });
    measure("open_order again", classic, |world| {
        let args = world.args();
        world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
        world
            .chain
            .ok(&[world.open_ix(args)], &[&world.buyer])
            .compute_units
    });
    measure("deliver", classic, |world| {
        let order = world.open();
        world.deliver(&order).compute_units
    });
    measure("refund", classic, |world| {
        let order = world.open();
        let refund = world.seller_refund_ix(&world.seller, &order, None);
        world.chain.ok(&[refund], &[&world.seller]).compute_units
    });
    measure("withdraw_treasury", classic, |world| {
        world.settled();
        let wallet = world.treasurer.pubkey();
        let destination = world.chain.token_account(&world.mint, &wallet, 0);
        let withdraw = ix::withdraw_treasury(
            &world.mint.address,
            &world.mint.program,
            &destination,
            TOTAL / 1000,
        );
        world.chain.ok(&[withdraw], &[]).compute_units
    });
    let other = TokenProgram::Token2022;
    measure("open_order", other, |world| open(world).1);
    measure("settle", other, |world| {
        let order = world.delivered();
        world.accept(&order).compute_units
    });
    assert!(opened.p50 <= 9_000, "{opened:?}");
    assert!(settled.p50 <= 7_500, "{settled:?}");
}

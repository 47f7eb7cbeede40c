//! Every state that an order can be in, in every mode, and the way to it.

use common::{
    dispute::dispute_status::{FINAL, UNDECIDED},
    receipt::mode,
};
use solana_program::pubkey::Pubkey;

use crate::{
    disputes::{put_ruling, ruling},
    modes::*,
    world::*,
};

/// A state by what led to it, and how.
pub type State = (&'static str, fn(&mut World) -> Pubkey);

/// Of every mode: as it was opened, earned in part, ended by either side, disputed by either side, by one after the other,
/// and beside a dispute.
pub const STATES: &[State] = &[
    ("one-time: funded", |world| world.open()),
    ("one-time: delivered", |world| world.delivered()),
    ("one-time: delivered, partly given back", |world| {
        let order = world.delivered();
        give_back(world, &order, 5);
        order
    }),
    ("one-time: disputed", |world| {
        let order = world.delivered();
        world.dispute(&order);
        order
    }),
    ("one-time: disputed by the seller", |world| {
        let order = world.delivered();
        world.dispute_by_seller(&order);
        order
    }),
    (
        "one-time: disputed by the seller, then the owner",
        |world| {
            let order = world.delivered();
            world.dispute_by_seller(&order);
            world.dispute(&order);
            order
        },
    ),
    ("one-time: disputed, ruled on by nobody's quorum", |world| {
        let order = world.delivered();
        world.dispute(&order);
        put_ruling(world, &order, &ruling(&order, UNDECIDED, 0));
        order
    }),
    ("one-time: disputed, ruled on", |world| {
        let order = world.delivered();
        world.dispute(&order);
        put_ruling(world, &order, &ruling(&order, FINAL, 50));
        order
    }),
    ("metered: disputed, ruled on, and pending", |world| {
        let order = pending(world);
        world.dispute(&order);
        put_ruling(world, &order, &ruling(&order, FINAL, 60));
        world.redeem(&order, 2, 3_000);
        order
    }),
    ("metered: opened", |world| world.open_mode(mode::METERED)),
    ("metered: pending", pending),
    ("metered: mature, partly given back", |world| {
        let order = pending(world);
        give_back(world, &order, TOTAL - 1_000 + 5);
        world.wait(WINDOW);
        order
    }),
    ("metered: notice given", |world| {
        let order = pending(world);
        end(world, &order, true);
        order
    }),
    ("metered: ended by the seller", |world| {
        let order = pending(world);
        end(world, &order, false);
        order
    }),
    ("metered: disputed, and pending", |world| {
        let order = pending(world);
        world.dispute(&order);
        world.redeem(&order, 2, 3_000);
        order
    }),
    ("metered: disputed by the seller, and pending", |world| {
        let order = pending(world);
        world.dispute_by_seller(&order);
        world.redeem(&order, 2, 3_000);
        order
    }),
    ("metered: disputed by both, ended", |world| {
        let order = pending(world);
        world.dispute_by_seller(&order);
        world.dispute(&order);
        end(world, &order, false);
        order
    }),
    ("subscription: opened", |world| {
        world.open_mode(mode::SUBSCRIPTION)
    }),
    ("subscription: vested in part", |world| {
        let order = world.open_mode(mode::SUBSCRIPTION);
        world.wait(2 * PERIOD + WINDOW - 1);
        world.settle(&order);
        order
    }),
    ("subscription: cancelled", |world| {
        let order = world.open_mode(mode::SUBSCRIPTION);
        world.wait(PERIOD + 12_345);
        end(world, &order, true);
        order
    }),
    ("subscription: ended by the seller, disputed", |world| {
        let order = world.open_mode(mode::SUBSCRIPTION);
        world.wait(PERIOD + 12_345);
        end(world, &order, false);
        world.dispute(&order);
        order
    }),
    ("subscription: disputed by both", |world| {
        let order = world.open_mode(mode::SUBSCRIPTION);
        world.wait(PERIOD + 5);
        world.dispute_by_seller(&order);
        world.wait(PERIOD);
        world.dispute(&order);
        order
    }),
    ("subscription: disputed by the seller", |world| {
        let order = world.open_mode(mode::SUBSCRIPTION);
        world.wait(PERIOD + 5);
        world.dispute_by_seller(&order);
        order
    }),
    ("lease: opened", |world| world.open_mode(mode::LEASE)),
    ("lease: authorised", |world| {
        let order = world.open_mode(mode::LEASE);
        world.authorise(&[order]);
        order
    }),
    ("lease: pending and accruing", accruing),
    ("lease: let go", |world| {
        let order = world.open_mode(mode::LEASE);
        world.wait(10);
        end(world, &order, true);
        order
    }),
    ("lease: ended by the seller", |world| {
        let order = accruing(world);
        end(world, &order, false);
        order
    }),
    ("lease: disputed", |world| {
        let order = accruing(world);
        world.dispute(&order);
        order
    }),
    ("lease: disputed by the seller, and pending", |world| {
        let order = world.open_mode(mode::LEASE);
        world.authorise(&[order]);
        world.wait(INTERVAL);
        world.confirm(&[order]);
        world.dispute_by_seller(&order);
        world.wait(INTERVAL);
        world.confirm(&[order]);
        order
    }),
];

/// A thousand base units that a voucher says are owed.
fn pending(world: &mut World) -> Pubkey {
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1_000);
    order
}

/// One interval that is pending, and one behind it.
fn accruing(world: &mut World) -> Pubkey {
    let order = world.open_mode(mode::LEASE);
    world.authorise(&[order]);
    for _ in 0..2 {
        world.wait(INTERVAL);
        world.confirm(&[order]);
    }
    order
}

fn end(world: &mut World, order: &Pubkey, by_owner: bool) {
    let party = if by_owner {
        &world.buyer
    } else {
        &world.seller
    }
    .insecure_clone();
    world.end(&party, order);
}

fn give_back(world: &mut World, order: &Pubkey, amount: u64) {
    let seller = world.seller.insecure_clone();
    let give = world.seller_refund_ix(&seller, order, Some(amount));
    world.chain.ok(&[give], &[&seller]);
}

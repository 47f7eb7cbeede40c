//! What holds of orders of every mode alike.

use common::receipt::{mode, state};
use escrow::{error::EscrowError, instructions::SessionArgs, state::Session};
use pedigree_sdk::{events::Event, instructions::escrow as ix};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::{modes::*, sessions, world::*};

const ALL: [u8; 4] = [
    mode::ONE_TIME,
    mode::METERED,
    mode::SUBSCRIPTION,
    mode::LEASE,
];

/// The life of an order that is open, from there to its end, with a dispute or something given back in it.
fn live(world: &mut World, order: &Pubkey) {
    let opened = world.order(order);
    let [buyer, seller] = [&world.buyer, &world.seller].map(|party| party.insecure_clone());
    match opened.head.mode {
        mode::ONE_TIME => {
            world.deliver(order);
            let part = world.seller_refund_ix(&seller, order, Some(7));
            world.chain.ok(&[part], &[&seller]);
            world.chain.set_time(world.order(order).settle_after + 1);
            world.settle(order);
            world.assert_ended(order, &[TOTAL - 7], 7);
        }
        mode::METERED => {
            world.redeem(order, 1, 1_000);
            assert_eq!(world.order(order).matures_at, world.chain.now() + WINDOW);
            world.dispute(order);
            let disputed = world.order(order);
            assert_eq!(disputed.bond, 50);
            let deadline = world.chain.now() + i64::from(ARBITRATION);
            assert_eq!(disputed.arbitrate_by, deadline);
            world.redeem(order, 2, 3_000);
            let concede = world.concede_ix(&buyer, order);
            world.chain.ok(&[concede], &[&buyer]);
            world.end(&buyer, order);
            assert_eq!(world.order(order).ends_at, world.chain.now() + 2 * WINDOW);
            world.wait(2 * WINDOW);
            world.settle(order);
            world.assert_ended(order, &[1_000, 2_000], TOTAL - 3_000);
        }
        mode::SUBSCRIPTION => {
            world.wait(PERIOD + 12_345);
            world.end(&buyer, order);
            world.wait(WINDOW);
            world.settle(order);
            let current = (u128::from(PRICE) * 12_345 / PERIOD as u128) as u64;
            world.assert_ended(order, &[PRICE, current], TOTAL - PRICE - current);
        }
        _ => {
            world.authorise(&[*order]);
            for _ in 0..2 {
                world.wait(INTERVAL);
                world.confirm(&[*order]);
            }
            world.end(&seller, order);
            for _ in 0..2 {
                world.wait(WINDOW);
                world.settle(order);
            }
            world.assert_ended(order, &[PRICE, PRICE], PRICE);
        }
    }
}

#[test]
fn p46_every_refund_says_what_it_gave_back_and_not_what_is_left() {
    for mode in ALL {
        let mut world = World::new(1);
        let order = world.open_mode(mode);
        if mode == mode::ONE_TIME {
            world.deliver(&order);
        }
        let give = |world: &mut World, amount| {
            let seller = world.seller.insecure_clone();
            let give = world.seller_refund_ix(&seller, &order, amount);
            let outcome = world.chain.ok(&[give], &[&seller]);
            let Event::OrderRefunded(event) = outcome.event() else {
                panic!("{outcome:?}")
            };
            event.head.refunded
        };
        assert_eq!(give(&mut world, Some(7)), 7);
        // What waits was given back all the same, and is paid once.
        world.chain.set_frozen(&world.buyer_account, true);
        assert_eq!(give(&mut world, Some(11)), 11);
        let waits = world.order(&order);
        assert_eq!((waits.refunded, waits.refund_due), (7, 11));
        world.chain.set_frozen(&world.buyer_account, false);
        let outcome = world.withdraw(&order);
        let Event::OrderWithdrawn(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(event.head.refunded, 11);
        assert_eq!(give(&mut world, None), TOTAL - 18);
        world.assert_ended(&order, &[], TOTAL);
        assert_eq!(world.chain.balance(&world.buyer_account), BUDGET);
    }
}

#[test]
fn p46_an_end_and_a_concession_say_what_they_gave_back() {
    let mut world = World::new(2);
    let seller = world.seller.insecure_clone();
    for mode in [mode::METERED, mode::SUBSCRIPTION] {
        let order = world.open_mode(mode);
        let outcome = world.end(&seller, &order);
        let Event::OrderEnded(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!((event.head.refunded, event.head.paid), (TOTAL, 0));
    }
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1_000);
    world.dispute(&order);
    let outcome = world
        .chain
        .ok(&[world.concede_ix(&seller, &order)], &[&seller]);
    let Event::DisputeConceded(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!((event.head.refunded, event.head.contested), (1_000, 1_000));
    let outcome = world.withdraw(&order);
    let Event::OrderWithdrawn(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!((event.head.refunded, event.head.bond), (1_000, 50));
}

#[test]
fn p37_a_pause_stops_new_business_of_every_mode_and_nothing_that_goes_on() {
    for mode in ALL {
        let mut world = World::new(3);
        let order = world.open_mode(mode);
        world.update_config(|config| config.paused = true);
        let buyer = world.buyer.insecure_clone();
        let args = world.mode_args(mode, &buyer.pubkey());
        let open = world.open_ix(args);
        world.chain.refused(&[open], &[&buyer], EscrowError::Paused);
        live(&mut world, &order);
        world.wait(VALIDITY);
        let close = world.close_ix(&buyer, &order);
        world.chain.ok(&[close], &[&buyer]);
    }
}

#[test]
fn p37_a_pause_stops_new_sessions_and_top_ups_and_takes_nothing_back() {
    let mut world = World::new(8);
    let metered = world.open_mode(mode::METERED);
    let session = sessions::open(&mut world, &[]);
    let state: Session = world.chain.state(&session.address);
    world.update_config(|config| config.paused = true);
    let (buyer, paused) = (world.buyer.insecure_clone(), EscrowError::Paused);
    let (owner, mint, source) = (buyer.pubkey(), world.mint, world.buyer_account);
    let args = SessionArgs {
        key: world.stranger.pubkey(),
        amount: 1,
        expires_at: world.chain.now() + 60,
        listings: Default::default(),
    };
    let open = ix::open_session(&owner, None, &mint.address, &mint.program, &source, args);
    let top_up = ix::top_up(&owner, &metered, &world.order(&metered), &source, None, 1);
    for new in [open, top_up] {
        world.chain.refused(&[new], &[&buyer], paused);
    }
    world.chain.warp_slots(1);
    let revoke = ix::revoke_session(&owner, &session.address);
    let close = ix::close_session(&owner, &session.address, &state, None);
    world.chain.ok(&[revoke, close], &[&buyer]);
}

/// Everything that the network's settings and a listing's owner can change, to something else.
pub fn change_everything(world: &mut World) {
    world.update_config(|config| {
        config.fee_ppm = 100_000;
        config.delivery_window = 60;
        config.dispute_window = 60;
        config.arbitration_period = 24 * 60 * 60;
        config.bond_ppm = 200_000;
        config.treasury = Pubkey::new_from_array([9; 32]);
    });
    let disable = ix::update_mint(&world.admin.pubkey(), &world.mint.address, false, 0);
    world.chain.ok(&[disable], &[&world.admin]);
    let stranger = world.stranger.pubkey();
    world.edit_listing(|listing| {
        listing.payout = stranger;
        listing.royalty_ppm = 500_000;
        listing.generation = 1;
        listing.content_hash = [0; 32];
        listing.terms_len = 0;
        listing.version += 1;
        listing.status = listing::state::status::PAUSED;
    });
}

#[test]
fn p54_nothing_that_changes_while_it_is_open_changes_an_order_of_any_mode() {
    for mode in ALL {
        let mut world = World::new(4);
        let order = world.open_mode(mode);
        let opened = world.order(&order);
        change_everything(&mut world);
        live(&mut world, &order);
        let ended = world.order(&order);
        assert_eq!(
            (ended.dispute_window, ended.bond_ppm, ended.payee),
            (opened.dispute_window, opened.bond_ppm, opened.payee)
        );
        assert_eq!(ended.arbitration_period, opened.arbitration_period);
        assert_eq!(world.chain.balance(&world.payee_account), ended.paid);
    }
}

#[test]
fn p50_the_same_order_of_any_mode_again_buys_nothing_whatever_became_of_it() {
    for mode in ALL {
        let mut world = World::new(5);
        let args = world.mode_args(mode, &world.buyer.pubkey());
        let again: Instruction = world.open_ix(args);
        let order = world.open_with(args);
        let repeated = |world: &mut World| {
            let before = world.order(&order);
            let outcome = world.chain.ok(&[again.clone()], &[&world.buyer]);
            assert!(outcome.events.is_empty());
            assert_eq!(world.order(&order), before);
        };
        repeated(&mut world);
        if mode != mode::ONE_TIME {
            let buyer = world.buyer.insecure_clone();
            world.wait(1);
            world.end(&buyer, &order);
            // An early end is none of what it was opened with.
            let ended = world.order(&order);
            assert!(ended.ends_at < ended.booked_until);
            repeated(&mut world);
        }
        change_everything(&mut world);
        repeated(&mut world);
        world.wait(10 * PERIOD);
        repeated(&mut world);
        assert_eq!(world.order(&order).delivery_window, args.delivery_window);
    }
}

#[test]
fn p38_orders_of_every_mode_and_sessions_live_whatever_the_network_asks_for_rent() {
    const RENTS: [u64; 3] = [6_960, 5_080, 696];
    for (before, after) in RENTS
        .iter()
        .flat_map(|rent| RENTS.map(|after| (*rent, after)))
    {
        for (mode, by_session) in ALL.iter().flat_map(|mode| [(*mode, false), (*mode, true)]) {
            let mut world = World::new(6);
            world.chain.set_rent(before);
            if by_session {
                world.session = Some(sessions::open(&mut world, &[]));
            }
            let order = world.open_mode(mode);
            world.chain.set_rent(after);
            live(&mut world, &order);
            world.wait(VALIDITY);
            world.chain.warp_slots(1);
            let (buyer, payer) = (world.buyer.insecure_clone(), world.order(&order).rent_payer);
            let (held, lamports) = (world.chain.lamports(&order), world.chain.lamports(&payer));
            let close = world.close_ix(&buyer, &order);
            world.chain.ok(&[close], &[&buyer]);
            assert_eq!(world.chain.lamports(&payer), lamports + held);
            if let Some(session) = &world.session {
                let state: Session = world.chain.state(&session.address);
                let close = ix::close_session(&buyer.pubkey(), &session.address, &state, None);
                world.chain.ok(&[close], &[&buyer]);
            }
        }
    }
}

#[test]
fn a_final_order_stays_as_it_is_in_every_mode() {
    for mode in ALL {
        let mut world = World::new(7);
        let order = world.open_mode(mode);
        live(&mut world, &order);
        let state = world.order(&order);
        assert!(matches!(state.head.state, state::SETTLED | state::REFUNDED));
        let wrong = EscrowError::WrongState;
        let [buyer, seller, stranger] =
            [&world.buyer, &world.seller, &world.stranger].map(|party| party.insecure_clone());
        let give = world.seller_refund_ix(&seller, &order, None);
        world.chain.refused(&[give], &[&seller], wrong);
        for again in [world.accept_ix(&order), world.end_ix(&buyer, &order)] {
            world.chain.refused(&[again], &[&buyer], wrong);
        }
        let settle = world.settle_ix(&stranger, &order);
        world.chain.refused(&[settle], &[&stranger], wrong);
        for number in [0, 1] {
            let lapse = ix::lapse_dispute(&stranger.pubkey(), &order, number);
            let error = if number == state.disputes {
                EscrowError::NothingContested
            } else {
                EscrowError::NoRuling
            };
            world.chain.refused(&[lapse], &[&stranger], error);
        }
        assert_eq!(world.order(&order), state);
        assert!(!world.chain.exists(&state.vault));
    }
}

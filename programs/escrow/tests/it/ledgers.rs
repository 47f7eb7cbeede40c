//! Orders whose ledgers do not add up, as nothing should ever leave one: whoever touches one is refused.

use common::receipt::mode;
use escrow::{error::EscrowError, state::Order};
use pedigree_sdk::instructions::escrow as ix;
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::{modes::*, world::*};

#[test]
fn a_ledger_that_does_not_add_up_moves_nothing() {
    let mut world = World::new(1);
    let order = world.delivered();
    let settle = world.accept_ix(&order);
    world
        .chain
        .edit_state(&order, |order: &mut escrow::state::Order| {
            order.paid = TOTAL + 1
        });
    world.chain.refused(
        std::slice::from_ref(&settle),
        &[&world.buyer],
        EscrowError::LedgerBroken,
    );
    // A vault that holds less than the ledger says.
    world
        .chain
        .edit_state(&order, |order: &mut escrow::state::Order| order.paid = 0);
    let vault = world.vault(&order);
    world.chain.edit(&vault, |data| {
        data[64..72].copy_from_slice(&(TOTAL - 1).to_le_bytes())
    });
    world
        .chain
        .refused(&[settle], &[&world.buyer], EscrowError::LedgerBroken);
}

/// An order, what is done to it, and who signs that.
type Touched = (Pubkey, Vec<Instruction>, Keypair);

/// An instruction's name, and the way to an order that it succeeds on.
type Write = (&'static str, fn(&mut World) -> Touched);

/// Each instruction that writes an order.
const WRITES: &[Write] = &[
    ("deliver", |world| {
        let order = world.open();
        let deliver = world.deliver_ix(&order);
        (order, vec![deliver], world.operator.insecure_clone())
    }),
    ("settle", |world| {
        let order = world.delivered();
        let settle = world.accept_ix(&order);
        (order, vec![settle], world.buyer.insecure_clone())
    }),
    ("refund", |world| {
        let order = world.open();
        let seller = world.seller.insecure_clone();
        let refund = world.seller_refund_ix(&seller, &order, None);
        (order, vec![refund], seller)
    }),
    ("redeem", |world| {
        let order = world.open_mode(mode::METERED);
        let redeem = world.redeem_ixs(&[world.voucher(&order, 1, 10)]);
        (order, redeem, world.operator.insecure_clone())
    }),
    ("withdraw", |world| {
        let order = world.open_mode(mode::METERED);
        world.redeem(&order, 1, 1_000);
        world.wait(WINDOW);
        world.redeem(&order, 2, 2_000);
        let withdraw = world.withdraw_ix(&order);
        (order, vec![withdraw], world.stranger.insecure_clone())
    }),
    ("top_up", |world| {
        let order = world.open_mode(mode::METERED);
        let (buyer, state) = (world.buyer.insecure_clone(), world.order(&order));
        let account = world.buyer_account;
        let top_up = ix::top_up(&buyer.pubkey(), &order, &state, &account, None, 7);
        (order, vec![top_up], buyer)
    }),
    ("end", |world| {
        let order = world.open_mode(mode::METERED);
        let buyer = world.buyer.insecure_clone();
        (order, vec![world.end_ix(&buyer, &order)], buyer)
    }),
    ("authorise", |world| {
        let order = world.open_mode(mode::LEASE);
        let buyer = world.buyer.insecure_clone();
        (order, vec![ix::authorise(&buyer.pubkey(), &[order])], buyer)
    }),
    ("confirm", |world| {
        let order = world.open_mode(mode::LEASE);
        world.wait(INTERVAL);
        let operator = world.operator.insecure_clone();
        let confirm = ix::confirm(&operator.pubkey(), &world.listing, &[order]);
        (order, vec![confirm], operator)
    }),
    ("open_dispute", |world| {
        let order = world.delivered();
        let (buyer, account) = (world.buyer.insecure_clone(), world.buyer_account);
        (
            order,
            vec![world.dispute_ix(&buyer, &account, &order)],
            buyer,
        )
    }),
    ("concede", |world| {
        let order = world.delivered();
        world.dispute(&order);
        let seller = world.seller.insecure_clone();
        (order, vec![world.concede_ix(&seller, &order)], seller)
    }),
    ("record_fees", |world| {
        *world = World::rewarded(1);
        let order = world.settled();
        let stranger = world.stranger.insecure_clone();
        (order, vec![world.record_ix(&order)], stranger)
    }),
];

#[test]
fn p10_no_instruction_goes_on_with_an_order_whose_ledger_does_not_add_up() {
    for (name, reach) in WRITES {
        let mut world = World::new(1);
        let (order, touch, signer) = reach(&mut world);
        let sound = world.order(&order);
        world.chain.edit_state(&order, |order: &mut Order| {
            if order.head.mode == mode::ONE_TIME {
                order.earned = 1;
            } else {
                order.booked_until = 1;
            }
        });
        println!("{name}");
        world
            .chain
            .refused(&touch, &[&signer], EscrowError::LedgerBroken);
        world
            .chain
            .edit_state(&order, |order: &mut Order| *order = sound);
        world.chain.ok(&touch, &[&signer]);
    }
}

#[test]
fn p10_a_ledger_that_does_not_add_up_stops_whatever_would_go_on_with_it() {
    type Prepare = fn(&mut World) -> (Instruction, Keypair);
    let cases: [Prepare; 6] = [
        |w| {
            let order = w.open();
            w.chain
                .edit_state(&order, |it: &mut Order| it.paid = TOTAL + 1);
            (w.deliver_ix(&order), w.operator.insecure_clone())
        },
        |w| {
            let order = w.open_mode(mode::LEASE);
            w.chain
                .edit_state(&order, |it: &mut Order| it.pending = TOTAL + 1);
            let authorise = ix::authorise(&w.buyer.pubkey(), &[order]);
            (authorise, w.buyer.insecure_clone())
        },
        |w| {
            let order = w.open_mode(mode::METERED);
            w.chain.edit_state(&order, |it: &mut Order| {
                (it.pending, it.matures_at) = (TOTAL + 1, i64::MAX);
            });
            let end = w.end_ix(&w.buyer, &order);
            (end, w.buyer.insecure_clone())
        },
        |w| {
            let order = w.open_mode(mode::METERED);
            w.chain.edit_state(&order, |it: &mut Order| {
                (it.pending, it.matures_at) = (TOTAL + 9, i64::MAX);
            });
            let (state, source) = (w.order(&order), w.buyer_account);
            let top_up = ix::top_up(&w.buyer.pubkey(), &order, &state, &source, None, 1);
            (top_up, w.buyer.insecure_clone())
        },
        |w| {
            let order = w.delivered();
            w.chain.edit_state(&order, |it: &mut Order| it.pending = 1);
            let dispute = w.dispute_ix(&w.buyer, &w.buyer_account, &order);
            (dispute, w.buyer.insecure_clone())
        },
        |w| {
            let order = w.delivered();
            w.dispute(&order);
            w.chain.edit_state(&order, |it: &mut Order| it.pending = 1);
            let concede = w.concede_ix(&w.seller, &order);
            (concede, w.seller.insecure_clone())
        },
    ];
    for prepare in cases {
        let mut world = World::new(1);
        let (instruction, signer) = prepare(&mut world);
        let error = EscrowError::LedgerBroken;
        world.chain.refused(&[instruction], &[&signer], error);
    }
}

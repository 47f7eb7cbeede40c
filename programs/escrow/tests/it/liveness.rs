//! P41: from every state, with every party silent, strangers alone bring an order to its end.

use common::receipt::state;
use escrow::error::EscrowError;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::world::*;

/// Who stays in the way, if anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    None,
    FrozenPayee,
    FrozenBuyer,
    FrozenTreasury,
    FrozenPool,
    FrozenVault,
    Dust,
}

use Obstacle::*;

fn obstruct(world: &mut World, order: &Pubkey, obstacle: Obstacle, frozen: bool) {
    let account = match obstacle {
        None => return,
        FrozenPayee => world.payee_account,
        FrozenBuyer => world.buyer_account,
        FrozenTreasury => world.treasury,
        FrozenPool => world.pool,
        FrozenVault => world.vault(order),
        Dust if frozen => return world.donate(order, 3),
        Dust => return,
    };
    world.chain.set_frozen(&account, frozen);
}

/// What a stranger can do, in turn, until nothing more succeeds; time goes on in between.
fn crank(world: &mut World, order: &Pubkey, stranger: &Keypair) {
    for _ in 0..4 {
        let late = world.chain.now() + i64::from(DELIVERY_WINDOW.max(DISPUTE_WINDOW)) + 1;
        world.chain.set_time(late);
        let tries = [
            world.refund_ix(stranger, order),
            world.settle_ix(stranger, order),
            world.withdraw_ix(order),
        ];
        for instruction in tries {
            // A refusal is an answer too: the next step is tried.
            let _ = world.chain.send(&[instruction], &[stranger]);
            world.assert_conserved(order);
        }
    }
}

#[test]
fn p41_every_state_reaches_a_final_one_by_strangers_alone() {
    for program in TokenProgram::BOTH {
        for obstacle in [
            None,
            FrozenPayee,
            FrozenBuyer,
            FrozenTreasury,
            FrozenPool,
            FrozenVault,
            Dust,
        ] {
            for from in [state::FUNDED, state::DELIVERED] {
                let mut world = World::of(program, 1);
                let order = if from == state::FUNDED {
                    world.open()
                } else {
                    world.delivered()
                };
                // Some of it was given back before, while the buyer's account did not take it.
                world.chain.set_frozen(&world.buyer_account, true);
                let part = world.seller_refund_ix(&world.seller, &order, Some(5));
                world.chain.ok(&[part], &[&world.seller]);
                world.chain.set_frozen(&world.buyer_account, false);
                world.update_config(|config| config.paused = true);
                obstruct(&mut world, &order, obstacle, true);
                let stranger = world.stranger.insecure_clone();
                crank(&mut world, &order, &stranger);
                if obstacle == FrozenVault {
                    assert_eq!(
                        world.order(&order).head.state,
                        from,
                        "nothing moved, nothing lost"
                    );
                } else {
                    assert!(
                        world.order(&order).is_final(),
                        "{program:?} {obstacle:?} {from}"
                    );
                }
                // The issuer thaws what it froze.
                obstruct(&mut world, &order, obstacle, false);
                crank(&mut world, &order, &stranger);
                let ended = world.order(&order);
                let expected = if from == state::FUNDED {
                    state::REFUNDED
                } else {
                    state::SETTLED
                };
                assert_eq!(
                    (ended.head.state, ended.due().unwrap()),
                    (expected, 0),
                    "{program:?} {obstacle:?}"
                );
                assert!(
                    !world.chain.exists(&world.vault(&order)),
                    "{program:?} {obstacle:?} {from}"
                );
                if expected == state::REFUNDED {
                    world.chain.set_time(ended.valid_until + 1);
                    let close = world.close_ix(&stranger, &order);
                    world.chain.ok(&[close], &[&stranger]);
                    assert_eq!(world.chain.balance(&world.buyer_account), BUDGET);
                }
            }
        }
    }
}

#[test]
fn p36_the_longest_instruction_fits_a_transaction_and_its_budget() {
    // The fixture refuses transactions of more than 1,232 bytes, and the network those above 200,000 units.
    let mut world = World::with_metadata(1);
    let args = world.args();
    let sponsor = world.stranger.pubkey();
    let params = pedigree_sdk::instructions::escrow::OpenOrder {
        payer: Some(sponsor),
        ..world.open_params()
    };
    let open = pedigree_sdk::instructions::escrow::open_order(&params, args);
    let outcome = world.chain.ok(&[open], &[&world.buyer, &world.stranger]);
    assert!(outcome.compute_units < 20_000);
    let order = pedigree_sdk::pda::order(&world.buyer.pubkey(), &args.key).0;
    world.deliver(&order);
    assert!(world.accept(&order).compute_units < 20_000);
}

#[test]
fn p49_a_buyer_whose_account_demands_memos_waits_for_its_money() {
    let mut world = World::of(TokenProgram::Token2022, 1);
    let order = world.open();
    let (mint, buyer) = (world.mint, world.buyer.pubkey());
    world.chain.memo_token_account(&mint, &buyer);
    world.chain.set_time(world.order(&order).deliver_by + 1);
    let refund = world.refund_ix(&world.stranger, &order);
    world.chain.ok(&[refund], &[&world.stranger]);
    let refunded = world.order(&order);
    assert_eq!(
        (refunded.head.state, refunded.refunded, refunded.refund_due),
        (state::REFUNDED, 0, TOTAL)
    );
    world.assert_conserved(&order);
    let withdraw = world.withdraw_ix(&order);
    world
        .chain
        .refused(&[withdraw], &[&world.stranger], EscrowError::NothingPayable);
    world.chain.set_time(refunded.valid_until + 1);
    let close = world.close_ix(&world.buyer, &order);
    world
        .chain
        .refused(&[close], &[&world.buyer], EscrowError::StillDue);
    let account = world.chain.token_account(&mint, &buyer, 0);
    world.withdraw(&order);
    assert_eq!(world.chain.balance(&account), TOTAL);
    assert!(!world.chain.exists(&world.vault(&order)));
}

#[test]
fn p14_payee_and_buyer_who_closed_their_accounts_wait_without_holding_each_other_up() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        let order = world.delivered();
        for account in [world.payee_account, world.buyer_account] {
            let gone = Default::default();
            world.chain.svm.set_account(account, gone).unwrap();
        }
        let part = world.seller_refund_ix(&world.seller, &order, Some(1_000));
        world.chain.ok(&[part], &[&world.seller]);
        world.accept(&order);
        let settled = world.order(&order);
        assert_eq!((settled.refund_due, settled.fee_due), (1_000, 0));
        assert!(settled.paid == 0 && settled.paid_due > 0);
        // The payee comes back first, then the buyer.
        let (mint, payee, buyer) = (world.mint, world.payee.pubkey(), world.buyer.pubkey());
        let account = world.chain.token_account(&mint, &payee, 0);
        world.withdraw(&order);
        assert_eq!(world.chain.balance(&account), settled.paid_due);
        assert_eq!(world.order(&order).refund_due, 1_000);
        world.assert_conserved(&order);
        let account = world.chain.token_account(&mint, &buyer, 0);
        world.withdraw(&order);
        assert_eq!(world.chain.balance(&account), 1_000);
        assert!(!world.chain.exists(&world.vault(&order)));
    }
}

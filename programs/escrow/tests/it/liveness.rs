//! P41: from every state, with every party silent, strangers alone bring an order to its end.

use common::receipt::state;
use escrow::{constants::ANY_ACCOUNT_AFTER, error::EscrowError, state::Session};
use pedigree_sdk::instructions::escrow as ix;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::{
    modes::*,
    sessions,
    states::{STATES, State},
    world::*,
};

/// Who stays in the way, if anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    None,
    FrozenTreasury,
    FrozenPool,
    FrozenVault,
    Dust,
    /// The payee gave its account away, those of owner and seller are frozen, and none of them lifts a hand.
    NoAccounts,
}

use Obstacle::{Dust, FrozenPool, FrozenTreasury, FrozenVault, NoAccounts};

fn obstruct(world: &mut World, order: &Pubkey, obstacle: Obstacle) {
    match obstacle {
        Obstacle::None => {}
        FrozenTreasury => world.chain.set_frozen(&world.treasury, true),
        FrozenPool => world.chain.set_frozen(&world.pool, true),
        FrozenVault => world.chain.set_frozen(&world.vault(order), true),
        Dust => world.donate(order, 3),
        NoAccounts => {
            let (mint, thief) = (world.mint, world.stranger.pubkey());
            let given_away = world.payee_account;
            world.chain.put_token_account(given_away, &mint, &thief, 0);
            for frozen in [world.buyer_account, world.sellers_account()] {
                world.chain.set_frozen(&frozen, true);
            }
        }
    }
}

/// The issuer thaws what it froze. Nobody else takes part.
fn thaw(world: &mut World, order: &Pubkey, obstacle: Obstacle) {
    match obstacle {
        FrozenTreasury => world.chain.set_frozen(&world.treasury, false),
        FrozenPool => world.chain.set_frozen(&world.pool, false),
        FrozenVault => world.chain.set_frozen(&world.vault(order), false),
        Obstacle::None | Dust | NoAccounts => {}
    }
}

/// What a stranger can do, in turn, while time goes on, for longer than anything may last. A refusal is an answer too.
fn crank(world: &mut World, order: &Pubkey) {
    let waits = [1, WINDOW, WINDOW, 4 * PERIOD, WINDOW, WINDOW];
    let long = [
        i64::from(ARBITRATION),
        WINDOW,
        WINDOW,
        ANY_ACCOUNT_AFTER + 1,
    ];
    let stranger = world.stranger.insecure_clone();
    let key = stranger.pubkey();
    for wait in waits.into_iter().chain(long) {
        world.wait(wait);
        world.chain.warp_slots(1);
        let state = world.order(order);
        let mut tries = vec![
            world.refund_ix(&stranger, order),
            world.settle_ix(&stranger, order),
            ix::lapse_dispute(&key, order, state.disputes),
            ix::apply_ruling(&key, order, state.disputes),
            world.withdraw_ix(order),
            withdraw_into_new_accounts(world, order),
        ];
        tries.extend(close_session(world));
        for instruction in tries {
            let _ = world.chain.send(&[instruction], &[&stranger]);
            world.assert_conserved(order);
        }
    }
}

/// Makes what is due come to token accounts that a stranger made for the parties: long after the end.
fn withdraw_into_new_accounts(world: &mut World, order: &Pubkey) -> Instruction {
    let mint = world.mint;
    let [payee, owner, seller] = [&world.payee, &world.buyer, &world.seller]
        .map(|party| party.pubkey())
        .map(|party| world.chain.spare_token_account(&mint, &party, 0));
    let mut withdraw = world.withdraw_ix(order);
    for (place, account) in [(5, payee), (9, owner), (10, seller)] {
        withdraw.accounts[place] = AccountMeta::new(account, false);
    }
    withdraw
}

/// Of the session that bought, if one did and is there still: into its owner's associated account, and into one that a
/// stranger made for it.
fn close_session(world: &mut World) -> Vec<Instruction> {
    let session = world.session.as_ref().map(|session| session.address);
    let Some(session) = session.filter(|session| world.chain.exists(session)) else {
        return Vec::new();
    };
    let state: Session = world.chain.state(&session);
    let (mint, owner) = (world.mint, world.buyer.pubkey());
    let new = world.chain.spare_token_account(&mint, &owner, 0);
    let close = |to| ix::close_session(&world.stranger.pubkey(), &session, &state, to);
    vec![close(None), close(Some(new))]
}

/// Base units of all token accounts of a wallet.
fn holds(world: &World, wallet: &Pubkey) -> u64 {
    let accounts = world.chain.svm.get_program_accounts(&world.mint.program);
    let own = accounts
        .iter()
        .filter(|(_, account)| account.data.get(32..64) == Some(wallet.as_ref()));
    own.map(|(address, _)| world.chain.balance(address)).sum()
}

/// From `state`, with everybody silent, to the end: final, everything paid to whom it is due, the vault closed.
fn walk(program: TokenProgram, (name, reach): &State, obstacle: Obstacle, by_session: bool) {
    let mut world = World::of(program, 1);
    let at = format!("{name}, {program:?}, {obstacle:?}, session {by_session}");
    world.sellers_account();
    if by_session {
        world.session = Some(sessions::open(&mut world, &[]));
    }
    let order = reach(&mut world);
    world.update_config(|config| config.paused = true);
    let donated = if obstacle == Dust { 3 } else { 0 };
    let given_away = if obstacle == NoAccounts {
        world.chain.balance(&world.payee_account)
    } else {
        0
    };
    obstruct(&mut world, &order, obstacle);
    crank(&mut world, &order);
    assert!(world.order(&order).is_final(), "{at}");
    thaw(&mut world, &order, obstacle);
    crank(&mut world, &order);
    let ended = world.order(&order);
    assert_eq!(
        (ended.due().unwrap(), ended.bonds().unwrap()),
        (0, 0),
        "{at}"
    );
    assert!(!world.chain.exists(&ended.vault), "{at}");
    if let Some(session) = &world.session {
        assert!(!world.chain.exists(&session.address), "{at}");
        assert!(!world.chain.exists(&session.vault), "{at}");
    }
    // Whatever became of it, nobody lost anything but the buyer what the seller earned.
    let [buyer, seller, payee] =
        [&world.buyer, &world.seller, &world.payee].map(|party| holds(&world, &party.pubkey()));
    assert_eq!(buyer, BUDGET - ended.deposited + ended.refunded, "{at}");
    assert_eq!((seller, payee + given_away), (BUDGET, ended.paid), "{at}");
    let (fees, pooled) = (ended.fee_paid + donated, ended.royalty_paid);
    assert_eq!(world.chain.balance(&world.treasury), fees, "{at}");
    assert_eq!(world.chain.balance(&world.pool), pooled, "{at}");
    if ended.head.state == state::REFUNDED {
        let stranger = world.stranger.insecure_clone();
        let close = world.close_ix(&stranger, &order);
        world.chain.ok(&[close], &[&stranger]);
    }
}

#[test]
fn p41_every_state_reaches_a_final_one_by_strangers_alone() {
    for state in STATES {
        for by_session in [false, true] {
            walk(TokenProgram::Classic, state, Obstacle::None, by_session);
            walk(TokenProgram::Token2022, state, NoAccounts, by_session);
        }
        for obstacle in [FrozenTreasury, FrozenPool, FrozenVault, Dust, NoAccounts] {
            walk(TokenProgram::Classic, state, obstacle, false);
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

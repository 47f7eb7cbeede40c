//! Spending sessions.

use anchor_lang::prelude::ProgramError;
use common::receipt::{flag, mode};
use escrow::{
    constants::{ANY_ACCOUNT_AFTER, MAX_SESSION_LISTINGS},
    error::EscrowError,
    instructions::SessionArgs,
    state::Session,
};
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::{modes::*, world::*};

pub const CAP: u64 = 3 * TOTAL;
const LIFE: i64 = 30 * 86_400;

pub fn open(world: &mut World, listings: &[Pubkey]) -> OpenSession {
    open_for(world, listings, None)
}

fn open_for(world: &mut World, listings: &[Pubkey], sponsor: Option<&Keypair>) -> OpenSession {
    let key = world.chain.actor();
    let mut bound = [Pubkey::default(); MAX_SESSION_LISTINGS];
    bound[..listings.len()].copy_from_slice(listings);
    let args = SessionArgs {
        key: key.pubkey(),
        amount: CAP,
        expires_at: world.chain.now() + LIFE,
        listings: bound,
    };
    let owner = world.buyer.insecure_clone();
    let open = ix::open_session(
        &owner.pubkey(),
        sponsor.map(Signer::pubkey),
        &world.mint.address,
        &world.mint.program,
        &world.buyer_account,
        args,
    );
    let signers: Vec<&Keypair> = [Some(&owner), sponsor].into_iter().flatten().collect();
    world.chain.ok(&[open], &signers);
    let address = pda::session(&owner.pubkey(), &key.pubkey()).0;
    OpenSession {
        address,
        vault: world.vault(&address),
        key,
    }
}

fn params(world: &World, session: &OpenSession) -> ix::OpenOrder {
    ix::OpenOrder {
        buyer: session.key.pubkey(),
        source: session.vault,
        session: Some(session.address),
        ..world.open_params()
    }
}

fn order(world: &mut World, session: &OpenSession, mode: u8) -> Pubkey {
    let args = world.mode_args(mode, &session.key.pubkey());
    let params = params(world, session);
    world
        .chain
        .ok(&[ix::open_order(&params, args)], &[&session.key]);
    params.address(&args.key)
}

#[test]
fn a_session_buys_in_its_owners_name_and_refunds_return_to_its_vault() {
    let mut world = World::new(1);
    let session = open(&mut world, &[]);
    assert_eq!(world.chain.balance(&session.vault), CAP);
    let bought = order(&mut world, &session, mode::ONE_TIME);
    let state = world.order(&bought);
    assert_eq!(
        (state.head.buyer, state.head.owner),
        (session.address, world.buyer.pubkey())
    );
    assert_ne!(state.head.flags & flag::SESSION, 0);
    assert_eq!(world.chain.balance(&session.vault), CAP - TOTAL);
    world.chain.set_time(state.deliver_by + 1);
    let refund = world.refund_ix(&world.stranger, &bought);
    world.chain.ok(&[refund], &[&world.stranger]);
    assert_eq!(world.chain.balance(&session.vault), CAP);
    world.assert_ended(&bought, &[], TOTAL);
}

#[test]
fn p52_a_stolen_session_key_spends_its_vault_where_it_may_and_nothing_else() {
    let mut world = World::new(2);
    let elsewhere = Pubkey::new_from_array([4; 32]);
    let listing: listing::state::Listing = world.chain.state(&world.listing);
    world.chain.put_owned(
        elsewhere,
        pedigree_sdk::programs::LISTING,
        pedigree_sdk::accounts::to_bytes(&listing),
    );
    let bound = [world.listing];
    let session = open(&mut world, &bound);
    // Another listing, the owner's own account, another session's vault, more than there is.
    let args = world.args();
    let there = ix::OpenOrder {
        listing: elsewhere,
        royalty_generation: Some(0),
        ..params(&world, &session)
    };
    world.chain.refused(
        &[ix::open_order(&there, args)],
        &[&session.key],
        EscrowError::SessionForbids,
    );
    let owners = ix::OpenOrder {
        source: world.buyer_account,
        ..params(&world, &session)
    };
    world.chain.refused(
        &[ix::open_order(&owners, args)],
        &[&session.key],
        EscrowError::WrongTokenAccount,
    );
    let other = open(&mut world, &[]);
    let stolen = ix::OpenOrder {
        session: Some(other.address),
        source: other.vault,
        ..params(&world, &session)
    };
    world.chain.refused(
        &[ix::open_order(&stolen, args)],
        &[&session.key],
        EscrowError::SessionForbids,
    );
    for _ in 0..3 {
        order(&mut world, &session, mode::ONE_TIME);
    }
    let args = world.args();
    let open = ix::open_order(&params(&world, &session), args);
    assert!(
        world.chain.send(&[open], &[&session.key]).is_err(),
        "its vault is empty"
    );
    // It cannot accept, end, dispute, concede, close or take anything back.
    let bought = order(&mut world, &other, mode::ONE_TIME);
    world.deliver(&bought);
    let thief = other.key.insecure_clone();
    let settle = world.settle_ix(&thief, &bought);
    world
        .chain
        .refused(&[settle], &[&thief], EscrowError::WindowStillOpen);
    let served = order(&mut world, &other, mode::METERED);
    let voucher = world.voucher_by(&thief, &GENESIS, &served, 1, 500);
    let vouchers = [(voucher, world.listing, thief.pubkey())];
    let redeem =
        pedigree_sdk::voucher::redeem_all(&world.operator.pubkey(), &GENESIS, &vouchers, 0);
    world.chain.ok(&redeem, &[&world.operator]);
    for order in [&bought, &served] {
        let accept = ix::accept(&thief.pubkey(), order, &world.order(order));
        world
            .chain
            .refused(&[accept], &[&thief], EscrowError::NotBuyer);
    }
    let source = world
        .chain
        .token_account(&world.mint.clone(), &thief.pubkey(), TOTAL);
    let dispute = world.dispute_ix(&thief, &source, &bought);
    world
        .chain
        .refused(&[dispute], &[&thief], EscrowError::NotParty);
    world.dispute(&bought);
    let concede = world.concede_ix(&thief, &bought);
    world
        .chain
        .refused(&[concede], &[&thief], EscrowError::NotParty);
    let metered = order(&mut world, &other, mode::METERED);
    world.chain.refused(
        &[world.end_ix(&thief, &metered)],
        &[&thief],
        EscrowError::NotParty,
    );
    let state: Session = world.chain.state(&other.address);
    let close = ix::close_session(&thief.pubkey(), &other.address, &state, Some(source));
    world
        .chain
        .refused(&[close], &[&thief], EscrowError::NotSessionOwner);
    let revoke = ix::revoke_session(&thief.pubkey(), &other.address);
    world
        .chain
        .refused(&[revoke], &[&thief], EscrowError::NotSessionOwner);
    // A refund goes where the money came from, not where the thief says.
    let seller = world.seller.insecure_clone();
    let give = world.seller_refund_ix(&seller, &metered, None);
    let give = swap(give, &other.vault, source);
    world
        .chain
        .refused(&[give], &[&seller], EscrowError::WrongTokenAccount);
}

#[test]
fn p51_vouchers_still_redeem_after_their_session_was_revoked() {
    let mut world = World::new(3);
    let session = open(&mut world, &[]);
    let metered = order(&mut world, &session, mode::METERED);
    let top_up = ix::top_up(
        &session.key.pubkey(),
        &metered,
        &world.order(&metered),
        &session.vault,
        Some(session.address),
        7,
    );
    world.chain.ok(&[top_up.clone()], &[&session.key]);
    let owner = world.buyer.insecure_clone();
    let revoke = ix::revoke_session(&owner.pubkey(), &session.address);
    world.chain.ok(&[revoke.clone()], &[&owner]);
    world.wait(0);
    world
        .chain
        .refused(&[revoke], &[&owner], EscrowError::SessionOver);
    world
        .chain
        .refused(&[top_up], &[&session.key], EscrowError::SessionOver);
    let args = world.args();
    let open = ix::open_order(&params(&world, &session), args);
    world
        .chain
        .refused(&[open], &[&session.key], EscrowError::SessionOver);
    let voucher = world.voucher_by(&session.key, &GENESIS, &metered, 1, 500);
    let vouchers = [(voucher, world.listing, session.key.pubkey())];
    let redeem =
        pedigree_sdk::voucher::redeem_all(&world.operator.pubkey(), &GENESIS, &vouchers, 0);
    world.chain.ok(&redeem, &[&world.operator]);
    world.wait(TERM + WINDOW);
    world.settle(&metered);
    world.assert_ended(&metered, &[500], TOTAL + 7 - 500);
}

#[test]
fn p15_a_session_spends_to_the_last_second_before_its_expiry() {
    let mut world = World::new(12);
    let session = open(&mut world, &[]);
    let state: Session = world.chain.state(&session.address);
    world.chain.set_time(state.expires_at - 2);
    let metered = order(&mut world, &session, mode::METERED);
    let spend = |world: &mut World, cap| {
        let args = world.mode_args(mode::METERED, &session.key.pubkey());
        let open = ix::open_order(&params(world, &session), args);
        let top_up = ix::top_up(
            &session.key.pubkey(),
            &metered,
            &world.order(&metered),
            &session.vault,
            Some(session.address),
            cap,
        );
        [open, top_up]
    };
    world.chain.set_time(state.expires_at - 1);
    let last = spend(&mut world, 7);
    world.chain.ok(&last, &[&session.key]);
    for now in [state.expires_at, state.expires_at + 1] {
        world.chain.set_time(now);
        for late in spend(&mut world, 8) {
            world
                .chain
                .refused(&[late], &[&session.key], EscrowError::SessionOver);
        }
    }
}

#[test]
fn p50_the_same_order_again_buys_nothing_after_its_session_was_closed() {
    let mut world = World::new(13);
    let session = open(&mut world, &[]);
    let args = world.mode_args(mode::ONE_TIME, &session.key.pubkey());
    let open = ix::open_order(&params(&world, &session), args);
    world.chain.ok(&[open.clone()], &[&session.key]);
    world.chain.warp_slots(1);
    let owner = world.buyer.insecure_clone();
    let state: Session = world.chain.state(&session.address);
    let close = ix::close_session(&owner.pubkey(), &session.address, &state, None);
    world.chain.ok(&[close], &[&owner]);
    let again = world.chain.ok(&[open], &[&session.key]);
    assert!(again.events.is_empty());
    // Another one needs a session that is there.
    let args = world.mode_args(mode::ONE_TIME, &session.key.pubkey());
    let other = ix::open_order(&params(&world, &session), args);
    world.chain.refused(
        &[other],
        &[&session.key],
        ProgramError::UninitializedAccount,
    );
}

#[test]
fn p32_a_session_opened_anew_in_another_mint_keeps_no_earlier_refund_waiting() {
    let mut world = World::new(14);
    let session = open(&mut world, &[]);
    let bought = order(&mut world, &session, mode::ONE_TIME);
    world.chain.warp_slots(1);
    let owner = world.buyer.insecure_clone();
    let state: Session = world.chain.state(&session.address);
    let close = ix::close_session(&owner.pubkey(), &session.address, &state, None);
    world.chain.ok(&[close], &[&owner]);
    let before = world.chain.balance(&world.buyer_account);
    // The same key's vault, with another mint's tokens.
    let other = world.chain.mint(TokenProgram::Classic);
    world
        .chain
        .put_token_account(session.vault, &other, &session.address, 5);
    world.chain.set_time(world.order(&bought).deliver_by + 1);
    let refund = world.refund_ix(&world.stranger, &bought);
    world.chain.ok(&[refund], &[&world.stranger]);
    assert_eq!(world.chain.balance(&world.buyer_account), before + TOTAL);
    world.assert_ended(&bought, &[], TOTAL);
}

#[test]
fn p41_past_its_expiry_anyone_closes_it_and_everything_goes_to_the_owner() {
    let mut world = World::new(4);
    let session = open(&mut world, &[]);
    let bought = order(&mut world, &session, mode::ONE_TIME);
    let state: Session = world.chain.state(&session.address);
    let close = ix::close_session(&world.stranger.pubkey(), &session.address, &state, None);
    world.chain.set_time(state.expires_at - 1);
    world.chain.refused(
        &[close.clone()],
        &[&world.stranger],
        EscrowError::NotSessionOwner,
    );
    world.wait(1);
    let strangers = world
        .chain
        .token_account(&world.mint.clone(), &world.stranger.pubkey(), 0);
    let astray = ix::close_session(
        &world.stranger.pubkey(),
        &session.address,
        &state,
        Some(strangers),
    );
    world.chain.refused(
        &[astray],
        &[&world.stranger],
        EscrowError::WrongTokenAccount,
    );
    let before = world.chain.balance(&world.buyer_account);
    world.chain.refused(
        &[close.clone()],
        &[&world.stranger],
        EscrowError::SessionSameSlot,
    );
    world.chain.warp_slots(1);
    world.chain.ok(&[close], &[&world.stranger]);
    assert_eq!(
        world.chain.balance(&world.buyer_account),
        before + CAP - TOTAL
    );
    assert!(!world.chain.exists(&session.vault) && !world.chain.exists(&session.address));
    // What comes back later goes to the owner.
    let refund = world.refund_ix(&world.stranger, &bought);
    world.chain.ok(&[refund], &[&world.stranger]);
    assert_eq!(world.chain.balance(&world.buyer_account), before + CAP);
    world.assert_ended(&bought, &[], TOTAL);
}

#[test]
fn an_expiry_in_the_past_or_too_far_is_refused() {
    let mut world = World::new(5);
    let now = world.chain.now();
    for (expires_at, taken) in [
        (now, false),
        (now + 1, true),
        (now + 366 * 86_400, true),
        (now + 366 * 86_400 + 1, false),
    ] {
        let key = world.chain.actor();
        let args = SessionArgs {
            key: key.pubkey(),
            amount: 1,
            expires_at,
            listings: Default::default(),
        };
        let open = [ix::open_session(
            &world.buyer.pubkey(),
            None,
            &world.mint.address,
            &world.mint.program,
            &world.buyer_account,
            args,
        )];
        if taken {
            world.chain.ok(&open, &[&world.buyer]);
        } else {
            world.chain.refused(
                &open,
                &[&world.buyer],
                EscrowError::SessionExpiryOutOfBounds,
            );
        }
    }
}

#[test]
fn p52_a_session_spends_from_its_vault_and_from_no_other_account_of_its_own() {
    let mut world = World::new(6);
    let session = open(&mut world, &[]);
    let mint = world.mint;
    let other = world.chain.token_account(&mint, &session.address, TOTAL);
    let args = world.args();
    let astray = ix::OpenOrder {
        source: other,
        ..params(&world, &session)
    };
    world.chain.refused(
        &[ix::open_order(&astray, args)],
        &[&session.key],
        EscrowError::WrongTokenAccount,
    );
    let metered = order(&mut world, &session, mode::METERED);
    let top_up = ix::top_up(
        &session.key.pubkey(),
        &metered,
        &world.order(&metered),
        &other,
        Some(session.address),
        1,
    );
    world
        .chain
        .refused(&[top_up], &[&session.key], EscrowError::WrongTokenAccount);
}

/// Place of the owner's token account among those of a payout.
const OWNER: usize = 9;

#[test]
fn p32_what_a_live_sessions_order_gives_back_goes_to_its_vault_whoever_says_otherwise() {
    let mut world = World::new(9);
    let session = open(&mut world, &[]);
    let bought = order(&mut world, &session, mode::ONE_TIME);
    world.chain.set_time(world.order(&bought).deliver_by + 1);
    let stranger = world.stranger.insecure_clone();
    let refund = world.refund_ix(&stranger, &bought);
    let to_owner = swap(refund.clone(), &session.vault, world.buyer_account);
    world
        .chain
        .refused(&[to_owner], &[&stranger], EscrowError::WrongTokenAccount);
    // A vault that cannot take it lives: it waits.
    world.chain.set_frozen(&session.vault, true);
    world.chain.ok(&[refund], &[&stranger]);
    assert_eq!(world.order(&bought).refund_due, TOTAL);
    world.chain.set_frozen(&session.vault, false);
    // Not even after a month, while the vault can take it.
    world.wait(31 * 86_400);
    let mut withdraw = world.withdraw_ix(&bought);
    withdraw.accounts[OWNER].pubkey = world.buyer_account;
    world.chain.ok(&[withdraw], &[&stranger]);
    assert_eq!(world.chain.balance(&session.vault), CAP);
    world.assert_ended(&bought, &[], TOTAL);
}

#[test]
fn p32_nobody_sends_a_closed_sessions_refund_to_another_account_than_its_owners() {
    let mut world = World::new(7);
    let session = open(&mut world, &[]);
    let bought = order(&mut world, &session, mode::ONE_TIME);
    world.chain.warp_slots(1);
    let owner = world.buyer.insecure_clone();
    let state: Session = world.chain.state(&session.address);
    let close = ix::close_session(&owner.pubkey(), &session.address, &state, None);
    world.chain.ok(&[close], &[&owner]);
    // Its owner gave the associated account away, so that it waits.
    let (mint, thief) = (world.mint, world.stranger.pubkey());
    let given_away = world.buyer_account;
    world.chain.put_token_account(given_away, &mint, &thief, 0);
    let seller = world.seller.insecure_clone();
    let give = world.seller_refund_ix(&seller, &bought, None);
    let spare = world.chain.spare_token_account(&mint, &owner.pubkey(), 0);
    let sessions = world.chain.token_account(&mint, &session.address, 0);
    for wrong in [spare, sessions, pedigree_sdk::programs::ESCROW] {
        let astray = swap(give.clone(), &given_away, wrong);
        world
            .chain
            .refused(&[astray], &[&seller], EscrowError::WrongTokenAccount);
    }
    world.chain.ok(&[give], &[&seller]);
    assert_eq!(world.order(&bought).refund_due, TOTAL);
    // After a month any account of the owner will do, and none of the session.
    world.wait(31 * 86_400);
    let withdraw = world.withdraw_ix(&bought);
    world.chain.refused(
        &[swap(withdraw.clone(), &given_away, sessions)],
        &[&world.stranger],
        EscrowError::WrongTokenAccount,
    );
    world
        .chain
        .ok(&[swap(withdraw, &given_away, spare)], &[&world.stranger]);
    assert_eq!(world.chain.balance(&spare), TOTAL);
}

#[test]
fn p52_nothing_of_the_owners_own_comes_into_a_sessions_vault() {
    let mut world = World::new(10);
    let session = open(&mut world, &[]);
    let metered = order(&mut world, &session, mode::METERED);
    let owner = world.buyer.insecure_clone();
    // What it put in from its own account could come back to the vault.
    let state = world.order(&metered);
    let top_up = ix::top_up(
        &owner.pubkey(),
        &metered,
        &state,
        &world.buyer_account,
        None,
        7,
    );
    world
        .chain
        .refused(&[top_up], &[&owner], EscrowError::SessionForbids);
    // The bond of its dispute comes back to itself.
    let voucher = world.voucher_by(&session.key, &GENESIS, &metered, 1, 1_000);
    let vouchers = [(voucher, world.listing, session.key.pubkey())];
    let redeem =
        pedigree_sdk::voucher::redeem_all(&world.operator.pubkey(), &GENESIS, &vouchers, 0);
    world.chain.ok(&redeem, &[&world.operator]);
    let before = [world.buyer_account, session.vault].map(|at| world.chain.balance(&at));
    world.dispute(&metered);
    let seller = world.seller.insecure_clone();
    let concede = world.concede_ix(&seller, &metered);
    world.chain.ok(&[concede], &[&seller]);
    world.withdraw(&metered);
    let after = [world.buyer_account, session.vault].map(|at| world.chain.balance(&at));
    assert_eq!(after, [before[0], before[1] + 1_000]);
}

#[test]
fn p41_p49_an_owner_that_gave_its_account_away_keeps_a_session_for_a_month_and_no_longer() {
    let mut world = World::new(11);
    let sponsor = world.chain.actor();
    let session = open_for(&mut world, &[], Some(&sponsor));
    let state: Session = world.chain.state(&session.address);
    let (mint, thief) = (world.mint, world.stranger.pubkey());
    world
        .chain
        .put_token_account(world.buyer_account, &mint, &thief, 0);
    world.chain.warp_slots(1);
    let fresh = world
        .chain
        .spare_token_account(&mint, &world.buyer.pubkey(), 0);
    let thiefs = world.chain.spare_token_account(&mint, &thief, 0);
    let close = |to| ix::close_session(&thief, &session.address, &state, to);
    let last = state.expires_at + ANY_ACCOUNT_AFTER;
    for (now, to) in [
        (state.expires_at, None),
        (last, Some(fresh)),
        (last + 1, Some(thiefs)),
    ] {
        world.chain.set_time(now);
        world.chain.refused(
            &[close(to)],
            &[&world.stranger],
            EscrowError::WrongTokenAccount,
        );
    }
    world.chain.ok(&[close(Some(fresh))], &[&world.stranger]);
    assert_eq!(world.chain.balance(&fresh), CAP);
    assert!(!world.chain.exists(&session.address) && !world.chain.exists(&session.vault));
}

#[test]
fn p49_a_rent_payer_that_became_a_program_holds_no_sessions_money_up() {
    let mut world = World::new(8);
    let sponsor = world.chain.actor();
    let session = open_for(&mut world, &[], Some(&sponsor));
    let (svm, code) = (&mut world.chain.svm, testkit::Program::Escrow.file());
    svm.add_program(sponsor.pubkey(), &code).unwrap();
    world.chain.warp_slots(1);
    let owner = world.buyer.insecure_clone();
    let before = world.chain.balance(&world.buyer_account);
    let state: Session = world.chain.state(&session.address);
    let close = ix::close_session(&owner.pubkey(), &session.address, &state, None);
    world.chain.ok(&[close], &[&owner]);
    assert_eq!(world.chain.balance(&world.buyer_account), before + CAP);
    assert!(!world.chain.exists(&session.address) && !world.chain.exists(&session.vault));
}

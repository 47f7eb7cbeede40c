//! Accounts of other kinds, owners and listings, each where one of ours is read.

use anchor_lang::{
    Discriminator,
    prelude::{ErrorCode, ProgramError},
};
use escrow::{error::EscrowError, state::Config};
use pedigree_sdk::{
    accounts::DISCRIMINATOR_LEN,
    instructions::escrow as ix,
    pda,
    programs::{ESCROW, LISTING},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{Mint, TokenProgram};

use crate::world::*;

/// A copy of an account that says it is another kind, under the program that owns the original.
fn of_another_kind(world: &mut World, real: &Pubkey) -> Pubkey {
    let mut account = world.chain.svm.get_account(real).unwrap();
    let kind = if account.data.starts_with(Config::DISCRIMINATOR) {
        escrow::state::Order::DISCRIMINATOR
    } else {
        Config::DISCRIMINATOR
    };
    account.data[..DISCRIMINATOR_LEN].copy_from_slice(kind);
    copy(world, account.owner, account.data)
}

fn copy(world: &mut World, owner: Pubkey, data: Vec<u8>) -> Pubkey {
    let copy = Pubkey::new_from_array(world.chain.draw());
    world.chain.put_owned(copy, owner, data);
    copy
}

/// Another mint that orders may be paid in.
fn second_mint(world: &mut World) -> Mint {
    let (mint, admin) = (
        world.chain.mint(TokenProgram::Classic),
        world.admin.pubkey(),
    );
    let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 1);
    world.chain.ok(&[allow], &[&world.admin]);
    mint
}

/// `real` in this instruction can be neither a copy of another owner's, nor one of another kind, nor a shorter account.
fn nothing_else_fits(
    world: &mut World,
    instruction: &Instruction,
    signers: &[&Keypair],
    real: Pubkey,
) {
    let account = world.chain.svm.get_account(&real).unwrap();
    let owner = if account.owner == LISTING {
        ESCROW
    } else {
        LISTING
    };
    let foreign = copy(world, owner, account.data.clone());
    let other_kind = of_another_kind(world, &real);
    let short = copy(world, account.owner, account.data[..64].to_vec());
    for (wrong, error) in [
        (foreign, ErrorCode::ConstraintOwner.into()),
        (other_kind, ProgramError::InvalidAccountData),
        (short, ProgramError::AccountDataTooSmall),
    ] {
        let swapped = swap(instruction.clone(), &real, wrong);
        world.chain.refused(&[swapped], signers, error);
    }
}

#[test]
fn p2_p3_the_settings_and_those_of_mints_are_no_other_accounts() {
    let mut world = World::new(1);
    world.settled();
    let next = world.stranger.pubkey();
    world.update_config(|config| config.pending_authority = next);
    let (mint, treasurer) = (world.mint, world.treasurer.pubkey());
    world.chain.token_account(&mint, &treasurer, 0);
    let config = pda::escrow_config().0;
    let settings = pda::mint_config(&mint.address).0;
    let (admin, stranger) = (
        world.admin.insecure_clone(),
        world.stranger.insecure_clone(),
    );
    let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &treasurer);
    let update = ix::update_mint(&admin.pubkey(), &mint.address, true, 1);
    let other = world.chain.mint(TokenProgram::Classic);
    let key = admin.pubkey();
    let allow = ix::allow_mint(&key, &key, &other.address, &other.program, 1);
    let accept = ix::accept_config_authority(&next);
    let cases: [(&Instruction, &[&Keypair], &[Pubkey]); 4] = [
        (&withdraw, &[], &[config, settings]),
        (&update, &[&admin], &[config, settings]),
        (&allow, &[&admin], &[config]),
        (&accept, &[&stranger], &[config]),
    ];
    for (instruction, signers, accounts) in cases {
        for real in accounts {
            nothing_else_fits(&mut world, instruction, signers, *real);
        }
        world.chain.ok(std::slice::from_ref(instruction), signers);
    }
}

#[test]
fn p3_another_mints_settings_let_nothing_out_of_this_ones_treasury() {
    let mut world = World::new(1);
    world.settled();
    let (mint, wallet) = (world.mint, world.treasurer.pubkey());
    world.chain.token_account(&mint, &wallet, 0);
    let second = second_mint(&mut world);
    let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &wallet);
    let settings = |mint: &Mint| pda::mint_config(&mint.address).0;
    let foreign = swap(withdraw, &settings(&mint), settings(&second));
    world
        .chain
        .refused(&[foreign.clone()], &[], EscrowError::WrongAccount);
    let with_mint = swap(foreign, &mint.address, second.address);
    world
        .chain
        .refused(&[with_mint], &[], EscrowError::WrongTokenAccount);
}

#[test]
fn p2_p3_deliver_and_close_take_no_other_account_for_listing_or_order() {
    let mut world = World::new(1);
    let (open, closable) = (world.open(), world.settled());
    let (operator, buyer) = (
        world.operator.insecure_clone(),
        world.buyer.insecure_clone(),
    );
    let (deliver, listing) = (world.deliver_ix(&open), world.listing);
    nothing_else_fits(&mut world, &deliver, &[&operator], listing);
    nothing_else_fits(&mut world, &deliver, &[&operator], open);
    world.chain.ok(&[deliver], &[&operator]);
    world.chain.set_time(world.order(&closable).valid_until + 1);
    let close = world.close_ix(&buyer, &closable);
    nothing_else_fits(&mut world, &close, &[&buyer], closable);
    world.chain.ok(&[close], &[&buyer]);
}

#[test]
fn p2_p3_what_stands_at_a_new_orders_place_is_an_order_or_nothing() {
    let mut world = World::new(1);
    let args = world.args();
    let buyer = world.buyer.insecure_clone();
    let order = pda::order(&buyer.pubkey(), &args.key).0;
    let open = world.open_ix(args);
    let free = ix::open_free(&buyer.pubkey(), None, &world.listing, args);
    let settings = pda::mint_config(&second_mint(&mut world).address).0;
    let other = world.open();
    let forged = of_another_kind(&mut world, &other);
    // The same buyer's own order, under another key.
    for (wrong, error) in [
        (settings, ProgramError::AccountDataTooSmall),
        (forged, ProgramError::InvalidAccountData),
        (other, EscrowError::WrongAccount.into()),
    ] {
        for instruction in [&open, &free] {
            let swapped = swap(instruction.clone(), &order, wrong);
            world.chain.refused(&[swapped], &[&buyer], error.clone());
        }
    }
    // Of another owner: it is none of ours, and its address is not the order's.
    let data = world.chain.svm.get_account(&other).unwrap().data;
    let foreign = copy(&mut world, LISTING, data);
    let swapped = swap(open.clone(), &order, foreign);
    world
        .chain
        .refused(&[swapped], &[&buyer], ErrorCode::ConstraintSeeds);
    world.chain.ok(&[open], &[&buyer]);
}

#[test]
fn p21_an_order_ends_in_the_mint_it_was_opened_in_whatever_the_listing_sells_for_since() {
    let mut world = World::new(1);
    let (delivered, undelivered, waiting) = (world.delivered(), world.open(), world.delivered());
    world.chain.set_frozen(&world.payee_account, true);
    world.accept(&waiting);
    world.chain.set_frozen(&world.payee_account, false);

    let (mint, other) = (world.mint, world.chain.mint(TokenProgram::Classic));
    let admin = world.admin.pubkey();
    let allow = ix::allow_mint(&admin, &admin, &other.address, &other.program, MAX_DEPOSIT);
    world.chain.ok(&[allow], &[&world.admin]);
    world.edit_listing(|listing| listing.terms[0].mint = other.address);
    let [buyer, payee] = [&world.buyer, &world.payee].map(|party| party.pubkey());
    let in_other = [
        (
            pda::mint_config(&mint.address).0,
            pda::mint_config(&other.address).0,
        ),
        (world.treasury, pda::treasury(&other.address).0),
        (
            world.buyer_account,
            world.chain.token_account(&other, &buyer, TOTAL),
        ),
        (
            world.payee_account,
            world.chain.token_account(&other, &payee, TOTAL),
        ),
    ];
    for (end, signer, order) in [
        (
            world.accept_ix(&delivered),
            world.buyer.insecure_clone(),
            delivered,
        ),
        (
            world.seller_refund_ix(&world.seller, &undelivered, None),
            world.seller.insecure_clone(),
            undelivered,
        ),
        (
            world.withdraw_ix(&waiting),
            world.stranger.insecure_clone(),
            waiting,
        ),
    ] {
        let mut swapped = swap(end.clone(), &mint.address, other.address);
        world
            .chain
            .refused(&[swapped.clone()], &[&signer], EscrowError::WrongAccount);
        // With all else that belongs to the other mint, a full vault of the order's own among it.
        let full = world.chain.token_account(&other, &order, TOTAL);
        for (from, to) in in_other.into_iter().chain([(world.vault(&order), full)]) {
            for meta in swapped
                .accounts
                .iter_mut()
                .filter(|meta| meta.pubkey == from)
            {
                meta.pubkey = to;
            }
        }
        world
            .chain
            .refused(&[swapped], &[&signer], EscrowError::WrongAccount);
        world.chain.ok(&[end], &[&signer]);
        assert!(!world.chain.exists(&world.vault(&order)));
    }
}

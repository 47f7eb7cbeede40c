//! Which accounts are taken for what they are said to be.

use anchor_lang::{
    Discriminator,
    prelude::{ErrorCode, ProgramError},
};
use escrow::error::EscrowError;
use pedigree_sdk::{
    accounts::{DISCRIMINATOR_LEN, to_bytes},
    instructions::escrow as ix,
    pda,
    programs::{ESCROW, LISTING, SYSTEM, TOKEN_2022},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::world::*;

/// What the system program says of an address that it does not derive of the base and the seed.
const ADDRESS_MISMATCH: ProgramError = ProgramError::Custom(5);

/// An address of the seeds whose bump is not the canonical one.
pub fn lower(seeds: &[&[u8]], canonical: u8) -> Pubkey {
    (0..canonical)
        .rev()
        .find_map(|bump| {
            Pubkey::create_program_address(&[seeds, &[&[bump]]].concat(), &ESCROW).ok()
        })
        .unwrap()
}

#[test]
fn p5_accounts_at_other_bumps_are_never_made() {
    let mut world = World::new(1);
    let args = world.args();
    let buyer = world.buyer.pubkey();
    let (order, bump) = pda::order(&buyer, &args.key);
    let other = lower(&[b"order", buyer.as_ref(), &args.key], bump);
    let open = swap(world.open_ix(args), &order, other);
    world
        .chain
        .refused(&[open], &[&world.buyer], ProgramError::InvalidSeeds);
    // A vault is at the one address that the system program derives; prefunded or not, no other is taken.
    for lamports in [0, 1_000_000] {
        let other = pda::vault(&buyer, &world.mint.program);
        world.chain.fund(&other, lamports);
        let open = swap(world.open_ix(args), &world.vault(&order), other);
        world
            .chain
            .refused(&[open], &[&world.buyer], ADDRESS_MISMATCH);
    }
    let mint = world.chain.mint(testkit::TokenProgram::Classic);
    let admin = world.admin.pubkey();
    let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 1);
    let (config, bump) = pda::mint_config(&mint.address);
    let other = lower(&[b"mint", mint.address.as_ref()], bump);
    world.chain.refused(
        &[swap(allow.clone(), &config, other)],
        &[&world.admin],
        ProgramError::InvalidSeeds,
    );
    let (treasury, bump) = pda::treasury(&mint.address);
    let other = lower(&[b"treasury", mint.address.as_ref()], bump);
    world.chain.refused(
        &[swap(allow, &treasury, other)],
        &[&world.admin],
        ProgramError::InvalidSeeds,
    );
}

#[test]
fn p2_p3_accounts_of_another_owner_or_kind_are_refused() {
    let mut world = World::new(1);
    let order = world.delivered();
    let config = pda::escrow_config().0;
    let settle = world.accept_ix(&order);
    let mint_config = pda::mint_config(&world.mint.address).0;
    for (real, owner) in [(order, LISTING), (mint_config, SYSTEM)] {
        let copy = Pubkey::new_from_array(world.chain.draw());
        let data = world.chain.svm.get_account(&real).unwrap().data;
        world.chain.put_owned(copy, owner, data);
        world.chain.refused(
            &[swap(settle.clone(), &real, copy)],
            &[&world.buyer],
            ErrorCode::ConstraintOwner,
        );
    }
    for real in [order, mint_config] {
        let forged = Pubkey::new_from_array(world.chain.draw());
        let mut data = world.chain.svm.get_account(&real).unwrap().data;
        data[..DISCRIMINATOR_LEN].copy_from_slice(escrow::state::Config::DISCRIMINATOR);
        world.chain.put_owned(forged, ESCROW, data);
        let swapped = swap(settle.clone(), &real, forged);
        world.chain.refused(
            &[swapped],
            &[&world.buyer],
            ProgramError::InvalidAccountData,
        );
    }
    let update = ix::update_config(&world.admin.pubkey(), world.config_args());
    let copy = Pubkey::new_from_array(world.chain.draw());
    let state: escrow::state::Config = world.chain.state(&config);
    world.chain.put_owned(copy, LISTING, to_bytes(&state));
    world.chain.refused(
        &[swap(update, &config, copy)],
        &[&world.admin],
        ErrorCode::ConstraintOwner,
    );
}

#[test]
fn p7_p9_an_order_is_paid_out_of_its_own_vault_through_its_own_programs_alone() {
    let mut world = World::new(1);
    let (order, other) = (world.delivered(), world.delivered());
    let settle = world.accept_ix(&order);
    let mint = world.mint;
    let vault = world.vault(&order);
    let fake = world.chain.token_account(&mint, &order, TOTAL);
    let wrong_token = EscrowError::WrongTokenAccount;
    for (from, to, error) in [
        (vault, world.vault(&other), wrong_token),
        (vault, fake, wrong_token),
        (
            world.treasury,
            world
                .chain
                .token_account(&mint, &world.stranger.pubkey(), 0),
            wrong_token,
        ),
        (
            world.pool,
            world
                .chain
                .token_account(&mint, &world.stranger.pubkey(), 0),
            wrong_token,
        ),
        (
            mint.address,
            world.chain.mint(testkit::TokenProgram::Classic).address,
            EscrowError::WrongAccount,
        ),
        (mint.program, TOKEN_2022, EscrowError::WrongAccount),
        (mint.program, LISTING, EscrowError::WrongAccount),
    ] {
        world
            .chain
            .refused(&[swap(settle.clone(), &from, to)], &[&world.buyer], error);
    }
    // Settings of another mint, with its treasury.
    let second = world.chain.mint(testkit::TokenProgram::Classic);
    let admin = world.admin.pubkey();
    let allow = ix::allow_mint(&admin, &admin, &second.address, &second.program, 1);
    world.chain.ok(&[allow], &[&world.admin]);
    let foreign = swap(
        settle,
        &pda::mint_config(&mint.address).0,
        pda::mint_config(&second.address).0,
    );
    world
        .chain
        .refused(&[foreign], &[&world.buyer], EscrowError::WrongAccount);
    let args = world.args();
    let open = swap(world.open_ix(args), &SYSTEM, TOKEN_2022);
    world
        .chain
        .refused(&[open], &[&world.buyer], ProgramError::IncorrectProgramId);
    let settled = world.settled();
    world.chain.set_time(world.order(&settled).valid_until + 1);
    let close = swap(
        world.close_ix(&world.buyer, &settled),
        &world.vault(&settled),
        world.vault(&order),
    );
    world.chain.refused(&[close], &[&world.buyer], wrong_token);
}

#[test]
fn p33_extra_missing_or_doubled_accounts_change_nothing() {
    let mut world = World::new(1);
    let order = world.delivered();
    let settle = world.accept_ix(&order);
    let mut short = settle.clone();
    short.accounts.pop();
    world.chain.refused(
        &[short],
        &[&world.buyer],
        ProgramError::NotEnoughAccountKeys,
    );
    let vault = world.vault(&order);
    let doubled = swap(settle.clone(), &vault, order);
    world.chain.refused(
        &[doubled],
        &[&world.buyer],
        ErrorCode::ConstraintDuplicateMutableAccount,
    );
    let mut extra = settle;
    extra
        .accounts
        .push(solana_program::instruction::AccountMeta::new(
            world.buyer_account,
            false,
        ));
    let before = world.chain.balance(&world.buyer_account);
    world.chain.ok(&[extra], &[&world.buyer]);
    assert_eq!(world.chain.balance(&world.buyer_account), before);
}

#[test]
fn p34_nobody_but_the_program_emits_its_events() {
    let mut world = World::new(1);
    let order = world.settled();
    // An order's own events are longer than a transaction.
    let outcome = world.update_config(|_| {});
    let authority = pda::event_authority(&ESCROW).0;
    let data = outcome.event().encode();
    let meta = |key, signs| solana_program::instruction::AccountMeta::new_readonly(key, signs);
    let unsigned = Instruction {
        program_id: ESCROW,
        accounts: vec![meta(authority, false)],
        data: data.clone(),
    };
    world
        .chain
        .refused(&[unsigned], &[], ErrorCode::ConstraintSigner);
    let forged = Instruction {
        program_id: ESCROW,
        accounts: vec![meta(world.buyer.pubkey(), true)],
        data,
    };
    world
        .chain
        .refused(&[forged], &[&world.buyer], ErrorCode::ConstraintSeeds);
    assert!(world.order(&order).head.is_paid_receipt());
}

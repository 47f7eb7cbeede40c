//! Who may do what, and with which accounts.

use anchor_lang::{
    Discriminator,
    prelude::{ErrorCode, ProgramError},
};
use escrow::{error::EscrowError, instructions::ConfigArgs};
use pedigree_sdk::{
    accounts::{DISCRIMINATOR_LEN, to_bytes},
    events::Event,
    instructions::escrow as ix,
    pda,
    programs::{ESCROW, LISTING, SYSTEM, TOKEN_2022},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{Chain, Program, unsigned};

use crate::world::*;

/// The instruction with another account in the place of one.
fn swap(mut instruction: Instruction, from: &Pubkey, to: Pubkey) -> Instruction {
    let mut found = false;
    for meta in instruction.accounts.iter_mut().filter(|meta| meta.pubkey == *from) {
        meta.pubkey = to;
        found = true;
    }
    assert!(found, "{from} is not in the instruction");
    instruction
}

/// Every instruction that asks for a signature, as it would succeed, and who has to sign.
fn privileged(world: &mut World) -> Vec<(&'static str, Instruction, Keypair)> {
    let (open, delivered, closable) = (world.open(), world.delivered(), world.settled());
    world.chain.set_time(world.order(&closable).valid_until + 1);
    let next = world.stranger.pubkey();
    world.update_config(|config| config.pending_authority = next);
    let (args, admin, mint) = (world.args(), world.admin.pubkey(), world.mint);
    let free = escrow::opening::OpenArgs { price: 0, max_total: 0, ..world.args() };
    let other = world.chain.mint(testkit::TokenProgram::Classic);
    let signers = [&world.admin, &world.stranger, &world.buyer, &world.seller].map(|key| key.insecure_clone());
    let [admin_key, stranger, buyer, seller] = signers;
    vec![
        ("update_config", ix::update_config(&admin, world.config_args()), admin_key.insecure_clone()),
        ("accept_config_authority", ix::accept_config_authority(&next), stranger.insecure_clone()),
        ("update_mint", ix::update_mint(&admin, &mint.address, true, 1), admin_key.insecure_clone()),
        ("allow_mint", ix::allow_mint(&admin, &next, &other.address, &other.program, 1), admin_key),
        ("open_order", world.open_ix(args), buyer.insecure_clone()),
        ("open_free", ix::open_free(&buyer.pubkey(), None, &world.listing, free), buyer.insecure_clone()),
        ("deliver", ix::deliver(&seller.pubkey(), &world.listing, &open, CONTENT, SEALED_KEY), seller.insecure_clone()),
        ("settle", world.settle_ix(&buyer, &delivered), buyer.insecure_clone()),
        ("refund", world.seller_refund_ix(&seller, &open, None), seller),
        ("close_order", world.close_ix(&buyer, &closable), buyer),
    ]
}

#[test]
fn p1_nothing_privileged_happens_without_its_signature() {
    let mut world = World::new(1);
    for (name, instruction, signer) in privileged(&mut world) {
        let others = [&world.stranger, &world.admin].map(|key| key.insecure_clone());
        let others: Vec<_> = others.iter().filter(|key| key.pubkey() != signer.pubkey()).collect();
        let refusal = world.chain.send(&[unsigned(instruction, &signer.pubkey())], &others);
        let refusal = refusal.expect_err(name);
        let expected: [ProgramError; 2] =
            [ErrorCode::ConstraintSigner.into(), ProgramError::MissingRequiredSignature];
        assert!(expected.iter().any(|e| refusal.is(&u64::from(e.clone()).into())), "{name}: {:?}", refusal.error);
    }
}

#[test]
fn config_and_mints_answer_to_the_config_authority_alone() {
    let mut world = World::new(1);
    let (stranger, mint) = (world.stranger.pubkey(), world.mint);
    let other = world.chain.mint(testkit::TokenProgram::Classic);
    let error = EscrowError::NotConfigAuthority;
    let update = ix::update_config(&stranger, world.config_args());
    world.chain.refused(&[update], &[&world.stranger], error);
    let update = ix::update_mint(&stranger, &mint.address, true, 1);
    world.chain.refused(&[update], &[&world.stranger], error);
    let allow = ix::allow_mint(&stranger, &stranger, &other.address, &other.program, 1);
    world.chain.refused(&[allow], &[&world.stranger], error);
}

#[test]
fn the_config_authority_is_handed_over_in_two_steps() {
    let mut world = World::new(1);
    let accept = ix::accept_config_authority(&world.stranger.pubkey());
    world.chain.refused(&[accept.clone()], &[&world.stranger], EscrowError::NotPendingAuthority);
    let next = world.stranger.pubkey();
    let outcome = world.update_config(|config| config.pending_authority = next);
    let Event::EscrowConfigUpdated(event) = outcome.event() else { panic!("{outcome:?}") };
    assert_eq!((event.head.old.pending_authority, event.state.pending_authority), (Pubkey::default(), next));
    world.chain.ok(&[accept.clone()], &[&world.stranger]);
    world.chain.refused(&[accept], &[&world.stranger], EscrowError::NotPendingAuthority);
    let update = ix::update_config(&world.admin.pubkey(), world.config_args());
    world.chain.refused(&[update], &[&world.admin], EscrowError::NotConfigAuthority);
    let update = ix::update_config(&next, world.config_args());
    world.chain.ok(&[update], &[&world.stranger]);
}

#[test]
fn fee_and_windows_stay_within_their_bounds() {
    let mut world = World::new(1);
    let month = 30 * 24 * 60 * 60;
    let base = world.config_args();
    let cases = [
        (ConfigArgs { fee_ppm: 100_000, ..base }, None),
        (ConfigArgs { fee_ppm: 100_001, ..base }, Some(EscrowError::FeeTooHigh)),
        (ConfigArgs { delivery_window: 59, ..base }, Some(EscrowError::WindowOutOfBounds)),
        (ConfigArgs { delivery_window: 60, ..base }, None),
        (ConfigArgs { delivery_window: month, ..base }, None),
        (ConfigArgs { delivery_window: month + 1, ..base }, Some(EscrowError::WindowOutOfBounds)),
        (ConfigArgs { dispute_window: 59, ..base }, Some(EscrowError::WindowOutOfBounds)),
        (ConfigArgs { dispute_window: month + 1, ..base }, Some(EscrowError::WindowOutOfBounds)),
        (ConfigArgs { dispute_window: month, ..base }, None),
    ];
    for (args, error) in cases {
        let update = ix::update_config(&world.admin.pubkey(), args);
        match error {
            Some(error) => world.chain.refused(&[update], &[&world.admin], error),
            None => drop(world.chain.ok(&[update], &[&world.admin])),
        }
    }
}

#[test]
fn p47_only_the_upgrade_authority_initializes_and_only_once() {
    let mut chain = Chain::new(&[Program::Escrow], 1);
    let (authority, stranger) = (chain.upgrade_authority.insecure_clone(), chain.actor());
    let args = ConfigArgs {
        paused: false,
        allow_unclaimed: true,
        fee_ppm: 1,
        delivery_window: 60,
        dispute_window: 60,
        treasury: stranger.pubkey(),
        pending_authority: Pubkey::default(),
    };
    let build = |key: &Keypair, args| ix::initialize(&key.pubkey(), &stranger.pubkey(), &key.pubkey(), [1; 32], args);
    let wrong = EscrowError::NotUpgradeAuthority;
    chain.refused(&[build(&stranger, args)], &[&stranger], wrong);
    // Another program's data, which the stranger may well control.
    let program_data = pda::program_data(&ESCROW).0;
    let data = chain.svm.get_account(&program_data).unwrap();
    let mut forged = data.data.clone();
    forged[13..45].copy_from_slice(stranger.pubkey().as_ref());
    let elsewhere = Pubkey::new_from_array([7; 32]);
    chain.put_owned(elsewhere, data.owner, forged);
    chain.refused(&[swap(build(&stranger, args), &program_data, elsewhere)], &[&stranger], wrong);
    chain.refused(&[unsigned(build(&authority, args), &authority.pubkey())], &[&stranger], ProgramError::MissingRequiredSignature);
    let high = ConfigArgs { fee_ppm: 100_001, ..args };
    chain.refused(&[build(&authority, high)], &[&authority, &stranger], EscrowError::FeeTooHigh);
    // P4: lamports at the address do not block it.
    chain.fund(&pda::escrow_config().0, 1);
    chain.ok(&[build(&authority, args)], &[&authority, &stranger]);
    chain.refused(&[build(&authority, args)], &[&authority, &stranger], ProgramError::Custom(0));
}

#[test]
fn p4_a_mint_is_allowed_once() {
    let mut world = World::new(1);
    let (admin, mint) = (world.admin.pubkey(), world.mint);
    let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 1);
    world.chain.refused(&[allow], &[&world.admin], ProgramError::Custom(0));
}

/// An address of the seeds whose bump is not the canonical one.
fn lower(seeds: &[&[u8]], canonical: u8) -> Pubkey {
    (0..canonical)
        .rev()
        .find_map(|bump| Pubkey::create_program_address(&[seeds, &[&[bump]]].concat(), &ESCROW).ok())
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
    world.chain.refused(&[open], &[&world.buyer], ProgramError::InvalidSeeds);
    let (vault, bump) = pda::vault(&order);
    let other = lower(&[b"vault", order.as_ref()], bump);
    let open = swap(world.open_ix(args), &vault, other);
    world.chain.refused(&[open], &[&world.buyer], ProgramError::InvalidSeeds);
    let mint = world.chain.mint(testkit::TokenProgram::Classic);
    let admin = world.admin.pubkey();
    let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 1);
    let (config, bump) = pda::mint_config(&mint.address);
    let other = lower(&[b"mint", mint.address.as_ref()], bump);
    world.chain.refused(&[swap(allow.clone(), &config, other)], &[&world.admin], ProgramError::InvalidSeeds);
    let (treasury, bump) = pda::treasury(&mint.address);
    let other = lower(&[b"treasury", mint.address.as_ref()], bump);
    world.chain.refused(&[swap(allow, &treasury, other)], &[&world.admin], ProgramError::InvalidSeeds);
}

#[test]
fn p2_p3_accounts_of_another_owner_or_kind_are_refused() {
    let mut world = World::new(1);
    let order = world.delivered();
    let config = pda::escrow_config().0;
    let settle = world.settle_ix(&world.buyer, &order);
    let mint_config = pda::mint_config(&world.mint.address).0;
    for (real, owner) in [(order, LISTING), (mint_config, SYSTEM)] {
        let copy = Pubkey::new_from_array(world.chain.draw());
        let data = world.chain.svm.get_account(&real).unwrap().data;
        world.chain.put_owned(copy, owner, data);
        world.chain.refused(&[swap(settle.clone(), &real, copy)], &[&world.buyer], ErrorCode::ConstraintOwner);
    }
    for real in [order, mint_config] {
        let forged = Pubkey::new_from_array(world.chain.draw());
        let mut data = world.chain.svm.get_account(&real).unwrap().data;
        data[..DISCRIMINATOR_LEN].copy_from_slice(escrow::state::Config::DISCRIMINATOR);
        world.chain.put_owned(forged, ESCROW, data);
        let swapped = swap(settle.clone(), &real, forged);
        world.chain.refused(&[swapped], &[&world.buyer], ProgramError::InvalidAccountData);
    }
    let update = ix::update_config(&world.admin.pubkey(), world.config_args());
    let copy = Pubkey::new_from_array(world.chain.draw());
    let state: escrow::state::Config = world.chain.state(&config);
    world.chain.put_owned(copy, LISTING, to_bytes(&state));
    world.chain.refused(&[swap(update, &config, copy)], &[&world.admin], ErrorCode::ConstraintOwner);
}

#[test]
fn p7_p9_an_order_is_paid_out_of_its_own_vault_through_its_own_programs_alone() {
    let mut world = World::new(1);
    let (order, other) = (world.delivered(), world.delivered());
    let settle = world.settle_ix(&world.buyer, &order);
    let mint = world.mint;
    let vault = world.vault(&order);
    let fake = world.chain.token_account(&mint, &order, TOTAL);
    let wrong_token = EscrowError::WrongTokenAccount;
    for (from, to, error) in [
        (vault, world.vault(&other), wrong_token),
        (vault, fake, wrong_token),
        (world.treasury, world.chain.token_account(&mint, &world.stranger.pubkey(), 0), wrong_token),
        (world.pool, world.chain.token_account(&mint, &world.stranger.pubkey(), 0), wrong_token),
        (mint.address, world.chain.mint(testkit::TokenProgram::Classic).address, EscrowError::WrongAccount),
        (mint.program, TOKEN_2022, EscrowError::WrongAccount),
        (mint.program, LISTING, EscrowError::WrongAccount),
    ] {
        world.chain.refused(&[swap(settle.clone(), &from, to)], &[&world.buyer], error);
    }
    // Settings of another mint, with its treasury.
    let second = world.chain.mint(testkit::TokenProgram::Classic);
    let admin = world.admin.pubkey();
    let allow = ix::allow_mint(&admin, &admin, &second.address, &second.program, 1);
    world.chain.ok(&[allow], &[&world.admin]);
    let foreign = swap(settle, &pda::mint_config(&mint.address).0, pda::mint_config(&second.address).0);
    world.chain.refused(&[foreign], &[&world.buyer], EscrowError::WrongAccount);
    let args = world.args();
    let open = swap(world.open_ix(args), &SYSTEM, TOKEN_2022);
    world.chain.refused(&[open], &[&world.buyer], ProgramError::IncorrectProgramId);
    let settled = world.settled();
    world.chain.set_time(world.order(&settled).valid_until + 1);
    let close = swap(world.close_ix(&world.buyer, &settled), &world.vault(&settled), world.vault(&order));
    world.chain.refused(&[close], &[&world.buyer], wrong_token);
}

#[test]
fn p33_extra_missing_or_doubled_accounts_change_nothing() {
    let mut world = World::new(1);
    let order = world.delivered();
    let settle = world.settle_ix(&world.buyer, &order);
    let mut short = settle.clone();
    short.accounts.pop();
    world.chain.refused(&[short], &[&world.buyer], ProgramError::NotEnoughAccountKeys);
    let vault = world.vault(&order);
    let doubled = swap(settle.clone(), &vault, order);
    world.chain.refused(&[doubled], &[&world.buyer], ErrorCode::ConstraintDuplicateMutableAccount);
    let mut shuffled = settle.clone();
    shuffled.accounts.swap(4, 5);
    assert!(world.chain.send(&[shuffled], &[&world.buyer]).is_err());
    let mut extra = settle;
    extra.accounts.push(solana_program::instruction::AccountMeta::new(world.buyer_account, false));
    let before = world.chain.balance(&world.buyer_account);
    world.chain.ok(&[extra], &[&world.buyer]);
    assert_eq!(world.chain.balance(&world.buyer_account), before);
}

#[test]
fn p34_nobody_but_the_program_emits_its_events() {
    let mut world = World::new(1);
    let order = world.settled();
    let outcome = { let order = world.delivered(); world.accept(&order) };
    let authority = pda::event_authority(&ESCROW).0;
    let data = outcome.event().encode();
    let meta = |key, signs| solana_program::instruction::AccountMeta::new_readonly(key, signs);
    let unsigned = Instruction { program_id: ESCROW, accounts: vec![meta(authority, false)], data: data.clone() };
    world.chain.refused(&[unsigned], &[], ErrorCode::ConstraintSigner);
    let forged = Instruction { program_id: ESCROW, accounts: vec![meta(world.buyer.pubkey(), true)], data };
    world.chain.refused(&[forged], &[&world.buyer], ErrorCode::ConstraintSeeds);
    assert!(world.order(&order).head.is_paid_receipt());
}

#[test]
fn a_ledger_that_does_not_add_up_moves_nothing() {
    let mut world = World::new(1);
    let order = world.delivered();
    let settle = world.settle_ix(&world.buyer, &order);
    world.chain.edit_state(&order, |order: &mut escrow::state::Order| order.paid = TOTAL + 1);
    world.chain.refused(&[settle.clone()], &[&world.buyer], EscrowError::LedgerBroken);
    // A vault that holds less than the ledger says.
    world.chain.edit_state(&order, |order: &mut escrow::state::Order| order.paid = 0);
    let vault = world.vault(&order);
    world.chain.edit(&vault, |data| data[64..72].copy_from_slice(&(TOTAL - 1).to_le_bytes()));
    world.chain.refused(&[settle], &[&world.buyer], EscrowError::LedgerBroken);
}

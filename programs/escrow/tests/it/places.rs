//! Every account of every instruction that moves money, replaced, exchanged and repeated, with the error that it gives.

use anchor_lang::prelude::{ErrorCode, ProgramError};
use escrow::{error::EscrowError, instructions::ConfigArgs, opening::OpenArgs};
use pedigree_sdk::{
    instructions::escrow as ix,
    pda,
    programs::{ESCROW, LISTING, SYSTEM, TOKEN, TOKEN_2022},
};
use solana_keypair::Keypair;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
    sysvar,
};
use solana_signer::Signer;
use testkit::{Chain, Program, TokenProgram};

use crate::world::*;

/// Replaced by each of what is no such program or account, this one gives the error.
#[track_caller]
fn no_fake(
    world: &mut World,
    instruction: &Instruction,
    signers: &[&Keypair],
    real: Pubkey,
    error: EscrowError,
) {
    let error = ProgramError::from(error);
    let (mint, wallet) = (world.mint, world.chain.actor().pubkey());
    let mut fakes = vec![
        wallet,
        world.chain.mint(TokenProgram::Classic).address,
        world.chain.token_account(&mint, &wallet, TOTAL),
    ];
    // The network lets nobody write to these.
    let reads = |meta: &&AccountMeta| meta.pubkey == real && !meta.is_writable;
    if instruction.accounts.iter().any(|meta| reads(&meta)) {
        fakes.extend([LISTING, TOKEN, TOKEN_2022, SYSTEM, sysvar::clock::ID]);
    }
    for fake in fakes {
        if instruction.accounts.iter().all(|meta| meta.pubkey != fake) {
            let swapped = swap(instruction.clone(), &real, fake);
            world.chain.refused(&[swapped], signers, error.clone());
        }
    }
}

/// The same of the system program.
fn no_fake_system(chain: &mut Chain, instruction: &Instruction, signers: &[&Keypair]) {
    let wallet = chain.actor().pubkey();
    for (fake, error) in [
        (wallet, ErrorCode::ConstraintExecutable.into()),
        (sysvar::rent::ID, ErrorCode::ConstraintExecutable.into()),
        (LISTING, ErrorCode::ConstraintExecutable.into()),
        (TOKEN_2022, ProgramError::IncorrectProgramId),
    ] {
        let swapped = swap(instruction.clone(), &SYSTEM, fake);
        chain.refused(&[swapped], signers, error);
    }
}

#[test]
fn p9_new_business_runs_through_the_genuine_programs_and_mints_alone() {
    let mut world = World::new(1);
    let (buyer, admin) = (world.buyer.insecure_clone(), world.admin.insecure_clone());
    let args = world.args();
    let (open, mint) = (world.open_ix(args), world.mint.address);
    let wrong_program = EscrowError::WrongTokenProgram;
    no_fake(&mut world, &open, &[&buyer], TOKEN, wrong_program);
    no_fake(&mut world, &open, &[&buyer], mint, wrong_program);
    no_fake_system(&mut world.chain, &open, &[&buyer]);
    world.chain.ok(&[open], &[&buyer]);

    let key = admin.pubkey();
    let other = world.chain.mint(TokenProgram::Classic);
    let allow = ix::allow_mint(&key, &key, &other.address, &other.program, 1);
    no_fake(&mut world, &allow, &[&admin], TOKEN, wrong_program);
    no_fake_system(&mut world.chain, &allow, &[&admin]);
    world.chain.ok(&[allow], &[&admin]);

    world.edit_listing(|listing| listing.terms_len = 0);
    let free = OpenArgs {
        price: 0,
        max_total: 0,
        unit: [0; 32],
        ..world.args()
    };
    let free = ix::open_free(&buyer.pubkey(), None, &world.listing, free);
    no_fake_system(&mut world.chain, &free, &[&buyer]);
    world.chain.ok(&[free], &[&buyer]);
}

#[test]
fn p9_the_settings_are_made_through_the_genuine_system_program() {
    let mut chain = Chain::new(&[Program::Escrow], 1);
    let authority = chain.upgrade_authority.insecure_clone();
    let key = authority.pubkey();
    let args = ConfigArgs {
        paused: false,
        allow_unclaimed: false,
        fee_ppm: 0,
        delivery_window: 60,
        dispute_window: 60,
        arbitration_period: 30 * 24 * 60 * 60,
        bond_ppm: 50_000,
        treasury: key,
        pending_authority: Pubkey::default(),
    };
    let initialize = ix::initialize(&key, &key, &key, [1; 32], args);
    no_fake_system(&mut chain, &initialize, &[&authority]);
    chain.ok(&[initialize], &[&authority]);
}

#[test]
fn p9_p21_money_leaves_vaults_through_the_genuine_programs_mints_and_accounts_alone() {
    let mut world = World::new(1);
    let (delivered, undelivered, waiting) = (world.delivered(), world.open(), world.delivered());
    world.chain.set_frozen(&world.payee_account.clone(), true);
    world.accept(&waiting);
    world.chain.set_frozen(&world.payee_account.clone(), false);
    let (buyer, seller, stranger) = (
        world.buyer.insecure_clone(),
        world.seller.insecure_clone(),
        world.stranger.insecure_clone(),
    );
    let cases = [
        (world.accept_ix(&delivered), buyer, delivered),
        (
            world.seller_refund_ix(&seller, &undelivered, None),
            seller,
            undelivered,
        ),
        (world.withdraw_ix(&waiting), stranger, waiting),
    ];
    let (mint, treasury) = (world.mint.address, world.treasury);
    for (instruction, signer, order) in cases {
        let vault = world.vault(&order);
        for (real, error) in [
            (TOKEN, EscrowError::WrongAccount),
            (mint, EscrowError::WrongAccount),
            (treasury, EscrowError::WrongTokenAccount),
            (vault, EscrowError::WrongTokenAccount),
        ] {
            no_fake(&mut world, &instruction, &[&signer], real, error);
        }
        world.chain.ok(&[instruction], &[&signer]);
    }
}

#[test]
fn p9_fees_leave_the_treasury_through_the_mints_own_token_program() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        world.settled();
        let (mint, wallet) = (world.mint, world.treasurer.pubkey());
        world.chain.token_account(&mint, &wallet, 0);
        let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &wallet);
        for (real, error) in [
            (mint.program, EscrowError::WrongAccount),
            (mint.address, EscrowError::WrongAccount),
            (world.treasury, EscrowError::WrongTokenAccount),
            (mint.associated(&wallet), EscrowError::WrongTokenAccount),
        ] {
            no_fake(&mut world, &withdraw, &[], real, error);
        }
        // The other token program, which is a genuine one.
        let other = if program == TokenProgram::Classic {
            TOKEN_2022
        } else {
            TOKEN
        };
        let swapped = swap(withdraw.clone(), &mint.program, other);
        world
            .chain
            .refused(&[swapped], &[], EscrowError::WrongAccount);
        world.chain.ok(&[withdraw], &[]);
    }
}

/// Places of a settlement's accounts.
const ORDER: usize = 1;
const SETTINGS: usize = 2;
const MINT: usize = 3;
const VAULT: usize = 4;
const PAYEE: usize = 5;
const BUYER: usize = 6;
const TREASURY: usize = 7;
const POOL: usize = 8;
const OWNER: usize = 9;
const SELLER: usize = 10;
const RENT_PAYER: usize = 11;
const TOKEN_PROGRAM: usize = 12;
const EVENTS: usize = 13;

fn places() -> (World, Instruction) {
    let mut world = World::new(1);
    let order = world.delivered();
    let settle = world.accept_ix(&order);
    let config = pda::mint_config(&world.mint.address).0;
    let expected = [
        (ORDER, order),
        (SETTINGS, config),
        (MINT, world.mint.address),
        (VAULT, world.vault(&order)),
        (PAYEE, world.payee_account),
        (BUYER, world.buyer_account),
        (TREASURY, world.treasury),
        (POOL, world.pool),
        // Left out where no bond is due.
        (OWNER, ESCROW),
        (SELLER, ESCROW),
        (RENT_PAYER, world.buyer.pubkey()),
        (TOKEN_PROGRAM, TOKEN),
        (EVENTS, pda::event_authority(&ESCROW).0),
    ];
    for (place, address) in expected {
        assert_eq!(settle.accounts[place].pubkey, address, "{place}");
    }
    (world, settle)
}

#[test]
fn p33_a_settlements_accounts_in_another_order_are_refused() {
    let (mut world, settle) = places();
    for (i, j, error) in [
        (ORDER, SETTINGS, ProgramError::AccountDataTooSmall),
        (ORDER, VAULT, ProgramError::AccountDataTooSmall),
        (SETTINGS, MINT, ErrorCode::ConstraintOwner.into()),
        (MINT, VAULT, EscrowError::WrongAccount.into()),
        (MINT, TOKEN_PROGRAM, EscrowError::WrongAccount.into()),
        (VAULT, PAYEE, EscrowError::WrongTokenAccount.into()),
        (VAULT, TREASURY, EscrowError::WrongTokenAccount.into()),
        (PAYEE, BUYER, EscrowError::WrongTokenAccount.into()),
        (PAYEE, TREASURY, EscrowError::WrongTokenAccount.into()),
        (PAYEE, POOL, EscrowError::WrongTokenAccount.into()),
        (TREASURY, POOL, EscrowError::WrongTokenAccount.into()),
        (POOL, RENT_PAYER, EscrowError::WrongRentPayer.into()),
        (RENT_PAYER, TOKEN_PROGRAM, EscrowError::WrongAccount.into()),
        (TOKEN_PROGRAM, EVENTS, ErrorCode::ConstraintSeeds.into()),
    ] {
        let mut exchanged = settle.clone();
        exchanged.accounts[i].pubkey = settle.accounts[j].pubkey;
        exchanged.accounts[j].pubkey = settle.accounts[i].pubkey;
        world.chain.refused(&[exchanged], &[&world.buyer], error);
    }
    world.chain.ok(&[settle], &[&world.buyer]);
}

#[test]
fn p33_p8_a_settlements_accounts_given_twice_are_refused() {
    let (mut world, settle) = places();
    for (from, to) in [
        (VAULT, ORDER),
        (ORDER, VAULT),
        (VAULT, PAYEE),
        (VAULT, TREASURY),
        (VAULT, POOL),
        (VAULT, RENT_PAYER),
    ] {
        refused_twice(
            &mut world,
            &settle,
            from,
            to,
            ErrorCode::ConstraintDuplicateMutableAccount,
        );
    }
    for (from, to) in [
        (TREASURY, PAYEE),
        (TREASURY, POOL),
        (PAYEE, POOL),
        (PAYEE, TREASURY),
        (POOL, TREASURY),
        (POOL, PAYEE),
        (BUYER, PAYEE),
    ] {
        refused_twice(
            &mut world,
            &settle,
            from,
            to,
            EscrowError::WrongTokenAccount,
        );
    }
    let error = EscrowError::WrongAccount;
    refused_twice(&mut world, &settle, MINT, TOKEN_PROGRAM, error);
    world.chain.ok(&[settle], &[&world.buyer]);
}

/// The account at `from` is at `to` as well.
#[track_caller]
fn refused_twice(
    world: &mut World,
    settle: &Instruction,
    from: usize,
    to: usize,
    error: impl Into<ProgramError>,
) {
    let mut doubled = settle.clone();
    doubled.accounts[to].pubkey = settle.accounts[from].pubkey;
    world.chain.refused(&[doubled], &[&world.buyer], error);
}

//! Who pays signs too, and the settings are made by who may upgrade the program, wherever lamports wait.

use anchor_lang::prelude::{ErrorCode, ProgramError};
use escrow::{error::EscrowError, instructions::ConfigArgs, opening::OpenArgs};
use pedigree_sdk::{instructions::escrow as ix, pda, programs::ESCROW};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Chain, Program, TokenProgram, unsigned};

use crate::{accounts::lower, world::*};

fn config_args(treasury: Pubkey) -> ConfigArgs {
    ConfigArgs {
        paused: false,
        allow_unclaimed: true,
        fee_ppm: 1,
        delivery_window: 60,
        dispute_window: 60,
        arbitration_period: 30 * 24 * 60 * 60,
        bond_ppm: 50_000,
        treasury,
        pending_authority: Pubkey::default(),
    }
}

#[test]
fn p1_another_payer_of_the_rent_pays_for_nothing_that_it_did_not_sign() {
    let mut world = World::new(1);
    let (payer, buyer, admin) = (
        world.stranger.pubkey(),
        world.buyer.insecure_clone(),
        world.admin.insecure_clone(),
    );
    let args = world.args();
    let open = ix::open_order(
        &ix::OpenOrder {
            payer: Some(payer),
            ..world.open_params()
        },
        args,
    );
    let free = OpenArgs {
        price: 0,
        max_total: 0,
        unit: [0; 32],
        ..world.args()
    };
    let free = ix::open_free(&buyer.pubkey(), Some(payer), &world.listing, free);
    let mint = world.chain.mint(TokenProgram::Classic);
    let allow = ix::allow_mint(&admin.pubkey(), &payer, &mint.address, &mint.program, 1);
    for (instruction, signer, frees) in [
        (open, &buyer, false),
        (free, &buyer, true),
        (allow, &admin, false),
    ] {
        world.edit_listing(|listing| listing.terms_len = u8::from(!frees));
        world.chain.refused(
            &[unsigned(instruction.clone(), &payer)],
            &[signer],
            ErrorCode::ConstraintSigner,
        );
        let stranger = world.stranger.insecure_clone();
        world.chain.ok(&[instruction], &[signer, &stranger]);
    }
}

#[test]
fn p1_initialize_needs_its_payers_signature() {
    let mut chain = Chain::new(&[Program::Escrow], 1);
    let (authority, payer) = (chain.upgrade_authority.insecure_clone(), chain.actor());
    let initialize = ix::initialize(
        &authority.pubkey(),
        &payer.pubkey(),
        &authority.pubkey(),
        [1; 32],
        config_args(payer.pubkey()),
    );
    chain.refused(
        &[unsigned(initialize.clone(), &payer.pubkey())],
        &[&authority],
        ErrorCode::ConstraintSigner,
    );
    chain.ok(&[initialize], &[&authority, &payer]);
}

#[test]
fn p47_nobody_initializes_a_program_that_nobody_can_upgrade() {
    let mut chain = Chain::new(&[Program::Escrow], 1);
    let former = chain.upgrade_authority.insecure_clone();
    let key = former.pubkey();
    let initialize = ix::initialize(&key, &key, &key, [1; 32], config_args(key));
    // The key itself is still there: the option before it says that it is none.
    let program_data = pda::program_data(&ESCROW).0;
    chain.edit(&program_data, |data| data[12] = 0);
    chain.refused(
        std::slice::from_ref(&initialize),
        &[&former],
        EscrowError::NotUpgradeAuthority,
    );
    chain.edit(&program_data, |data| data[12] = 1);
    chain.ok(&[initialize], &[&former]);
}

#[test]
fn p5_the_settings_are_made_at_their_canonical_address_alone() {
    let mut chain = Chain::new(&[Program::Escrow], 1);
    let authority = chain.upgrade_authority.insecure_clone();
    let key = authority.pubkey();
    let initialize = ix::initialize(&key, &key, &key, [1; 32], config_args(key));
    let (config, bump) = pda::escrow_config();
    let elsewhere = swap(initialize.clone(), &config, lower(&[b"config"], bump));
    chain.refused(&[elsewhere], &[&authority], ProgramError::InvalidSeeds);
    chain.ok(&[initialize], &[&authority]);
}

#[test]
fn p4_a_mint_is_allowed_where_lamports_wait_at_its_addresses() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        let (admin, mint) = (world.admin.pubkey(), world.chain.mint(program));
        let (config, treasury) = (
            pda::mint_config(&mint.address).0,
            pda::treasury(&mint.address).0,
        );
        world.chain.fund(&config, 1);
        world.chain.fund(&treasury, 1);
        let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 5);
        world.chain.ok(&[allow], &[&world.admin]);
        let state: escrow::state::MintConfig = world.chain.state(&config);
        assert_eq!((state.mint, state.treasury), (mint.address, treasury));
        assert_eq!(
            world.chain.svm.get_account(&treasury).unwrap().owner,
            mint.program
        );
    }
}

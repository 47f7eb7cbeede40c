//! Who may do what.

use anchor_lang::prelude::{ErrorCode, ProgramError};
use escrow::{error::EscrowError, instructions::ConfigArgs};
use pedigree_sdk::{events::Event, instructions::escrow as ix, pda, programs::ESCROW};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{Chain, Program, unsigned};

use crate::world::*;

/// Every instruction that asks for a signature, as it would succeed, and who has to sign.
fn privileged(world: &mut World) -> Vec<(&'static str, Instruction, Keypair)> {
    let (open, delivered, closable) = (world.open(), world.delivered(), world.settled());
    world.chain.set_time(world.order(&closable).valid_until + 1);
    let next = world.stranger.pubkey();
    world.update_config(|config| config.pending_authority = next);
    let (args, admin, mint) = (world.args(), world.admin.pubkey(), world.mint);
    let free = escrow::opening::OpenArgs {
        price: 0,
        max_total: 0,
        ..world.args()
    };
    let other = world.chain.mint(testkit::TokenProgram::Classic);
    let signers = [&world.admin, &world.stranger, &world.buyer, &world.seller]
        .map(|key| key.insecure_clone());
    let [admin_key, stranger, buyer, seller] = signers;
    vec![
        (
            "update_config",
            ix::update_config(&admin, world.config_args()),
            admin_key.insecure_clone(),
        ),
        (
            "accept_config_authority",
            ix::accept_config_authority(&next),
            stranger.insecure_clone(),
        ),
        (
            "update_mint",
            ix::update_mint(&admin, &mint.address, true, 1),
            admin_key.insecure_clone(),
        ),
        (
            "allow_mint",
            ix::allow_mint(&admin, &next, &other.address, &other.program, 1),
            admin_key,
        ),
        ("open_order", world.open_ix(args), buyer.insecure_clone()),
        (
            "open_free",
            ix::open_free(&buyer.pubkey(), None, &world.listing, free),
            buyer.insecure_clone(),
        ),
        (
            "deliver",
            ix::deliver(&seller.pubkey(), &world.listing, &open, CONTENT, SEALED_KEY),
            seller.insecure_clone(),
        ),
        (
            "settle",
            world.accept_ix(&delivered),
            buyer.insecure_clone(),
        ),
        (
            "refund",
            world.seller_refund_ix(&seller, &open, None),
            seller,
        ),
        ("close_order", world.close_ix(&buyer, &closable), buyer),
    ]
}

#[test]
fn p1_nothing_privileged_happens_without_its_signature() {
    let mut world = World::new(1);
    for (name, instruction, signer) in privileged(&mut world) {
        let others = [&world.stranger, &world.admin].map(|key| key.insecure_clone());
        let others: Vec<_> = others
            .iter()
            .filter(|key| key.pubkey() != signer.pubkey())
            .collect();
        let refusal = world
            .chain
            .send(&[unsigned(instruction, &signer.pubkey())], &others);
        let refusal = refusal.expect_err(name);
        let expected: [ProgramError; 2] = [
            ErrorCode::ConstraintSigner.into(),
            ProgramError::MissingRequiredSignature,
        ];
        assert!(
            expected
                .iter()
                .any(|e| refusal.is(&u64::from(e.clone()).into())),
            "{name}: {:?}",
            refusal.error
        );
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
    world.chain.refused(
        std::slice::from_ref(&accept),
        &[&world.stranger],
        EscrowError::NotPendingAuthority,
    );
    let next = world.stranger.pubkey();
    let outcome = world.update_config(|config| config.pending_authority = next);
    let Event::EscrowConfigUpdated(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (
            event.head.old.pending_authority,
            event.state.pending_authority
        ),
        (Pubkey::default(), next)
    );
    world
        .chain
        .ok(std::slice::from_ref(&accept), &[&world.stranger]);
    world.chain.refused(
        &[accept],
        &[&world.stranger],
        EscrowError::NotPendingAuthority,
    );
    let update = ix::update_config(&world.admin.pubkey(), world.config_args());
    world
        .chain
        .refused(&[update], &[&world.admin], EscrowError::NotConfigAuthority);
    let update = ix::update_config(&next, world.config_args());
    world.chain.ok(&[update], &[&world.stranger]);
}

#[test]
fn settings_stay_within_their_bounds() {
    let mut world = World::new(1);
    let month = 30 * 24 * 60 * 60;
    let base = world.config_args();
    let cases = [
        (
            ConfigArgs {
                fee_ppm: 100_000,
                ..base
            },
            None,
        ),
        (
            ConfigArgs {
                fee_ppm: 100_001,
                ..base
            },
            Some(EscrowError::FeeTooHigh),
        ),
        (
            ConfigArgs {
                delivery_window: 59,
                ..base
            },
            Some(EscrowError::WindowOutOfBounds),
        ),
        (
            ConfigArgs {
                delivery_window: 60,
                ..base
            },
            None,
        ),
        (
            ConfigArgs {
                delivery_window: month,
                ..base
            },
            None,
        ),
        (
            ConfigArgs {
                delivery_window: month + 1,
                ..base
            },
            Some(EscrowError::WindowOutOfBounds),
        ),
        (
            ConfigArgs {
                dispute_window: 59,
                ..base
            },
            Some(EscrowError::WindowOutOfBounds),
        ),
        (
            ConfigArgs {
                dispute_window: month + 1,
                ..base
            },
            Some(EscrowError::WindowOutOfBounds),
        ),
        (
            ConfigArgs {
                dispute_window: month,
                arbitration_period: month + 1,
                ..base
            },
            None,
        ),
        (
            ConfigArgs {
                dispute_window: month,
                arbitration_period: month,
                ..base
            },
            Some(EscrowError::ArbitrationOutOfBounds),
        ),
        (
            ConfigArgs {
                treasury: Pubkey::default(),
                ..base
            },
            Some(EscrowError::TreasuryMissing),
        ),
    ];
    let day = 24 * 60 * 60;
    let arbitration = [
        (day - 1, false),
        (day, true),
        (180 * day, true),
        (180 * day + 1, false),
    ];
    let arbitration = arbitration.map(|(arbitration_period, taken)| {
        let args = ConfigArgs {
            arbitration_period,
            ..base
        };
        (
            args,
            (!taken).then_some(EscrowError::ArbitrationOutOfBounds),
        )
    });
    let bond = [(0, false), (1, true), (200_000, true), (200_001, false)];
    let bond = bond.map(|(bond_ppm, taken)| {
        let args = ConfigArgs { bond_ppm, ..base };
        (args, (!taken).then_some(EscrowError::BondOutOfBounds))
    });
    for (args, error) in cases.into_iter().chain(arbitration).chain(bond) {
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
        arbitration_period: 30 * 24 * 60 * 60,
        bond_ppm: 50_000,
        treasury: stranger.pubkey(),
        pending_authority: Pubkey::default(),
    };
    let build = |key: &Keypair, args| {
        ix::initialize(
            &key.pubkey(),
            &stranger.pubkey(),
            &key.pubkey(),
            [1; 32],
            args,
        )
    };
    let wrong = EscrowError::NotUpgradeAuthority;
    chain.refused(&[build(&stranger, args)], &[&stranger], wrong);
    // Another program's data, which the stranger may well control.
    let program_data = pda::program_data(&ESCROW).0;
    let data = chain.svm.get_account(&program_data).unwrap();
    let mut forged = data.data.clone();
    forged[13..45].copy_from_slice(stranger.pubkey().as_ref());
    let elsewhere = Pubkey::new_from_array([7; 32]);
    chain.put_owned(elsewhere, data.owner, forged);
    chain.refused(
        &[swap(build(&stranger, args), &program_data, elsewhere)],
        &[&stranger],
        wrong,
    );
    chain.refused(
        &[unsigned(build(&authority, args), &authority.pubkey())],
        &[&stranger],
        ProgramError::MissingRequiredSignature,
    );
    let high = ConfigArgs {
        fee_ppm: 100_001,
        ..args
    };
    chain.refused(
        &[build(&authority, high)],
        &[&authority, &stranger],
        EscrowError::FeeTooHigh,
    );
    // P4: lamports at the address do not block it.
    chain.fund(&pda::escrow_config().0, 1);
    chain.ok(&[build(&authority, args)], &[&authority, &stranger]);
    chain.refused(
        &[build(&authority, args)],
        &[&authority, &stranger],
        ProgramError::Custom(0),
    );
}

#[test]
fn p4_a_mint_is_allowed_once() {
    let mut world = World::new(1);
    let (admin, mint) = (world.admin.pubkey(), world.mint);
    let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 1);
    world
        .chain
        .refused(&[allow], &[&world.admin], ProgramError::Custom(0));
}

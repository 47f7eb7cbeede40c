//! Which tokens are taken, and where collected fees go.

use escrow::error::EscrowError;
use pedigree_sdk::{events::Event, instructions::escrow as ix, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Mint, TokenProgram};

use crate::world::*;

fn allow(world: &World, mint: &Mint) -> solana_program::instruction::Instruction {
    let admin = world.admin.pubkey();
    ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 5)
}

#[test]
fn p19_p20_mints_whose_tokens_do_not_move_as_sent_or_move_for_others_are_refused() {
    let mut world = World::new(1);
    // Transfer fee, close authority, default state, non-transferable, interest, permanent delegate, hook, pausable.
    for (extension, length) in [
        (1, 108),
        (3, 32),
        (6, 1),
        (9, 0),
        (10, 52),
        (12, 32),
        (14, 64),
        (26, 33),
    ] {
        let mint = world
            .chain
            .extended_mint(&[(18, vec![1; 64]), (extension, vec![1; length])]);
        world.chain.refused(
            &[allow(&world, &mint)],
            &[&world.admin],
            EscrowError::MintNotClean,
        );
    }
    for extensions in [
        vec![],
        vec![(18u16, vec![1u8; 64]), (19, vec![1; 80])],
        vec![(20, vec![1; 64]), (22, vec![1; 64])],
    ] {
        let mint = world.chain.extended_mint(&extensions);
        world.chain.ok(&[allow(&world, &mint)], &[&world.admin]);
    }
}

#[test]
fn p20_of_all_extensions_only_those_of_metadata_and_groups_are_taken() {
    let mut world = World::new(1);
    let harmless = [18u16, 19, 20, 21, 22, 23];
    for kind in 1..=40u16 {
        for behind in [vec![], vec![(18, vec![1; 64])]] {
            let extensions = [behind, vec![(kind, vec![0; 8])]].concat();
            let mint = world.chain.extended_mint(&extensions);
            let allow = allow(&world, &mint);
            if harmless.contains(&kind) {
                world.chain.ok(&[allow], &[&world.admin]);
            } else {
                let error = EscrowError::MintNotClean;
                world.chain.refused(&[allow], &[&world.admin], error);
            }
        }
    }
}

#[test]
fn p20_a_mint_whose_extensions_are_torn_is_refused() {
    let mut world = World::new(1);
    for tear in testkit::TEARS {
        let mint = world
            .chain
            .extended_mint(&[(18, vec![1; 64]), (19, vec![1; 8])]);
        world.chain.edit(&mint.address, tear);
        let error = EscrowError::MintNotClean;
        world
            .chain
            .refused(&[allow(&world, &mint)], &[&world.admin], error);
    }
}

#[test]
fn p37_a_pause_keeps_no_fees_back() {
    let mut world = World::new(1);
    let order = world.settled();
    world.update_config(|config| config.paused = true);
    let (mint, wallet) = (world.mint, world.treasurer.pubkey());
    let account = world.chain.token_account(&mint, &wallet, 0);
    let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &wallet);
    world.chain.ok(&[withdraw], &[]);
    assert_eq!(world.chain.balance(&account), world.order(&order).fee_paid);
}

#[test]
fn p9_what_is_no_mint_of_a_token_program_is_refused() {
    let mut world = World::new(1);
    let data = world
        .chain
        .svm
        .get_account(&world.mint.address)
        .unwrap()
        .data;
    let fake = Mint {
        address: Pubkey::new_from_array([3; 32]),
        ..world.mint
    };
    world.chain.put_owned(fake.address, listing::ID, data);
    world.chain.refused(
        &[allow(&world, &fake)],
        &[&world.admin],
        EscrowError::MintNotClean,
    );
    let account = Mint {
        address: world.buyer_account,
        ..world.mint
    };
    world.chain.refused(
        &[allow(&world, &account)],
        &[&world.admin],
        EscrowError::MintNotClean,
    );
    let mint = world.chain.mint(TokenProgram::Classic);
    let other = Mint {
        program: TokenProgram::Token2022.id(),
        ..mint
    };
    world.chain.refused(
        &[allow(&world, &other)],
        &[&world.admin],
        EscrowError::WrongTokenProgram,
    );
}

#[test]
fn a_mints_settings_change_with_their_old_values_told() {
    let mut world = World::new(1);
    let update = ix::update_mint(&world.admin.pubkey(), &world.mint.address, false, 7);
    let outcome = world.chain.ok(&[update], &[&world.admin]);
    let Event::MintUpdated(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (event.head.old_enabled, event.head.old_max_deposit),
        (1, MAX_DEPOSIT)
    );
    assert_eq!(
        (
            event.state.enabled,
            event.state.max_deposit,
            event.state.seq
        ),
        (0, 7, 2)
    );
}

#[test]
fn p32_fees_go_to_the_treasury_wallet_and_nobody_else() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        let order = world.settled();
        let fee = world.order(&order).fee_paid;
        let (mint, wallet) = (world.mint, world.treasurer.pubkey());
        let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &wallet);
        let destination = mint.associated(&wallet);
        // Its account is not made yet.
        world.chain.refused(
            std::slice::from_ref(&withdraw),
            &[],
            EscrowError::NothingPayable,
        );
        world.chain.token_account(&mint, &wallet, 0);
        let wrong = EscrowError::WrongTokenAccount;
        let (stranger, chain) = (world.stranger.pubkey(), &mut world.chain);
        for thief in [
            chain.token_account(&mint, &stranger, 0),
            // Of the treasury's wallet, but one that a stranger made and it may not know.
            chain.spare_token_account(&mint, &wallet, 0),
        ] {
            let to_thief = swap(withdraw.clone(), &destination, thief);
            chain.refused(&[to_thief], &[], wrong);
        }
        let to_itself = swap(withdraw.clone(), &destination, world.treasury);
        world.chain.refused(
            &[to_itself],
            &[],
            anchor_lang::ErrorCode::ConstraintDuplicateMutableAccount,
        );
        let outcome = world.chain.ok(std::slice::from_ref(&withdraw), &[]);
        let Event::TreasuryWithdrawn(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (event.head.amount, event.head.destination),
            (fee, destination)
        );
        assert_eq!(world.chain.balance(&destination), fee);
        world.chain.refused(
            std::slice::from_ref(&withdraw),
            &[],
            EscrowError::NothingDue,
        );
        // The pool is no treasury, and another mint's settings are not this one's.
        let mut foreign = withdraw.clone();
        let treasury = pda::treasury(&mint.address).0;
        foreign
            .accounts
            .iter_mut()
            .find(|meta| meta.pubkey == treasury)
            .unwrap()
            .pubkey = world.pool;
        world.chain.refused(&[foreign], &[], wrong);
        let second = world.chain.mint(program);
        let mut swapped = withdraw;
        swapped
            .accounts
            .iter_mut()
            .find(|meta| meta.pubkey == mint.address)
            .unwrap()
            .pubkey = second.address;
        world
            .chain
            .refused(&[swapped], &[], EscrowError::WrongAccount);
    }
}

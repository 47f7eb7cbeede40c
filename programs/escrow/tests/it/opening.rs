//! What a buyer can order, and that it pays what it saw.

use anchor_lang::prelude::{ErrorCode, ProgramError};
use common::receipt::{mode, state};
use escrow::{error::EscrowError, opening::OpenArgs};
use pedigree_sdk::{events::Event, instructions::escrow as ix, pda, programs::LISTING};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::world::*;

#[test]
fn an_order_copies_what_it_was_opened_under_and_holds_the_price() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 3);
        let args = world.args();
        let outcome = world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
        let address = pda::order(&world.buyer.pubkey(), &args.key).0;
        let order = world.order(&address);
        let Event::OrderOpened(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (event.head.address, event.head.old_state, event.state),
            (address, 0, order)
        );
        assert_eq!(
            (order.head.state, order.head.flags, order.head.seq),
            (state::FUNDED, 0, 1)
        );
        assert_eq!(
            (order.head.fee_ppm, order.head.royalty_ppm),
            (FEE_PPM, ROYALTY_PPM)
        );
        assert_eq!(
            (
                order.head.version,
                order.head.generation,
                order.head.decimals
            ),
            (4, 0, 6)
        );
        assert_eq!(
            (order.seller, order.payee),
            (world.seller.pubkey(), world.payee.pubkey())
        );
        assert_eq!((order.pool, order.mint), (world.pool, world.mint.address));
        assert_eq!(
            (order.token_program, order.rent_payer),
            (world.mint.program, world.buyer.pubkey())
        );
        assert_eq!(
            (order.manifest_hash, order.content_hash),
            ([3; 32], CONTENT)
        );
        assert_eq!(
            (order.quantity, order.price, order.deposited),
            (QUANTITY, PRICE, TOTAL)
        );
        let now = world.chain.now();
        assert_eq!((order.opened_at, order.valid_until), (now, now + VALIDITY));
        assert_eq!(order.deliver_by, now + i64::from(DELIVERY_WINDOW));
        assert_eq!(order.dispute_window, DISPUTE_WINDOW);
        assert_eq!(
            order.params_hash,
            args.params_hash(&order.head.buyer, &world.listing, &order.mint)
        );
        assert_eq!(world.chain.balance(&world.buyer_account), BUDGET - TOTAL);
        world.assert_conserved(&address);
    }
}

#[test]
fn another_signer_pays_the_rent_and_gets_it_back() {
    let mut world = World::new(1);
    let args = world.args();
    let params = ix::OpenOrder {
        payer: Some(world.stranger.pubkey()),
        ..world.open_params()
    };
    let before = [&world.buyer, &world.stranger].map(|who| world.chain.lamports(&who.pubkey()));
    world.chain.ok(
        &[ix::open_order(&params, args)],
        &[&world.buyer, &world.stranger],
    );
    let order = pda::order(&world.buyer.pubkey(), &args.key).0;
    assert_eq!(world.order(&order).rent_payer, world.stranger.pubkey());
    assert_eq!(world.chain.lamports(&world.buyer.pubkey()), before[0]);
    assert!(world.chain.lamports(&world.stranger.pubkey()) < before[1]);
    world.deliver(&order);
    world.accept(&order);
    world.chain.set_time(args.valid_until + 1);
    let close = world.close_ix(&world.buyer, &order);
    world.chain.ok(&[close], &[&world.buyer]);
    assert_eq!(world.chain.lamports(&world.stranger.pubkey()), before[1]);
}

#[test]
fn p12_price_raised_before_purchase_is_refused() {
    refused(
        |w, _, _| w.edit_listing(|l| l.terms[0].price += 1),
        EscrowError::PriceChanged,
    );
    refused(
        |w, _, _| w.edit_listing(|l| l.terms[0].price -= 1),
        EscrowError::PriceChanged,
    );
    refused(
        |_, args, _| args.max_total = TOTAL - 1,
        EscrowError::AboveMaximum,
    );
}

#[test]
fn p12_another_mode_than_seen_is_refused() {
    const MODES: [u8; 4] = [
        mode::ONE_TIME,
        mode::METERED,
        mode::SUBSCRIPTION,
        mode::LEASE,
    ];
    for seen in MODES {
        let mut world = World::new(1);
        let args = world.mode_args(seen, &world.buyer.pubkey());
        let place = usize::from(args.term);
        let open = world.open_ix(args);
        for other in MODES.into_iter().filter(|other| *other != seen) {
            world.edit_listing(|listing| listing.terms[place].mode = other);
            world
                .chain
                .refused(&[open.clone()], &[&world.buyer], EscrowError::ModeChanged);
        }
        world.edit_listing(|listing| listing.terms[place].mode = seen);
        world.chain.ok(&[open], &[&world.buyer]);
    }
}

#[test]
fn p12_another_version_or_manifest_than_seen_is_refused() {
    refused(
        |w, _, _| w.edit_listing(|l| l.version += 1),
        EscrowError::VersionChanged,
    );
    refused(
        |w, _, _| w.edit_listing(|l| l.manifest_hash[31] ^= 1),
        EscrowError::VersionChanged,
    );
    refused(|_, args, _| args.version = 3, EscrowError::VersionChanged);
}

#[test]
fn p18_amounts_at_the_edge_are_errors_and_never_wrap() {
    refused(
        |_, args, _| args.quantity = 0,
        EscrowError::QuantityOutOfBounds,
    );
    refused(
        |_, args, _| args.quantity = 11,
        EscrowError::QuantityOutOfBounds,
    );
    let overflow = |w: &mut World, args: &mut OpenArgs| {
        w.edit_listing(|l| l.terms[0].capacity = 0);
        (args.quantity, args.max_total) = (u64::MAX, u64::MAX);
    };
    refused(|w, args, _| overflow(w, args), EscrowError::AmountTooLarge);
    let above = MAX_DEPOSIT / PRICE + 1;
    refused(
        |w, args, _| {
            overflow(w, args);
            args.quantity = above;
        },
        EscrowError::DepositTooLarge,
    );
}

#[test]
fn p18_the_whole_range_of_deposits_settles_to_the_unit() {
    for total in [1, 2, u64::MAX] {
        let mut world = World::new(total);
        let update = ix::update_mint(&world.admin.pubkey(), &world.mint.address, true, u64::MAX);
        world.chain.ok(&[update], &[&world.admin]);
        world.edit_listing(|l| l.terms[0].price = total);
        world.chain.put_token_account(
            world.buyer_account,
            &world.mint,
            &world.buyer.pubkey(),
            total,
        );
        let args = OpenArgs {
            quantity: 1,
            price: total,
            max_total: total,
            ..world.args()
        };
        world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
        let order = pda::order(&world.buyer.pubkey(), &args.key).0;
        world.deliver(&order);
        world.accept(&order);
        let got = [world.payee_account, world.treasury, world.pool]
            .map(|a| u128::from(world.chain.balance(&a)));
        assert_eq!(got.iter().sum::<u128>(), u128::from(total));
        assert_eq!(got[1], u128::from(total) * u128::from(FEE_PPM) / 1_000_000);
        assert_eq!(
            got[2],
            u128::from(total) * u128::from(ROYALTY_PPM) / 1_000_000
        );
    }
}

#[test]
fn p17_fee_and_royalties_above_the_price_are_refused() {
    refused(
        |w, _, _| w.edit_listing(|l| l.royalty_ppm = 1_000_001 - FEE_PPM),
        EscrowError::SharesExceedPrice,
    );
    let mut world = World::new(2);
    world.edit_listing(|l| l.royalty_ppm = 1_000_000 - FEE_PPM);
    let order = world.delivered();
    world.accept(&order);
    assert!(
        world.chain.balance(&world.payee_account) <= 1,
        "the rounding is the payee's"
    );
    assert_eq!(
        world.chain.balance(&world.pool) + world.order(&order).fee_paid + world.order(&order).paid,
        TOTAL
    );
}

#[test]
fn p15_valid_until_is_in_the_future_and_at_most_seven_days_ahead() {
    let week = 7 * 24 * 60 * 60;
    for (ahead, opens) in [
        (-1, false),
        (0, false),
        (1, true),
        (week, true),
        (week + 1, false),
    ] {
        let mut world = World::new(1);
        let args = OpenArgs {
            valid_until: world.chain.now() + ahead,
            ..world.args()
        };
        let open = world.open_ix(args);
        if opens {
            world.chain.ok(&[open], &[&world.buyer]);
        } else {
            world
                .chain
                .refused(&[open], &[&world.buyer], EscrowError::ValidUntilOutOfBounds);
        }
    }
    refused(
        |_, args, _| args.valid_until = i64::MAX,
        EscrowError::ValidUntilOutOfBounds,
    );
    refused(
        |_, args, _| args.valid_until = i64::MIN,
        EscrowError::ValidUntilOutOfBounds,
    );
}

/// Error of the token programs: an account is not of the mint.
const MINT_MISMATCH: u32 = 3;

#[test]
fn p12_another_unit_or_window_than_seen_is_refused() {
    refused(
        |_, args, _| args.unit = [b'v'; 32],
        EscrowError::PriceChanged,
    );
    refused(
        |w, _, _| w.edit_listing(|listing| listing.terms[0].unit = [b'v'; 32]),
        EscrowError::PriceChanged,
    );
    refused(
        |w, _, _| {
            w.update_config(|config| config.dispute_window = 60);
        },
        EscrowError::WindowsChanged,
    );
    refused(
        |w, _, _| {
            w.update_config(|config| config.delivery_window = 60);
        },
        EscrowError::WindowsChanged,
    );
}

#[test]
fn p12_another_bond_or_time_for_a_ruling_than_seen_is_refused() {
    refused(
        |w, _, _| {
            w.update_config(|config| config.bond_ppm += 1);
        },
        EscrowError::DisputeTermsChanged,
    );
    refused(
        |w, _, _| {
            w.update_config(|config| config.arbitration_period += 1);
        },
        EscrowError::DisputeTermsChanged,
    );
    for change in [(|args| args.bond_ppm -= 1) as fn(&mut OpenArgs), |args| {
        args.arbitration_period -= 1
    }] {
        refused(|_, args, _| change(args), EscrowError::DisputeTermsChanged);
    }
}

#[test]
fn p12_a_term_that_misstates_its_mints_decimals_is_refused() {
    refused(
        |w, _, _| w.edit_listing(|listing| listing.terms[0].decimals = 9),
        EscrowError::DecimalsDiffer,
    );
}

#[test]
fn p2_p3_forged_mint_settings_and_pool_ledgers_are_refused() {
    // Of another owner, and of another kind.
    for ledger in [true, false] {
        for foreign in [true, false] {
            let mut world = World::new(1);
            let genuine = if ledger {
                world.ledger()
            } else {
                pda::mint_config(&world.mint.address).0
            };
            let mut account = world.chain.svm.get_account(&genuine).unwrap();
            if foreign {
                account.owner = world.stranger.pubkey();
            } else {
                account.data[0] ^= 1;
            }
            let forged = Pubkey::new_from_array(world.chain.draw());
            world.chain.svm.set_account(forged, account).unwrap();
            let args = world.args();
            let open = swap(world.open_ix(args), &genuine, forged);
            let error = if ledger {
                EscrowError::PoolMissing
            } else {
                EscrowError::MintNotAllowed
            };
            world.chain.refused(&[open], &[&world.buyer], error);
        }
    }
}

#[test]
fn p8_only_the_buyers_own_token_account_of_the_mint_pays() {
    refused(
        |w, _, p| p.source = w.payee_account,
        EscrowError::WrongTokenAccount,
    );
    // Of another mint: the token program refuses it.
    let mut world = World::new(1);
    let (args, mut params) = (world.args(), world.open_params());
    let other = world.chain.mint(TokenProgram::Classic);
    params.source = world
        .chain
        .token_account(&other, &world.buyer.pubkey(), BUDGET);
    world.chain.refused(
        &[ix::open_order(&params, args)],
        &[&world.buyer],
        ProgramError::Custom(MINT_MISMATCH),
    );
    // A delegate's account: SPL Token alone would let the buyer move it.
    refused(
        |w, _, p| {
            p.source = w
                .chain
                .token_account(&w.mint.clone(), &w.stranger.pubkey(), BUDGET);
            w.chain.set_delegate(&p.source, &w.buyer.pubkey());
        },
        EscrowError::WrongTokenAccount,
    );
    // The vault itself.
    let mut world = World::new(1);
    let args = world.args();
    let source = world.vault(&pda::order(&world.buyer.pubkey(), &args.key).0);
    let open = ix::open_order(
        &ix::OpenOrder {
            source,
            ..world.open_params()
        },
        args,
    );
    world.chain.refused(
        &[open],
        &[&world.buyer],
        ErrorCode::ConstraintDuplicateMutableAccount,
    );
}

#[test]
fn p9_a_token_account_of_another_program_does_not_pay() {
    refused(
        |w, _, p| {
            let data = w.chain.svm.get_account(&w.buyer_account).unwrap().data;
            w.chain.put_owned(p.source, LISTING, data);
        },
        EscrowError::WrongTokenAccount,
    );
}

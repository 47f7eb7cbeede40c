use anchor_lang::ErrorCode;
use common::text;
use listing::{
    constants::{LICENSE_LEN, MAX_ROYALTY_PPM, MAX_TERMS, NAME_LEN, UNIT_LEN, URI_LEN},
    error::ListingError,
    state::{Listing, kind, status},
};
use pedigree_sdk::{
    events::Event,
    instructions::listing::{self as ix, RegisterArgs},
    pda,
    send::pack,
};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{TokenProgram, listings::register};

use crate::world::{UNITS, World};

#[test]
fn a_draft_holds_what_was_asked_for() {
    let mut w = World::new();
    let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
    let mint = w.mint(TokenProgram::Classic);
    let term = w.one_time_term(&mint, 5_000_000);
    let args = RegisterArgs {
        kind: kind::DATASET,
        derivative_royalty_ppm: 20_000,
        content_hash: Some([3; 32]),
        payout: Some(payer),
        operator: Some(mint.address),
        terms: vec![term],
        ..w.register_args()
    };
    let outcome = w.ok(
        &[ix::register(publisher, payer, args.clone())],
        &[&key, &payer_key],
    );
    assert!(matches!(outcome.event(), Event::ListingRegistered(_)));
    let (address, bump) = pda::listing(&publisher, &args.key);
    let listing: Listing = w.state(&address);
    assert_eq!(
        (listing.bump, listing.kind, listing.status),
        (bump, kind::DATASET, status::DRAFT)
    );
    assert_eq!(
        (listing.publisher, listing.authority, listing.rent_payer),
        (publisher, publisher, payer)
    );
    assert_eq!(
        (listing.payout, listing.operator, listing.content_hash),
        (payer, mint.address, [3; 32])
    );
    assert_eq!(
        (
            listing.version,
            listing.claimed,
            listing.derivative_royalty_ppm
        ),
        (1, 1, 20_000)
    );
    assert_eq!(
        (listing.seq, listing.born_slot, listing.activated_slot),
        (1, w.slot(), 0)
    );
    assert_eq!(
        (listing.created_at, listing.updated_slot),
        (w.now(), w.slot())
    );
    assert_eq!(text::read(&listing.name), args.name);
    assert_eq!(
        (
            listing.terms_len,
            listing.terms[0].price,
            listing.terms[0].mint
        ),
        (1, 5_000_000, mint.address)
    );
    assert_eq!(text::read(&listing.terms[0].unit), "copy");
}

#[test]
fn the_publisher_is_paid_where_no_other_wallet_is_named() {
    let mut w = World::new();
    let draft = w.draft_of(|_| {});
    let listing: Listing = w.state(&draft);
    assert_eq!(
        (listing.payout, listing.operator),
        (w.publisher.pubkey(), Pubkey::default())
    );
}

#[test]
fn p12_p17_p18_malformed_registrations_are_refused() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let mint = w.mint(TokenProgram::Classic);
    let term = w.one_time_term(&mint, u64::MAX);
    let base = w.register_args();
    let terms = |n| vec![term.clone(); n];
    let cases = [
        (
            ListingError::UnknownKind,
            RegisterArgs {
                kind: 0,
                ..base.clone()
            },
        ),
        (
            ListingError::UnknownKind,
            RegisterArgs {
                kind: 6,
                ..base.clone()
            },
        ),
        (
            ListingError::UnknownDerivatives,
            RegisterArgs {
                derivatives: 0,
                ..base.clone()
            },
        ),
        (
            ListingError::UnknownDerivatives,
            RegisterArgs {
                derivatives: 4,
                ..base.clone()
            },
        ),
        (
            ListingError::RoyaltyTooHigh,
            RegisterArgs {
                derivative_royalty_ppm: MAX_ROYALTY_PPM + 1,
                ..base.clone()
            },
        ),
        (
            ListingError::RoyaltyTooHigh,
            RegisterArgs {
                derivative_royalty_ppm: u32::MAX,
                ..base.clone()
            },
        ),
        (
            ListingError::UnclaimedRoyalty,
            RegisterArgs {
                claimed: false,
                derivative_royalty_ppm: 1,
                ..base.clone()
            },
        ),
        (
            ListingError::PayoutMissing,
            RegisterArgs {
                payout: Some(Pubkey::default()),
                ..base.clone()
            },
        ),
        (
            ListingError::NameMissing,
            RegisterArgs {
                name: String::new(),
                ..base.clone()
            },
        ),
        (
            ListingError::TextTooLong,
            RegisterArgs {
                name: "n".repeat(NAME_LEN + 1),
                ..base.clone()
            },
        ),
        (
            ListingError::TextTooLong,
            RegisterArgs {
                uri: "u".repeat(URI_LEN + 1),
                ..base.clone()
            },
        ),
        (
            ListingError::TextTooLong,
            RegisterArgs {
                license: "l".repeat(LICENSE_LEN + 1),
                ..base.clone()
            },
        ),
        (
            ListingError::TextHasControlCharacter,
            RegisterArgs {
                name: "a\nb".into(),
                ..base.clone()
            },
        ),
        (
            ListingError::TooManyTerms,
            RegisterArgs {
                terms: terms(5),
                ..base.clone()
            },
        ),
        (
            ListingError::BadPriceTerm,
            RegisterArgs {
                terms: vec![ix::TermArgs {
                    price: 0,
                    ..term.clone()
                }],
                ..base.clone()
            },
        ),
        (
            ListingError::TextTooLong,
            RegisterArgs {
                terms: vec![ix::TermArgs {
                    unit: "u".repeat(UNIT_LEN + 1),
                    period: 0,
                    ..term.clone()
                }],
                ..base.clone()
            },
        ),
    ];
    for (error, args) in cases {
        w.refused(&[register(&key, &args)], &[&key], error);
    }
    let extreme = RegisterArgs {
        derivative_royalty_ppm: MAX_ROYALTY_PPM,
        ..base
    };
    w.ok(&[register(&key, &extreme)], &[&key]);
}

#[test]
fn p36_the_longest_registration_fits_into_one_transaction_that_two_keys_sign() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (sponsor, sponsor_key) = w.stranger();
    let mint = w.mint(TokenProgram::Classic);
    let term = ix::TermArgs {
        unit: "t".repeat(UNIT_LEN),
        period: 0,
        ..w.one_time_term(&mint, 1)
    };
    let args = RegisterArgs {
        content_hash: Some([1; 32]),
        payout: Some(mint.address),
        operator: Some(mint.address),
        name: "ö".repeat(NAME_LEN / 2),
        uri: "u".repeat(URI_LEN),
        license: "l".repeat(LICENSE_LEN),
        terms: vec![term; MAX_TERMS],
        ..w.register_args()
    };
    let outcome = w.ok(&[register(&key, &args)], &[&key]);
    assert!(outcome.compute_units < UNITS, "{}", outcome.compute_units);
    let listing: Listing = w.state(&pda::listing(&publisher, &args.key).0);
    assert_eq!(
        (text::read(&listing.name), text::read(&listing.uri)),
        (args.name.clone(), args.uri.clone())
    );
    assert_eq!(usize::from(listing.terms_len), MAX_TERMS);

    // It is paid for by two keys here. Where rent and fee are paid by two others than the publisher, three terms fit.
    let sponsored = |terms: usize| RegisterArgs {
        key: [9; 32],
        terms: args.terms[..terms].to_vec(),
        ..args.clone()
    };
    let length = |rent_payer, fee_payer: Pubkey| {
        let register = ix::register(publisher, rent_payer, sponsored(MAX_TERMS));
        pack::transaction_len(&[register], &fee_payer)
    };
    let third = w.upgrade_authority.pubkey();
    assert_eq!(
        [
            length(publisher, publisher),
            length(publisher, sponsor),
            length(sponsor, sponsor),
            length(sponsor, third),
        ],
        [1_123, 1_219, 1_219, 1_315]
    );
    assert!(length(sponsor, third) > pack::MAX_TRANSACTION_BYTES);
    let fewer = ix::register(publisher, sponsor, sponsored(MAX_TERMS - 1));
    w.ok(&[fewer], &[&key, &sponsor_key]);
    let draft = pda::listing(&publisher, &[9; 32]).0;
    let outcome = w.ok(&[ix::update_terms(publisher, draft, args.terms)], &[&key]);
    assert!(outcome.compute_units < UNITS, "{}", outcome.compute_units);
    assert_eq!(w.state::<Listing>(&draft).terms, listing.terms);
}

#[test]
fn p36_text_that_is_not_utf8_is_refused() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let args = RegisterArgs {
        name: "NNNN".into(),
        ..w.register_args()
    };
    let mut instruction = register(&key, &args);
    let at = instruction
        .data
        .windows(4)
        .position(|window| window == b"NNNN")
        .unwrap();
    instruction.data[at] = 0xff;
    w.refused(&[instruction.clone()], &[&key], ListingError::TextNotUtf8);
    instruction.data.truncate(20);
    w.refused(
        &[instruction],
        &[&key],
        ErrorCode::InstructionDidNotDeserialize,
    );
}

#[test]
fn p4_a_listing_is_registered_once_even_where_lamports_wait_for_it() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let args = w.register_args();
    for lamports in [1, 1_000_000_000] {
        let args = RegisterArgs {
            key: w.draw(),
            ..args.clone()
        };
        let address = pda::listing(&publisher, &args.key).0;
        w.fund(&address, lamports);
        let draft = w.draft(&key, &args);
        w.refused(&[register(&key, &args)], &[&key], World::ACCOUNT_EXISTS);
        w.ok(&[ix::activate(publisher, draft)], &[&key]);
        w.refused(&[register(&key, &args)], &[&key], World::ACCOUNT_EXISTS);
    }
}

#[test]
fn p5_p6_a_listing_stands_at_its_canonical_address_alone() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let args = w.register_args();
    let (canonical, bump) = pda::listing(&publisher, &args.key);
    let seeds = |bump: &[u8; 1]| {
        Pubkey::create_program_address(
            &[
                listing::constants::LISTING_SEED,
                publisher.as_ref(),
                &args.key,
                bump,
            ],
            &listing::ID,
        )
    };
    let other_bump = (0..bump)
        .rev()
        .find_map(|bump| seeds(&[bump]).ok())
        .unwrap();
    let foreign = pda::listing(&publisher, &[0; 32]).0;
    let swapped = pda::listing(&Pubkey::new_from_array(args.key), &publisher.to_bytes()).0;
    for wrong in [other_bump, foreign, swapped, w.stranger.pubkey()] {
        let mut instruction = register(&key, &args);
        instruction
            .accounts
            .iter_mut()
            .filter(|meta| meta.pubkey == canonical)
            .for_each(|m| m.pubkey = wrong);
        w.refused(&[instruction], &[&key], ErrorCode::ConstraintSeeds);
    }
}

#[test]
fn p50_nothing_is_registered_over_a_retired_listing() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let args = w.register_args();
    let listing = w.active(&key, &args, &[]);
    w.ok(&[ix::retire(publisher, listing)], &[&key]);
    w.warp_slots(10);
    w.refused(&[register(&key, &args)], &[&key], World::ACCOUNT_EXISTS);
    w.refused(
        &[ix::discard_draft(publisher, listing, publisher)],
        &[&key],
        ListingError::NotDraft,
    );
}

#[test]
fn p38_rent_follows_the_network_whatever_it_asks() {
    for lamports_per_byte in [6_960, 5_080, 696] {
        let mut w = World::new();
        w.set_rent(lamports_per_byte);
        let draft = w.draft_of(|_| {});
        let (publisher, key) = w.publisher();
        let size = w.svm.get_account(&draft).unwrap().data.len() as u64;
        assert_eq!(w.lamports(&draft), (128 + size) * lamports_per_byte);
        let before = w.lamports(&publisher);
        let rent = w.lamports(&draft);
        w.ok(&[ix::discard_draft(publisher, draft, publisher)], &[&key]);
        assert_eq!(w.lamports(&publisher), before + rent);
    }
}

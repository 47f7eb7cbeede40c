use super::*;
use crate::{
    entity::{Change, EntityKind, FoldError, fold},
    programs::{DAO, ESCROW, LISTING, REWARD, SYSTEM},
};

/// The instruction of an event all of whose body's bytes are `fill`; 1 is also the layout version in force.
fn filled(name: &str, program: Pubkey, fill: u8) -> Vec<u8> {
    let (_, _, discriminator, len) = ALL
        .iter()
        .find(|(p, n, ..)| *p == program && *n == name)
        .expect("an event of that name");
    [EVENT_IX_TAG_LE, discriminator, &vec![fill; *len]].concat()
}

#[test]
fn the_table_names_every_event_of_the_programs() {
    let sources = [
        (
            LISTING,
            include_str!("../../../programs/listing/src/events.rs"),
        ),
        (
            ESCROW,
            include_str!("../../../programs/escrow/src/events.rs"),
        ),
        (
            REWARD,
            include_str!("../../../programs/reward/src/events.rs"),
        ),
        (DAO, include_str!("../../../programs/dao/src/events.rs")),
    ];
    for (program, source) in sources {
        let declared: Vec<&str> = source
            .split_once("state_events! {")
            .expect("a table of events")
            .1
            .lines()
            .map(str::trim)
            .filter(|line| line.ends_with('}') && line.contains('{'))
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        let known: Vec<&str> = ALL
            .iter()
            .filter(|(p, ..)| *p == program)
            .map(|(_, name, ..)| *name)
            .collect();
        assert_eq!(declared, known);
    }
}

#[test]
fn every_event_decodes_and_encodes_to_the_same_bytes() {
    for (program, name, ..) in ALL {
        let data = filled(name, *program, 1);
        let event = decode(program, &data).expect(name).expect(name);
        assert_eq!((event.name(), event.program()), (*name, *program));
        assert_eq!(event.address(), Pubkey::new_from_array([1; 32]));
        assert_eq!(event.encode(), data);
        assert_eq!(event.encoded_len(), data.len());
        let json = event.json();
        assert_eq!(json["event"], *name);
        assert_eq!(json["address"], event.address().to_string());
        assert!(json["state"].is_object(), "{json}");
        for change in event.entities() {
            assert_eq!(change.kind.program(), *program);
            if matches!(change.change, Change::Patch(_)) {
                assert!(change.kind.is_patched(), "{name}");
            }
        }
    }
}

#[test]
fn i15_what_cannot_be_read_is_an_error_with_its_reason() {
    for (program, name, discriminator, len) in ALL {
        let data = filled(name, *program, 1);
        let short = decode(program, &data[..data.len() - 1]);
        assert!(
            matches!(short, Err(DecodeError::Length { expected, found, .. })
            if expected == *len && found + 1 == *len)
        );
        let long = decode(program, &[&data[..], &[0]].concat());
        assert!(matches!(long, Err(DecodeError::Length { .. })));
        let newer = decode(program, &filled(name, *program, 2));
        assert!(matches!(
            newer,
            Err(DecodeError::Layout {
                found: 2,
                expected: 1,
                ..
            })
        ));
        let cut = [EVENT_IX_TAG_LE, &discriminator[..7]].concat();
        assert_eq!(
            decode(program, &cut),
            Err(DecodeError::Truncated {
                program: programs::own(program).unwrap(),
                found: 7
            })
        );
    }
    let unknown = [EVENT_IX_TAG_LE, &[9; 8]].concat();
    let error = decode(&LISTING, &unknown).unwrap_err();
    assert!(error.to_string().contains("0909090909090909"), "{error}");
    // Escrow has no such event: names are looked up within the program only.
    assert!(decode(&ESCROW, &filled("ListingRegisteredV1", LISTING, 1)).is_err());
}

#[test]
fn p34_instructions_that_are_no_events_of_ours_are_passed_over() {
    let data = filled("ListingRegisteredV1", LISTING, 1);
    assert_eq!(
        decode(&SYSTEM, &data),
        Ok(None),
        "another program's bytes that look like ours"
    );
    assert_eq!(decode(&LISTING, &data[1..]), Ok(None));
    assert_eq!(decode(&LISTING, &[]), Ok(None));
    assert_eq!(decode(&LISTING, &EVENT_IX_TAG_LE[..7]), Ok(None));
}

#[test]
fn a_changed_state_is_the_account_and_a_closed_one_says_so() {
    let decoded = |name, program| {
        decode(&program, &filled(name, program, 1))
            .unwrap()
            .unwrap()
    };
    let change = &decoded("OrderSettledV1", ESCROW).entities()[0];
    let Change::State(bytes) = &change.change else {
        panic!("{change:?}")
    };
    assert_eq!(bytes.len(), EntityKind::Order.account_len());
    assert!(bytes.starts_with(EntityKind::Order.discriminator()));
    assert_eq!(fold(None, change).as_ref(), Ok(bytes));
    for (name, program) in [
        ("OrderClosedV1", ESCROW),
        ("DraftDiscardedV1", LISTING),
        ("RoyaltyTableClosedV1", LISTING),
        ("EdgeRemovedV1", LISTING),
    ] {
        assert!(
            matches!(
                decoded(name, program).entities()[0].change,
                Change::Closed(_)
            ),
            "{name}"
        );
    }
}

#[test]
fn an_edge_changes_its_child_and_the_table_and_a_gap_is_found() {
    let event = decode(&LISTING, &filled("EdgeAddedV1", LISTING, 1))
        .unwrap()
        .unwrap();
    let kinds: Vec<_> = event.entities().iter().map(|change| change.kind).collect();
    assert_eq!(
        kinds,
        [
            EntityKind::Edge,
            EntityKind::Listing,
            EntityKind::RoyaltyTable
        ]
    );
    let patch = &event.entities()[1];
    assert!(matches!(fold(None, patch), Err(FoldError::Missing { .. })));
    let registered = decode(&LISTING, &filled("ListingRegisteredV1", LISTING, 1))
        .unwrap()
        .unwrap();
    let listing = fold(None, &registered.entities()[0]).unwrap();
    // Both carry the same number here, so an event between them is missing.
    assert!(matches!(
        fold(Some(&listing), patch),
        Err(FoldError::OutOfOrder { .. })
    ));
}

#[test]
fn a_review_rebuilds_itself_and_the_listing_that_counts_it() {
    for name in ["ReviewPostedV1", "ReviewEditedV1"] {
        let event = decode(&LISTING, &filled(name, LISTING, 1))
            .unwrap()
            .unwrap();
        let changes = event.entities();
        let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [EntityKind::Review, EntityKind::Listing]);
        for change in changes {
            let bytes = fold(None, &change).unwrap();
            assert_eq!(bytes.len(), change.kind.account_len());
        }
    }
}

#[test]
fn a_ruling_changes_the_edge_its_child_the_next_table_and_the_edge_that_moved() {
    for name in ["EdgeRevokedV1", "EdgeRuledV1"] {
        let mut data = filled(name, LISTING, 1);
        let event = decode(&LISTING, &data).unwrap().unwrap();
        let changes = event.entities();
        let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
        assert_eq!(
            kinds,
            [
                EntityKind::Edge,
                EntityKind::Listing,
                EntityKind::RoyaltyTable,
                EntityKind::Edge
            ]
        );
        let mut listing = listing::state::Listing {
            layout: 1,
            born_slot: 0x0101_0101_0101_0101,
            seq: 0x0101_0101_0101_0100,
            ..bytemuck::Zeroable::zeroed()
        };
        let before = crate::accounts::to_bytes(&listing);
        (listing.edges, listing.generation) = (0x0101, 0x0101);
        (listing.royalty_parents, listing.royalty_ppm) = (1, 0x0101_0101);
        (listing.seq, listing.updated_slot) = (listing.seq + 1, 0x0101_0101_0101_0101);
        let after = crate::accounts::to_bytes(&listing);
        assert_eq!(fold(Some(&before), &changes[1]), Ok(after));
        // Where no royalty changes there is neither.
        let head = EVENT_IX_TAG_LE.len() + DISCRIMINATOR_LEN;
        let addresses = head + 104;
        data[addresses..addresses + 64].fill(0);
        let event = decode(&LISTING, &data).unwrap().unwrap();
        assert_eq!(event.entities().len(), 2);
    }
}

//! Blocks to events.

use pedigree_indexer::{
    decode::{BlockError, DecodedBlock, decode},
    source::{Block, InnerInstructions, Transaction, Version},
};
use pedigree_sdk::events::Event;
use serde_json::json;

use crate::support::{
    Chain, Market,
    chain::{LISTING_INDEX, STRANGER_INDEX, by_table, instruction, to_json, transaction},
    market::New,
};

fn block(transactions: Vec<Transaction>) -> Block {
    let mut chain = Chain::default();
    chain.push(transactions);
    chain.blocks.remove(0).1
}

fn decoded(transactions: Vec<Transaction>) -> DecodedBlock {
    decode(10, &block(transactions)).unwrap()
}

fn two_events() -> [Event; 2] {
    let mut market = Market::at(10);
    [
        market.profile("alice", "Alice"),
        market.profile("alice", "Alice Ltd"),
    ]
}

#[test]
fn i14_two_events_of_one_type_in_one_instruction_have_two_keys() {
    let found = decoded(vec![transaction(
        "a",
        [two_events()[1].clone(), two_events()[1].clone()],
    )]);
    let paths: Vec<_> = found
        .events
        .iter()
        .map(|event| event.key.ix_path.clone())
        .collect();
    assert_eq!(paths, [[0, 0], [0, 1]]);
    assert_eq!(found.events[0].key.signature, found.events[1].key.signature);
}

#[test]
fn p34_sibling_calls_of_several_instructions_never_share_a_key() {
    let [first, second] = two_events();
    let mut both = transaction("a", [first.clone()]);
    let inner = vec![
        instruction(LISTING_INDEX, second.encode()),
        instruction(LISTING_INDEX, first.encode()),
    ];
    let groups = both
        .meta
        .as_mut()
        .unwrap()
        .inner_instructions
        .as_mut()
        .unwrap();
    groups.push(InnerInstructions {
        index: 3,
        instructions: inner,
    });
    let found = decoded(vec![both]);
    let keys: Vec<_> = found
        .events
        .iter()
        .map(|located| (&located.key.ix_path[..], &located.event))
        .collect();
    assert_eq!(
        keys,
        [
            (&[0, 0][..], &first),
            (&[3, 0][..], &second),
            (&[3, 1][..], &first)
        ]
    );
}

#[test]
fn events_survive_the_json_of_a_node_whole() {
    let block = block(vec![
        transaction("a", two_events()),
        transaction("b", two_events()),
    ]);
    let again: Block = serde_json::from_value(to_json(&block)).unwrap();
    assert_eq!(decode(10, &again).unwrap(), decode(10, &block).unwrap());
    assert_eq!(
        decode(10, &again)
            .unwrap()
            .events
            .iter()
            .map(|event| event.tx_index)
            .collect::<Vec<_>>(),
        [0, 0, 1, 1]
    );
}

#[test]
fn i13_events_of_a_failed_transaction_are_ignored() {
    let mut failed = transaction("a", two_events());
    failed.meta.as_mut().unwrap().err = Some(json!({"InstructionError": [0, {"Custom": 1}]}));
    assert!(decoded(vec![failed]).events.is_empty());
}

#[test]
fn p34_the_bytes_of_an_event_from_another_program_are_ignored() {
    let mut forged = transaction("a", []);
    let groups = forged
        .meta
        .as_mut()
        .unwrap()
        .inner_instructions
        .as_mut()
        .unwrap();
    groups[0]
        .instructions
        .push(instruction(STRANGER_INDEX, two_events()[0].encode()));
    let found = decoded(vec![forged]);
    assert!(found.events.is_empty() && found.dead_letters.is_empty());
}

#[test]
fn a_program_that_a_lookup_table_brought_in_is_found() {
    let loaded = by_table("a", &two_events()[0]);
    assert_eq!(decoded(vec![loaded]).events.len(), 1);
}

#[test]
fn i15_an_event_of_an_unknown_version_becomes_a_dead_letter_and_the_next_one_is_read() {
    let mut newer = transaction("a", two_events());
    let instructions = &mut newer
        .meta
        .as_mut()
        .unwrap()
        .inner_instructions
        .as_mut()
        .unwrap()[0]
        .instructions;
    let mut data = two_events()[0].encode();
    data[8] ^= 1;
    instructions.insert(0, instruction(LISTING_INDEX, data.clone()));
    instructions.insert(
        1,
        instruction(LISTING_INDEX, two_events()[0].encode()[..100].to_vec()),
    );
    let found = decoded(vec![newer]);
    assert_eq!(found.events.len(), 2);
    assert_eq!(found.dead_letters.len(), 2);
    assert_eq!(found.dead_letters[0].data, data);
    assert!(
        found.dead_letters[0].reason.contains("unknown event"),
        "{}",
        found.dead_letters[0].reason
    );
}

#[test]
fn i7_version_1_is_read_and_an_unknown_version_stops_the_block() {
    let mut known = transaction("a", two_events());
    known.version = Version::Number(1);
    assert_eq!(decoded(vec![known.clone()]).events.len(), 2);
    // As JSON has them: a number that fits no byte or no word is no half answer.
    for version in ["2", "255", "256", "-1", "1e30", r#""v2""#, r#"{"v":2}"#] {
        known.version = serde_json::from_str(version).unwrap();
        assert_eq!(
            decode(10, &block(vec![known.clone()])),
            Err(BlockError::UnknownVersion {
                slot: 10,
                tx_index: 0
            }),
            "{version}"
        );
    }
    for version in ["0", "1", "null", r#""legacy""#] {
        known.version = serde_json::from_str(version).unwrap();
        assert_eq!(decoded(vec![known.clone()]).events.len(), 2, "{version}");
    }
}

#[test]
fn i6_a_block_that_lacks_outcomes_or_inner_instructions_is_not_taken_for_an_empty_one() {
    let mut blind = transaction("a", two_events());
    blind.meta.as_mut().unwrap().inner_instructions = None;
    assert_eq!(
        decode(10, &block(vec![blind.clone()])),
        Err(BlockError::NoInnerInstructions {
            slot: 10,
            tx_index: 0
        })
    );
    blind.meta = None;
    assert_eq!(
        decode(10, &block(vec![blind])),
        Err(BlockError::NoOutcome {
            slot: 10,
            tx_index: 0
        })
    );
}

#[test]
fn data_that_is_no_base58_stops_the_block() {
    let mut broken = transaction("a", [Market::at(10).register(&New::default()).1]);
    broken
        .meta
        .as_mut()
        .unwrap()
        .inner_instructions
        .as_mut()
        .unwrap()[0]
        .instructions[0]
        .data = "0OIl".to_owned().into();
    assert!(matches!(
        decode(10, &block(vec![broken])),
        Err(BlockError::Malformed { .. })
    ));
}

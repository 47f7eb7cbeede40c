//! What a message says of a block.

use pedigree_indexer::{
    decode::{BlockError, decode},
    pipeline::PipelineError,
    source::{
        Block, InnerInstructions, SourceError, Version,
        yellowstone::{PushError, extract},
    },
};
use serde_json::json;

use super::{Followed, PATIENT};
use crate::support::{
    Chain, Market,
    chain::{LISTING_INDEX, STRANGER_INDEX, by_table, instruction, to_json, transaction},
    histories::history,
    market::New,
    yellowstone::message,
};

#[tokio::test]
async fn i7_a_transaction_of_an_unknown_version_is_left_to_the_node_and_halts() {
    let (mut chain, mut market) = history();
    let mut unknown = transaction("new", [market.profile("alice", "Al")]);
    unknown.version = Version::Number(2);
    let slot = chain.push(vec![unknown]);
    let (_, block) = chain.blocks.last().unwrap();
    assert_eq!(
        extract(message(slot, block)),
        Err(PushError::UnknownForm { slot, index: 0 })
    );
    let followed = Followed::start(&chain, slot - 1, PATIENT).await;
    followed.stored_from_stream(&chain, 12, slot - 1).await;
    followed.server.push(slot, block);
    followed.node_has(&chain, slot);
    let (error, _) = followed.running.halted().await;
    let unknown = BlockError::UnknownVersion { slot, tx_index: 0 };
    assert!(
        matches!(&error, PipelineError::Source(SourceError::Block(found)) if *found == unknown),
        "{error}"
    );
}

#[test]
fn a_pushed_block_and_its_json_are_decoded_to_the_same() {
    let mut market = Market::at(10);
    let mut events = || {
        [
            market.profile("alice", "Alice"),
            market.register(&New::default()).1,
        ]
    };
    let plain = transaction("plain", events());
    let mut failed = transaction("failed", events());
    failed.meta.as_mut().unwrap().err = Some(json!({"InstructionError": [0, {"Custom": 1}]}));
    let mut several = transaction("several", events());
    several.version = Version::Number(1);
    let meta = several.meta.as_mut().unwrap();
    meta.log_messages.truncated = true;
    meta.inner_instructions
        .as_mut()
        .unwrap()
        .push(InnerInstructions {
            index: 3,
            instructions: vec![
                instruction(STRANGER_INDEX, events()[0].encode()),
                instruction(LISTING_INDEX, events()[0].encode()),
                // No event, and one that cannot be read.
                instruction(LISTING_INDEX, vec![1, 2, 3]),
                instruction(LISTING_INDEX, events()[0].encode()[..60].to_vec()),
            ],
        });
    let loaded = by_table("loaded", &events()[0]);
    let mut chain = Chain::default();
    let slot = chain.push(vec![plain, failed, several, loaded]);
    let (_, block) = &chain.blocks[0];
    let from_json: Block = serde_json::from_value(to_json(block)).unwrap();
    let expected = decode(slot, &from_json).unwrap();
    assert_eq!((expected.events.len(), expected.dead_letters.len()), (6, 1));
    assert_eq!(expected.truncated_logs, 1);
    let mut pushed = message(slot, block);
    // In any order: they are numbered.
    pushed.transactions.reverse();
    assert_eq!(
        pedigree_indexer::decode::read(extract(pushed).unwrap()),
        expected
    );
}

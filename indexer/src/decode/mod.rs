//! From a block to its events. No IO.

mod extract;
mod types;

use pedigree_sdk::events;

use crate::source::Block;
pub use extract::{BlockError, extract};
pub use types::{DeadLetter, DecodedBlock, Emission, EmittedBlock, EventKey, Located, Point};

/// Reads what was emitted. What cannot be read is no error: it becomes a dead letter.
///
/// Every event passes through here, whether it comes from a node, a recording or a dead letter.
pub fn read(block: EmittedBlock) -> DecodedBlock {
    let mut decoded = DecodedBlock {
        slot: block.slot,
        hash: block.hash,
        parent_slot: block.parent_slot,
        parent_hash: block.parent_hash,
        time: block.time,
        events: Vec::with_capacity(block.emissions.len()),
        dead_letters: Vec::new(),
        truncated_logs: block.truncated_logs,
    };
    for emission in block.emissions {
        match read_one(emission) {
            Ok(event) => decoded.events.extend(event),
            Err(letter) => decoded.dead_letters.push(*letter),
        }
    }
    decoded
}

/// Reads one emission; `None` where it is no event of ours after all.
///
/// # Errors
/// What cannot be read, as it is to be kept.
pub fn read_one(emission: Emission) -> Result<Option<Located>, Box<DeadLetter>> {
    let Emission {
        key,
        tx_index,
        program,
        data,
    } = emission;
    match events::decode(&program, &data) {
        Ok(event) => Ok(event.map(|event| Located {
            key,
            tx_index,
            event,
        })),
        Err(error) => Err(Box::new(DeadLetter {
            key,
            tx_index,
            program,
            reason: error.to_string(),
            data,
        })),
    }
}

/// [`extract`] and [`read`].
///
/// # Errors
/// As [`extract`].
pub fn decode(slot: u64, block: &Block) -> Result<DecodedBlock, BlockError> {
    Ok(read(extract(slot, block)?))
}

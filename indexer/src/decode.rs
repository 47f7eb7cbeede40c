//! From a block to its events. No IO.

use std::sync::LazyLock;

use pedigree_sdk::{
    events::{self, Event},
    programs,
};
use solana_program::pubkey::Pubkey;

use crate::source::{Block, Encoded, Instruction, Transaction};

/// What one of our programs sent to itself as an event, not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emission {
    pub key: EventKey,
    /// Place of the transaction in its block.
    pub tx_index: u32,
    pub program: Pubkey,
    /// The instruction's data, as on the chain.
    pub data: Vec<u8>,
}

/// A block's links and what our programs emitted in it: all that is ever needed of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedBlock {
    pub slot: u64,
    pub hash: [u8; 32],
    pub parent_slot: u64,
    pub parent_hash: [u8; 32],
    /// Unix seconds.
    pub time: Option<i64>,
    /// In the chain's order.
    pub emissions: Vec<Emission>,
    /// Transactions of ours whose log the node cut off. Events do not travel in logs, so nothing is lost by it, but
    /// somebody may be trying.
    pub truncated_logs: u32,
}

/// Which block: a slot may see several on different forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub slot: u64,
    pub hash: [u8; 32],
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} ({})",
            self.slot,
            bs58::encode(self.hash).into_string()
        )
    }
}

/// Which event: unique on a chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey {
    pub slot: u64,
    pub signature: [u8; 64],
    /// Index of the outer instruction, then of the inner one among all that the outer one called.
    pub ix_path: Vec<i32>,
}

/// An event and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub key: EventKey,
    /// Place of the transaction in its block.
    pub tx_index: u32,
    /// Encodes to the instruction's data as it was on the chain.
    pub event: Event,
}

/// What was sent as an event of one of the programs and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub key: EventKey,
    pub tx_index: u32,
    pub program: Pubkey,
    pub reason: String,
    pub data: Vec<u8>,
}

/// A block's links and events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedBlock {
    pub slot: u64,
    pub hash: [u8; 32],
    pub parent_slot: u64,
    pub parent_hash: [u8; 32],
    /// Unix seconds.
    pub time: Option<i64>,
    pub events: Vec<Located>,
    pub dead_letters: Vec<DeadLetter>,
    /// As in [`EmittedBlock`].
    pub truncated_logs: u32,
}

impl DecodedBlock {
    /// A block of which only its place is known, to hold events that are to be added to it.
    pub fn empty(point: Point) -> Self {
        Self {
            slot: point.slot,
            hash: point.hash,
            parent_slot: 0,
            parent_hash: [0; 32],
            time: None,
            events: Vec::new(),
            dead_letters: Vec::new(),
            truncated_logs: 0,
        }
    }

    /// Which block it is.
    pub fn point(&self) -> Point {
        Point {
            slot: self.slot,
            hash: self.hash,
        }
    }

    /// Which block it follows.
    pub fn parent(&self) -> Point {
        Point {
            slot: self.parent_slot,
            hash: self.parent_hash,
        }
    }
}

/// Why a block as answered by a node must not be taken for the block itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    #[error("slot {slot}: {field} {text:?} is malformed")]
    Malformed {
        slot: u64,
        field: &'static str,
        text: String,
    },
    #[error(
        "slot {slot}: transaction {tx_index} comes without its outcome; the node is no archive of it"
    )]
    NoOutcome { slot: u64, tx_index: usize },
    #[error(
        "slot {slot}: transaction {tx_index} comes without inner instructions; ask a node that records them"
    )]
    NoInnerInstructions { slot: u64, tx_index: usize },
    #[error(
        "slot {slot}: transaction {tx_index} is of a version that this program cannot read: upgrade the indexer"
    )]
    UnknownVersion { slot: u64, tx_index: usize },
}

/// Takes from a block what our programs emitted in its successful transactions.
///
/// # Errors
/// Where the block is not whole.
pub fn extract(slot: u64, block: &Block) -> Result<EmittedBlock, BlockError> {
    let mut emitted = EmittedBlock {
        slot,
        hash: fixed(slot, "blockhash", &block.blockhash)?,
        parent_slot: block.parent_slot,
        parent_hash: fixed(slot, "previous blockhash", &block.previous_blockhash)?,
        time: block.block_time,
        emissions: Vec::new(),
        truncated_logs: 0,
    };
    for (tx_index, transaction) in block.transactions.iter().enumerate() {
        extract_transaction(&mut emitted, tx_index, transaction)?;
    }
    Ok(emitted)
}

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

fn extract_transaction(
    emitted: &mut EmittedBlock,
    tx_index: usize,
    transaction: &Transaction,
) -> Result<(), BlockError> {
    let slot = emitted.slot;
    if !transaction.version.is_known() {
        return Err(BlockError::UnknownVersion { slot, tx_index });
    }
    let Some(meta) = &transaction.meta else {
        return Err(BlockError::NoOutcome { slot, tx_index });
    };
    if meta.err.is_some() {
        return Ok(());
    }
    let programs = own_programs(transaction);
    if programs.is_empty() {
        return Ok(());
    }
    let Some(groups) = &meta.inner_instructions else {
        return Err(BlockError::NoInnerInstructions { slot, tx_index });
    };
    if meta.log_messages.truncated {
        emitted.truncated_logs = emitted.truncated_logs.saturating_add(1);
    }
    let signature = transaction.transaction.signatures.first();
    let bytes = signature.and_then(Encoded::bytes);
    let signature: [u8; 64] = bytes
        .and_then(|bytes| bytes.as_ref().try_into().ok())
        .ok_or_else(|| BlockError::Malformed {
            slot,
            field: "signature",
            text: signature.map(Encoded::to_string).unwrap_or_default(),
        })?;
    for group in groups {
        for (inner, instruction) in group.instructions.iter().enumerate() {
            let Some(program) = program_of(&programs, instruction) else {
                continue;
            };
            let malformed = || BlockError::Malformed {
                slot,
                field: "instruction data",
                text: instruction.data.to_string(),
            };
            let data = instruction.data.bytes().ok_or_else(malformed)?;
            if !events::is_event(&data) {
                continue;
            }
            let inner = i32::try_from(inner).map_err(|_| malformed())?;
            emitted.emissions.push(Emission {
                key: EventKey {
                    slot,
                    signature,
                    ix_path: vec![i32::from(group.index), inner],
                },
                tx_index: u32::try_from(tx_index).map_err(|_| malformed())?,
                program,
                data: data.into_owned(),
            });
        }
    }
    Ok(())
}

/// Our programs as JSON has them: comparing texts spares decoding every key of a block.
static OWN: LazyLock<[(String, Pubkey); 2]> = LazyLock::new(|| {
    [programs::LISTING, programs::ESCROW].map(|program| (program.to_string(), program))
});

/// Our programs among the transaction's accounts, by index.
fn own_programs(transaction: &Transaction) -> Vec<(usize, Pubkey)> {
    let meta = transaction.meta.as_ref();
    let loaded = meta.and_then(|meta| meta.loaded_addresses.as_ref());
    let (writable, readonly) = loaded.map_or((&[][..], &[][..]), |loaded| {
        (&loaded.writable, &loaded.readonly)
    });
    let keys = transaction
        .transaction
        .message
        .account_keys
        .iter()
        .chain(writable)
        .chain(readonly);
    keys.enumerate()
        .filter_map(|(index, key)| own_program(key).map(|program| (index, program)))
        .collect()
}

fn own_program(key: &Encoded) -> Option<Pubkey> {
    let found = OWN.iter().find(|(text, program)| match key {
        Encoded::Base58(key) => key == text,
        Encoded::Bytes(key) => key == program.as_array(),
    });
    found.map(|(_, program)| *program)
}

fn program_of(programs: &[(usize, Pubkey)], instruction: &Instruction) -> Option<Pubkey> {
    let wanted = usize::from(instruction.program_id_index);
    programs
        .iter()
        .find_map(|(index, program)| (*index == wanted).then_some(*program))
}

fn fixed<const N: usize>(
    slot: u64,
    field: &'static str,
    text: &str,
) -> Result<[u8; N], BlockError> {
    let mut bytes = [0; N];
    match bs58::decode(text).onto(&mut bytes) {
        Ok(length) if length == N => Ok(bytes),
        _ => Err(BlockError::Malformed {
            slot,
            field,
            text: text.to_owned(),
        }),
    }
}

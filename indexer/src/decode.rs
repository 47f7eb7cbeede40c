//! From a block to its events. No IO.

use std::sync::LazyLock;

use pedigree_sdk::{
    events::{self, Event},
    programs,
};
use solana_program::pubkey::Pubkey;

use crate::{
    base58,
    source::{Block, Instruction, Transaction},
};

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
    pub event: Event,
    /// The instruction's data, as on the chain.
    pub data: Vec<u8>,
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

/// Decodes every event of a block's successful transactions, in the chain's order.
///
/// # Errors
/// Where the block is not whole. An event that cannot be read is no error: it becomes a dead letter.
pub fn decode(slot: u64, block: &Block) -> Result<DecodedBlock, BlockError> {
    let mut decoded = DecodedBlock {
        slot,
        hash: fixed(slot, "blockhash", &block.blockhash)?,
        parent_slot: block.parent_slot,
        parent_hash: fixed(slot, "previous blockhash", &block.previous_blockhash)?,
        time: block.block_time,
        events: Vec::new(),
        dead_letters: Vec::new(),
    };
    for (tx_index, transaction) in block.transactions.iter().enumerate() {
        decode_transaction(&mut decoded, tx_index, transaction)?;
    }
    Ok(decoded)
}

fn decode_transaction(
    decoded: &mut DecodedBlock,
    tx_index: usize,
    transaction: &Transaction,
) -> Result<(), BlockError> {
    let slot = decoded.slot;
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
    let text = transaction
        .transaction
        .signatures
        .first()
        .map_or("", String::as_str);
    let signature: [u8; 64] = fixed(slot, "signature", text)?;
    for group in groups {
        for (inner, instruction) in group.instructions.iter().enumerate() {
            let Some(program) = program_of(&programs, instruction) else {
                continue;
            };
            let malformed = || BlockError::Malformed {
                slot,
                field: "instruction data",
                text: instruction.data.clone(),
            };
            let data = base58::decode(&instruction.data).ok_or_else(malformed)?;
            let inner = i32::try_from(inner).map_err(|_| malformed())?;
            let key = EventKey {
                slot,
                signature,
                ix_path: vec![i32::from(group.index), inner],
            };
            let tx_index = u32::try_from(tx_index).map_err(|_| malformed())?;
            match events::decode(&program, &data) {
                Ok(Some(event)) => decoded.events.push(Located {
                    key,
                    tx_index,
                    event,
                    data,
                }),
                Ok(None) => {}
                Err(error) => {
                    let reason = error.to_string();
                    decoded.dead_letters.push(DeadLetter {
                        key,
                        tx_index,
                        program,
                        reason,
                        data,
                    });
                }
            }
        }
    }
    Ok(())
}

/// Our programs as nodes write them: comparing texts spares decoding every key of a block.
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
        .filter_map(|(index, text)| {
            OWN.iter()
                .find_map(|(own, program)| (own == text).then_some((index, *program)))
        })
        .collect()
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

//! What our programs emitted in a block, as a node answers it.

use std::sync::LazyLock;

use pedigree_sdk::{events, programs};
use solana_program::pubkey::Pubkey;

use super::{Emission, EmittedBlock, EventKey};
use crate::source::{Block, Encoded, Instruction, Transaction};

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
static OWN: LazyLock<[(String, Pubkey); programs::OWN.len()]> =
    LazyLock::new(|| programs::OWN.map(|program| (program.to_string(), program)));

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

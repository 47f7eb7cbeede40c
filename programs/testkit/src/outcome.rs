//! What a transaction did.

use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use pedigree_sdk::events::{self, Event};
use solana_instruction_error::InstructionError;
use solana_message::Message;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_transaction_error::TransactionError;

/// A transaction that succeeded.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub compute_units: u64,
    /// In the order in which they were emitted.
    pub events: Vec<Event>,
    pub logs: Vec<String>,
}

impl Outcome {
    pub(crate) fn new(message: &Message, meta: TransactionMetadata) -> Self {
        let program = |index: u8| message.account_keys[usize::from(index)];
        let events = meta
            .inner_instructions
            .iter()
            .flatten()
            .filter_map(|inner| {
                let ix = &inner.instruction;
                events::decode(&program(ix.program_id_index), &ix.data).expect("events decode")
            })
            .collect();
        Self {
            compute_units: meta.compute_units_consumed,
            events,
            logs: meta.logs,
        }
    }

    /// The only event.
    pub fn event(&self) -> &Event {
        let [event] = self.events.as_slice() else {
            panic!("expected one event, not {:#?}", self.events);
        };
        event
    }
}

/// A transaction that failed.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub error: TransactionError,
    pub logs: Vec<String>,
}

impl Refusal {
    pub(crate) fn new(failed: FailedTransactionMetadata) -> Self {
        Self {
            error: failed.err,
            logs: failed.meta.logs,
        }
    }

    /// Whether some instruction failed with this error.
    pub fn is(&self, expected: &InstructionError) -> bool {
        matches!(&self.error, TransactionError::InstructionError(_, error) if error == expected)
    }

    /// Whether the network refused it because it left some account with too few lamports for its rent.
    pub fn lacks_rent(&self) -> bool {
        matches!(
            self.error,
            TransactionError::InsufficientFundsForRent { .. }
        )
    }
}

/// The instruction without the signature of `key`.
pub fn unsigned(mut instruction: Instruction, key: &Pubkey) -> Instruction {
    for meta in instruction
        .accounts
        .iter_mut()
        .filter(|meta| meta.pubkey == *key)
    {
        meta.is_signer = false;
    }
    instruction
}

/// Smallest, median and largest of measured compute units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    pub min: u64,
    pub p50: u64,
    pub max: u64,
}

impl Spread {
    /// Panics where nothing was measured.
    pub fn of(measured: impl IntoIterator<Item = u64>) -> Self {
        let mut sorted: Vec<u64> = measured.into_iter().collect();
        sorted.sort_unstable();
        Self {
            min: sorted[0],
            p50: sorted[sorted.len() / 2],
            max: sorted[sorted.len() - 1],
        }
    }
}

//! A pushed block, in the form that the decoder reads.

use yellowstone_grpc_proto::{
    geyser::{SubscribeUpdateBlock, SubscribeUpdateTransactionInfo},
    solana::storage::confirmed_block,
};

use crate::{
    decode::{self, BlockError, EmittedBlock},
    source::{
        Block, Encoded, InnerInstructions, Instruction, LoadedAddresses, Logs, Message, Meta,
        Signed, Transaction, Version,
    },
};

/// Why a block is not taken as it was pushed. The node is asked for it instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("slot {slot}: {sent} of {executed} transactions were sent")]
    Incomplete {
        slot: u64,
        sent: usize,
        executed: u64,
    },
    #[error("slot {slot}: its transactions are not numbered from 0 on without a hole")]
    Misnumbered { slot: u64 },
    /// Messages carry no version: a transaction of a later one would show as one that lacks what each known one has.
    #[error("slot {slot}: transaction {index} has the form of no known version")]
    UnknownForm { slot: u64, index: u64 },
    #[error(transparent)]
    Block(#[from] BlockError),
}

/// Takes from a pushed block what our programs emitted in it.
///
/// # Errors
/// Where anything of it is missing: a server counts the transactions that a block executed, and numbers them.
pub fn extract(update: SubscribeUpdateBlock) -> Result<EmittedBlock, PushError> {
    let slot = update.slot;
    let mut sent = update.transactions;
    if u64::try_from(sent.len()) != Ok(update.executed_transaction_count) {
        return Err(PushError::Incomplete {
            slot,
            sent: sent.len(),
            executed: update.executed_transaction_count,
        });
    }
    sent.sort_unstable_by_key(|transaction| transaction.index);
    let numbered = sent.iter().map(|transaction| transaction.index);
    if !numbered.eq(0..update.executed_transaction_count) {
        return Err(PushError::Misnumbered { slot });
    }
    let transactions = sent.into_iter().map(|sent| {
        let index = sent.index;
        transaction(sent).ok_or(PushError::UnknownForm { slot, index })
    });
    let block = Block {
        blockhash: update.blockhash,
        previous_blockhash: update.parent_blockhash,
        parent_slot: update.parent_slot,
        block_time: update.block_time.map(|time| time.timestamp),
        transactions: transactions.collect::<Result<_, _>>()?,
    };
    Ok(decode::extract(slot, &block)?)
}

/// `None` where it is of no known form.
fn transaction(sent: SubscribeUpdateTransactionInfo) -> Option<Transaction> {
    let transaction = sent.transaction?;
    let message = transaction.message?;
    let version = version(&message)?;
    let meta = match sent.meta {
        Some(sent) => Some(meta(sent)?),
        None => None,
    };
    Some(Transaction {
        transaction: Signed {
            signatures: encoded(transaction.signatures),
            message: Message {
                account_keys: encoded(message.account_keys),
            },
        },
        meta,
        version,
    })
}

fn version(message: &confirmed_block::Message) -> Option<Version> {
    if message.header.is_none() || message.account_keys.is_empty() {
        return None;
    }
    match (message.versioned, message.config.is_some()) {
        (false, false) => Some(Version::default()),
        (true, false) => Some(Version::Number(0)),
        (true, true) => Some(Version::Number(1)),
        (false, true) => None,
    }
}

fn meta(sent: confirmed_block::TransactionStatusMeta) -> Option<Meta> {
    let groups = sent.inner_instructions.into_iter().map(inner_instructions);
    let groups: Vec<_> = groups.collect::<Option<_>>()?;
    Some(Meta {
        err: sent.err.map(|error| hex::encode(error.err).into()),
        inner_instructions: (!sent.inner_instructions_none).then_some(groups),
        loaded_addresses: Some(LoadedAddresses {
            writable: encoded(sent.loaded_writable_addresses),
            readonly: encoded(sent.loaded_readonly_addresses),
        }),
        log_messages: Logs::of(sent.log_messages.iter().map(String::as_str)),
    })
}

fn inner_instructions(sent: confirmed_block::InnerInstructions) -> Option<InnerInstructions> {
    let instructions = sent.instructions.into_iter().map(|sent| {
        Some(Instruction {
            program_id_index: sent.program_id_index.try_into().ok()?,
            data: sent.data.into(),
        })
    });
    Some(InnerInstructions {
        index: sent.index.try_into().ok()?,
        instructions: instructions.collect::<Option<_>>()?,
    })
}

fn encoded(bytes: Vec<Vec<u8>>) -> Vec<Encoded> {
    bytes.into_iter().map(Encoded::Bytes).collect()
}

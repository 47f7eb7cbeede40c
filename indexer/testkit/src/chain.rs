//! Blocks, as a node answers them.

pub use crate::base58::base58;
use pedigree_indexer::{
    decode::{self, DecodedBlock},
    source::{
        Block, Encoded, InnerInstructions, Instruction, LoadedAddresses, Logs, Message, Meta,
        Signed, Transaction, Version,
    },
};
use pedigree_sdk::{events::Event, programs};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

/// A chain that grows by a block at a time.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    pub blocks: Vec<(u64, Block)>,
    /// Blocks added from now on are other ones than those of another fork in the same slots.
    pub fork: String,
}

/// Some 32 bytes that follow from a text.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl Chain {
    /// Slot of the newest block; 9 before the first.
    pub fn tip(&self) -> u64 {
        self.blocks.last().map_or(9, |(slot, _)| *slot)
    }

    /// Adds a block of the given transactions in the next slot.
    pub fn push(&mut self, transactions: Vec<Transaction>) -> u64 {
        self.push_at(self.tip() + 1, transactions)
    }

    /// Adds a block; the slots before it are skipped.
    pub fn push_at(&mut self, slot: u64, transactions: Vec<Transaction>) -> u64 {
        let parent_slot = self.tip();
        let parent = self.blocks.last().map(|(_, block)| block.blockhash.clone());
        let block = Block {
            blockhash: base58(hash(&format!("block {slot}{}", self.fork))),
            previous_blockhash: parent.unwrap_or_else(|| base58(hash("before"))),
            parent_slot,
            block_time: Some(1_700_000_000 + i64::try_from(slot).unwrap()),
            transactions,
        };
        self.blocks.push((slot, block));
        slot
    }

    /// Adds a block with one transaction per event.
    pub fn push_events(&mut self, events: impl IntoIterator<Item = Event>) -> u64 {
        let slot = self.tip() + 1;
        let transactions = events
            .into_iter()
            .enumerate()
            .map(|(index, event)| transaction(&format!("{slot}/{index}"), [event]))
            .collect();
        self.push(transactions)
    }

    /// The chain as it leaves this one after a slot.
    pub fn fork_after(&self, slot: u64, name: &str) -> Self {
        let mut fork = self.until(slot);
        fork.fork = format!(" of {name}");
        fork
    }

    /// The chain as it was when this slot was its newest.
    pub fn until(&self, slot: u64) -> Self {
        let mut part = self.clone();
        part.blocks.retain(|(found, _)| *found <= slot);
        part
    }

    /// The same chain with its newest block made at `time`, in Unix seconds, and a second between two blocks.
    pub fn made_at(mut self, time: i64) -> Self {
        for ((_, block), age) in self.blocks.iter_mut().rev().zip(0..) {
            block.block_time = Some(time - age);
        }
        self
    }

    pub fn decoded(&self) -> Vec<DecodedBlock> {
        self.blocks
            .iter()
            .map(|(slot, block)| decode::decode(*slot, block).unwrap())
            .collect()
    }
}

/// Index of `listing`, the first of our programs, in the accounts of a [`transaction`].
pub const LISTING_INDEX: u16 = 1;
/// Index there of a program that is not ours.
pub const STRANGER_INDEX: u16 = LISTING_INDEX + programs::OWN.len() as u16;

/// A transaction that names `listing` in a lookup table alone, and emits the event of it.
pub fn by_table(signature: &str, event: &Event) -> Transaction {
    let mut loaded = transaction(signature, []);
    loaded.version = Version::Number(0);
    loaded.transaction.message.account_keys.truncate(1);
    let meta = loaded.meta.as_mut().unwrap();
    meta.loaded_addresses = Some(LoadedAddresses {
        writable: vec![base58([5; 32]).into()],
        readonly: vec![programs::LISTING.to_string().into()],
    });
    meta.inner_instructions.as_mut().unwrap()[0]
        .instructions
        .push(instruction(2, event.encode()));
    loaded
}

/// A successful transaction whose first instruction emits the events.
pub fn transaction(signature: &str, events: impl IntoIterator<Item = Event>) -> Transaction {
    let instructions = events
        .into_iter()
        .map(|event| {
            let mut own = LISTING_INDEX..STRANGER_INDEX;
            let index = own.find(|index| own_program(*index) == event.program());
            instruction(index.unwrap(), event.encode())
        })
        .collect();
    Transaction {
        transaction: Signed {
            signatures: vec![base58([hash(signature), hash("second half")].concat()).into()],
            message: Message {
                account_keys: [base58(hash("payer"))]
                    .into_iter()
                    .chain(programs::OWN.map(|program| program.to_string()))
                    .chain([base58(hash("another program"))])
                    .map(Encoded::from)
                    .collect(),
            },
        },
        meta: Some(Meta {
            err: None,
            inner_instructions: Some(vec![InnerInstructions {
                index: 0,
                instructions,
            }]),
            loaded_addresses: None,
            log_messages: Logs::default(),
        }),
        version: Version::Named("legacy".to_owned()),
    }
}

fn own_program(index: u16) -> Pubkey {
    programs::OWN[usize::from(index - LISTING_INDEX)]
}

pub fn instruction(program_id_index: u16, data: Vec<u8>) -> Instruction {
    Instruction {
        program_id_index,
        data: base58(data).into(),
    }
}

fn texts(encoded: &[Encoded]) -> Vec<String> {
    encoded.iter().map(Encoded::to_string).collect()
}

/// A block as JSON, as `getBlock` answers it.
pub fn to_json(block: &Block) -> serde_json::Value {
    let transactions: Vec<_> = block
        .transactions
        .iter()
        .map(|transaction| {
            let meta = transaction.meta.as_ref().map(|meta| {
                json!({
                    "err": meta.err,
                    "logMessages": if meta.log_messages.truncated { json!(["Program log: a", "Log truncated"]) } else { Value::Null },
                    "innerInstructions": meta.inner_instructions.as_ref().map(|groups| groups.iter().map(|group| json!({
                        "index": group.index,
                        "instructions": group.instructions.iter().map(|instruction| json!({
                            "programIdIndex": instruction.program_id_index, "accounts": [], "data": instruction.data.to_string(),
                            "stackHeight": 2,
                        })).collect::<Vec<_>>(),
                    })).collect::<Vec<_>>()),
                    "loadedAddresses": meta.loaded_addresses.as_ref().map(|loaded| json!({
                        "writable": texts(&loaded.writable), "readonly": texts(&loaded.readonly),
                    })),
                })
            });
            json!({
                "transaction": {
                    "signatures": texts(&transaction.transaction.signatures),
                    "message": { "accountKeys": texts(&transaction.transaction.message.account_keys) },
                },
                "meta": meta,
                "version": match &transaction.version {
                    Version::Number(number) => json!(number),
                    Version::Named(name) => json!(name),
                    Version::Other(value) => value.clone(),
                },
            })
        })
        .collect();
    json!({
        "blockhash": block.blockhash, "previousBlockhash": block.previous_blockhash, "parentSlot": block.parent_slot,
        "blockTime": block.block_time, "blockHeight": 1, "transactions": transactions,
    })
}

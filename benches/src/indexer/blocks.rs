//! Blocks of the mix, and what a node answers for them.

use std::sync::LazyLock;

use anyhow::Result;
use indexer_testkit::chain::{base58, hash};
use pedigree_indexer::decode::{Emission, EmittedBlock, EventKey};
use pedigree_sdk::{events::Event, programs};
use serde_json::{Value, json};

use super::mix::Mix;

/// Events of a block, each in a transaction of its own.
const EVENTS: usize = 50;
const FIRST_SLOT: u64 = 1;
const FIRST_TIME: i64 = 1_700_000_000;
/// Accounts of a transaction besides its payer and the programs, lines of its log, and bytes of its instruction.
const ACCOUNTS: u8 = 14;
const LOG_LINES: u8 = 14;
const INSTRUCTION: usize = 300;

/// A chain that never ends.
pub struct Blocks {
    mix: Mix,
    slot: u64,
    hash: [u8; 32],
    waiting: Vec<Event>,
}

impl Blocks {
    pub fn new(seed: u64) -> Result<Self> {
        Ok(Self {
            mix: Mix::new(seed)?,
            slot: FIRST_SLOT - 1,
            hash: hash("before"),
            waiting: Vec::new(),
        })
    }

    /// The next one; no slot is skipped.
    pub fn next_block(&mut self) -> EmittedBlock {
        let (parent_slot, parent_hash) = (self.slot, self.hash);
        self.slot += 1;
        self.hash = hash(&format!("block {}", self.slot));
        while self.waiting.len() < EVENTS {
            self.waiting.extend(self.mix.round(self.slot));
        }
        let events = self.waiting.drain(..EVENTS).enumerate();
        EmittedBlock {
            slot: self.slot,
            hash: self.hash,
            parent_slot,
            parent_hash,
            time: FIRST_TIME.checked_add_unsigned(self.slot),
            emissions: events
                .map(|(index, event)| emission(self.slot, index, &event))
                .collect(),
            truncated_logs: 0,
        }
    }
}

fn emission(slot: u64, index: usize, event: &Event) -> Emission {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&hash(&format!("{slot}/{index}")));
    signature[32..].copy_from_slice(&hash(&format!("{slot}/{index}, second half")));
    Emission {
        key: EventKey {
            slot,
            signature,
            ix_path: vec![0, 0],
        },
        tx_index: index as u32,
        program: event.program(),
        data: event.encode(),
    }
}

/// What `getBlock` answers, with all that it says besides what is needed.
pub fn answer(block: &EmittedBlock) -> Value {
    let transactions = block.emissions.iter();
    json!({
        "blockhash": base58(block.hash),
        "previousBlockhash": base58(block.parent_hash),
        "parentSlot": block.parent_slot,
        "blockTime": block.time,
        "blockHeight": block.slot,
        "transactions": transactions.map(|emission| transaction(emission, &SAME)).collect::<Vec<_>>(),
    })
}

/// What every transaction has.
struct Same {
    /// Its payer, the programs, and the others.
    keys: Vec<String>,
    instruction: String,
}

static SAME: LazyLock<Same> = LazyLock::new(|| {
    let payer = base58([99; 32]);
    let own = programs::OWN.map(|program| program.to_string());
    let others = (0..ACCOUNTS).map(|n| base58([n + 1; 32]));
    Same {
        keys: [payer].into_iter().chain(own).chain(others).collect(),
        instruction: base58([7u8; INSTRUCTION]),
    }
});

fn transaction(emission: &Emission, Same { keys, instruction }: &Same) -> Value {
    let (own, others) = (&keys[1], &keys[1 + programs::OWN.len()..]);
    let place = programs::OWN
        .iter()
        .position(|own| *own == emission.program);
    // Behind the payer.
    let program = place.map(|place| place + 1);
    let lines =
        (0..LOG_LINES).map(|line| format!("Program {own} consumed {line} of 200000 compute units"));
    let balances = vec![1_000_000_000u64; keys.len()];
    let token = |index: usize| {
        json!({
            "accountIndex": index, "mint": others[1], "owner": others[index], "programId": others[0],
            "uiTokenAmount": {"amount": "1000000", "decimals": 6, "uiAmount": 1.0, "uiAmountString": "1"},
        })
    };
    json!({
        "meta": {
            "err": null, "status": {"Ok": null}, "fee": 5_000, "computeUnitsConsumed": 9_000,
            "innerInstructions": [{"index": 0, "instructions": [{
                "programIdIndex": program, "accounts": [3], "data": base58(&emission.data), "stackHeight": 2,
            }]}],
            "loadedAddresses": {"readonly": [], "writable": []},
            "logMessages": lines.collect::<Vec<_>>(),
            "preBalances": balances, "postBalances": balances,
            "preTokenBalances": [token(3), token(4)], "postTokenBalances": [token(3), token(4)],
            "rewards": [],
        },
        "transaction": {
            "signatures": [base58(emission.key.signature)],
            "message": {
                "accountKeys": keys,
                "header": {"numReadonlySignedAccounts": 0, "numReadonlyUnsignedAccounts": 4, "numRequiredSignatures": 1},
                "instructions": [{
                    "programIdIndex": program, "accounts": (0..ACCOUNTS).collect::<Vec<_>>(),
                    "data": instruction, "stackHeight": 1,
                }],
                "recentBlockhash": others[2],
            },
        },
        "version": "legacy",
    })
}

#[cfg(test)]
mod tests {
    use pedigree_indexer::{decode, source::Block};

    use super::*;

    #[test]
    fn what_a_node_answers_for_a_block_holds_the_block() {
        let mut blocks = Blocks::new(7).unwrap();
        for _ in 0..20 {
            let block = blocks.next_block();
            let answered: Block = serde_json::from_value(answer(&block)).unwrap();
            assert_eq!(decode::extract(block.slot, &answered).unwrap(), block);
            assert!(decode::read(block).dead_letters.is_empty());
        }
    }
}

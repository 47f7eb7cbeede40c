//! What a step comes to: a transaction, or a change of what surrounds the programs.

use std::collections::BTreeSet;

use common::dispute::DisputeHead;
use pedigree_sdk::programs::ESCROW;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{idl, world::Asked};

/// What a step comes to.
pub enum Act {
    Send(Box<Call>),
    Change(Change),
}

/// A transaction.
#[derive(Clone, Default)]
pub struct Call {
    pub instructions: Vec<Instruction>,
    /// What token programs are told directly to move.
    pub moves: Vec<Move>,
    /// The order that it asks for.
    pub asked: Option<Asked>,
    /// Vouchers that the right key signed for this network: order, its slot of birth, sequence,
    /// amount.
    pub signed: Vec<(Pubkey, u64, u64, u64)>,
}

/// Base units from one token account to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: Pubkey,
    pub to: Pubkey,
    pub amount: u64,
}

/// What issuers, the dao and time do: accounts are changed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Time {
        at: i64,
        slots: u64,
    },
    Frozen(Pubkey, bool),
    Memo(Pubkey),
    /// The reward program's token, given to those who lock it, as though it had been earned.
    Endow,
    /// Upgrades of all programs become the dao's.
    GiveUpgrades,
    Ruling(Pubkey, DisputeHead),
    /// What the network asks for a byte.
    Rent(u64),
}

impl Call {
    pub fn of(instruction: Instruction) -> Self {
        Self {
            instructions: vec![instruction],
            ..Self::default()
        }
    }

    /// Every key that signs.
    pub fn signers(&self) -> BTreeSet<Pubkey> {
        let metas = self.instructions.iter().flat_map(|ix| &ix.accounts);
        metas
            .filter(|meta| meta.is_signer)
            .map(|meta| meta.pubkey)
            .collect()
    }

    pub fn mentions(&self, key: &Pubkey) -> bool {
        let mut metas = self.instructions.iter().flat_map(|ix| &ix.accounts);
        metas.any(|meta| meta.pubkey == *key)
    }

    /// Names of its instructions that are our programs'.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.instructions
            .iter()
            .filter_map(|ix| Some(idl::find(ix)?.name.as_str()))
    }

    /// Whether the same again, with nothing between, has to fail: whether it does anything that happens once.
    pub fn happens_once(&self) -> bool {
        self.instructions.iter().any(happens_once)
    }
}

/// Instructions that may be repeated: what they set is what it was, and what exists already is not made again.
const REPEATABLE: &[&str] = &[
    "escrow.open_order",
    "escrow.open_free",
    "escrow.top_up",
    "escrow.update_config",
    "escrow.update_mint",
    "listing.update_config",
    "listing.set_default_royalty",
    "listing.set_profile",
    "listing.verify_profile",
    "listing.update_terms",
    "listing.propose_authority",
    "listing.set_payout",
    "listing.set_operator",
    "listing.grant_license",
    "listing.revoke_license",
    "reward.update_config",
    "reward.set_rate",
    "dao.update_config",
    "dao.submit_evidence",
];

fn happens_once(instruction: &Instruction) -> bool {
    let Some(known) = idl::find(instruction) else {
        return false;
    };
    // A seller may give the same amount back twice.
    let partial = known.name == "escrow.refund"
        && instruction.program_id == ESCROW
        && instruction.data.get(8) == Some(&1);
    !partial && !REPEATABLE.contains(&known.name.as_str())
}

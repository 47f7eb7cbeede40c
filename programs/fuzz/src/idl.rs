//! The programs' instructions by name, from their interface descriptions: one that is added there and never tried here
//! makes a run fail.

use std::{collections::BTreeMap, sync::LazyLock};

use pedigree_sdk::programs::{DAO, ESCROW, LISTING, REWARD};
use serde::Deserialize;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

/// An instruction of one of the programs.
#[derive(Debug)]
pub struct Known {
    /// `escrow.settle`
    pub name: String,
    /// Names of its accounts in order.
    pub accounts: Vec<String>,
}

#[derive(Deserialize)]
struct Description {
    instructions: Vec<Described>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    discriminator: Vec<u8>,
    accounts: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// By program and discriminator.
static INSTRUCTIONS: LazyLock<BTreeMap<(Pubkey, Vec<u8>), Known>> = LazyLock::new(|| {
    let descriptions = [
        (
            LISTING,
            "listing",
            include_str!("../../../idl/listing.json"),
        ),
        (ESCROW, "escrow", include_str!("../../../idl/escrow.json")),
        (REWARD, "reward", include_str!("../../../idl/reward.json")),
        (DAO, "dao", include_str!("../../../idl/dao.json")),
    ];
    let mut found = BTreeMap::new();
    for (program, prefix, json) in descriptions {
        let description: Description =
            serde_json::from_str(json).expect("the interface description is one");
        for instruction in description.instructions {
            let known = Known {
                name: format!("{prefix}.{}", instruction.name),
                accounts: instruction.accounts.into_iter().map(|a| a.name).collect(),
            };
            found.insert((program, instruction.discriminator), known);
        }
    }
    found
});

/// What an instruction is; `None` where it is none of our programs'.
pub fn find(instruction: &Instruction) -> Option<&'static Known> {
    let discriminator = instruction.data.get(..8)?.to_vec();
    INSTRUCTIONS.get(&(instruction.program_id, discriminator))
}

/// Gives another account by the name of its place, where there is one.
pub fn give(instruction: &mut Instruction, name: &str, account: &Pubkey) {
    let place = find(instruction).and_then(|known| known.accounts.iter().position(|n| n == name));
    if let Some(meta) = place.and_then(|at| instruction.accounts.get_mut(at)) {
        meta.pubkey = *account;
        // A missing one stands as the program, which nobody writes to.
        meta.is_writable = *account != instruction.program_id;
    }
}

/// The account at the place of that name.
pub fn account(instruction: &Instruction, name: &str) -> Option<Pubkey> {
    let at = find(instruction)?.accounts.iter().position(|n| n == name)?;
    instruction.accounts.get(at).map(|meta| meta.pubkey)
}

/// Names of all of them.
pub fn names() -> impl Iterator<Item = &'static str> {
    INSTRUCTIONS.values().map(|known| known.name.as_str())
}

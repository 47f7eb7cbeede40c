//! Steps in words.

use pedigree_sdk::events::Event;
use solana_program::instruction::Instruction;

use crate::{call::Call, idl, world::World};

/// A transaction: each instruction with its accounts by name and its arguments in hex.
pub fn call(world: &World, call: &Call) -> String {
    let told: Vec<_> = call
        .instructions
        .iter()
        .map(|ix| instruction(world, ix))
        .collect();
    told.join(" + ")
}

fn instruction(world: &World, instruction: &Instruction) -> String {
    let Some(known) = idl::find(instruction) else {
        let program = pedigree_sdk::programs::name(&instruction.program_id);
        let metas: Vec<_> = instruction
            .accounts
            .iter()
            .map(|m| world.cast.name(&m.pubkey))
            .collect();
        return format!(
            "{}({})",
            program.unwrap_or("another program"),
            metas.join(" ")
        );
    };
    let accounts = instruction
        .accounts
        .iter()
        .enumerate()
        .filter_map(|(at, meta)| {
            let name = known.accounts.get(at).map_or("", String::as_str);
            let dull = [
                "program",
                "event_authority",
                "system_program",
                "token_program",
                "config",
            ];
            (!dull.contains(&name)).then(|| {
                let signs = if meta.is_signer { "!" } else { "" };
                format!("{name}={}{signs}", world.cast.name(&meta.pubkey))
            })
        });
    let arguments: String = instruction.data[8..]
        .iter()
        .take(48)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let accounts: Vec<_> = accounts.collect();
    format!("{}({}) {arguments}", known.name, accounts.join(" "))
}

/// What the programs said.
pub fn events(events: &[Event]) -> String {
    let names: Vec<_> = events.iter().map(Event::name).collect();
    format!("ok {}", names.join(" "))
}

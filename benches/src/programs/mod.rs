//! Compute units of every instruction over seeds that differ in every address, events included, and the programs' sizes.
//! Writes `target/bench/compute-units.json` and prints the same as a table.

mod housekeeping;
mod market;
mod reviews;

use std::{collections::BTreeMap, io};

use market::Market;
use pedigree_sdk::send::pack;
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_program::instruction::Instruction;
use solana_signer::Signer;
use testkit::{Chain, Program, Spread};

use crate::report;

const SEEDS: u64 = 50;

/// What the instructions that matter most may cost at the median, in compute units, in each of their variants.
const BUDGETS: [(&str, u64); 6] = [
    ("register", 4_500),
    ("add_edge", 4_500),
    ("forward", 6_000),
    ("post_review", 3_500),
    ("open_order", 9_000),
    ("settle", 7_500),
];
/// What each program may weigh, in bytes; more fails.
const SIZE_BUDGET: usize = 200_000;

/// Compute units and transaction bytes of each call, by program and instruction.
#[derive(Default)]
pub struct Meter(BTreeMap<(&'static str, &'static str), Vec<(u64, usize)>>);

impl Meter {
    /// Sends one instruction alone and takes note of it.
    pub fn call(
        &mut self,
        chain: &mut Chain,
        (program, name): (&'static str, &'static str),
        instruction: Instruction,
        signers: &[&Keypair],
    ) {
        let instructions = [instruction];
        let bytes = pack::transaction_len(&instructions, &chain.upgrade_authority.pubkey());
        let units = chain.ok(&instructions, signers).compute_units;
        self.0
            .entry((program, name))
            .or_default()
            .push((units, bytes));
    }

    fn rows(&self) -> Vec<Value> {
        let rows = self.0.iter().map(|((program, name), calls)| {
            let spread = Spread::of(calls.iter().map(|(units, _)| *units));
            let bytes = calls
                .iter()
                .map(|(_, bytes)| *bytes)
                .max()
                .unwrap_or_default();
            let budget = budget(name);
            json!({
                "program": program,
                "instruction": name,
                "min": spread.min,
                "p50": spread.p50,
                "max": spread.max,
                "bytes": bytes,
                "budget": budget,
            })
        });
        rows.collect()
    }
}

pub fn run() -> io::Result<()> {
    let mut meter = Meter::default();
    for seed in 0..SEEDS {
        Market::new(seed).trade(&mut meter);
    }
    let rows = meter.rows();
    let sizes = [("listing", Program::Listing), ("escrow", Program::Escrow)]
        .map(|(name, program)| json!({ "program": name, "bytes": program.file().len(), "budget": SIZE_BUDGET }));
    print(&rows, &sizes);
    let report = json!({ "seeds": SEEDS, "compute_units": rows, "sizes": sizes });
    report::write("compute-units.json", &report)?;
    if is_any_too_large(&sizes) {
        return Err(io::Error::other("a program is larger than its budget"));
    }
    Ok(())
}

/// What an instruction may cost, whichever of its variants `name` says: `INSTRUCTION, VARIANT`.
fn budget(name: &str) -> Option<u64> {
    let instruction = name.split(',').next();
    let found = BUDGETS.iter().find(|(of, _)| instruction == Some(of));
    found.map(|(_, budget)| *budget)
}

fn is_any_too_large(sizes: &[Value]) -> bool {
    sizes
        .iter()
        .any(|size| size["bytes"].as_u64() > size["budget"].as_u64())
}

fn print(rows: &[Value], sizes: &[Value]) {
    println!(
        "{:8} {:26} {:>7} {:>7} {:>7} {:>6}  budget",
        "program", "instruction", "min", "p50", "max", "bytes"
    );
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let number = |field: &str| row[field].to_string();
        println!(
            "{:8} {:26} {:>7} {:>7} {:>7} {:>6}  {}",
            text("program"),
            text("instruction"),
            number("min"),
            number("p50"),
            number("max"),
            number("bytes"),
            verdict(row["budget"].as_u64(), row["p50"].as_u64()),
        );
    }
    for size in sizes {
        let verdict = verdict(size["budget"].as_u64(), size["bytes"].as_u64());
        println!("{} has {} bytes  {verdict}", size["program"], size["bytes"]);
    }
    let is_over =
        |row: &&Value| row["budget"].is_u64() && row["p50"].as_u64() > row["budget"].as_u64();
    let over: Vec<&str> = rows
        .iter()
        .filter(is_over)
        .filter_map(|row| row["instruction"].as_str())
        .collect();
    println!(
        "above their budget at the median: {}",
        if over.is_empty() {
            "none".to_owned()
        } else {
            over.join("; ")
        }
    );
}

fn verdict(budget: Option<u64>, measured: Option<u64>) -> String {
    match (budget, measured) {
        (Some(budget), Some(measured)) if measured > budget => {
            format!("{budget}: over by {}", measured - budget)
        }
        (Some(budget), _) => format!("{budget}: kept"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_has_its_instructions_budget() {
        assert_eq!(budget("add_edge"), Some(4_500));
        assert_eq!(budget("add_edge, first royalty"), Some(4_500));
        assert_eq!(budget("register, with a price"), Some(4_500));
        assert_eq!(budget("settled"), None);
    }

    #[test]
    fn a_program_fails_with_its_first_byte_too_many() {
        let size = |bytes: usize| json!({ "bytes": bytes, "budget": SIZE_BUDGET });
        assert!(!is_any_too_large(&[size(SIZE_BUDGET), size(1)]));
        assert!(is_any_too_large(&[size(1), size(SIZE_BUDGET + 1)]));
    }
}

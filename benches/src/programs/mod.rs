//! Compute units of every instruction over seeds that differ in every address, events included, and the programs' sizes.
//! Writes `target/bench/compute-units.json` and prints the same as a table.

mod disputes;
mod housekeeping;
mod market;
mod reviews;
mod rulings;
mod sessions;
mod shop;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use dao::state::{Juror, Vote};
use market::Market;
use pedigree_sdk::{accounts::Account, send::pack};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_program::instruction::Instruction;
use solana_signer::Signer;
use testkit::{Chain, Program, Spread, costs};

use crate::report;

const SEEDS: u64 = 50;

/// What the instructions that matter most may cost at the median, in compute units, in each of their variants. A variant
/// with a budget of its own stands before its instruction.
const BUDGETS: [(&str, u64); 21] = [
    ("apply_ruling", 10_500),
    ("register", 4_500),
    ("add_edge", 4_500),
    ("forward", 6_000),
    ("post_review", 3_500),
    ("open_order, by session", 10_500),
    ("open_order, subscription", 9_500),
    ("open_order", 9_000),
    ("settle", 7_500),
    ("redeem", 4_500),
    ("top_up", 3_500),
    ("authorise", 2_500),
    ("confirm", 2_500),
    ("end", 6_500),
    ("open_session", 7_000),
    ("lock", 5_500),
    ("claim", 5_000),
    ("commit", 5_000),
    ("reveal", 4_000),
    ("tally", 4_000),
    ("cast", 3_500),
];
/// Above their budget, as README says; any other variant that is fails.
const KNOWN_OVER: [&str; 1] = ["add_edge, first royalty"];
/// Bytes of what each vote leaves behind.
const RECORDS: [(&str, usize); 2] = [
    ("juror", <Juror as Account>::LEN),
    ("vote", <Vote as Account>::LEN),
];
/// What such a record may have.
const RECORD_BUDGET: usize = 89;
const PROGRAMS: [(&str, Program); 4] = [
    ("listing", Program::Listing),
    ("escrow", Program::Escrow),
    ("reward", Program::Reward),
    ("dao", Program::Dao),
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
        row: (&'static str, &'static str),
        instruction: Instruction,
        signers: &[&Keypair],
    ) {
        self.each(chain, row, 1, &[instruction], signers);
    }

    /// Sends one transaction that does the same `count` times and takes note of what each of them costs.
    pub fn each(
        &mut self,
        chain: &mut Chain,
        row: (&'static str, &'static str),
        count: usize,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) {
        let bytes = pack::transaction_len(instructions, &chain.upgrade_authority.pubkey());
        let units = chain.ok(instructions, signers).compute_units;
        let each = units.div_ceil(count as u64);
        self.0.entry(row).or_default().push((each, bytes));
    }

    /// What takes note of a program's instructions, each sent alone.
    fn of(
        &mut self,
        program: &'static str,
    ) -> impl FnMut(&mut Chain, &'static str, Instruction, &[&Keypair]) {
        move |chain, name, instruction, signers| {
            self.call(chain, (program, name), instruction, signers);
        }
    }

    /// Instructions of the programs' interface descriptions that no row is of.
    fn missing(&self) -> io::Result<Vec<String>> {
        let mut missing = Vec::new();
        for program in ["listing", "escrow"] {
            let measured: BTreeSet<&str> = self
                .0
                .keys()
                .filter(|(of, _)| *of == program)
                .map(|(_, name)| instruction(name))
                .collect();
            let all = instructions(program)?;
            let unmeasured = all.iter().filter(|name| !measured.contains(name.as_str()));
            missing.extend(unmeasured.map(|name| format!("{program}.{name}")));
        }
        Ok(missing)
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
        Market::new(seed).judge(&mut meter);
        costs::rewards(seed, &mut meter.of("reward"));
        costs::case(seed, &mut meter.of("dao"));
        costs::proposal(seed, &mut meter.of("dao"));
    }
    let rows = meter.rows();
    let sizes = PROGRAMS.map(|(name, program)| {
        json!({ "program": name, "bytes": program.file().len(), "budget": SIZE_BUDGET })
    });
    let records = RECORDS
        .map(|(name, bytes)| json!({ "record": name, "bytes": bytes, "budget": RECORD_BUDGET }));
    print(&rows, &sizes, &records);
    let report = json!({
        "seeds": SEEDS,
        "compute_units": rows,
        "sizes": sizes,
        "records": records,
    });
    report::write("compute-units.json", &report)?;
    let missing = meter.missing()?;
    if !missing.is_empty() {
        let names = missing.join(", ");
        return Err(io::Error::other(format!("not measured: {names}")));
    }
    if sizes.iter().any(is_larger) {
        return Err(io::Error::other("a program is larger than its budget"));
    }
    if RECORDS.iter().any(|(_, bytes)| *bytes > RECORD_BUDGET) {
        return Err(io::Error::other(
            "a vote's record is larger than its budget",
        ));
    }
    let over: Vec<&str> = over(&rows)
        .filter(|name| !KNOWN_OVER.contains(name))
        .collect();
    if over.is_empty() {
        Ok(())
    } else {
        let names = over.join("; ");
        Err(io::Error::other(format!("above their budget: {names}")))
    }
}

/// What an instruction may cost, whichever of its variants `name` says: `INSTRUCTION, VARIANT`.
fn budget(name: &str) -> Option<u64> {
    let is_of = |of: &str| {
        let rest = name.strip_prefix(of);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
    };
    let found = BUDGETS.iter().find(|(of, _)| is_of(of));
    found.map(|(_, budget)| *budget)
}

/// The instruction that a row is of.
fn instruction(name: &str) -> &str {
    name.split_once(',')
        .map_or(name, |(instruction, _)| instruction)
}

/// Names of a program's instructions, as `idl/` describes it.
fn instructions(program: &str) -> io::Result<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl");
    let text = fs::read_to_string(folder.join(format!("{program}.json")))?;
    let description: Value = serde_json::from_str(&text)?;
    let all = description["instructions"].as_array();
    let names = all
        .into_iter()
        .flatten()
        .filter_map(|one| one["name"].as_str());
    Ok(names.map(str::to_owned).collect())
}

/// Whether something has more bytes than it may.
fn is_larger(size: &Value) -> bool {
    size["bytes"].as_u64() > size["budget"].as_u64()
}

fn print(rows: &[Value], sizes: &[Value], records: &[Value]) {
    println!(
        "{:8} {:41} {:>7} {:>7} {:>7} {:>6}  budget",
        "program", "instruction", "min", "p50", "max", "bytes"
    );
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let number = |field: &str| row[field].to_string();
        println!(
            "{:8} {:41} {:>7} {:>7} {:>7} {:>6}  {}",
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
        let (bytes, budget) = (size["bytes"].as_u64(), size["budget"].as_u64());
        println!(
            "{} has {} bytes  {}",
            size["program"],
            size["bytes"],
            verdict(budget, bytes)
        );
    }
    for record in records {
        let (bytes, budget) = (record["bytes"].as_u64(), record["budget"].as_u64());
        let name = record["record"].as_str().unwrap_or_default();
        println!(
            "a record of a {name} has {} bytes  {}",
            record["bytes"],
            verdict(budget, bytes)
        );
    }
    let over: Vec<&str> = over(rows).collect();
    println!(
        "above their budget at the median: {}",
        if over.is_empty() {
            "none".to_owned()
        } else {
            over.join("; ")
        }
    );
}

/// Variants that cost more than their budget at the median.
fn over(rows: &[Value]) -> impl Iterator<Item = &str> {
    let is_over =
        |row: &&Value| row["budget"].is_u64() && row["p50"].as_u64() > row["budget"].as_u64();
    rows.iter()
        .filter(is_over)
        .filter_map(|row| row["instruction"].as_str())
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
    fn every_variant_has_its_own_budget_or_its_instructions() {
        assert_eq!(budget("add_edge"), Some(4_500));
        assert_eq!(budget("add_edge, first royalty"), Some(4_500));
        assert_eq!(budget("register, with a price"), Some(4_500));
        assert_eq!(budget("settled"), None);
        assert_eq!(budget("tally, 1,000 jurors"), Some(4_000));
        assert_eq!(budget("open_order, lease"), Some(9_000));
        assert_eq!(budget("open_order, by session, metered"), Some(10_500));
        assert_eq!(budget("end, lease by owner"), Some(6_500));
    }

    #[test]
    fn an_instruction_without_a_row_is_told() {
        let mut meter = Meter::default();
        let all = meter.missing().unwrap();
        assert!(all.contains(&"escrow.redeem".to_owned()), "{all:?}");
        assert!(all.contains(&"listing.retire".to_owned()), "{all:?}");
        meter.0.insert(("escrow", "redeem, each of three"), vec![]);
        meter.0.insert(("escrow", "retire"), vec![]);
        let left = meter.missing().unwrap();
        assert_eq!(left.len(), all.len() - 1);
        assert!(!left.contains(&"escrow.redeem".to_owned()));
    }

    #[test]
    fn one_byte_more_than_a_budget_is_too_many() {
        let size = |bytes: usize| json!({ "bytes": bytes, "budget": SIZE_BUDGET });
        assert!(!is_larger(&size(SIZE_BUDGET)));
        assert!(is_larger(&size(SIZE_BUDGET + 1)));
    }
}

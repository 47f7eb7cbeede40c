//! `make simulate`: what attacks on court and proposals bring and cost.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use clap::Parser;
use simulate::assumptions::Assumptions;

/// Prints tables and writes all figures to a file in target/bench/.
#[derive(Debug, Parser)]
#[command(name = "pedigree-simulate")]
enum Command {
    /// Disputes and votes with an attacker that holds a part of the weight.
    Court(Options),
}

#[derive(Debug, clap::Args)]
struct Options {
    /// What everything is drawn from: the same one gives the same figures.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Disputes of each kind.
    #[arg(long, default_value_t = 500)]
    runs: u64,
    #[command(flatten)]
    assumed: Assumptions,
}

fn main() -> Result<()> {
    let Command::Court(options) = Command::parse();
    let report = simulate::run(&options.assumed, options.seed, options.runs)?;
    for table in report.tables() {
        println!("{table}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(&report)? + "\n";
    let path = folder.join("court.json");
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

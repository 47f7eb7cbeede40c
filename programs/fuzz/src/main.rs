//! `make fuzz`: random sequences, and what came of them as one line of JSON.

use std::process::ExitCode;

use clap::Parser;
use fuzz::Plan;

#[derive(Debug, Parser)]
#[command(name = "pedigree-fuzz")]
struct Options {
    /// What the sequences are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many.
    #[arg(long, default_value_t = 400)]
    sequences: u64,
    /// Steps of each.
    #[arg(long, default_value_t = 1600)]
    length: usize,
    /// Sequences at the same time; by default as many as there are processors.
    #[arg(long)]
    threads: Option<usize>,
    /// Run this one sequence again, telling what it does.
    #[arg(long)]
    only: Option<u64>,
    /// Of that one, these steps alone.
    #[arg(long, value_delimiter = ',', requires = "only")]
    steps: Option<Vec<usize>>,
    /// Run so many schedules of self-dealers instead, and one on a chain for each fifty of them.
    #[arg(long, conflicts_with = "only")]
    self_dealing: Option<u64>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let plan = Plan {
        seed: options.seed,
        sequences: options.sequences,
        length: options.length,
        threads: options.threads.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, |threads| threads.get())
        }),
    };
    // What stops a sequence is reported at the end.
    std::panic::set_hook(Box::new(|_| {}));
    if let Some(index) = options.only {
        let steps = options.steps.unwrap_or_else(|| (0..plan.length).collect());
        return match fuzz::repeat(&plan, index, &steps) {
            Some(failed) => {
                eprintln!("{failed}");
                ExitCode::FAILURE
            }
            None => ExitCode::SUCCESS,
        };
    }
    if let Some(schedules) = options.self_dealing {
        return self_dealing(&plan, schedules);
    }
    let started = std::time::Instant::now();
    let report = fuzz::run(&plan);
    let seconds = started.elapsed().as_secs_f64();
    for stopped in &report.stopped {
        eprintln!("{stopped}");
    }
    if let Some(failed) = &report.failed {
        eprintln!("seed {}: {failed}", plan.seed);
        eprintln!(
            "again: pedigree-fuzz --seed {} --length {} --only {}",
            plan.seed, plan.length, failed.index
        );
    }
    for name in report.never() {
        eprintln!("{name} never succeeded");
    }
    eprintln!(
        "{} steps and {} calls of strangers at the ends in {seconds:.0} s",
        report.steps, report.cranks
    );
    finish(&report, report.is_good())
}

/// Says what came of it, in a line of JSON.
fn finish(report: &impl serde::Serialize, is_good: bool) -> ExitCode {
    match serde_json::to_string(report) {
        Ok(line) => println!("{line}"),
        Err(error) => eprintln!("{error}"),
    }
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn self_dealing(plan: &Plan, schedules: u64) -> ExitCode {
    let report = fuzz::selfdealing::run(plan.seed, schedules, plan.threads);
    for told in &report.told {
        eprintln!("{told}");
    }
    finish(&report, report.profits == 0)
}

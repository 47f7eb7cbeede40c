//! Random sequences of all instructions of the programs by many actors, while time jumps and token accounts freeze, and
//! the rules of docs/INVARIANTS.md after each step.
//!
//! A sequence is a function of a seed and its index alone. A [`step`] is data that the state at hand gives its meaning
//! ([`acts`]); a [`run`](mod@run) does them one after the other on a chain in memory and holds the [`rules`] against what it sees.
//! What fails is made short ([`shrink`]).

mod acts;
mod call;
mod cast;
mod closing;
mod dice;
pub mod idl;
mod memory;
mod report;
mod rules;
mod run;
mod scene;
pub mod selfdealing;
mod shrink;
mod state;
mod step;
mod tell;
mod world;

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

pub use report::{Failed, Report};
pub use rules::Violation;
use run::{Run, Stop, Tally};
use step::sequence;
use world::World;

/// What is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub seed: u64,
    pub sequences: u64,
    /// Steps of each.
    pub length: usize,
    /// Sequences that run at the same time; changes nothing of what comes of them.
    pub threads: usize,
}

/// Runs all sequences and makes the first that failed short.
pub fn run(plan: &Plan) -> Report {
    let next = AtomicU64::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..plan.threads {
            scope.spawn(|| {
                let beginning = World::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= plan.sequences {
                        break;
                    }
                    let mut run = Run::new(&beginning);
                    let stop = run.all(&sequence(plan.seed, index, plan.length)).err();
                    let result = (index, run.tally, stop);
                    results
                        .lock()
                        .unwrap_or_else(|lock| lock.into_inner())
                        .push(result);
                }
            });
        }
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(|lock| lock.into_inner());
    results.sort_by_key(|(index, _, _)| *index);
    let mut total = Tally::default();
    let mut stops = Vec::new();
    for (index, tally, stop) in results {
        total.add(&tally);
        stops.extend(stop.map(|stop| (index, stop)));
    }
    let failed = stops
        .first()
        .map(|(index, stop)| failed(plan, *index, stop));
    let stopped = stops
        .iter()
        .map(|(index, stop)| format!("sequence {index}, step {}: {}", stop.at, stop.violation))
        .collect();
    Report::new(plan, &total, stopped, failed)
}

fn failed(plan: &Plan, index: u64, stop: &Stop) -> Failed {
    let beginning = World::new();
    let steps = sequence(plan.seed, index, plan.length);
    let kept = shrink::shrink(&beginning, &steps, stop);
    repeat(plan, index, &kept).unwrap_or_else(|| Failed {
        index,
        violation: stop.violation.clone(),
        step: stop.at,
        kept,
        told: vec![],
    })
}

/// Runs some steps of one sequence again and says in words what they do; `None` where every rule holds.
pub fn repeat(plan: &Plan, index: u64, kept: &[usize]) -> Option<Failed> {
    let steps = sequence(plan.seed, index, plan.length);
    let chosen: Vec<_> = kept
        .iter()
        .filter_map(|at| steps.get(*at).copied())
        .collect();
    let mut run = Run::new(&World::new());
    run.told = Some(vec![]);
    let stop = run.all(&chosen).err()?;
    Some(Failed {
        index,
        violation: stop.violation,
        step: stop.at,
        kept: kept.to_vec(),
        told: run.told.unwrap_or_default(),
    })
}

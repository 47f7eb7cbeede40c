//! Rule 9: whoever deals with itself ends with less than it began with, at the reference price.
//!
//! Thousands of schedules on the programs' own arithmetic, and fewer on a chain, where one person is all who act but for the
//! treasury and who runs the settings. Assumed: the token sells at the reference price, and the treasury is another's.

mod chain;
mod schedule;

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use serde::Serialize;

use crate::{dice::Dice, world::World};

/// So many schedules on arithmetic alone for each on a chain.
const PER_CHAIN: u64 = 50;

/// What came of all schedules, as one line of JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SelfDealing {
    pub seed: u64,
    /// On the programs' arithmetic.
    pub schedules: u64,
    /// On a chain.
    pub on_chain: u64,
    /// Of both, those in which the person was minted something.
    pub minted: u64,
    /// Most of its fees that ever came back to the person, in ppm.
    pub returned_ppm: u64,
    /// Schedules in which it had more in the end, or got more than half of its fees back.
    pub profits: u64,
    /// Which these are.
    #[serde(skip)]
    pub told: Vec<String>,
}

/// Most that may come back of fees, in ppm.
const HALF: u64 = 500_000;

/// Runs `schedules` on the programs' arithmetic.
pub fn on_arithmetic(seed: u64, schedules: u64) -> SelfDealing {
    let mut report = SelfDealing {
        seed,
        ..SelfDealing::default()
    };
    for index in 0..schedules {
        let Some(outcome) = schedule::play(&mut Dice::of(seed, index)) else {
            continue;
        };
        report.schedules += 1;
        report.minted += u64::from(outcome.minted > 0);
        let returned = outcome.returned_ppm();
        report.returned_ppm = report.returned_ppm.max(returned);
        if outcome.profits() || returned > HALF {
            report.profits += 1;
            report.told.push(format!("schedule {index}: {outcome:?}"));
        }
    }
    report
}

/// Runs `schedules` on a chain, as many at the same time as there are `threads`.
pub fn on_chain(seed: u64, schedules: u64, threads: usize) -> SelfDealing {
    let next = AtomicU64::new(0);
    let report = Mutex::new(SelfDealing {
        seed,
        ..SelfDealing::default()
    });
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let beginning = World::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= schedules {
                        break;
                    }
                    let found = chain::play(&beginning, seed, index);
                    let mut report = report.lock().unwrap_or_else(|lock| lock.into_inner());
                    report.on_chain += 1;
                    match found {
                        Ok(outcome) => {
                            report.minted += u64::from(outcome.minted > 0);
                            report.returned_ppm = report.returned_ppm.max(outcome.returned_ppm());
                            if outcome.returned_ppm() > HALF {
                                report.profits += 1;
                                let told = format!("on the chain, {index}: {outcome:?}");
                                report.told.push(told);
                            }
                        }
                        Err(stopped) => {
                            report.profits += 1;
                            report
                                .told
                                .push(format!("on the chain, {index}: {stopped}"));
                        }
                    }
                }
            });
        }
    });
    report.into_inner().unwrap_or_else(|lock| lock.into_inner())
}

/// Both: so many on arithmetic, and one on a chain for each [`PER_CHAIN`] of them.
pub fn run(seed: u64, schedules: u64, threads: usize) -> SelfDealing {
    let pure = on_arithmetic(seed, schedules);
    let chain = on_chain(seed, schedules / PER_CHAIN, threads);
    SelfDealing {
        seed,
        schedules: pure.schedules,
        on_chain: chain.on_chain,
        minted: pure.minted + chain.minted,
        returned_ppm: pure.returned_ppm.max(chain.returned_ppm),
        profits: pure.profits + chain.profits,
        told: [pure.told, chain.told].concat(),
    }
}

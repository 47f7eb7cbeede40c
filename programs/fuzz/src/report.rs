//! What came of all sequences.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{Plan, idl, rules::Violation, run::Tally};

/// One line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub seed: u64,
    pub sequences: u64,
    /// Transactions, and changes of what surrounds the programs; not what strangers do at the end of each.
    pub steps: u64,
    /// Sequences that a rule stopped.
    pub violations: u64,
    /// By instruction.
    pub successes: BTreeMap<String, u64>,
    /// By error.
    pub failures: BTreeMap<String, u64>,
    /// Transactions that strangers sent at the ends.
    #[serde(skip)]
    pub cranks: u64,
    /// Every sequence that a rule stopped, where, and which.
    #[serde(skip)]
    pub stopped: Vec<String>,
    /// The first sequence that failed, made short.
    #[serde(skip)]
    pub failed: Option<Failed>,
}

/// A sequence of which a rule does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub index: u64,
    pub violation: Violation,
    /// How many of the steps went well.
    pub step: usize,
    /// Places in the sequence of the steps that it takes.
    pub kept: Vec<usize>,
    /// What they do, in words.
    pub told: Vec<String>,
}

impl Report {
    pub(crate) fn new(
        plan: &Plan,
        total: &Tally,
        stopped: Vec<String>,
        failed: Option<Failed>,
    ) -> Self {
        Self {
            seed: plan.seed,
            sequences: plan.sequences,
            steps: total.steps,
            violations: stopped.len() as u64,
            successes: total.successes.clone(),
            failures: total.failures.clone(),
            cranks: total.cranks,
            stopped,
            failed,
        }
    }

    /// Instructions of the programs that never succeeded.
    pub fn never(&self) -> Vec<&'static str> {
        idl::names()
            .filter(|name| !self.successes.contains_key(*name))
            .collect()
    }

    /// Whether every rule held and every instruction succeeded at least once.
    pub fn is_good(&self) -> bool {
        self.violations == 0 && self.never().is_empty()
    }
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.cranks += other.cranks;
        for (sums, counts) in [
            (&mut self.successes, &other.successes),
            (&mut self.failures, &other.failures),
        ] {
            for (name, count) in counts {
                *sums.entry(name.clone()).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.violation)?;
        let kept: Vec<_> = self.kept.iter().map(usize::to_string).collect();
        writeln!(
            f,
            "sequence {}, of which these steps suffice: {}",
            self.index,
            kept.join(",")
        )?;
        for told in &self.told {
            writeln!(f, "  {told}")?;
        }
        Ok(())
    }
}

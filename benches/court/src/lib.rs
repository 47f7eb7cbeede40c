//! What an attacker with a part of the weight can do in the court and in votes on proposals, and what it costs: many disputes
//! with made-up people, played by the program's own state and arithmetic. docs/ATTACKS.md says what follows.

pub mod assumptions;
pub mod case;
pub mod court;
mod draws;
pub mod jury;
pub mod strategy;
mod tables;
pub mod votes;

use anyhow::{Result, ensure};
use serde::Serialize;

use assumptions::{Assumptions, court, governance};
use court::{Court, Row, least};
use strategy::{Side, Strategy};
use votes::{VoteRow, taken};

/// Parts of the active weight, in a hundred.
pub const PERCENTS: [u64; 8] = [1, 5, 10, 20, 33, 40, 50, 67];
/// Strategies that are tried under other assumptions.
const TRIED: [Strategy; 3] = [Strategy::All, Strategy::Late, Strategy::Bribe];

/// The same attacks under other assumptions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variant {
    pub active: u64,
    pub turnout: Vec<u64>,
    pub error: u64,
    /// Of the deposit, what a party without weight gets, in ppm.
    pub without_ppm: i64,
    /// Least part of the weight tried that brings half of the deposit or more, in a hundred.
    pub least_percent: Option<u64>,
    /// In base units of the mint: the least deposit that one of the attacks tried pays on, where the token falls afterwards.
    pub pays_above_with_fall: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub seed: u64,
    pub runs: u64,
    pub assumed: Assumptions,
    /// Of the deposit, what a dishonest seller without any weight gets, in ppm: turnouts too small for a ruling, and errors.
    pub without_ppm: i64,
    pub seller: Vec<Row>,
    pub buyer: Vec<Row>,
    pub turnouts: Vec<Variant>,
    pub sizes: Vec<Variant>,
    pub votes: Vec<VoteRow>,
    /// What so many proposals take of a treasury, in ppm.
    pub taken: [(u64, u64); 4],
}

/// Simulates all of it: `runs` disputes and votes a row, a quarter as many under other assumptions.
pub fn run(assumed: &Assumptions, seed: u64, runs: u64) -> Result<Report> {
    ensure!(runs >= 4, "at least four runs");
    ensure!(
        assumed.active >= 100 && assumed.jurors > 0,
        "nobody to vote"
    );
    let config = court()?;
    let court = Court {
        assumed,
        config: &config,
        seed,
        runs,
    };
    let seller = court.rows(Side::Seller, &PERCENTS, &Strategy::EVERY)?;
    let buyer = court.rows(Side::Buyer, &PERCENTS, &Strategy::EVERY)?;
    let variant = |assumed: Assumptions| -> Result<Variant> {
        let court = Court {
            assumed: &assumed,
            runs: runs / 4,
            ..court
        };
        let without_ppm = without(&court)?;
        let rows = court.rows(Side::Seller, &PERCENTS, &TRIED)?;
        let reaches = rows.iter().filter(|row| row.gain_ppm >= 500_000);
        let least_percent = reaches.map(|row| row.percent).min();
        let pays_above_with_fall = least(&rows);
        Ok(Variant {
            active: assumed.active,
            turnout: assumed.turnout,
            error: assumed.error,
            without_ppm,
            least_percent,
            pays_above_with_fall,
        })
    };
    let mut turnouts = Vec::new();
    for (times, halves) in [(1, 2), (1, 1), (2, 1)] {
        for error in [5, 15, 30] {
            let scaled = assumed.turnout.iter().map(|mean| mean * times / halves);
            turnouts.push(variant(Assumptions {
                turnout: scaled.collect(),
                error,
                ..assumed.clone()
            })?);
        }
    }
    let mut sizes = Vec::new();
    for active in [20_000, 100_000, 1_000_000, 10_000_000, 100_000_000] {
        sizes.push(variant(Assumptions {
            active,
            ..assumed.clone()
        })?);
    }
    Ok(Report {
        seed,
        runs,
        assumed: assumed.clone(),
        without_ppm: without(&court)?,
        seller,
        buyer,
        turnouts,
        sizes,
        votes: votes::rows(assumed, &governance(), &PERCENTS, seed, runs)?,
        taken: [1, 4, 8, 16].map(|proposals| (proposals, taken(proposals))),
    })
}

fn without(court: &Court<'_>) -> Result<i64> {
    let rows = court.rows(Side::Seller, &[0], &[Strategy::Away])?;
    Ok(rows.first().map_or(0, |row| row.gain_ppm))
}

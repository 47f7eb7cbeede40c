//! What is assumed of people and prices, and the settings that a network begins with.

use anyhow::Result;
use bytemuck::Zeroable;
use clap::Args;
use dao::state::{Config, Governance};
use serde::Serialize;

/// Base units of one reward token.
pub const TOKEN: u64 = 1_000_000;
/// Base units of one of the mint that orders are paid in.
pub const UNIT: u64 = 1_000_000;
const DAY: u32 = 24 * 60 * 60;
/// Of what is contested, the bond of who disputes an order; in a hundred.
pub const ORDER_BOND: i64 = 5;
/// Days from the request of an unlock until the tokens are free.
pub const COOLING_DAYS: u64 = 15;
/// From a dispute's opening to its deadline.
pub const ARBITRATION: u32 = 30 * DAY;

/// Percentages are of a hundred, tokens are whole ones.
#[derive(Args, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumptions {
    /// Tokens that are locked and vote, the attacker's included.
    #[arg(long, default_value_t = 10_000_000)]
    pub active: u64,
    /// Positions of others; the nth largest holds a nth of what the largest does.
    #[arg(long, default_value_t = 400)]
    pub jurors: u64,
    /// Of others, how many take part in each of the rounds on the average; a round has between half and one and a half of it.
    #[arg(long, value_delimiter = ',', default_values_t = [15, 25, 40])]
    pub turnout: Vec<u64>,
    /// Of those, how many err, independently of each other; half of them by one step.
    #[arg(long, default_value_t = 15)]
    pub error: u64,
    /// Of those, how many commit and do not reveal.
    #[arg(long, default_value_t = 2)]
    pub silent: u64,
    /// How often the wronged side appeals where it may.
    #[arg(long, default_value_t = 90)]
    pub vigilance: u64,
    /// What capital costs in a year.
    #[arg(long, default_value_t = 10)]
    pub capital: u64,
    /// What the token falls by where a wrong ruling stands.
    #[arg(long, default_value_t = 10)]
    pub fall: u64,
    /// The dao's reference price: base units of the mint per token.
    #[arg(long, default_value_t = 1_000_000)]
    pub price: u64,
    /// Largest deposit of an order, in whole units of a mint of six decimals.
    #[arg(long, default_value_t = 1_000_000)]
    pub deposit: u64,
    /// Of others, how many vote on a proposal that nobody is alarmed by.
    #[arg(long, default_value_t = 20)]
    pub vote_turnout: u64,
    /// How often the guardians veto a proposal of an attacker's, where there are any.
    #[arg(long, default_value_t = 90)]
    pub veto: u64,
}

impl Assumptions {
    /// Of others, how many take part in a round on the average.
    pub fn turnout_of(&self, round: u8) -> u64 {
        let last = self.turnout.last();
        let turnout = self.turnout.get(usize::from(round)).or(last);
        turnout.copied().unwrap_or_default()
    }

    /// Base units of all that votes.
    pub fn weight(&self) -> u64 {
        self.active.saturating_mul(TOKEN)
    }

    /// Base units of so many of a hundred of it.
    pub fn part(&self, percent: u64) -> u64 {
        (u128::from(self.weight()) * u128::from(percent) / 100) as u64
    }

    /// What base units of the token are worth, in base units of the mint.
    pub fn worth(&self, tokens: i128) -> i128 {
        tokens * i128::from(self.price) / i128::from(TOKEN)
    }

    /// What so many base units cost their owner in so many days.
    pub fn interest(&self, tokens: u64, days: u64) -> i128 {
        i128::from(tokens) * i128::from(self.capital) * i128::from(days) / 36_500
    }
}

/// The court's settings as `pedigree up` makes them on a network that lasts.
pub fn court() -> Result<Config> {
    let config = Config {
        evidence: 2 * DAY,
        commit: 2 * DAY,
        reveal: 2 * DAY,
        appeal: DAY,
        quorum_ppm: 50_000,
        quorum_floor: 1_000 * TOKEN,
        case_bond: 100 * TOKEN,
        appeal_bond: 100 * TOKEN,
        ..Config::zeroed()
    };
    config.invariant()?;
    Ok(config)
}

/// How proposals are voted on, as `pedigree up` sets it on a network that lasts.
pub fn governance() -> Governance {
    Governance {
        voting_period: 5 * DAY,
        quorum_ppm: 100_000,
        quorum_floor: 1_000 * TOKEN,
        threshold_ppm: 500_001,
        deposit: 100 * TOKEN,
        handover_floor: 10_000_000 * TOKEN,
        ..Governance::zeroed()
    }
}

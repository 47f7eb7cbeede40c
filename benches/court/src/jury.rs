//! Everybody but the attacker.

use crate::{
    assumptions::Assumptions,
    draws::{Draws, of_short},
};

/// What a position does in a round that it takes part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    pub weight: u64,
    pub choice: u8,
    pub reveals: bool,
    pub bribed: bool,
}

/// Positions, the largest first.
#[derive(Clone, Debug)]
pub struct Jury(Vec<u64>);

impl Jury {
    /// As many positions that hold `total` together; the nth holds a nth of what the first does.
    pub fn new(total: u64, positions: u64) -> Self {
        const LARGEST: u128 = 1_000_000_000;
        let parts = || (1..=u128::from(positions)).map(|index| LARGEST / index);
        let all: u128 = parts().sum();
        let weights = parts().map(|part| (u128::from(total) * part / all) as u64);
        Self(weights.filter(|weight| *weight > 0).collect())
    }

    /// Who takes part in a round, and how, where `truth` is right. The draws taken do not depend on weights or strategies, so
    /// that these can be compared.
    pub fn ballots(
        &self,
        assumed: &Assumptions,
        truth: u8,
        round: u8,
        mut draws: Draws,
    ) -> Vec<Ballot> {
        let turnout = around(&mut draws, assumed.turnout_of(round));
        let (error, silent) = (of_short(assumed.error), of_short(assumed.silent));
        let mut ballots = Vec::new();
        for weight in &self.0 {
            let roll = draws.roll();
            let [comes, errs, how, hides] = [0, 16, 32, 48].map(|bits| (roll >> bits) & 0xffff);
            if comes >= turnout {
                continue;
            }
            let steps = match (errs < error, how % 2) {
                (false, _) => 0,
                (true, 0) => 1,
                (true, _) => 2 + (how / 2 % 3) as u8,
            };
            ballots.push(Ballot {
                weight: *weight,
                choice: truth.abs_diff(steps),
                reveals: hides >= silent,
                bribed: false,
            });
        }
        ballots
    }

    /// Who votes on a proposal, in its favour where `true`; one of ten of them abstains.
    pub fn votes(
        &self,
        assumed: &Assumptions,
        turnout: u64,
        is_good: bool,
        mut draws: Draws,
    ) -> Vec<(u64, Option<bool>)> {
        let (turnout, error) = (around(&mut draws, turnout), of_short(assumed.error));
        let mut votes = Vec::new();
        for weight in &self.0 {
            let roll = draws.roll();
            let [comes, errs, how] = [0, 16, 32].map(|bits| (roll >> bits) & 0xffff);
            if comes < turnout {
                let choice = (how % 10 > 0).then_some(is_good != (errs < error));
                votes.push((*weight, choice));
            }
        }
        votes
    }
}

/// Between half and one and a half of a percentage, of the 65,536 that a short draw may give.
fn around(draws: &mut Draws, percent: u64) -> u64 {
    percent * ((1 << 15) + draws.short()) / 100
}

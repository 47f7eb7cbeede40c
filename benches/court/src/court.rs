//! Many disputes of one kind, and when an attack on them pays.

use anyhow::Result;
use dao::state::Config;
use serde::Serialize;

use crate::{
    assumptions::{Assumptions, COOLING_DAYS, ORDER_BOND, UNIT},
    case::{Case, Setting, play},
    jury::Jury,
    strategy::{Side, Strategy},
};

const DAY: u64 = 24 * 60 * 60;
/// An attack that brings less than so many whole deposits over all runs is not told from none.
const NOISE: i128 = 5;

/// What an attacker with some of the weight achieves by a strategy. Amounts are means of a dispute, in base units of the token
/// unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub percent: u64,
    pub strategy: Strategy,
    pub runs: u64,
    /// How many disputes ended with each buyer's share: 0, 25, 50, 75, 100.
    pub shares: [u64; 5],
    /// And how many without a ruling.
    pub undecided: u64,
    /// How many of them ended with a ruling that is not the right one.
    pub moved: u64,
    /// Of the deposit, what it brings the attacker, in ppm.
    pub gain_ppm: i64,
    /// And how much more that is than a party without any weight gets.
    pub extra_ppm: i64,
    /// Bonds and halves of bonds lost, and bribes.
    pub lost: u64,
    /// Parts of pots.
    pub won: u64,
    /// The most that one dispute cost.
    pub worst: i64,
    /// What others won by voting, less what they lost.
    pub others: i64,
    /// Locked, with bonds and bribes.
    pub capital: u64,
    /// From locking it, seven days before the dispute, until it is free again.
    pub days: u64,
    /// In base units of the mint: an attack on a larger deposit pays. `None` where it brings nothing.
    pub pays_above: Option<u64>,
    /// The same, where the token falls after a wrong ruling.
    pub pays_above_with_fall: Option<u64>,
    /// In base units of the mint: what it brings on the largest deposit, less what it costs.
    pub profit: i64,
    /// What the token has to fall by after a wrong ruling for that to be nothing, in ppm. `None` where no ruling was wrong.
    pub deterring_fall_ppm: Option<i64>,
}

#[derive(Debug, Default)]
struct Sums {
    shares: [u64; 5],
    undecided: u64,
    moved: u64,
    /// Hundredths of deposits.
    gained: i128,
    lost: u128,
    won: u128,
    worst: i128,
    others: i128,
    laid_out: u128,
    seconds: u128,
}

impl Sums {
    fn add(&mut self, side: Side, case: &Case) {
        match case.share {
            Some(share) => {
                if let Some(count) = self.shares.get_mut(usize::from(share / 25)) {
                    *count += 1;
                }
                self.moved += u64::from(share != side.truth() * 25);
            }
            None => self.undecided += 1,
        }
        self.gained += i128::from(side.gets(case.share));
        if side == Side::Buyer && case.share.is_some_and(|share| share < 50) {
            self.gained -= i128::from(ORDER_BOND);
        }
        let lost = case.attacker.losses + case.attacker_appeals + case.bribes;
        self.lost += u128::from(lost);
        self.won += u128::from(case.attacker.gains);
        self.worst = self
            .worst
            .max(i128::from(lost) - i128::from(case.attacker.gains));
        self.others += case.honest.net();
        self.laid_out += u128::from(case.laid_out);
        self.seconds += u128::from(case.committed_until.unsigned_abs());
    }
}

/// A court, and how much is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Court<'a> {
    pub assumed: &'a Assumptions,
    pub config: &'a Config,
    pub seed: u64,
    pub runs: u64,
}

impl Court<'_> {
    /// What each strategy brings an attacker on one side with each part of the weight.
    pub fn rows(&self, side: Side, percents: &[u64], strategies: &[Strategy]) -> Result<Vec<Row>> {
        let without = self.sums(side, 0, Strategy::Away)?;
        let mut rows = Vec::new();
        for percent in percents {
            for strategy in strategies {
                let sums = self.sums(side, *percent, *strategy)?;
                rows.push(self.row(*percent, *strategy, &sums, &without));
            }
        }
        Ok(rows)
    }

    fn sums(&self, side: Side, percent: u64, strategy: Strategy) -> Result<Sums> {
        let own = self.assumed.part(percent);
        let jury = Jury::new(self.assumed.weight() - own, self.assumed.jurors);
        let setting = Setting {
            assumed: self.assumed,
            config: self.config,
            jury: &jury,
            side,
            strategy,
            own,
            seed: self.seed,
        };
        let mut sums = Sums::default();
        for run in 0..self.runs {
            sums.add(side, &play(&setting, run)?);
        }
        Ok(sums)
    }

    fn row(&self, percent: u64, strategy: Strategy, sums: &Sums, without: &Sums) -> Row {
        let (runs, own) = (i128::from(self.runs), self.assumed.part(percent));
        // Who gets nothing by disputing does not dispute.
        let extra = sums.gained - without.gained.max(0);
        let seconds = (sums.seconds / runs.unsigned_abs()) as u64;
        let days = 7 + seconds.div_ceil(DAY) + COOLING_DAYS;
        let capital = own + (sums.laid_out / runs.unsigned_abs()) as u64;
        let spent = sums.lost as i128 - sums.won as i128;
        let cost = spent + self.assumed.interest(capital, days) * runs;
        let wrongly = i128::from(sums.moved.saturating_sub(without.moved));
        let at_stake = i128::from(own) * wrongly;
        let fall = at_stake * i128::from(self.assumed.fall) / 100;
        let largest = i128::from(self.assumed.deposit) * i128::from(UNIT);
        let profit = extra * largest / 100 - self.assumed.worth(cost);
        let value = self.assumed.worth(at_stake);
        let pays_above = |cost: i128| {
            let deposits = self.assumed.worth(cost.max(0)) * 100;
            (extra >= NOISE * 100).then(|| (deposits / extra) as u64)
        };
        Row {
            percent,
            strategy,
            runs: self.runs,
            shares: sums.shares,
            undecided: sums.undecided,
            moved: sums.moved,
            gain_ppm: (sums.gained * 10_000 / runs) as i64,
            extra_ppm: (extra * 10_000 / runs) as i64,
            lost: (sums.lost / runs.unsigned_abs()) as u64,
            won: (sums.won / runs.unsigned_abs()) as u64,
            worst: sums.worst as i64,
            others: (sums.others / runs) as i64,
            capital,
            days,
            pays_above: pays_above(cost),
            pays_above_with_fall: pays_above(cost + fall),
            profit: (profit / runs) as i64,
            deterring_fall_ppm: (value > 0).then(|| (profit * 1_000_000 / value) as i64),
        }
    }
}

/// Of rows, the least deposit that an attack pays on where the token falls afterwards.
pub fn least(rows: &[Row]) -> Option<u64> {
    rows.iter().filter_map(|row| row.pays_above_with_fall).min()
}

/// The strategy that brings most on the largest deposit, of those with so much weight.
pub fn best(rows: &[Row], percent: u64) -> Option<&Row> {
    let of_percent = rows.iter().filter(|row| row.percent == percent);
    of_percent.min_by_key(|row| (-row.profit, row.pays_above))
}

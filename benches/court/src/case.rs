//! One dispute, played by the program's own state and arithmetic.

use anchor_lang::prelude::Address;
use anyhow::{Result, ensure};
use bytemuck::Zeroable;
use dao::{
    constants::ROUNDS,
    math,
    state::{Config, Dispute, NOT_REVEALED, bond_of, bond_state, case, direction, round_status},
};

use crate::{
    assumptions::{ARBITRATION, Assumptions},
    draws::Draws,
    jury::{Ballot, Jury},
    strategy::{Side, Strategy, View},
};

/// Draws of a run that are not a round's.
const APPEALS: u64 = 100;

/// What does not differ between the disputes of a row.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub assumed: &'a Assumptions,
    pub config: &'a Config,
    pub jury: &'a Jury,
    pub side: Side,
    pub strategy: Strategy,
    /// The attacker's weight.
    pub own: u64,
    pub seed: u64,
}

/// Whose a vote or a bond is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Attacker,
    Honest,
    Bribed,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    who: Who,
    round: u8,
    weight: u64,
    choice: u8,
}

/// What somebody paid for voting and got for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    pub gains: u64,
    pub losses: u64,
}

impl Purse {
    fn settle(&mut self, bond: u64, got: u64) {
        self.gains += got.saturating_sub(bond);
        self.losses += bond.saturating_sub(got);
    }

    pub fn net(&self) -> i128 {
        i128::from(self.gains) - i128::from(self.losses)
    }
}

/// How a dispute ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// The buyer's share; `None` without a ruling.
    pub share: Option<u8>,
    pub rounds: u8,
    pub attacker: Purse,
    pub honest: Purse,
    pub bribed: Purse,
    /// Paid to jurors beside the court.
    pub bribes: u64,
    /// Appeal bonds lost.
    pub attacker_appeals: u64,
    pub wronged_appeals: u64,
    /// All that the attacker laid out at some time: bonds and bribes.
    pub laid_out: u64,
    /// Of the last round that ruled, revealed weight: the attacker's with that of whom it bribed, and everybody's.
    pub last_ruled: Option<(u64, u64)>,
    /// Seconds from the opening until the last commitments, and until the end.
    pub committed_until: i64,
    pub ended_at: i64,
}

struct Play<'a> {
    setting: &'a Setting<'a>,
    run: u64,
    dispute: Dispute,
    records: Vec<Record>,
    paid_in: u64,
    case: Case,
}

/// Plays a dispute. Fails where the program refuses what it should take, or where money is missing or left over.
pub fn play(setting: &Setting<'_>, run: u64) -> Result<Case> {
    let mut dispute = Dispute {
        case: case::ORDER,
        ..Dispute::zeroed()
    };
    let active = setting.assumed.weight();
    dispute.begin(setting.config, active, 0, i64::from(ARBITRATION))?;
    let mut play = Play {
        setting,
        run,
        dispute,
        records: Vec::new(),
        paid_in: 0,
        case: Case::default(),
    };
    let mut appeals = Draws::of(setting.seed, run, APPEALS);
    loop {
        play.vote()?;
        // Drawn whether it is needed or not, so that strategies can be compared.
        let is_awake = appeals.chance(setting.assumed.vigilance);
        if !play.appeal(is_awake)? {
            break;
        }
    }
    play.settle()?;
    Ok(play.case)
}

impl Play<'_> {
    /// When the round in force takes commitments, takes reveals, is counted, and cannot be appealed any more.
    fn times(&mut self) -> Result<[i64; 4]> {
        let config = self.setting.config;
        let mut at = self.dispute.at(self.dispute.round)?.starts_at;
        Ok(
            [config.evidence, config.commit, config.reveal, config.appeal].map(|phase| {
                at += i64::from(phase);
                at
            }),
        )
    }

    /// The round in force, until it is counted.
    fn vote(&mut self) -> Result<()> {
        let [commit_at, reveal_at, count_at, _] = self.times()?;
        let setting = self.setting;
        let (side, round) = (setting.side, self.dispute.round);
        let draws = Draws::of(setting.seed, self.run, u64::from(round));
        let jury = setting.jury;
        let mut ballots = jury.ballots(setting.assumed, side.truth(), round, draws);
        let view = View {
            side,
            round,
            own: setting.own,
            others: ballots.iter().map(|ballot| ballot.weight).sum(),
            quorum: self.dispute.at(round)?.quorum,
            standing: self.dispute.ruling(),
        };
        if setting.strategy == Strategy::Bribe && round == 0 {
            self.bribe(&view, &mut ballots)?;
        }
        for ballot in &ballots {
            self.commit(ballot.weight, commit_at)?;
        }
        let pieces = if setting.strategy.commits(&view) {
            pieces(setting.own, setting.strategy.positions())
        } else {
            Vec::new()
        };
        for piece in &pieces {
            self.case.laid_out += self.commit(*piece, commit_at)?;
        }
        self.case.committed_until = reveal_at;

        let mut revealed = [0u64; math::CHOICES];
        for ballot in &ballots {
            let choice = if ballot.reveals {
                ballot.choice
            } else {
                NOT_REVEALED
            };
            let who = if ballot.bribed {
                Who::Bribed
            } else {
                Who::Honest
            };
            self.reveal(who, ballot.weight, choice, reveal_at)?;
            if let Some(sum) = revealed.get_mut(usize::from(choice)) {
                *sum += ballot.weight;
            }
        }
        let choice = match setting.strategy.reveals(&view, &revealed) {
            true => side.wanted(),
            false => NOT_REVEALED,
        };
        for piece in &pieces {
            self.reveal(Who::Attacker, *piece, choice, reveal_at)?;
        }
        self.dispute.tally(count_at)?;
        self.case.rounds = round + 1;
        if self.dispute.at(round)?.status == round_status::QUORATE {
            let all = self.dispute.at(round)?.weights.iter().sum();
            let votes = self.records.iter().filter(|record| {
                record.round == round && record.who != Who::Honest && record.choice != NOT_REVEALED
            });
            self.case.last_ruled = Some((votes.map(|record| record.weight).sum(), all));
        }
        Ok(())
    }

    /// Buys as many votes as it takes, for a juror's whole bond each: the half that the juror may lose, and as much for what
    /// it may not win.
    fn bribe(&mut self, view: &View, ballots: &mut [Ballot]) -> Result<()> {
        let all = view.own.saturating_add(view.others);
        let mut bought = view.own;
        for ballot in ballots.iter_mut() {
            if u128::from(bought) * 2 > u128::from(all) {
                break;
            }
            let price = bond_of(ballot.weight)?;
            bought += ballot.weight;
            self.case.bribes += price;
            self.case.laid_out += price;
            *ballot = Ballot {
                choice: view.side.wanted(),
                reveals: true,
                bribed: true,
                ..*ballot
            };
        }
        Ok(())
    }

    fn commit(&mut self, weight: u64, now: i64) -> Result<u64> {
        let bond = bond_of(weight)?;
        self.dispute.committing(now)?.commit(bond)?;
        self.paid_in += bond;
        Ok(bond)
    }

    fn reveal(&mut self, who: Who, weight: u64, choice: u8, now: i64) -> Result<()> {
        if choice != NOT_REVEALED {
            self.dispute.check_choice(choice)?;
            self.dispute.revealing(now)?.reveal(choice, weight)?;
        }
        let round = self.dispute.round;
        self.records.push(Record {
            who,
            round,
            weight,
            choice,
        });
        Ok(())
    }

    /// The wronged side appeals where it is awake, else the attacker; returns whether there is another round. Ends the dispute
    /// where there is none.
    fn appeal(&mut self, is_awake: bool) -> Result<bool> {
        let [_, _, count_at, over_at] = self.times()?;
        let (side, index) = (self.setting.side, self.dispute.round);
        let round = *self.dispute.at(index)?;
        let is_last = usize::from(index) + 1 == ROUNDS;
        if round.status != round_status::QUORATE || is_last {
            self.end(count_at)?;
            return Ok(false);
        }
        let towards = |choice: u8| match choice > round.median {
            true => direction::UP,
            false => direction::DOWN,
        };
        let appellant = if round.median != side.truth() && is_awake {
            (owner(Who::Honest), towards(side.truth()))
        } else if round.median != side.wanted() && self.setting.strategy.appeals() {
            (owner(Who::Attacker), towards(side.wanted()))
        } else {
            self.end(over_at)?;
            return Ok(false);
        };
        let bond = self.dispute.appeal(&appellant.0, appellant.1, count_at)?;
        self.paid_in += bond;
        if appellant.0 == owner(Who::Attacker) {
            self.case.laid_out += bond;
        }
        Ok(true)
    }

    fn end(&mut self, now: i64) -> Result<()> {
        self.dispute.finish(now)?;
        self.case.ended_at = now;
        Ok(())
    }

    /// Everybody is paid, and nothing stays over.
    fn settle(&mut self) -> Result<()> {
        self.case.share = self.dispute.ruling().map(math::share);
        let (mut paid_out, mut lost) = (0u64, 0u64);
        for index in 1..ROUNDS as u8 {
            let Some(bond) = self.dispute.bonds.get(usize::from(index)).copied() else {
                continue;
            };
            match bond.state {
                bond_state::DUE => paid_out += self.dispute.pay_bond(index)?.1,
                bond_state::LOST if bond.owner == owner(Who::Attacker) => {
                    self.case.attacker_appeals += bond.amount;
                }
                bond_state::LOST => self.case.wronged_appeals += bond.amount,
                _ => continue,
            }
        }
        lost += self.case.attacker_appeals + self.case.wronged_appeals;
        for record in &self.records {
            let round = self.dispute.at(record.round)?;
            let got = round.settle(record.choice, record.weight)?;
            paid_out += got;
            let purse = match record.who {
                Who::Attacker => &mut self.case.attacker,
                Who::Honest => &mut self.case.honest,
                Who::Bribed => &mut self.case.bribed,
            };
            purse.settle(bond_of(record.weight)?, got);
        }
        let purses = [self.case.attacker, self.case.honest, self.case.bribed];
        let gains: u64 = purses.iter().map(|purse| purse.gains).sum();
        let losses: u64 = purses.iter().map(|purse| purse.losses).sum();
        ensure!(
            paid_out == self.paid_in,
            "paid in {}, out {paid_out}",
            self.paid_in
        );
        ensure!(
            gains == losses + lost,
            "gains {gains}, losses {losses}, bonds lost {lost}"
        );
        Ok(())
    }
}

fn owner(who: Who) -> Address {
    Address::new_from_array([who as u8 + 1; 32])
}

/// A weight in so many positions.
fn pieces(weight: u64, positions: u64) -> Vec<u64> {
    let each = weight / positions;
    let first = weight - each * (positions - 1);
    let rest = (1..positions).map(|_| each);
    let all = [first].into_iter().chain(rest);
    all.filter(|piece| *piece > 0).collect()
}

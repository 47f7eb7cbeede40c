//! Votes on proposals: what an attacker has accepted, and what it keeps others from.

use anyhow::Result;
use bytemuck::Zeroable;
use dao::{
    constants::TREASURY_PARTS,
    state::{Governance, Proposal, action, bond_state, proposal_status, vote_choice},
};
use serde::Serialize;

use crate::{
    assumptions::{Assumptions, COOLING_DAYS},
    draws::Draws,
    jury::Jury,
};

/// Draws of a run that are of no round of a dispute.
const VOTES: u64 = 200;
const VETO: u64 = 201;
const DAY: u64 = 24 * 60 * 60;
/// Proposals of the treasury that are made together.
pub const AT_ONCE: u64 = 16;

/// What is voted on, and how the attacker votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Plot {
    /// A quarter of the treasury for itself; it votes on the first day, and twice as many others come as else.
    Seen,
    /// The same; it votes in the last hour.
    LastHour,
    /// Guardians of its own, in the last hour: two thirds, twice the quorum, no veto.
    Guardians,
    /// It votes in the last hour against what others proposed.
    Against,
    /// It stays away from what others proposed.
    Away,
}

impl Plot {
    pub const EVERY: [Self; 5] = [
        Self::Seen,
        Self::LastHour,
        Self::Guardians,
        Self::Against,
        Self::Away,
    ];

    fn is_its_own(self) -> bool {
        matches!(self, Self::Seen | Self::LastHour | Self::Guardians)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VoteRow {
    pub percent: u64,
    pub plot: Plot,
    pub runs: u64,
    pub quorate: u64,
    pub accepted: u64,
    /// And not vetoed, where there are guardians.
    pub executed_past_guardians: u64,
    /// How often the deposit went to the treasury.
    pub deposits_lost: u64,
    /// In base units of the token: of a larger treasury [`AT_ONCE`] proposals bring more than their lost deposits and the use of
    /// the capital cost, where nobody vetoes. `None` where they bring nothing, or are not about the treasury.
    pub pays_above: Option<u64>,
}

impl VoteRow {
    fn price(&mut self, assumed: &Assumptions, governance: &Governance) {
        if !matches!(self.plot, Plot::Seen | Plot::LastHour) || self.accepted == 0 {
            return;
        }
        let period = u64::from(governance.voting_period).div_ceil(DAY);
        let days = 7 + period + COOLING_DAYS;
        let runs = i128::from(self.runs);
        let lost = i128::from(governance.deposit * self.deposits_lost * AT_ONCE);
        let cost = lost + assumed.interest(assumed.part(self.percent), days) * runs;
        let brings = i128::from(taken(AT_ONCE)) * i128::from(self.accepted);
        self.pays_above = Some((cost * 1_000_000 / brings) as u64);
    }
}

/// How one vote went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voted {
    pub quorate: bool,
    pub accepted: bool,
    pub executed_past_guardians: bool,
    pub deposit_lost: bool,
    pub yes: u64,
    pub no: u64,
}

/// A vote of a run.
pub fn vote(
    assumed: &Assumptions,
    governance: &Governance,
    (percent, plot): (u64, Plot),
    (seed, run): (u64, u64),
) -> Result<Voted> {
    let own = assumed.part(percent);
    let jury = Jury::new(assumed.weight() - own, assumed.jurors);
    let mut proposal = Proposal {
        action: match plot {
            Plot::Guardians => action::SET_GUARDIANS,
            _ => action::TRANSFER,
        },
        ..Proposal::zeroed()
    };
    proposal.begin(governance, assumed.weight(), 0)?;
    let turnout = assumed.vote_turnout * if plot == Plot::Seen { 2 } else { 1 };
    let draws = Draws::of(seed, run, VOTES);
    let last_hour = proposal.ends_at - 3_600;
    for (weight, choice) in jury.votes(assumed, turnout, !plot.is_its_own(), draws) {
        let choice = match choice {
            Some(true) => vote_choice::YES,
            Some(false) => vote_choice::NO,
            None => vote_choice::ABSTAIN,
        };
        proposal.cast(choice, weight, last_hour - 1)?;
    }
    if own > 0 && plot != Plot::Away {
        let choice = match plot.is_its_own() {
            true => vote_choice::YES,
            false => vote_choice::NO,
        };
        proposal.cast(choice, own, last_hour)?;
    }
    let quorate = proposal.yes + proposal.no + proposal.abstain >= proposal.quorum;
    proposal.conclude(proposal.ends_at)?;
    let accepted = proposal.status == proposal_status::QUEUED;
    let mut voted = Voted {
        quorate,
        accepted,
        executed_past_guardians: false,
        deposit_lost: proposal.deposit_state == bond_state::LOST,
        yes: proposal.yes,
        no: proposal.no,
    };
    if accepted {
        let wants_veto = Draws::of(seed, run, VETO).chance(assumed.veto);
        let is_vetoed = plot.is_its_own() && wants_veto && proposal.veto(proposal.ends_at).is_ok();
        if !is_vetoed {
            proposal.execute(governance, proposal.execute_from)?;
            voted.executed_past_guardians = true;
        }
    }
    Ok(voted)
}

/// What comes of each plot with each part of the weight.
pub fn rows(
    assumed: &Assumptions,
    governance: &Governance,
    percents: &[u64],
    seed: u64,
    runs: u64,
) -> Result<Vec<VoteRow>> {
    let mut rows = Vec::new();
    for percent in percents {
        for plot in Plot::EVERY {
            let mut row = VoteRow {
                percent: *percent,
                plot,
                runs,
                quorate: 0,
                accepted: 0,
                executed_past_guardians: 0,
                deposits_lost: 0,
                pays_above: None,
            };
            for run in 0..runs {
                let voted = vote(assumed, governance, (*percent, plot), (seed, run))?;
                row.quorate += u64::from(voted.quorate);
                row.accepted += u64::from(voted.accepted);
                row.executed_past_guardians += u64::from(voted.executed_past_guardians);
                row.deposits_lost += u64::from(voted.deposit_lost);
            }
            row.price(assumed, governance);
            rows.push(row);
        }
    }
    Ok(rows)
}

/// What so many proposals take of a treasury of a million, each as much as it may: they may all be made on the same day.
pub fn taken(proposals: u64) -> u64 {
    let mut left = 1_000_000u64;
    for _ in 0..proposals {
        left -= left / TREASURY_PARTS;
    }
    1_000_000 - left
}

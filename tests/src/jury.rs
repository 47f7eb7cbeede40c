//! A round of the court as plain arithmetic, to hold what jurors are paid against. It shares nothing with the programs but
//! what docs/GOVERNANCE.md says.

use std::iter::zip;

/// What one juror of a round risked and said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    pub weight: u64,
    /// From 0 to 4; `None` where it was never revealed.
    pub choice: Option<u8>,
}

impl Ballot {
    /// 5 % of its weight, even.
    pub fn bond(&self) -> u64 {
        bond(self.weight)
    }
}

/// 5 % of a weight, even.
pub fn bond(weight: u64) -> u64 {
    2 * (weight * 25_000).div_ceil(1_000_000)
}

/// The revealed weight of a round.
pub fn revealed(ballots: &[Ballot]) -> u64 {
    let revealed = ballots.iter().filter(|ballot| ballot.choice.is_some());
    revealed.map(|ballot| ballot.weight).sum()
}

/// The least choice at which half the revealed weight or more is reached.
pub fn median(ballots: &[Ballot]) -> u8 {
    let up_to = |choice: u8| -> u64 {
        let these = ballots
            .iter()
            .filter(|ballot| ballot.choice <= Some(choice));
        let these = these.filter(|ballot| ballot.choice.is_some());
        these.map(|ballot| ballot.weight).sum()
    };
    let all = revealed(ballots);
    assert!(all > 0, "nobody revealed");
    let mut choices = 0..5;
    choices
        .find(|choice| 2 * up_to(*choice) >= all)
        .expect("the last one reaches everything")
}

/// What each juror of a round with a quorum is paid, its bond included, where they are settled in this order; `lost` is what
/// parties lost to the round.
pub fn paid(ballots: &[Ballot], lost: u64) -> Vec<u64> {
    let median = median(ballots);
    let kept = |ballot: &Ballot| match ballot.choice {
        Some(choice) if choice.abs_diff(median) < 2 => ballot.bond(),
        Some(_) => ballot.bond() / 2,
        None => 0,
    };
    let mut pot = lost;
    for ballot in ballots {
        pot += ballot.bond() - kept(ballot);
    }
    let winners = ballots
        .iter()
        .filter(|ballot| ballot.choice == Some(median));
    let mut left: u64 = winners.map(|ballot| ballot.weight).sum();
    let mut paid = Vec::new();
    for ballot in ballots {
        let mut amount = kept(ballot);
        if ballot.choice == Some(median) {
            let part = u128::from(pot) * u128::from(ballot.weight) / u128::from(left);
            let part = u64::try_from(part).expect("a part of the pot");
            pot -= part;
            left -= ballot.weight;
            amount += part;
        }
        paid.push(amount);
    }
    assert_eq!(pot, 0, "the last winner takes what is left");
    paid
}

/// What the gainers of a round got above their bonds, and what the losers did not get of theirs.
pub fn gains_and_losses(ballots: &[Ballot], paid: &[u64]) -> (u64, u64) {
    let (mut gains, mut losses) = (0, 0);
    for (ballot, paid) in zip(ballots, paid) {
        gains += paid.saturating_sub(ballot.bond());
        losses += ballot.bond().saturating_sub(*paid);
    }
    (gains, losses)
}

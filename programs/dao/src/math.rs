//! Bonds, quorums, medians and pots. Pure, nothing can wrap, and every rounding is said in docs/GOVERNANCE.md.

use common::ppm;

use crate::constants::HALF_BOND_PPM;

/// Choices of a juror: the buyer's share in quarters, or all or nothing.
pub const CHOICES: usize = 5;

/// The share in percent that a choice stands for.
pub fn share(choice: u8) -> u8 {
    choice.saturating_mul(25)
}

/// A juror's bond: 5 % of its weight, even, so that half of it is exact.
pub fn bond(weight: u64) -> Option<u64> {
    ppm::ceil(weight, HALF_BOND_PPM)?.checked_mul(2)
}

/// Revealed weight that the first round needs.
pub fn quorum(active: u64, quorum_ppm: u32, floor: u64) -> Option<u64> {
    Some(ppm::ceil(active, quorum_ppm)?.max(floor))
}

/// Twice as much for each appeal.
pub fn doubled(amount: u64, appeals: u8) -> Option<u64> {
    amount.checked_mul(1u64.checked_shl(u32::from(appeals))?)
}

/// The weighted median: the least choice at which half the weight or more is reached. `None` where nothing was revealed.
pub fn median(weights: &[u64; CHOICES]) -> Option<u8> {
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    let mut reached = 0u128;
    for (choice, weight) in (0u8..).zip(weights) {
        reached = reached.checked_add(u128::from(*weight))?;
        if total > 0 && reached.checked_mul(2)? >= total {
            return Some(choice);
        }
    }
    None
}

/// What of a juror's bond it keeps whose choice is so many steps off: all, or half.
pub fn kept(bond: u64, steps: u8) -> u64 {
    if steps < 2 { bond } else { bond / 2 }
}

/// What is taken from jurors: all of what was not revealed, half of what was two steps off or more.
pub fn losses(committed: u64, bonds: &[u64; CHOICES], median: u8) -> Option<u64> {
    let mut left = committed;
    for (choice, bond) in (0u8..).zip(bonds) {
        left = left.checked_sub(kept(*bond, choice.abs_diff(median)))?;
    }
    Some(left)
}

/// A juror's part of what is left of a pot, by its weight of what is left to share it. The last one takes all of it.
pub fn part(pot: u64, weight: u64, weight_left: u64) -> Option<u64> {
    ppm::mul_div_floor(pot, weight, weight_left)
}

/// Whether those for it are as many of those for and against it as `threshold_ppm` asks, and anybody at all.
pub fn passes(yes: u64, no: u64, threshold_ppm: u32) -> bool {
    let voted = u128::from(yes).saturating_add(u128::from(no));
    let needed = voted.saturating_mul(u128::from(threshold_ppm));
    yes > 0 && u128::from(yes).saturating_mul(u128::from(ppm::ONE)) >= needed
}

/// Whether a proposal lost its deposit: so few voted, or so many were against it, that it should not have been made.
pub fn forfeits(yes: u64, no: u64, quorate: bool) -> bool {
    !quorate || u128::from(no) >= u128::from(yes).saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bond_is_five_percent_and_even() {
        for weight in [1, 39, 40, 41, 1_000, 999_999, u64::MAX / 2] {
            let bond = bond(weight).unwrap();
            assert_eq!(bond % 2, 0);
            let exact = u128::from(weight) * 50_000;
            assert!(u128::from(bond) * 1_000_000 >= exact);
            assert!(u128::from(bond) * 1_000_000 < exact + 2_000_000);
        }
        assert_eq!(bond(0), Some(0));
    }

    #[test]
    fn p48_the_median_is_where_half_the_weight_is_reached() {
        assert_eq!(median(&[0; 5]), None);
        assert_eq!(median(&[0, 0, 0, 0, 1]), Some(4));
        assert_eq!(median(&[1, 0, 0, 0, 1]), Some(0));
        assert_eq!(median(&[1, 0, 0, 0, 2]), Some(4));
        assert_eq!(median(&[2, 1, 1, 1, 2]), Some(2));
        // One juror with most of the weight rules.
        assert_eq!(median(&[10, 10, 10, 31, 0]), Some(3));
        assert_eq!(median(&[u64::MAX; 5]), Some(2));
    }

    #[test]
    fn what_jurors_lose_others_gain_to_the_unit() {
        for bonds in [[10u64, 20, 30, 40, 50], [2, 0, 0, 0, 4], [0, 0, 6, 0, 0]] {
            for median in 0..5u8 {
                let unrevealed = 14;
                let committed = bonds.iter().sum::<u64>() + unrevealed;
                let lost = losses(committed, &bonds, median).unwrap();
                let kept: u64 = (0u8..)
                    .zip(bonds)
                    .map(|(choice, bond)| kept(bond, choice.abs_diff(median)))
                    .sum();
                assert_eq!(kept + lost, committed);
            }
        }
        assert_eq!(losses(1, &[2, 0, 0, 0, 0], 0), None);
        let (mut pot, mut left, mut paid) = (100u64, 7u64, 0);
        for weight in [1u64, 3, 2, 1] {
            let part = part(pot, weight, left).unwrap();
            (pot, left, paid) = (pot - part, left - weight, paid + part);
        }
        assert_eq!((pot, left, paid), (0, 0, 100));
        assert_eq!(part(1, 1, 0), None);
    }

    #[test]
    fn a_quorum_has_a_floor_and_doubles_with_each_appeal() {
        assert_eq!(quorum(1_000, 100_000, 5), Some(100));
        assert_eq!(quorum(1_001, 100_000, 5), Some(101));
        assert_eq!(quorum(1_000, 1, 5), Some(5));
        assert_eq!(
            [0, 1, 2].map(|appeals| doubled(7, appeals)),
            [Some(7), Some(14), Some(28)]
        );
        assert_eq!(doubled(u64::MAX, 1), None);
    }

    #[test]
    fn a_proposal_passes_at_its_threshold_and_not_below() {
        assert!(passes(1, 0, 900_000));
        assert!(!passes(0, 0, 500_001));
        assert!(!passes(1, 1, 500_001));
        assert!(passes(500_001, 499_999, 500_001));
        assert!(!passes(500_000, 500_000, 500_001));
        // Two thirds of three are two, and a ppm more is not.
        assert!(!passes(2, 1, 666_667));
        assert!(passes(666_667, 333_333, 666_667));
        assert!(passes(u64::MAX, u64::MAX / 2, 666_666));
        assert!(!passes(u64::MAX / 2, u64::MAX, 500_001));
    }

    #[test]
    fn a_deposit_is_lost_where_twice_as_many_are_against_it_or_too_few_voted() {
        assert!(!forfeits(1, 1, true));
        assert!(!forfeits(2, 3, true));
        assert!(forfeits(2, 4, true));
        assert!(forfeits(0, 0, true));
        assert!(forfeits(9, 0, false));
        assert!(!forfeits(u64::MAX, u64::MAX, true));
    }
}

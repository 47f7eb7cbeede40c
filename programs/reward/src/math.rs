//! What is emitted, credited, claimed and slashed. Pure, nothing can wrap, and every rounding is said in docs/REWARDS.md.

use common::ppm;

use crate::constants::{MAX_RATE_PRICE, SLASHER_PPM};

/// Token base units per 10⁶ of a fee, and prices per 10⁶ token base units.
const UNIT: u64 = 1_000_000;

/// Index of the epoch in which `now` is; `None` before the first one and where the index exceeds 32 bits.
pub fn epoch_at(starts_at: i64, length: u32, now: i64) -> Option<u32> {
    let passed = u64::try_from(now.checked_sub(starts_at)?).ok()?;
    u32::try_from(passed.checked_div(u64::from(length))?).ok()
}

/// When the epoch `index` begins.
pub fn epoch_start(starts_at: i64, length: u32, index: u32) -> Option<i64> {
    let passed = u64::from(length).checked_mul(u64::from(index))?;
    starts_at.checked_add(i64::try_from(passed).ok()?)
}

/// What the first `epochs` epochs emit: `first` each, half of that, rounded down, after every `halving` of them.
///
/// A closed form: at most 64 steps, whatever their number. `None` where it exceeds 64 bits, or for a zero `halving`.
pub fn cumulative(first: u64, halving: u32, epochs: u32) -> Option<u64> {
    let mut sum = 0u64;
    let mut each = first;
    let mut left = u64::from(epochs);
    let era = u64::from(halving);
    if era == 0 {
        return None;
    }
    while each > 0 && left > 0 {
        let taken = left.min(era);
        sum = sum.checked_add(each.checked_mul(taken)?)?;
        left = left.saturating_sub(taken);
        each >>= 1;
    }
    Some(sum)
}

/// What is ever emitted.
pub fn total_emission(first: u64, halving: u32) -> Option<u64> {
    // After 64 halvings nothing is left to emit.
    let mut sum = 0u64;
    let mut each = first;
    while each > 0 {
        sum = sum.checked_add(each.checked_mul(u64::from(halving))?)?;
        each >>= 1;
    }
    Some(sum)
}

/// Whether what a fee credits at `rate` is worth at most half of it at `price`.
pub fn is_within_half(rate: u64, price: u64) -> bool {
    let product = u128::from(rate)
        .checked_mul(u128::from(price))
        .and_then(|product| product.checked_mul(2));
    let priced = rate == 0 || price > 0;
    priced && product.is_some_and(|product| product <= MAX_RATE_PRICE)
}

/// Points that a fee credits.
pub fn credit(fee: u64, rate: u64) -> Option<u64> {
    ppm::mul_div_floor(fee, rate, UNIT)
}

/// Points of a credit by whose they are: the publisher's and the buyer's.
pub fn split(credit: u64, buyer_share_ppm: u32) -> Option<(u64, u64)> {
    let buyer = ppm::floor(credit, buyer_share_ppm)?;
    Some((credit.checked_sub(buyer)?, buyer))
}

/// Base units that points of an epoch bring: as many as they are, or their share where they are more than was allotted.
pub fn claim(points: u64, total: u64, allotted: u64) -> Option<u64> {
    if total <= allotted {
        return Some(points);
    }
    ppm::mul_div_floor(points, allotted, total)
}

/// What is slashed by where it goes: burnt, and to the caller.
pub fn slash(stake: u64) -> Option<(u64, u64)> {
    let reward = ppm::floor(stake, SLASHER_PPM)?;
    Some((stake.checked_sub(reward)?, reward))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p15_an_epoch_begins_at_its_first_second_and_ends_before_the_next_ones() {
        assert_eq!(epoch_at(100, 10, 99), None);
        assert_eq!(epoch_at(100, 10, 100), Some(0));
        assert_eq!(epoch_at(100, 10, 109), Some(0));
        assert_eq!(epoch_at(100, 10, 110), Some(1));
        assert_eq!(epoch_start(100, 10, 1), Some(110));
        assert_eq!(epoch_at(i64::MIN, 1, i64::MAX), None);
        assert_eq!(epoch_at(0, 0, 1), None);
        assert_eq!(epoch_start(i64::MAX, u32::MAX, u32::MAX), None);
        for now in 100..1_000 {
            let index = epoch_at(100, 7, now).unwrap();
            assert!(epoch_start(100, 7, index).unwrap() <= now);
            assert!(now < epoch_start(100, 7, index + 1).unwrap());
        }
    }

    #[test]
    fn p18_the_closed_form_is_the_sum_of_every_epoch() {
        for (first, halving) in [(1_000_003, 3), (1, 1), (u64::MAX >> 20, 10_000), (7, 2)] {
            let mut sum = 0u64;
            for epoch in 0..2_000u32 {
                assert_eq!(cumulative(first, halving, epoch), Some(sum));
                sum += first.checked_shr(epoch / halving).unwrap_or(0);
            }
            assert!(total_emission(first, halving).unwrap() >= sum);
        }
        assert_eq!(total_emission(4, 10), Some(70));
        assert_eq!(cumulative(4, 10, u32::MAX), Some(70));
        assert_eq!(cumulative(u64::MAX, 2, 2), None);
        assert_eq!(cumulative(1, 0, 1), None);
        assert_eq!(total_emission(u64::MAX, 1), None);
    }

    #[test]
    fn p18_extreme_fees_and_rates_credit_exactly_or_nothing_at_all() {
        assert_eq!(credit(999_999, 1), Some(0));
        assert_eq!(credit(1_000_000, 1), Some(1));
        assert_eq!(credit(u64::MAX, UNIT), Some(u64::MAX));
        assert_eq!(credit(u64::MAX, UNIT + 1), None);
        assert_eq!(split(u64::MAX, ppm::ONE), Some((0, u64::MAX)));
        assert_eq!(split(3, 500_000), Some((2, 1)));
        assert_eq!(slash(19), Some((18, 1)));
        assert_eq!(slash(9), Some((9, 0)));
        assert!(is_within_half(500_000, 1_000_000));
        assert!(!is_within_half(500_001, 1_000_000));
        assert!(!is_within_half(u64::MAX, u64::MAX));
        assert!(!is_within_half(1, 0));
        assert!(is_within_half(0, 0));
    }

    #[test]
    fn p22_parts_claim_no_more_than_their_sum_and_all_no_more_than_was_allotted() {
        for allotted in [0, 1, 7, 999, 1_000_000, u64::MAX] {
            for parts in [
                [1u64, 2, 3, 994],
                [250, 250, 250, 250],
                [0, 0, 1, 0],
                [u64::MAX >> 3; 4],
            ] {
                let total: u64 = parts.iter().sum();
                let each = parts.map(|points| claim(points, total, allotted).unwrap());
                assert!(each.iter().sum::<u64>() <= allotted.min(total));
                let joint = claim(parts[0] + parts[1], total, allotted).unwrap();
                assert!(each[0] + each[1] <= joint);
                assert!(
                    each.iter()
                        .zip(parts)
                        .all(|(claim, points)| *claim <= points)
                );
            }
        }
    }

    #[test]
    fn p45_at_the_highest_rate_that_is_taken_a_credit_is_worth_at_most_half_the_fee() {
        for price in [1u64, 3, 999, 1_000_000, 77_777_777, 500_000_000_000] {
            let rate = u64::try_from(MAX_RATE_PRICE / 2 / u128::from(price)).unwrap();
            assert!(is_within_half(rate, price));
            assert!(!is_within_half(rate + 1, price));
            for fee in [0u64, 1, 999_999, 1_000_000, 123_456_789, 1 << 40] {
                let worth =
                    u128::from(credit(fee, rate).unwrap()) * u128::from(price) / u128::from(UNIT);
                assert!(worth * 2 <= u128::from(fee), "{fee} at {rate} and {price}");
            }
        }
    }
}

//! Shares in parts per million, on base units. Nothing here can wrap. Products are taken in 128 bits only where 64 may
//! not do: those cost the network's machine some hundred instructions.

/// One whole, in parts per million.
pub const ONE: u32 = 1_000_000;

const WHOLE: u64 = ONE as u64;

/// The lower half of 64 bits.
const LOW: u64 = u32::MAX as u64;

/// `floor(amount × ppm / 10⁶)`; at most `amount` while `ppm <= ONE`, `None` where the result exceeds 64 bits.
pub fn floor(amount: u64, ppm: u32) -> Option<u64> {
    if ppm > ONE {
        return mul_div_floor(amount, u64::from(ppm), WHOLE);
    }
    let (whole, part) = parts(amount, ppm);
    Some(whole.wrapping_add(part / WHOLE))
}

/// `ceil(amount × ppm / 10⁶)`.
pub fn ceil(amount: u64, ppm: u32) -> Option<u64> {
    if ppm > ONE {
        let product = u128::from(amount).checked_mul(u128::from(ppm))?;
        return u64::try_from(product.div_ceil(u128::from(WHOLE))).ok();
    }
    let (whole, part) = parts(amount, ppm);
    Some(whole.wrapping_add(part.div_ceil(WHOLE)))
}

/// `amount × ppm / 10⁶` for at most a whole, as a number and millionths: with `amount = q × 10⁶ + r`, that is `q × ppm`,
/// which is at most `amount`, and `r × ppm`, which is below 10¹².
fn parts(amount: u64, ppm: u32) -> (u64, u64) {
    let share = |of: u64| of.wrapping_mul(u64::from(ppm));
    (share(amount / WHOLE), share(amount % WHOLE))
}

/// `floor(a × b / divisor)`, `None` for a zero divisor or a result of more than 64 bits.
pub fn mul_div_floor(a: u64, b: u64, divisor: u64) -> Option<u64> {
    if (a | b) >> u32::BITS == 0 {
        return a.wrapping_mul(b).checked_div(divisor);
    }
    let (high, low) = product(a, b);
    quotient(high, low, divisor)
}

/// `a × b` as two halves, the higher first.
#[allow(clippy::arithmetic_side_effects)]
fn product(a: u64, b: u64) -> (u64, u64) {
    let halves = |n: u64| (n >> 32, n & LOW);
    let ((a1, a0), (b1, b0)) = (halves(a), halves(b));
    // Each product of halves is at most (2³² − 1)², which leaves room for two halves more.
    let low = a0 * b0;
    let cross = a1 * b0 + (low >> 32);
    let middle = a0 * b1 + (cross & LOW);
    let high = a1 * b1 + (cross >> 32) + (middle >> 32);
    (high, (middle << 32) | (low & LOW))
}

/// `floor((high × 2⁶⁴ + low) / divisor)`, `None` for a zero divisor or a result of more than 64 bits.
///
/// By two digits of 32 bits each (Knuth's algorithm D): the machine has no division of 128 bits, and the one that the
/// compiler brings costs it thousands of instructions.
fn quotient(high: u64, low: u64, divisor: u64) -> Option<u64> {
    if high >= divisor {
        return None;
    }
    let shift = divisor.leading_zeros();
    let divisor = divisor.wrapping_shl(shift);
    let high = match shift {
        0 => high,
        _ => high.wrapping_shl(shift) | low.wrapping_shr(64u32.wrapping_sub(shift)),
    };
    let low = low.wrapping_shl(shift);
    let (first, rest) = digit(high, low >> 32, divisor);
    let (second, _) = digit(rest, low & LOW, divisor);
    Some((first << 32) | second)
}

/// The next digit of a quotient and what is left: of `rest`, which is below `divisor`, followed by the digit `next`.
/// `divisor` has its highest bit set, so that the first guess is at most two too large.
#[allow(clippy::arithmetic_side_effects)]
fn digit(rest: u64, next: u64, divisor: u64) -> (u64, u64) {
    let (d1, d0) = (divisor >> 32, divisor & LOW);
    let mut guess = rest / d1;
    let mut left = rest % d1;
    while guess > LOW || guess * d0 > (left << 32) + next {
        guess -= 1;
        left += d1;
        if left > LOW {
            break;
        }
    }
    let whole = (rest << 32).wrapping_add(next);
    (guess, whole.wrapping_sub(guess.wrapping_mul(divisor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p18_extreme_amounts_give_an_exact_share_or_none() {
        assert_eq!(floor(u64::MAX, ONE), Some(u64::MAX));
        assert_eq!(floor(u64::MAX, 1), Some(u64::MAX / 1_000_000));
        assert_eq!(floor(0, ONE), Some(0));
        assert_eq!(floor(1, 999_999), Some(0));
        assert_eq!(ceil(1, 1), Some(1));
        assert_eq!(ceil(0, ONE), Some(0));
        assert_eq!(ceil(u64::MAX, ONE), Some(u64::MAX));
        assert_eq!(ceil(u64::MAX, u32::MAX), None);
        assert_eq!(mul_div_floor(u64::MAX, u64::MAX, u64::MAX), Some(u64::MAX));
        assert_eq!(mul_div_floor(1, 1, 0), None);
    }

    #[test]
    fn p18_shares_in_64_bits_are_those_of_128() {
        let edges = |of: u64| [of.wrapping_sub(1), of, of.wrapping_add(1)];
        let amounts = [0, WHOLE, 1 << 32, 1 << 63, u64::MAX].map(edges).concat();
        for a in &amounts {
            for ppm in [0, 1, 7, 25_000, 999_999, ONE, ONE + 1, u32::MAX] {
                let product = u128::from(*a) * u128::from(ppm);
                let expected = u64::try_from(product / u128::from(WHOLE)).ok();
                assert_eq!(floor(*a, ppm), expected, "{a} {ppm}");
                let expected = u64::try_from(product.div_ceil(u128::from(WHOLE))).ok();
                assert_eq!(ceil(*a, ppm), expected, "{a} {ppm}");
            }
            for b in &amounts {
                for divisor in [
                    1,
                    3,
                    100,
                    86_400,
                    1 << 32,
                    (1 << 63) + 1,
                    u64::MAX - 1,
                    u64::MAX,
                ] {
                    let exact = u128::from(*a) * u128::from(*b) / u128::from(divisor);
                    let expected = u64::try_from(exact).ok();
                    assert_eq!(
                        mul_div_floor(*a, *b, divisor),
                        expected,
                        "{a} {b} {divisor}"
                    );
                }
            }
        }
    }
}

//! Shares in parts per million, on base units. Nothing here can wrap: products are taken in 128 bits.

/// One whole, in parts per million.
pub const ONE: u32 = 1_000_000;

/// `floor(amount × ppm / 10⁶)`; at most `amount` while `ppm <= ONE`, `None` where the result exceeds 64 bits.
pub fn floor(amount: u64, ppm: u32) -> Option<u64> {
    mul_div_floor(amount, u64::from(ppm), u64::from(ONE))
}

/// `ceil(amount × ppm / 10⁶)`.
pub fn ceil(amount: u64, ppm: u32) -> Option<u64> {
    let product = u128::from(amount).checked_mul(u128::from(ppm))?;
    u64::try_from(product.div_ceil(u128::from(ONE))).ok()
}

/// `floor(a × b / divisor)`, `None` for a zero divisor or a result of more than 64 bits.
pub fn mul_div_floor(a: u64, b: u64, divisor: u64) -> Option<u64> {
    let product = u128::from(a).checked_mul(u128::from(b))?;
    u64::try_from(product.checked_div(u128::from(divisor))?).ok()
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
}

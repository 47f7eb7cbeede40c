//! Numbers as they are written, without rounding.

use std::cmp::Ordering;

/// A decimal number of any size and precision, by the bytes that sort as it does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal(Bytes);

/// Most numbers are short, and compared so often that they had better stand where they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Bytes {
    /// How many there are; those after them are 0.
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
}

const SHORT: usize = 22;

/// Digits kept at most; a number with more is none.
const MAX_DIGITS: usize = 1_000;

impl Decimal {
    /// Reads a JSON number: `-1.50e3`. `None` where it is none, or has more digits than anybody writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if whole.is_empty() || digits.len() > MAX_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let significant = digits.get(leading..).unwrap_or_default();
        let kept = significant
            .iter()
            .rposition(|digit| *digit != b'0')
            .map_or(0, |last| last.saturating_add(1));
        let significant = significant.get(..kept).unwrap_or_default();
        if significant.is_empty() {
            return Some(Self::of(vec![1]));
        }
        // The number is 0.significant × 10^magnitude.
        let magnitude = i64::from(exponent)
            .checked_add(i64::try_from(whole.len()).ok()?)?
            .checked_sub(i64::try_from(leading).ok()?)?;
        let mut bytes = Vec::with_capacity(significant.len().saturating_add(10));
        bytes.extend(magnitude.wrapping_sub(i64::MIN).to_be_bytes());
        bytes.extend(significant);
        // Less than any digit: a number that goes on is greater.
        bytes.push(0);
        if negative {
            bytes.iter_mut().for_each(|byte| *byte = !*byte);
        }
        // Those below zero are marked 0, zero is 1.
        bytes.insert(0, if negative { 0 } else { 2 });
        Some(Self::of(bytes))
    }

    fn of(bytes: Vec<u8>) -> Self {
        let mut short = [0; SHORT];
        Self(
            match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
                (Some(own), Ok(length)) => {
                    own.copy_from_slice(&bytes);
                    Bytes::Short(length, short)
                }
                _ => Bytes::Long(bytes.into()),
            },
        )
    }

    fn bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Bytes::Long(bytes) => bytes,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_that_are_equal_are_equal_however_they_are_written() {
        for (one, other) in [
            ("1", "1.0"),
            ("0", "-0.00"),
            ("1e3", "1000"),
            ("0.0012", "12e-4"),
            ("-120", "-1.2E+2"),
        ] {
            assert_eq!(decimal(one), decimal(other));
        }
    }

    #[test]
    fn numbers_sort_as_they_are_beyond_what_floats_hold() {
        let ascending = [
            "-1e400",
            "-12",
            "-1.21",
            "-1.2",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.11",
            "1",
            "9",
            "10",
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "1000000000000000000000000000001e400",
            "1000000000000000000000000000002e400",
        ];
        for pair in ascending.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "-",
            "1.",
            ".5",
            "+1",
            "1e",
            "0x1",
            "1_0",
            "NaN",
            "1e99999999999",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}

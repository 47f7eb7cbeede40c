//! How values are written on the command line.

use std::{str::FromStr, time::Duration};

use pedigree_sdk::names::{self, Names};
use solana_program::pubkey::Pubkey;

fn named(names: &Names, text: &str) -> Result<u8, String> {
    names.value(text).ok_or_else(|| {
        let known: Vec<&str> = names.all().collect();
        format!(
            "no {} of that name: give one of {}",
            names.what,
            known.join(", ")
        )
    })
}

pub fn kind(text: &str) -> Result<u8, String> {
    named(&names::KIND, text)
}

pub fn derivatives(text: &str) -> Result<u8, String> {
    named(&names::DERIVATIVES, text)
}

pub fn relation(text: &str) -> Result<u8, String> {
    named(&names::RELATION, text)
}

pub fn verdict(text: &str) -> Result<u8, String> {
    named(&names::VERDICT, text)
}

pub fn direction(text: &str) -> Result<u8, String> {
    named(&names::DIRECTION, text)
}

pub fn program(text: &str) -> Result<u8, String> {
    named(&names::PROGRAM, text)
}

pub fn vote(text: &str) -> Result<u8, String> {
    named(&names::VOTE_CHOICE, text)
}

/// A share that a ruling may say, in percent: its index.
pub fn choice(text: &str) -> Result<u8, String> {
    match text {
        "0" => Ok(0),
        "25" => Ok(1),
        "50" => Ok(2),
        "75" => Ok(3),
        "100" => Ok(4),
        _ => Err("a ruling says 0, 25, 50, 75 or 100".to_owned()),
    }
}

/// So many bytes in hex.
pub fn hex<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| {
        format!(
            "expected {N} bytes, which are {} hex digits",
            N.saturating_mul(2)
        )
    })?;
    Ok(bytes)
}

/// So many base units as a decimal number, without zeros at its end.
pub fn decimal(amount: u64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{amount:0>width$}", width = decimals.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Seconds, or a number with `m`, `h` or `d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    let seconds = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    let seconds =
        seconds.ok_or("expected a number of seconds, or one with m, h or d, such as 12h")?;
    Ok(Duration::from_secs(seconds))
}

/// The same, as the programs store times.
pub fn seconds(text: &str) -> Result<u32, String> {
    let seconds = duration(text)?.as_secs();
    u32::try_from(seconds).map_err(|_| "that is too long a time".to_owned())
}

/// A price, written `mode=one_time,unit=copy,price=1000000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub mode: u8,
    pub unit: String,
    /// Base units per unit.
    pub price: u64,
    /// Most units in one order; 0 is no limit.
    pub capacity: u64,
    /// `None` for the settlement mint.
    pub mint: Option<Pubkey>,
    /// Seconds that a unit of a subscription or a lease lasts; 0 for other modes.
    pub period: u32,
}

impl FromStr for Term {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut mode, mut unit, mut price) = (None, None, None);
        let (mut capacity, mut mint, mut period) = (0, None, None);
        for field in text.split(',') {
            let (name, value) = field
                .split_once('=')
                .ok_or_else(|| format!("{field}: expected NAME=VALUE"))?;
            let number = || {
                let number = value.parse::<u64>();
                number.map_err(|_| format!("{name}: {value} is no amount of base units"))
            };
            match name {
                "mode" => mode = Some(named(&names::MODE, value)?),
                "unit" => unit = Some(value.to_owned()),
                "price" => price = Some(number()?),
                "capacity" => capacity = number()?,
                "mint" => {
                    let parsed = value.parse();
                    mint = Some(parsed.map_err(|_| format!("mint: {value} is no address"))?);
                }
                "period" => {
                    let parsed = value.parse::<u32>();
                    let no_seconds = format!("period: {value} is no number of seconds");
                    period = Some(parsed.map_err(|_| no_seconds)?);
                }
                _ => {
                    return Err(format!(
                        "{name}: unknown; known are mode, unit, price, capacity, mint, period"
                    ));
                }
            }
        }
        let (Some(mode), Some(unit), Some(price)) = (mode, unit, price) else {
            return Err("mode, unit and price are needed".to_owned());
        };
        let period = unit_seconds(mode, &unit, period)?;
        Ok(Self {
            mode,
            unit,
            price,
            capacity,
            mint,
            period,
        })
    }
}

/// How long a unit lasts: as given, or as its name says; 0 where the mode asks for no time.
fn unit_seconds(mode: u8, unit: &str, given: Option<u32>) -> Result<u32, String> {
    match (given, names::unit_period(mode, unit)) {
        (Some(_), Some(0)) => Err("period: only a subscription or a lease has one".to_owned()),
        (Some(given), _) => Ok(given),
        (None, Some(period)) => Ok(period),
        (None, None) => Err(format!("period: say how many seconds a {unit} lasts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_units_are_shown_as_decimals_without_zeros_at_the_end() {
        for (amount, decimals, shown) in [
            (0, 6, "0"),
            (1, 6, "0.000001"),
            (1_500_000, 6, "1.5"),
            (20_000_000, 6, "20"),
            (70, 0, "70"),
            (u64::MAX, 19, "1.8446744073709551615"),
            (5, 20, "0.00000000000000000005"),
        ] {
            assert_eq!(decimal(amount, decimals), shown);
        }
    }

    #[test]
    fn a_term_names_what_is_wrong_with_it() {
        let term: Term = "mode=one_time,unit=copy,price=7".parse().unwrap();
        let expected = Term {
            mode: 1,
            unit: "copy".to_owned(),
            price: 7,
            capacity: 0,
            mint: None,
            period: 0,
        };
        assert_eq!(term, expected);
        let mint = Pubkey::new_from_array([7; 32]);
        let term: Term = format!("price=1,mint={mint},mode=lease,capacity=9,unit=hour")
            .parse()
            .unwrap();
        assert_eq!((term.mint, term.capacity, term.mode), (Some(mint), 9, 4));
        assert_eq!(term.period, 3_600);
        let term: Term = "mode=subscription,unit=sprint,price=1,period=1209600"
            .parse()
            .unwrap();
        assert_eq!(term.period, 1_209_600);
        for (text, named) in [
            ("mode=one_time,unit=copy", "price"),
            ("mode=gift,unit=copy,price=1", "mode"),
            ("mode=one_time,unit=copy,price=1.5", "price"),
            ("mode=one_time,unit=copy,price=1,mint=x", "mint"),
            ("mode=one_time,unit=copy,price=1,colour=red", "colour"),
            ("mode=lease,unit=sprint,price=1", "period"),
            ("mode=lease,unit=hour,price=1,period=1.5", "period"),
            ("mode=metered,unit=query,price=1,period=60", "period"),
            ("free", "free"),
        ] {
            let error = text.parse::<Term>().unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    #[test]
    fn durations_are_seconds_or_have_a_unit() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Ok(Duration::from_secs(172_800)));
        for wrong in ["", "d", "1w", "-1", "1.5h", "99999999999999999d", "1µ"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hex_has_its_length() {
        assert_eq!(hex::<2>("00ff"), Ok([0, 255]));
        assert!(
            hex::<2>("00f").is_err() && hex::<2>("00fg").is_err() && hex::<2>("00ff00").is_err()
        );
    }
}

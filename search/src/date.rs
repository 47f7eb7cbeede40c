//! Dates and times as ISO 8601 writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

const NANOSECONDS: i128 = 1_000_000_000;

/// Nanoseconds since 1970: of `2026-03-01`, its first moment in UTC; of `2026-03-01T12:30:00.5+02:00`, or without an offset,
/// in UTC. `None` where it is neither.
pub fn parse(text: &str) -> Option<i128> {
    // Most texts are none, and are seen to be at their first bytes.
    let digits = text.bytes().take(4).filter(u8::is_ascii_digit).count();
    if digits < 4 || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let time = if text.len() == "2026-03-01".len() {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)?
            .and_utc()
    } else {
        moment(text)?
    };
    i128::from(time.timestamp())
        .checked_mul(NANOSECONDS)?
        .checked_add(i128::from(time.timestamp_subsec_nanos()))
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"] {
        if let Ok(time) = DateTime::parse_from_str(text, format) {
            return Some(time.to_utc());
        }
    }
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_first_moment_in_utc_and_offsets_are_honoured() {
        let day = parse("2026-03-01").unwrap();
        assert_eq!(day, 1_772_323_200 * NANOSECONDS);
        for same in [
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00Z",
            "2026-03-01T00:00:00",
            "2026-03-01T02:00:00.000+02:00",
            "2026-02-28T19:00:00-0500",
        ] {
            assert_eq!(parse(same), Some(day), "{same}");
        }
        assert_eq!(parse("2026-03-01T00:00:00.000000001Z"), Some(day + 1));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026",
            "2026-3-1",
            "2026-02-30",
            "2026-03-01T",
            "2026-03-01 ",
            "2026-13-01",
            "2026-03-01T25:00:00Z",
            "+2026-03-01",
            "llama",
            "2026-03-01Tllama",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

//! Filters by attributes: `attr.NAME`, `attr.NAME.gte`, `attr.NAME.lte`.

use pedigree_search::{Attribute, Bound, Decimal, Scalar, Test, date};

use crate::api::{
    params::Params,
    problem::{Problem, Result},
};

const PREFIX: &str = "attr.";
/// Filters of one request.
const MAX_FILTERS: usize = 20;
/// What the name of an attribute is that a search can ask for.
pub const ATTRIBUTE_NAME: &str = "1 to 40 of a-z, 0-9 and _";

/// Whether a name is that.
pub fn is_attribute_name(name: &str) -> bool {
    let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    (1..=40).contains(&name.len()) && name.bytes().all(known)
}

pub fn take(params: &mut Params) -> Result<Vec<Attribute>> {
    let given = params.beginning(PREFIX);
    if let Some((parameter, _)) = given.get(MAX_FILTERS) {
        return Err(Problem::bad(
            parameter,
            format!("more than {MAX_FILTERS} filters by attributes"),
        ));
    }
    let mut filters = Vec::new();
    for (name, value) in &given {
        let filter = read(name, value)?;
        // What is said twice is looked for once.
        if !filters.contains(&filter) {
            filters.push(filter);
        }
    }
    Ok(filters)
}

fn read(parameter: &str, value: &str) -> Result<Attribute> {
    let path = parameter.strip_prefix(PREFIX).unwrap_or_default();
    let (name, comparison) = match path.split_once('.') {
        Some((name, comparison)) => (name, Some(comparison)),
        None => (path, None),
    };
    if !is_attribute_name(name) {
        return Err(Problem::bad(
            parameter,
            format!("a name is {ATTRIBUTE_NAME}"),
        ));
    }
    let test = match comparison {
        None => Test::Equals(scalar(parameter, value)?),
        Some("gte") => Test::AtLeast(bound(parameter, value)?),
        Some("lte") => Test::AtMost(bound(parameter, value)?),
        Some(_) => {
            return Err(Problem::bad(
                parameter,
                "a name may be followed by .gte or .lte and by nothing else",
            ));
        }
    };
    Ok(Attribute {
        name: name.to_owned(),
        test,
    })
}

/// A JSON literal is what it says; whatever is none is a text.
fn scalar(parameter: &str, value: &str) -> Result<Scalar> {
    Ok(match value {
        "true" => Scalar::Boolean(true),
        "false" => Scalar::Boolean(false),
        "null" => Scalar::Null,
        number if is_number(number) => Scalar::Number(decimal(parameter, number)?),
        quoted if quoted.starts_with('"') => match serde_json::from_str(quoted) {
            Ok(text) => Scalar::Text(text),
            Err(_) => Scalar::Text(quoted.to_owned()),
        },
        text => Scalar::Text(text.to_owned()),
    })
}

/// A number or a date, in quotes or not.
fn bound(parameter: &str, value: &str) -> Result<Bound> {
    if is_number(value) {
        return Ok(Bound::Number(decimal(parameter, value)?));
    }
    let text = match serde_json::from_str::<String>(value) {
        Ok(text) => text,
        Err(_) => value.to_owned(),
    };
    date::parse(&text).map(Bound::Date).ok_or_else(|| {
        Problem::bad(
            parameter,
            format!("{value:?} is neither a number nor an ISO 8601 date"),
        )
    })
}

fn decimal(parameter: &str, number: &str) -> Result<Decimal> {
    Decimal::parse(number)
        .ok_or_else(|| Problem::bad(parameter, "a number beyond all that is kept"))
}

/// Whether JSON has such a number: it knows no plus, no leading zero, no bare point.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equals(value: &str) -> Scalar {
        match read("attr.a", value).unwrap().test {
            Test::Equals(scalar) => scalar,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_json_literal_is_what_it_says_and_anything_else_is_text() {
        let number = |text| Scalar::Number(Decimal::parse(text).unwrap());
        for (value, expected) in [
            ("7", number("7")),
            ("-7.50e1", number("-75")),
            ("0", number("0")),
            ("true", Scalar::Boolean(true)),
            ("false", Scalar::Boolean(false)),
            ("null", Scalar::Null),
            ("\"null\"", Scalar::Text("null".to_owned())),
            ("\"7\"", Scalar::Text("7".to_owned())),
            ("\"true\"", Scalar::Text("true".to_owned())),
        ] {
            assert_eq!(equals(value), expected, "{value}");
        }
        for text in [
            "", "seven", "007", "+7", "7.", ".7", "1e", "True", "\"7", "[7]", "0x7", "NaN",
        ] {
            assert_eq!(equals(text), Scalar::Text(text.to_owned()));
        }
    }

    #[test]
    fn bounds_are_numbers_or_dates() {
        let at_least = |value| read("attr.a.gte", value).map(|attribute| attribute.test);
        assert_eq!(
            at_least("2.5").unwrap(),
            Test::AtLeast(Bound::Number(Decimal::parse("2.5").unwrap()))
        );
        let first_day = Test::AtLeast(Bound::Date(86_400_000_000_000));
        for date in [
            "1970-01-02",
            "\"1970-01-02\"",
            "1970-01-02T00:00:00",
            "1970-01-02T00:00:00Z",
            "1970-01-02T02:00:00.000+02:00",
        ] {
            assert_eq!(at_least(date).unwrap(), first_day, "{date}");
        }
        for neither in ["", "soon", "true", "null", "1970-13-01", "1970-02-30"] {
            assert!(at_least(neither).is_err(), "{neither}");
        }
        assert!(matches!(
            read("attr.a.lte", "3").unwrap().test,
            Test::AtMost(Bound::Number(_))
        ));
    }

    #[test]
    fn i19_names_of_attributes_are_checked() {
        let longest = format!("attr.{}", "a".repeat(40));
        assert!(read(&longest, "1").is_ok());
        for name in [
            "attr.",
            "attr.A",
            "attr.a b",
            "attr.a.eq",
            "attr.a.gte.lte",
            "attr..gte",
            &format!("{longest}a"),
        ] {
            let problem = serde_json::to_value(read(name, "1").unwrap_err()).unwrap();
            assert_eq!(problem["parameter"], name);
        }
    }
}

//! What a manifest may be at most. Publishers are strangers.

use serde_json::Value;

/// Objects and lists inside one another.
const MAX_DEPTH: usize = 16;
/// Values in all.
const MAX_VALUES: usize = 20_000;
/// Bytes of a text, so that search columns stay within what Postgres indexes.
const MAX_TEXT: usize = 64 * 1024;

/// Checks that a manifest is within the limits.
///
/// # Errors
/// What is wrong, in words.
pub fn check(manifest: &Value) -> Result<(), String> {
    visit(manifest, 1, &mut 0)
}

fn visit(value: &Value, depth: usize, values: &mut usize) -> Result<(), String> {
    *values = values.saturating_add(1);
    if *values > MAX_VALUES {
        return Err(format!("it holds more than {MAX_VALUES} values"));
    }
    if depth > MAX_DEPTH {
        return Err(format!("it is nested deeper than {MAX_DEPTH} levels"));
    }
    let below = depth.saturating_add(1);
    match value {
        Value::String(text) => check_text(text),
        Value::Array(items) => items.iter().try_for_each(|item| visit(item, below, values)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, item)| {
            check_text(name)?;
            visit(item, below, values)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), String> {
    if text.contains('\0') {
        return Err("a text holds a zero character".to_owned());
    }
    if text.len() > MAX_TEXT {
        return Err(format!("a text is longer than {MAX_TEXT} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i21_deep_wide_or_unstorable_documents_are_refused() {
        let check = |text: &str| check(&serde_json::from_str(text).unwrap());
        assert!(check(r#"{"a":[1,2.5,"x",null]}"#).is_ok());
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40));
        let wide = format!("{{\"a\":[{}1]}}", "1,".repeat(MAX_VALUES));
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_TEXT + 1));
        for bad in [&deep, &wide, &long, r#"{"a":"\u0000"}"#, r#"{"\u0000":1}"#] {
            assert!(check(bad).is_err(), "{bad:.60}");
        }
    }
}

//! What a manifest may be at most. Publishers are strangers.

use serde_json::Value;

/// Bytes of a manifest.
pub const MAX_BYTES: u64 = 256 * 1024;
/// Objects and lists inside one another.
const MAX_DEPTH: usize = 16;
/// Values in all.
const MAX_VALUES: usize = 20_000;
/// Bytes of a text, so that search columns stay within what Postgres indexes.
const MAX_TEXT: usize = 64 * 1024;

/// Checks that `bytes` are a JSON object within the limits and returns their text.
///
/// # Errors
/// What is wrong, in words.
pub fn check(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    // The parser itself refuses numbers that no double holds and more than 128 levels.
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    if !value.is_object() {
        return Err("it is no JSON object".to_owned());
    }
    let mut values = 0;
    visit(&value, 1, &mut values)?;
    Ok(text)
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
    fn i21_deep_wide_or_broken_documents_are_refused() {
        assert!(check(br#"{"a":[1,2.5,"x",null]}"#).is_ok());
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40));
        let deepest = format!("{{\"a\":{}1{}}}", "[".repeat(4_000), "]".repeat(4_000));
        let wide = format!("{{\"a\":[{}1]}}", "1,".repeat(MAX_VALUES));
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_TEXT + 1));
        for bad in [
            &deep,
            &deepest,
            &wide,
            &long,
            "[]",
            "{",
            "{\"a\":1e999}",
            "{\"a\":\"\\u0000\"}",
            "{\"a\":\"\\ud800\"}",
        ] {
            assert!(check(bad.as_bytes()).is_err(), "{:.60}", bad);
        }
        assert!(check(b"{\"a\":\"\xff\"}").is_err());
    }
}

//! What a manifest may be at most. Publishers are strangers, and what their manifests say enters indexes and answers.

use serde_json::{Number, Value};

/// Objects and lists inside one another.
const MAX_DEPTH: usize = 16;
/// Values in all.
const MAX_VALUES: usize = 20_000;
/// Bytes of any text, and of any field's name.
const MAX_TEXT: usize = 64 * 1024;
/// Tags of one manifest, and bytes of each: an entry of Postgres's index takes 2 KB.
const MAX_TAGS: usize = 100;
const MAX_TAG: usize = 100;
/// Bytes of texts that a list of listings shows whole.
const MAX_SHOWN: [(&str, usize); 2] = [("key", 512), ("source", 1_024)];
/// Bytes of all attributes, which a list shows whole too.
const MAX_ATTRIBUTES: usize = 32 * 1024;
/// Digits before or after the point of a number written out: `1e+300` would be 301 bytes of each answer.
const MAX_EXPONENT: i32 = 60;

/// Checks that a manifest is within the limits.
///
/// # Errors
/// What is wrong, in words.
pub fn check(manifest: &Value) -> Result<(), String> {
    visit(manifest, 1, &mut 0)?;
    check_tags(manifest)?;
    for (name, most) in MAX_SHOWN {
        let text = manifest.get(name).and_then(Value::as_str);
        if text.is_some_and(|text| text.len() > most) {
            return Err(format!("its {name} is longer than {most} bytes"));
        }
    }
    let attributes = manifest.get("attributes").map(Value::to_string);
    if attributes.is_some_and(|text| text.len() > MAX_ATTRIBUTES) {
        return Err(format!(
            "its attributes are longer than {MAX_ATTRIBUTES} bytes"
        ));
    }
    Ok(())
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
        Value::Number(number) => check_number(number),
        Value::Array(items) => items.iter().try_for_each(|item| visit(item, below, values)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, item)| {
            check_text(name)?;
            visit(item, below, values)
        }),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), String> {
    // Postgres has no such character.
    if text.contains('\0') {
        return Err("a text holds a zero character".to_owned());
    }
    if text.len() > MAX_TEXT {
        return Err(format!("a text is longer than {MAX_TEXT} bytes"));
    }
    Ok(())
}

fn check_number(number: &Number) -> Result<(), String> {
    let size = number.as_f64().map_or(0.0, f64::abs);
    let bounds = 10f64.powi(-MAX_EXPONENT)..10f64.powi(MAX_EXPONENT);
    if size != 0.0 && !bounds.contains(&size) {
        return Err(format!(
            "the number {number} has more than {MAX_EXPONENT} digits: write it as a text"
        ));
    }
    Ok(())
}

fn check_tags(manifest: &Value) -> Result<(), String> {
    let Some(tags) = manifest.get("tags").and_then(Value::as_array) else {
        return Ok(());
    };
    if tags.len() > MAX_TAGS {
        return Err(format!("it has more than {MAX_TAGS} tags"));
    }
    let mut texts = tags.iter().filter_map(Value::as_str);
    if texts.any(|tag| tag.len() > MAX_TAG) {
        return Err(format!("a tag is longer than {MAX_TAG} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i21_deep_wide_or_unstorable_documents_are_refused() {
        let check = |text: &str| check(&serde_json::from_str(text).unwrap());
        assert!(check(r#"{"a":[1,2.5,"x",null,0,1e30,18446744073709551615]}"#).is_ok());
        let long = |field: &str, most: usize| {
            let fits = format!("{{\"{field}\":\"{}\"}}", "x".repeat(most));
            assert!(check(&fits).is_ok(), "{field}");
            format!("{{\"{field}\":\"{}\"}}", "x".repeat(most + 1))
        };
        let tags = |count: usize, len: usize| {
            serde_json::json!({"tags": vec!["x".repeat(len); count]}).to_string()
        };
        assert!(check(&tags(MAX_TAGS, MAX_TAG)).is_ok());
        for bad in [
            format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40)),
            format!("{{\"a\":[{}1]}}", "1,".repeat(MAX_VALUES)),
            long("a", MAX_TEXT),
            long("key", 512),
            long("source", 1_024),
            tags(1, MAX_TAG + 1),
            tags(MAX_TAGS + 1, 1),
            format!(
                "{{\"attributes\":{{\"a\":\"{}\"}}}}",
                "x".repeat(MAX_ATTRIBUTES)
            ),
            r#"{"a":1e+300}"#.to_owned(),
            r#"{"a":[{"b":1e-300}]}"#.to_owned(),
            r#"{"a":"\u0000"}"#.to_owned(),
            r#"{"\u0000":1}"#.to_owned(),
        ] {
            assert!(check(&bad).is_err(), "{bad:.60}");
        }
    }
}

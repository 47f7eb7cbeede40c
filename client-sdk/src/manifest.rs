//! Manifests: canonical JSON, addressed by its SHA-256.
//!
//! Canonical means: one object; keys sorted by code point; no white space between tokens; UTF-8; texts with the
//! shortest escapes; integers of at most 64 bits in decimal; every other number in the shortest form that reads back
//! to the same double, with a point or an exponent (`0.5`, `1e+30`); no key twice. Equal values have equal bytes, so
//! equal hashes.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// Most bytes of a manifest that a reader has to take.
pub const MAX_BYTES: usize = 256 * 1024;

/// What a listing's URI says of a manifest that every content store finds by its hash.
pub const CONTENT_ADDRESSED: &str = "cas:sha256";

/// Why bytes are not the manifest they were taken for.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("the manifest's hash is {found}, the listing says {expected}")]
    Mismatch { expected: String, found: String },
    #[error("the manifest has {found} bytes, {MAX_BYTES} is the most")]
    TooLarge { found: usize },
    #[error("the manifest is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a manifest is a JSON object")]
    NotAnObject,
    #[error(
        "the manifest is not canonical: sort its keys, drop white space, write numbers in their shortest form"
    )]
    NotCanonical,
    #[error("the number {0} has no exact canonical form: write it as a text")]
    Number(String),
}

/// The canonical text of a manifest.
pub fn canonical(value: &Value) -> Result<String, ManifestError> {
    if !value.is_object() {
        return Err(ManifestError::NotAnObject);
    }
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

/// SHA-256 of a manifest's bytes: its address in a content store, and what its listing carries.
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Where a content store in `folder` keeps what has this hash.
pub fn path(folder: &Path, hash: &[u8; 32]) -> PathBuf {
    folder.join(format!("{}.json", hex::encode(hash)))
}

/// Reads a manifest from wherever it came: its hash is checked first, then that it is canonical.
pub fn read(bytes: &[u8], expected: &[u8; 32]) -> Result<Value, ManifestError> {
    if bytes.len() > MAX_BYTES {
        return Err(ManifestError::TooLarge { found: bytes.len() });
    }
    let found = hash(bytes);
    if found != *expected {
        return Err(ManifestError::Mismatch {
            expected: hex::encode(expected),
            found: hex::encode(found),
        });
    }
    let value: Value = serde_json::from_slice(bytes)?;
    // A repeated key, white space or another order does not survive being written again.
    if canonical(&value)?.as_bytes() != bytes {
        return Err(ManifestError::NotCanonical);
    }
    Ok(value)
}

fn write(value: &Value, text: &mut String) -> Result<(), ManifestError> {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            list(text, ['{', '}'], fields, |(key, value), text| {
                string(key, text)?;
                text.push(':');
                write(value, text)
            })
        }
        Value::Array(items) => list(text, ['[', ']'], items, write),
        Value::String(value) => string(value, text),
        Value::Number(value) => number(value, text),
        Value::Bool(_) | Value::Null => {
            // Writing to a `String` does not fail.
            let _ = write!(text, "{value}");
            Ok(())
        }
    }
}

fn list<T>(
    text: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String) -> Result<(), ManifestError>,
) -> Result<(), ManifestError> {
    text.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(item, text)?;
    }
    text.push(close);
    Ok(())
}

fn string(value: &str, text: &mut String) -> Result<(), ManifestError> {
    text.push_str(&serde_json::to_string(value)?);
    Ok(())
}

fn number(value: &Number, text: &mut String) -> Result<(), ManifestError> {
    let written = value.to_string();
    let integer = value.is_i64() || value.is_u64();
    // A double whose shortest form the JSON reader rounds to another one would have two texts.
    if !integer && serde_json::from_str::<f64>(&written).ok() != value.as_f64() {
        return Err(ManifestError::Number(written));
    }
    text.push_str(&written);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_have_equal_bytes_whatever_their_order() {
        let a: Value =
            serde_json::from_str(r#"{ "b": [1, {"y": null, "x": true}], "a": "ä\u0001\"\/" }"#)
                .unwrap();
        let b = json!({"a": "ä\u{1}\"/", "b": [1, {"x": true, "y": null}]});
        let text = canonical(&a).unwrap();
        assert_eq!(text, r#"{"a":"ä\u0001\"/","b":[1,{"x":true,"y":null}]}"#);
        assert_eq!(canonical(&b).unwrap(), text);
        assert_eq!(read(text.as_bytes(), &hash(text.as_bytes())).unwrap(), a);
    }

    #[test]
    fn keys_are_sorted_by_code_point() {
        let text = canonical(
            &json!({"é": 1, "z": 2, "Z": 3, "\u{1F600}": 4, "\u{FF01}": 5, "a1": 6, "a": 7}),
        );
        assert_eq!(
            text.unwrap(),
            "{\"Z\":3,\"a\":7,\"a1\":6,\"z\":2,\"é\":1,\"\u{FF01}\":5,\"\u{1F600}\":4}"
        );
    }

    #[test]
    fn numbers_have_one_form() {
        let text =
            canonical(&json!({"n": [0, -1, u64::MAX, i64::MIN, 0.5, 2357.0, 32.8, 1e30]})).unwrap();
        assert_eq!(
            text,
            r#"{"n":[0,-1,18446744073709551615,-9223372036854775808,0.5,2357.0,32.8,1e+30]}"#
        );
        for other in [
            r#"{"n":0.50}"#,
            r#"{"n":5e-1}"#,
            r#"{"n":1e30}"#,
            r#"{"n":+1}"#,
            r#"{"n":01}"#,
        ] {
            assert!(
                read(other.as_bytes(), &hash(other.as_bytes())).is_err(),
                "{other}"
            );
        }
    }

    #[test]
    fn i21_what_is_not_the_manifest_is_named() {
        let text = r#"{"a":1}"#;
        assert!(matches!(
            read(text.as_bytes(), &[0; 32]),
            Err(ManifestError::Mismatch { .. })
        ));
        let refused = |text: &str| read(text.as_bytes(), &hash(text.as_bytes())).unwrap_err();
        assert!(matches!(refused("[1]"), ManifestError::NotAnObject));
        assert!(matches!(refused("{\"a\":1} "), ManifestError::NotCanonical));
        assert!(matches!(
            refused(r#"{"a":1,"a":1}"#),
            ManifestError::NotCanonical
        ));
        assert!(matches!(
            refused(r#"{"b":1,"a":1}"#),
            ManifestError::NotCanonical
        ));
        assert!(matches!(
            refused(r#"{"a":"\u00e4"}"#),
            ManifestError::NotCanonical
        ));
        assert!(matches!(refused("{"), ManifestError::Json(_)));
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        assert!(
            matches!(refused(&deep), ManifestError::Json(_)),
            "nested too deeply"
        );
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BYTES));
        assert!(matches!(refused(&long), ManifestError::TooLarge { .. }));
    }

    #[test]
    fn a_store_finds_a_manifest_by_its_hash() {
        let path = path(Path::new("store"), &hash(b"{}"));
        assert_eq!(
            path.to_str(),
            Some("store/44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a.json")
        );
    }
}

//! The manifest of an asset: canonical JSON, addressed by its SHA-256.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Asset;

/// The text of a manifest and its hash.
///
/// Canonical: keys sorted by code point, no white space, UTF-8, numbers as given, texts with the
/// shortest escapes. Equal assets have equal manifests, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub hash: [u8; 32],
    pub text: String,
}

impl Manifest {
    /// What a listing's URI says: look the hash up in a content-addressed store.
    pub const URI: &'static str = "cas:sha256";

    pub fn of(asset: &Asset) -> Self {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() && value != json!([]) && value != json!({}) {
                fields.insert(name.to_owned(), value);
            }
        };
        put("key", json!(asset.key));
        put("kind", json!(asset.kind));
        put("publisher", json!(asset.publisher));
        put("name", json!(asset.name));
        put("source", json!(asset.source));
        put("revision", json!(asset.revision));
        put("license", json!(asset.license));
        put("tags", json!(asset.tags));
        put("attributes", json!(asset.attributes));
        let pricing = asset.pricing.iter().map(|price| {
            json!({"mode": price.mode, "unit": price.unit, "price_micro_usd": price.price_micro_usd})
        });
        put("pricing", pricing.collect());
        let parents = asset
            .parents
            .iter()
            .map(|parent| json!({"key": parent.key, "relation": parent.relation}));
        put("parents", parents.collect());
        let mut text = String::new();
        write_canonical(&Value::Object(fields), &mut text);
        let hash = Sha256::digest(text.as_bytes()).into();
        Self { hash, text }
    }

    /// Where a store in `folder` keeps the manifest with this hash.
    pub fn path(folder: &Path, hash: &[u8; 32]) -> PathBuf {
        folder.join(format!("{}.json", hex::encode(hash)))
    }

    /// Writes the manifest into the store. One that is there already is left alone.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn store(&self, folder: &Path) -> io::Result<()> {
        let path = Self::path(folder, &self.hash);
        if path.exists() {
            return Ok(());
        }
        // A reader must never see half a manifest under its final name.
        let part = path.with_extension("part");
        fs::write(&part, &self.text)?;
        fs::rename(part, path)
    }
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_canonical(&json!(key), text);
                text.push(':');
                write_canonical(&map[key], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        // Writing to a String does not fail.
        scalar => {
            let _ = write!(text, "{scalar}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::parse;

    fn manifest(line: &str) -> Manifest {
        Manifest::of(&parse(line, None).unwrap()[0])
    }

    #[test]
    fn text_is_sorted_without_white_space_and_numbers_stay_as_given() {
        let line = r#"{"name":"Ä \"x\"", "publisher":"p", "kind":"service", "key":"service/x",
            "attributes":{"b":32768.0,"a":12345678901234567,"c":["z","y"],"d":true},
            "pricing":[{"unit":"query","mode":"metered","price_micro_usd":3}]}"#
            .replace('\n', " ");
        assert_eq!(
            manifest(&line).text,
            concat!(
                r#"{"attributes":{"a":12345678901234567,"b":32768.0,"c":["z","y"],"d":true},"#,
                r#""key":"service/x","kind":"service","name":"Ä \"x\"","#,
                r#""pricing":[{"mode":"metered","price_micro_usd":3,"unit":"query"}],"#,
                r#""publisher":"p"}"#
            )
        );
    }

    #[test]
    fn the_order_of_fields_in_the_file_does_not_matter_but_every_value_does() {
        let one =
            manifest(r#"{"key":"model/a","kind":"model","publisher":"p","name":"a","tags":["t"]}"#);
        let same =
            manifest(r#"{"tags":["t"],"name":"a","publisher":"p","kind":"model","key":"model/a"}"#);
        let other =
            manifest(r#"{"key":"model/a","kind":"model","publisher":"p","name":"a","tags":["u"]}"#);
        assert_eq!(one, same);
        assert_ne!(one.hash, other.hash);
    }

    #[test]
    fn what_is_stored_is_found_under_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = manifest(r#"{"key":"model/a","kind":"model","publisher":"p","name":"a"}"#);
        manifest.store(folder.path()).unwrap();
        manifest.store(folder.path()).unwrap();
        let stored = fs::read(Manifest::path(folder.path(), &manifest.hash)).unwrap();
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&stored)), manifest.hash);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

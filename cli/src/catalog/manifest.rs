//! The manifest of an asset.

use pedigree_sdk::manifest::{self, ManifestError};
use serde_json::{Map, Value, json};

use super::Asset;

/// The canonical text of a manifest and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub hash: [u8; 32],
    pub text: String,
}

impl Manifest {
    /// The manifest of an asset; fields that are unknown are left out.
    ///
    /// # Errors
    /// When an attribute is a number without an exact canonical form.
    pub fn of(asset: &Asset) -> Result<Self, ManifestError> {
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
        let text = manifest::canonical(&Value::Object(fields))?;
        let hash = manifest::hash(text.as_bytes());
        Ok(Self { hash, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::parse;

    fn manifest(line: &str) -> Manifest {
        Manifest::of(&parse(line, None).unwrap()[0]).unwrap()
    }

    #[test]
    fn every_known_field_is_in_the_manifest_as_the_catalogue_has_it() {
        let line = r#"{"name":"x", "publisher":"p", "kind":"service", "key":"service/x",
            "attributes":{"b":32768.0,"a":12345678901234567,"c":["z","y"],"d":true},
            "pricing":[{"unit":"query","mode":"metered","price_micro_usd":3}]}"#;
        assert_eq!(
            manifest(&line.replace('\n', " ")).text,
            concat!(
                r#"{"attributes":{"a":12345678901234567,"b":32768.0,"c":["z","y"],"d":true},"#,
                r#""key":"service/x","kind":"service","name":"x","#,
                r#""pricing":[{"mode":"metered","price_micro_usd":3,"unit":"query"}],"#,
                r#""publisher":"p"}"#
            )
        );
    }

    #[test]
    fn no_fact_of_the_catalogue_is_lost_or_added() {
        let text = include_str!("../../../catalog/ai-assets.jsonl");
        for (line, asset) in text.lines().zip(parse(text, None).unwrap()) {
            let manifest = Manifest::of(&asset).unwrap().text;
            let manifest: Value = serde_json::from_str(&manifest).unwrap();
            assert_eq!(manifest, serde_json::from_str::<Value>(line).unwrap());
        }
    }
}

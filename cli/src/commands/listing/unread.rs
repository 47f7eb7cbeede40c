//! What a manifest says and the index does not show: that is no error, and easily missed.

use pedigree_indexer::api::{ATTRIBUTE_NAME, is_attribute_name};
use pedigree_sdk::manifest::hash;
use serde_json::Value;

/// What a listing's account says of itself, whatever its manifest does.
#[derive(Clone, Debug)]
pub struct Registered {
    /// SHA-256 of its text.
    pub key: [u8; 32],
    pub kind: &'static str,
    pub name: String,
    pub license: String,
}

/// Texts of which the index reads nothing else.
const TEXTS: [&str; 3] = ["description", "summary", "source"];

/// A line for each field that the index drops, or shows otherwise.
pub fn warnings(manifest: &Value, registered: &Registered) -> Vec<String> {
    let said = |field: &str| manifest.get(field).filter(|value| !value.is_null());
    let mut warnings = Vec::new();
    for field in TEXTS {
        if said(field).is_some_and(|value| !value.is_string()) {
            warnings.push(format!("{field} is no text, the index drops it"));
        }
    }
    for (field, registered) in [
        ("kind", registered.kind),
        ("name", &registered.name),
        ("license", &registered.license),
    ] {
        if let Some(value) = said(field).filter(|value| *value != registered) {
            warnings.push(format!(
                "{field} {value} is not the registered one, {registered:?}, which the index shows"
            ));
        }
    }
    if let Some(value) = said("key") {
        let same = value.as_str().map(|key| hash(key.as_bytes())) == Some(registered.key);
        if !same {
            warnings.push(format!(
                "key {value} is not the registered one, of which the index shows the hash"
            ));
        }
    }
    warnings.extend(said("tags").and_then(tags));
    match said("attributes") {
        Some(Value::Object(attributes)) => {
            let names = attributes.keys().filter(|name| !is_attribute_name(name));
            warnings.extend(names.map(|name| {
                format!(
                    "attribute {name:?} is not {ATTRIBUTE_NAME}, `search --attr` cannot ask for it"
                )
            }));
        }
        Some(_) => warnings.push("attributes is no object, the index drops it".to_owned()),
        None => {}
    }
    warnings
}

fn tags(value: &Value) -> Option<String> {
    let Value::Array(tags) = value else {
        return Some("tags is no list of texts, the index drops it".to_owned());
    };
    let dropped = tags.iter().filter(|tag| !tag.is_string()).count();
    (dropped > 0).then(|| format!("{dropped} of tags are no texts, the index drops them"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(manifest: &Value) -> Vec<String> {
        let registered = Registered {
            key: hash(b"k"),
            kind: "model",
            name: "Mine".to_owned(),
            license: String::new(),
        };
        warnings(manifest, &registered)
    }

    #[test]
    fn what_the_index_shows_as_it_is_written_is_not_warned_of() {
        let whole = json!({
            "key": "k", "kind": "model", "name": "Mine", "license": null, "summary": "s", "source": "u",
            "tags": ["a"], "attributes": {"layers_2": 12}, "revision": 3,
        });
        for manifest in [whole, json!({}), json!({"tags": [], "attributes": {}})] {
            assert_eq!(told(&manifest), [""; 0]);
        }
    }

    #[test]
    fn each_field_that_is_dropped_or_shown_otherwise_is_warned_of_once() {
        let long = "x".repeat(41);
        for (field, value, words) in [
            ("summary", json!(["s"]), "summary is no text"),
            ("description", json!({}), "description is no text"),
            ("source", json!(1), "source is no text"),
            (
                "kind",
                json!("dataset"),
                r#"kind "dataset" is not the registered one, "model""#,
            ),
            (
                "name",
                json!("mine"),
                r#"name "mine" is not the registered one, "Mine""#,
            ),
            (
                "license",
                json!("mit"),
                r#"license "mit" is not the registered one, """#,
            ),
            (
                "key",
                json!("other"),
                r#"key "other" is not the registered one"#,
            ),
            ("key", json!(7), "key 7 is not the registered one"),
            ("tags", json!("a,b"), "tags is no list of texts"),
            ("tags", json!(["a", 1, null]), "2 of tags are no texts"),
            ("attributes", json!([1]), "attributes is no object"),
            ("attributes", json!({"Layers": 1}), r#"attribute "Layers""#),
            ("attributes", json!({ long: 1 }), "attribute \"xxx"),
            ("attributes", json!({"": 1}), r#"attribute """#),
        ] {
            let mut manifest = json!({});
            manifest[field] = value;
            let told = told(&manifest);
            assert_eq!(told.len(), 1, "{manifest}: {told:?}");
            assert!(told[0].starts_with(words), "{words}: {told:?}");
        }
    }
}

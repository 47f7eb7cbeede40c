//! A catalogue: a file of assets, one JSON object a line, parents before children.

mod asset;
mod fields;
mod manifest;

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

pub use asset::{Asset, Parent, Price};
pub use manifest::Manifest;

/// What is wrong with a catalogue, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("catalogue line {line}{}: {problem}", .field.as_ref().map(|f| format!(", field {f}")).unwrap_or_default())]
pub struct CatalogError {
    /// From 1.
    pub line: usize,
    pub field: Option<String>,
    pub problem: String,
}

/// Why a catalogue file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("catalogue {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: {source}")]
    Catalog { path: PathBuf, source: CatalogError },
}

/// Reads a catalogue file; see [`parse`].
///
/// # Errors
/// When the file cannot be read, or is no catalogue.
pub fn read(path: &Path, limit: Option<usize>) -> Result<Vec<Asset>, ReadError> {
    let text = fs::read_to_string(path).map_err(|source| ReadError::Io {
        path: path.to_path_buf(),
        source,
    })?;
    parse(&text, limit).map_err(|source| ReadError::Catalog {
        path: path.to_path_buf(),
        source,
    })
}

/// Reads a whole catalogue, or at most its first `limit` assets.
///
/// Whatever the limit, every line is checked: a file with an error anywhere is refused.
///
/// # Errors
/// On the first line that is no asset, repeats a key, or names a parent that no line before it has.
pub fn parse(text: &str, limit: Option<usize>) -> Result<Vec<Asset>, CatalogError> {
    let mut assets = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_number = index.saturating_add(1);
        let asset = Asset::parse(line).map_err(|(field, problem)| CatalogError {
            line: line_number,
            field,
            problem,
        })?;
        assets.push((line_number, asset));
    }
    check_order(&assets)?;
    let mut assets: Vec<Asset> = assets.into_iter().map(|(_, asset)| asset).collect();
    assets.truncate(limit.unwrap_or(usize::MAX));
    Ok(assets)
}

fn check_order(assets: &[(usize, Asset)]) -> Result<(), CatalogError> {
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for (line, asset) in assets {
        if let Some(first) = lines.insert(&asset.key, *line) {
            return Err(CatalogError {
                line: *line,
                field: Some("key".to_owned()),
                problem: format!("{} is on line {first} already", asset.key),
            });
        }
    }
    for (line, asset) in assets {
        for parent in &asset.parents {
            let problem = match lines.get(parent.key.as_str()) {
                Some(at) if at < line => continue,
                Some(at) if at == line => "an asset cannot be its own parent".to_owned(),
                Some(at) => format!(
                    "the parent {} comes only on line {at}: move it before its children",
                    parent.key
                ),
                None => format!("the parent {} is not in the catalogue", parent.key),
            };
            return Err(CatalogError {
                line: *line,
                field: Some("parents".to_owned()),
                problem,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (usize, Option<String>, String) {
        let error = parse(text, None).unwrap_err();
        (error.line, error.field, error.problem)
    }

    const A: &str = r#"{"key":"model/a","kind":"model","publisher":"p","name":"a"}"#;
    const B_OF_A: &str = r#"{"key":"model/b","kind":"model","publisher":"p","name":"b","parents":[{"key":"model/a","relation":"adapted_from"}]}"#;

    #[test]
    fn the_committed_catalogue_parses_whole() {
        let text = include_str!("../../../catalog/ai-assets.jsonl");
        let assets = parse(text, None).unwrap();
        assert_eq!(assets.len(), 5_648);
        let edges: usize = assets.iter().map(|asset| asset.parents.len()).sum();
        assert_eq!(edges, 6_163);
    }

    #[test]
    fn a_parent_after_its_child_is_refused_naming_the_childs_line() {
        assert_eq!(parse(&format!("{A}\n{B_OF_A}"), None).unwrap().len(), 2);
        let (line, field, problem) = error(&format!("{B_OF_A}\n{A}"));
        assert_eq!((line, field.as_deref()), (1, Some("parents")));
        assert!(
            problem.contains("model/a") && problem.contains("line 2"),
            "{problem}"
        );
    }

    #[test]
    fn a_missing_parent_is_refused_even_beyond_the_limit() {
        let missing = B_OF_A.replace("model/a", "model/none");
        let error = parse(&format!("{A}\n{missing}"), Some(1)).unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.problem.contains("model/none"));
    }

    #[test]
    fn a_repeated_key_names_both_lines() {
        let (line, field, problem) = error(&format!("{A}\n{B_OF_A}\n{A}"));
        assert_eq!((line, field.as_deref()), (3, Some("key")));
        assert!(problem.contains("line 1"), "{problem}");
    }

    #[test]
    fn a_line_that_is_no_json_is_named() {
        let (line, field, _) = error(&format!("{A}\n{{\"key\":"));
        assert_eq!((line, field), (2, None));
    }
}

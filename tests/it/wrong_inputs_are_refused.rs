//! Each wrong input gets one clear error that names it, and the documented exit status.

use std::net::TcpListener;

use pedigree_tests::{
    catalog::Catalog,
    market::{path, run},
};
use tempfile::tempdir;

/// Runs `pedigree up ARGS` and returns status and the last line of its errors.
fn up(args: &[&str]) -> (Option<i32>, String) {
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    let output = run(&[
        &["up", "--http", "127.0.0.1:0", "--data-dir", path(&data)],
        args,
    ]
    .concat());
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), errors)
}

#[test]
fn an_unknown_rpc_is_named() {
    let (status, errors) = up(&[
        "--rpc-url",
        "http://127.0.0.1:9",
        "--ws-url",
        "ws://127.0.0.1:9",
    ]);
    assert_eq!(status, Some(1), "{errors}");
    assert!(errors.contains("127.0.0.1:9"), "{errors}");
}

#[test]
fn a_wrong_database_url_is_named() {
    let (status, errors) = up(&[
        "--database-url",
        "postgres://nobody@127.0.0.1:9/none",
        "--limit",
        "1",
    ]);
    assert_eq!(status, Some(1), "{errors}");
    assert!(
        errors.contains("127.0.0.1:9") || errors.contains("database"),
        "{errors}"
    );
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    let output = run(&[
        "up",
        "--http",
        &address,
        "--data-dir",
        path(&data),
        "--limit",
        "1",
    ]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&address), "{errors}");
}

#[test]
fn a_malformed_line_is_named_with_its_field_before_anything_starts() {
    let part = Catalog::whole().part(60);
    let mut lines: Vec<&str> = part
        .assets
        .iter()
        .map(|asset| asset.line.as_str())
        .collect();
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("catalog.jsonl");
    for (bad, field) in [
        (
            r#"{"key":"model/x","kind":"statue","publisher":"p","name":"x"}"#,
            "kind",
        ),
        (
            r#"{"key":"model/x","kind":"model","publisher":"p"}"#,
            "name",
        ),
        (
            r#"{"key":"model/x","kind":"model","publisher":"p","name":"x","parents":[{"key":"model/none","relation":"adapted_from"}]}"#,
            "parents",
        ),
        (r#"{"key":"model/x","kind":"#, "line 31"),
    ] {
        lines.insert(30, bad);
        std::fs::write(&file, lines.join("\n")).expect("a file");
        let (status, errors) = up(&["--catalog", path(&file)]);
        assert_eq!(status, Some(1), "{errors}");
        assert!(
            errors.contains("line 31") && errors.contains(field),
            "{bad}: {errors}"
        );
        lines.remove(30);
    }
}

#[test]
fn a_parent_that_comes_after_its_child_is_named() {
    let part = Catalog::whole().part(60);
    let mut assets = part.assets.clone();
    let child = assets
        .iter()
        .position(|asset| !asset.parents.is_empty())
        .expect("a child");
    let asset = assets.remove(child);
    assets.insert(0, asset.clone());
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("catalog.jsonl");
    let text: Vec<&str> = assets.iter().map(|asset| asset.line.as_str()).collect();
    std::fs::write(&file, text.join("\n")).expect("a file");
    let (status, errors) = up(&["--catalog", path(&file)]);
    assert_eq!(status, Some(1), "{errors}");
    let parent = &asset.parents.first().expect("a parent").0;
    assert!(
        errors.contains("line 1") && errors.contains("parents"),
        "{parent}: {errors}"
    );
}

#[test]
fn wrong_use_exits_with_two() {
    for args in [
        &["frobnicate"][..],
        &["order", "open"],
        &["up", "--limit", "many"],
        &["search", "--kind"],
    ] {
        let output = run(args);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stderr.is_empty());
    }
}

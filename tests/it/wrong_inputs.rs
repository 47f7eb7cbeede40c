//! Each wrong input gets one clear line that names it, and the documented exit status.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    thread,
};

use pedigree_tests::{
    catalog::Catalog,
    market::{path, refused, run},
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use tempfile::tempdir;

/// `pedigree up ARGS` in a new folder has to fail with one line that says all of `words`, before it starts anything.
fn up(args: &[&str], words: &[&str]) {
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    let begin = ["up", "--http", "127.0.0.1:0", "--data-dir", path(&data)];
    refused(&[&begin, args].concat(), words);
    let left = fs::read_dir(&data).expect("the data directory").flatten();
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["up.lock"], "something was started");
}

/// An address on which nobody listens.
fn nobody() -> String {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    taken.local_addr().expect("its address").to_string()
}

#[test]
fn an_unknown_rpc_is_named_without_the_key_in_its_url() {
    let nobody = nobody();
    let (rpc, ws) = (
        format!("http://{nobody}/?key=secret"),
        format!("ws://{nobody}"),
    );
    let folder = tempdir().expect("a folder");
    let output = run(&[
        "up",
        "--http",
        "127.0.0.1:0",
        "--data-dir",
        path(folder.path()),
        "--rpc-url",
        &rpc,
        "--ws-url",
        &ws,
    ]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let named = format!("no Solana network answers at http://{nobody}: ");
    assert!(
        errors.contains(&named) && !errors.contains("secret"),
        "{errors}"
    );
}

#[test]
fn a_wrong_database_url_is_named_without_its_password_before_anything_starts() {
    let nobody = nobody();
    let url = format!("postgres://me:secret@{nobody}/shop");
    let place = format!("database {nobody}/shop (--database-url): ");
    up(&["--database-url", &url], &[&place, "refused"]);
    up(
        &["--database-url", "postgres:/nowhere"],
        &["--database-url"],
    );
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let folder = tempdir().expect("a folder");
    let args = ["up", "--http", &address, "--data-dir", path(folder.path())];
    refused(&args, &[&address, "--http", "in use"]);
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
            "field kind",
        ),
        (
            r#"{"key":"model/x","kind":"model","publisher":"p"}"#,
            "field name",
        ),
        (
            r#"{"key":"model/x","kind":"model","publisher":"p","name":"x","parents":[{"key":"model/none","relation":"adapted_from"}]}"#,
            "parents",
        ),
        (r#"{"key":"model/x","kind":"#, "line 31"),
    ] {
        lines.insert(30, bad);
        fs::write(&file, lines.join("\n")).expect("a file");
        up(
            &["--catalog", path(&file)],
            &[path(&file), "line 31", field],
        );
        lines.remove(30);
    }
    refused(&["catalog", "import", "/none.jsonl"], &["/none.jsonl"]);
}

#[test]
fn a_parent_that_comes_after_its_child_is_named() {
    let part = Catalog::whole().part(60);
    let mut assets = part.assets.clone();
    let child = assets.iter().position(|asset| !asset.parents.is_empty());
    let asset = assets.remove(child.expect("a child"));
    assets.insert(0, asset);
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("catalog.jsonl");
    let text: Vec<&str> = assets.iter().map(|asset| asset.line.as_str()).collect();
    fs::write(&file, text.join("\n")).expect("a file");
    up(&["--catalog", path(&file)], &["line 1", "parents"]);
    let import = ["catalog", "import", path(&file), "--endpoints", "/none"];
    refused(&import, &["line 1", "parents"]);
}

#[test]
fn commands_without_a_deployment_say_how_to_start_one() {
    let search = ["search", "x", "--endpoints", "/none/endpoints.json"];
    refused(&search, &["/none/endpoints.json", "pedigree up"]);
}

#[test]
fn wrong_use_exits_with_two_and_is_told_in_json_where_that_is_asked_for() {
    for args in [
        &["frobnicate"][..],
        &["order", "open"],
        &["up", "--limit", "many"],
        &["up", "--http", "nowhere"],
        &["up", "--rpc-url", "http://x"],
        &["search", "--kind"],
    ] {
        for json in [&[][..], &["--output", "json"], &["--output=json"]] {
            let output = run(&[json, args].concat());
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
            assert!(!errors.is_empty(), "{args:?}");
            if json.is_empty() {
                assert!(output.stdout.is_empty(), "{args:?}");
            } else {
                let told: Value = serde_json::from_slice(&output.stdout).expect("a document");
                assert!(told["error"].is_string(), "{args:?}: {told}");
            }
        }
    }
}

#[test]
fn a_value_that_cannot_be_read_is_named_with_the_form_that_it_should_have() {
    for (args, status, words) in [
        (
            &["listing", "show", "abc"][..],
            2,
            ["'abc' for '<LISTING>'", "32 bytes in base58"],
        ),
        (
            &["order", "open", "--listing", "0OIl"],
            2,
            ["'0OIl' for '--listing", "32 bytes in base58"],
        ),
        (
            &["up", "--http", "nowhere"],
            2,
            ["--http", "such as 127.0.0.1:8080"],
        ),
        (
            &[
                "order",
                "refund",
                "11111111111111111111111111111111",
                "--amount",
                "1.5",
            ],
            2,
            ["'1.5' for '--amount", "a whole number"],
        ),
        (
            &["index", "check", "--database-url", "nonsense"],
            1,
            ["--database-url", "postgres://USER@HOST:PORT/NAME"],
        ),
        (
            &[
                "index",
                "record",
                "f",
                "--from",
                "0",
                "--to",
                "1",
                "--rpc-url",
                "x",
            ],
            1,
            ["--rpc-url", "such as http://127.0.0.1:8899"],
        ),
    ] {
        let output = run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {errors}");
        for words in words {
            assert!(errors.contains(words), "{args:?}, {words}: {errors}");
        }
    }
}

#[test]
fn a_value_that_the_courts_verbs_cannot_read_is_named_with_its_field() {
    let some = "11111111111111111111111111111111";
    for (args, named) in [
        (
            &["stake", "lock", "--amount", "1.5"][..],
            "'1.5' for '--amount",
        ),
        (&["stake", "unlock", "abc"], "'abc' for '<POSITION>'"),
        (&["stake", "withdraw", some, "--to", "x"], "'x' for '--to"),
        (&["stake", "show", "abc"], "'abc' for '<POSITION>'"),
        (&["stake", "list", "--owner", "x"], "'x' for '--owner"),
        (
            &["attest", "post", some, "--verdict", "fine"],
            "'fine' for '--verdict",
        ),
        (
            &["attest", "slash", some, "--number", "70000"],
            "'70000' for '--number",
        ),
        (&["epoch", "record", "abc"], "'abc' for '<ORDER>'"),
        (&["epoch", "claim", "0", "x"], "'x' for '[EPOCH]...'"),
        (&["epoch", "claim", "--to", "x"], "'x' for '--to"),
        (&["epoch", "expire", "-1"], "'-1'"),
        (&["epoch", "show", "x"], "'x' for '[EPOCH]'"),
        (
            &["deploy", "offer", "market"],
            "'market' for '[PROGRAM]...'",
        ),
        (&["deploy", "offer", "--to", "x", "--fees"], "--fees"),
        (&["attest", "close", "abc"], "'abc' for '<ATTESTATION>'"),
        (&["attest", "show", "abc"], "'abc' for '<ATTESTATION>'"),
        (&["dispute", "case", "abc"], "'abc' for '<ORDER>'"),
        (&["dispute", "complain", "abc"], "'abc' for '<LISTING>'"),
        (
            &["dispute", "challenge", some, "--parent", "x"],
            "'x' for '--parent",
        ),
        (
            &["dispute", "apply-edge", some, "--missing", "like"],
            "'like' for '--missing",
        ),
        (
            &["dispute", "evidence", some, "--hash", "7e"],
            "'7e' for '--hash",
        ),
        (
            &["dispute", "commit", some, "--share", "30"],
            "'30' for '--share",
        ),
        (
            &["dispute", "reveal", some, "--position", "x"],
            "'x' for '--position",
        ),
        (&["dispute", "tally", "abc"], "'abc' for '<DISPUTE>'"),
        (
            &["dispute", "appeal", some, "--direction", "left"],
            "'left' for '--direction",
        ),
        (&["dispute", "finish", "abc"], "'abc' for '<DISPUTE>'"),
        (
            &["dispute", "settle", some, "--round", "300"],
            "'300' for '--round",
        ),
        (
            &["dispute", "pay-bond", some, "--index", "x"],
            "'x' for '--index",
        ),
        (&["dispute", "show", "abc"], "'abc' for '<DISPUTE>'"),
        (&["dispute", "list", "--opener", "x"], "'x' for '--opener"),
    ] {
        let output = run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert!(errors.contains(named), "{args:?}, {named}: {errors}");
    }
}

#[test]
fn a_value_that_a_proposal_cannot_have_is_named_with_its_field() {
    let some = "11111111111111111111111111111111";
    for (args, named) in [
        (
            &["update-dao", "--evidence", "1w"][..],
            "'1w' for '--evidence",
        ),
        (&["update-dao", "--case-bond", "x"], "'x' for '--case-bond"),
        (&["update-reward", "--paused", "1"], "'1' for '--paused"),
        (&["update-reward", "--cooling", "x"], "'x' for '--cooling"),
        (
            &["set-guardians", "--threshold", "300"],
            "'300' for '--threshold",
        ),
        (&["set-guardians", "--none", "--threshold", "1"], "--none"),
        (&["upgrade", "market", "--buffer", some], "'market' for '"),
        (&["upgrade", "dao", "--buffer", "x"], "'x' for '--buffer"),
        (
            &["upgrade", "dao", "--buffer", some, "--hash", "7e"],
            "'7e' for '--hash",
        ),
        (&["upgrade", "dao"], "--buffer"),
    ] {
        let output = run(&[&["proposal", "propose"], args, &["--decree"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert!(errors.contains(named), "{args:?}, {named}: {errors}");
    }
}

#[test]
fn a_main_network_gets_no_catalogue() {
    let main = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
    let rpc = node_of(main);
    let folder = tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap_or(Path::new("/"))).expect("a folder");
        fs::write(&file, text).expect("a file");
        path(&file).to_owned()
    };
    let key = Keypair::new().to_bytes();
    write("wallets/deployer.json", format!("{:?}", key.as_slice()));
    let endpoints = json!({
        "http": "http://127.0.0.1:9", "rpc": rpc, "ws": "ws://127.0.0.1:9", "database": "",
        "genesis": main, "mint": main, "wallets": folder.path().join("wallets"),
        "programs": {"listing": null, "escrow": null, "reward": null, "dao": null},
    });
    let endpoints = write("endpoints.json", endpoints.to_string());
    let asset = r#"{"key":"model/a","kind":"model","publisher":"p","name":"a"}"#;
    let catalog = write("c.jsonl", asset.to_owned());
    let import = ["catalog", "import", &catalog, "--endpoints", &endpoints];
    refused(&import, &["main network"]);
}

/// The URL of a node that knows its genesis hash and nothing else.
fn node_of(genesis: &'static str) -> String {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", server.local_addr().expect("its address"));
    thread::spawn(move || {
        for mut stream in server.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let body = json!({"jsonrpc": "2.0", "id": 0, "result": genesis}).to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let length = body.len();
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
        }
    });
    url
}

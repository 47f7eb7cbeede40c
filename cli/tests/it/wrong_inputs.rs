//! Each wrong input has one clear line and status 1.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use pedigree_localnet::postgres::TestDatabase;
use serde_json::json;

use crate::running::{Up, pedigree};

fn up(args: &[&str]) -> crate::running::Done {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let fixed = ["up", "--http", "127.0.0.1:0", "--data-dir", data_dir];
    pedigree(&[&fixed, args].concat())
}

#[test]
fn port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    pedigree(&["up", "--http", &address, "--data-dir", data_dir])
        .assert_error(&[&address, "--http", "in use"]);
}

#[test]
fn unknown_rpc() {
    let nobody = "http://127.0.0.1:9";
    up(&["--rpc-url", nobody, "--ws-url", "ws://127.0.0.1:9"])
        .assert_error(&["no Solana network answers", nobody]);
}

#[test]
fn wrong_database_url() {
    up(&[
        "--limit",
        "1",
        "--database-url",
        "postgres://nobody@127.0.0.1:9/none",
    ])
    .assert_error(&["database"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn database_of_another_network() {
    let database = TestDatabase::create().await;
    let args = ["--limit", "1", "--database-url", database.url()];
    let folder = tempfile::tempdir().unwrap();
    let mut first = Up::start(folder.path(), &args);
    let genesis = first.endpoint("genesis");
    first.signal("TERM");
    first.wait();
    up(&args).assert_error(&["network", &genesis]);
}

#[test]
fn catalogue_errors_name_file_line_and_field_and_start_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.jsonl");
    let path = file.to_str().unwrap();
    let good = json!({"key": "model/a", "kind": "model", "publisher": "p", "name": "a"});
    let mut bad = good.clone();
    bad["key"] = json!("model/b");
    bad["kind"] = json!("modell");
    fs::write(&file, format!("{good}\n{bad}\n")).unwrap();
    up(&["--catalog", path]).assert_error(&[path, "line 2", "field kind", "modell"]);

    bad["kind"] = json!("model");
    bad["parents"] = json!([{"key": "model/a", "relation": "serves"}]);
    fs::write(&file, format!("{bad}\n{good}\n")).unwrap();
    up(&["--catalog", path]).assert_error(&["line 1", "parents", "model/a", "line 2"]);
    pedigree(&["catalog", "import", path, "--endpoints", "/none"]).assert_error(&["line 1"]);

    pedigree(&["catalog", "import", "/none.jsonl"]).assert_error(&["/none.jsonl"]);
}

#[test]
fn commands_without_a_deployment_say_how_to_start_one() {
    pedigree(&["search", "x", "--endpoints", "/none/endpoints.json"])
        .assert_error(&["/none/endpoints.json", "pedigree up"]);
}

#[test]
fn unknown_listing_order_and_wallet_stale_price_and_missing_funds() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &["--limit", "1"]);
    let nothing = "11111111111111111111111111111112";
    up.run(&["listing", "show", nothing])
        .assert_error(&["no listing", nothing]);
    up.run(&["order", "show", nothing])
        .assert_error(&["no order", nothing]);
    up.run(&["order", "open", "--listing", nothing])
        .assert_error(&["no listing", nothing]);
    up.run(&["listing", "pause", nothing, "--wallet", "nobody"])
        .assert_error(&["no wallet nobody", "buyer"]);

    let manifest = folder.path().join("m.json");
    fs::write(&manifest, r#"{"name":"x"}"#).unwrap();
    let register = |key: &str, term: &str| {
        let manifest = manifest.to_str().unwrap();
        let args = [
            "--key",
            key,
            "--kind",
            "model",
            "--name",
            "x",
            "--manifest",
            manifest,
        ];
        let more = ["--term", term];
        let done = up
            .run(&[&["listing", "register"][..], &args, &more].concat())
            .json();
        let listing = done["address"].as_str().unwrap().to_owned();
        up.run(&["listing", "activate", &listing]).json();
        listing
    };
    let cheap = register("cheap", "mode=one_time,unit=copy,price=1000");
    up.run(&["order", "open", "--listing", &cheap, "--price", "999"])
        .assert_error(&["PriceChanged"]);
    up.run(&["order", "open", "--listing", &cheap, "--wallet", "nobody"])
        .assert_error(&["no wallet nobody", "buyer"]);
    up.run(&["listing", "pause", &cheap, "--wallet", "buyer"])
        .assert_error(&["NotListingAuthority"]);
    up.run(&[
        "order",
        "open",
        "--listing",
        &cheap,
        "--quantity",
        "2000000000",
    ])
    .assert_error(&["DepositTooLarge"]);
    let dear = register("dear", "mode=one_time,unit=copy,price=1000000000000");
    up.run(&["order", "open", "--listing", &dear]).json();
    up.run(&["order", "open", "--listing", &dear])
        .assert_error(&["InsufficientFunds"]);
}

#[test]
fn a_main_network_gets_no_catalogue() {
    let main = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let rpc = format!("http://{}", server.local_addr().unwrap());
    // A node that knows its genesis hash and nothing else.
    thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let body = json!({"jsonrpc": "2.0", "id": 0, "result": main}).to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let length = body.len();
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let wallets = folder.path().join("wallets");
    pedigree_cli::wallets::Wallets::in_folder(wallets.clone())
        .get_or_create("deployer")
        .unwrap();
    let endpoints = folder.path().join("endpoints.json");
    let text = json!({
        "http": "http://127.0.0.1:9", "rpc": rpc, "ws": "ws://127.0.0.1:9", "database": "",
        "genesis": main, "mint": main, "wallets": wallets,
        "programs": {"listing": null, "escrow": null, "reward": null, "dao": null},
    });
    fs::write(&endpoints, text.to_string()).unwrap();
    let catalog = folder.path().join("c.jsonl");
    fs::write(
        &catalog,
        r#"{"key":"model/a","kind":"model","publisher":"p","name":"a"}"#,
    )
    .unwrap();
    let (catalog, endpoints) = (catalog.to_str().unwrap(), endpoints.to_str().unwrap());
    pedigree(&["catalog", "import", catalog, "--endpoints", endpoints])
        .assert_error(&["main network"]);
}

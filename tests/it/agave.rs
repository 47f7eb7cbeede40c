//! What only a network has that votes: blocks that are confirmed first and final half a minute later, and a deployment
//! on a network that outlives it.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use pedigree_sdk::{
    api::Api,
    verify::{self, Verdict},
};
use pedigree_tests::{
    catalog::Catalog,
    market::{Market, json, path},
    network,
};
use serde_json::Value;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_program::pubkey::Pubkey;
use sqlx::{Connection, PgConnection};

use crate::{
    killed_indexer::second_database,
    life::listens,
    shop::{Shop, address, text},
};

/// Slots that are left empty after the last event: some 25 seconds.
const EMPTY: u64 = 64;
const LOOK_EVERY: Duration = Duration::from_millis(100);
const GONE_WITHIN: Duration = Duration::from_secs(200);
/// Folder of the validator whose owner is killed.
const OWNED: &str = "PEDIGREE_TEST_VALIDATOR_IN";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Agave's validator: make test-agave"]
async fn an_orders_rows_are_stored_when_confirmed_and_final_only_when_the_network_has_them_final() {
    let shop = Shop::open(Market::empty());
    let (order, opened) = sell(&shop);
    let slot = opened["slot"].as_u64().expect("a slot");
    let mut db = database(&shop.market).await;
    let node = shop.rpc.get_genesis_hash().await.expect("an answer");
    assert_eq!(node.to_string(), shop.market.endpoint("genesis"));

    let mut looks_before = 0;
    loop {
        let stored = Stored::read(&mut db, slot).await;
        // Asked afterwards: it only grows, so that the index cannot be ahead of it.
        let finalized = final_slot(&shop.rpc).await;
        assert!(
            stored.finalized_slot.unwrap_or(0) <= finalized,
            "{stored:?} at {finalized}"
        );
        match stored.status.as_deref() {
            None => assert_eq!(stored.log, [""; 0]),
            Some("confirmed") => {
                assert_eq!(stored.log, ["applied"]);
                assert!(stored.finalized_slot < Some(slot), "{stored:?}");
                if looks_before == 0 {
                    it_is_served_and_proved_before_it_is_final(&shop, &order, slot).await;
                }
                looks_before += 1;
            }
            Some(_) => {
                assert_eq!(stored.log, ["applied", "finalized"]);
                assert!(stored.finalized_slot >= Some(slot) && finalized >= slot);
                break;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    println!("stored and not final at {looks_before} looks, {LOOK_EVERY:?} apart");
    assert!(looks_before > 0, "it was never seen before it was final");

    let signature = text(&opened, "signature");
    let ops = ops_of(&shop.market, signature).await;
    assert_eq!(ops, ["applied", "finalized"]);
    for rpc in [&*shop.rpc, &at_finality(&shop.market)] {
        assert_eq!(verdict(&shop, rpc, &order).await, Verdict::Match);
    }
    shop.verify_every_account().await;
}

/// A node that is asked for final accounts does not have it yet: the client is told which of the two is behind.
async fn it_is_served_and_proved_before_it_is_final(shop: &Shop, order: &Pubkey, slot: u64) {
    assert_eq!(verdict(shop, &shop.rpc, order).await, Verdict::Match);
    let (_, listings) = shop.market.get("/v1/listings?limit=1").await;
    assert!(
        listings["index"]["slot"].as_u64() >= Some(slot),
        "{listings}"
    );
    let rpc = at_finality(&shop.market);
    let verdict = verdict(shop, &rpc, order).await;
    if final_slot(&rpc).await < slot {
        assert_eq!(verdict, Verdict::Behind);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Agave's validator: make test-agave"]
async fn a_range_of_mostly_empty_slots_is_backfilled_proved_and_hashes_as_the_live_index() {
    let shop = Shop::open(Market::start(&Catalog::whole().part(12)));
    let (order, opened) = sell(&shop);
    let last = opened["slot"].as_u64().expect("a slot");
    let first = shop.market.endpoint("database");
    let mut db = database(&shop.market).await;
    let to = loop {
        let stored = Stored::read(&mut db, last).await;
        match stored.finalized_slot {
            Some(slot) if slot >= last + EMPTY => break slot,
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    };
    let from: i64 = sqlx::query_scalar("SELECT min(slot) FROM blocks")
        .fetch_one(&mut db)
        .await
        .expect("a block");
    let from = u64::try_from(from).expect("a slot");

    let second = second_database(&first).await;
    let range = [from, to].map(|slot| slot.to_string());
    let endpoints = shop.market.endpoints();
    let begin = [
        "index",
        "backfill",
        "--endpoints",
        path(&endpoints),
        "--database-url",
        &second,
    ];
    let filled = json(&[&begin[..], &["--from", &range[0], "--to", &range[1]]].concat());
    assert_eq!(filled["slot"].as_u64(), Some(to), "{filled}");
    println!("backfilled slots {from} to {to}: {filled}");

    every_slot_has_its_block_or_a_link_that_passes_over_it(&shop.rpc, &second, from, to).await;
    let mut filled = PgConnection::connect(&second).await.expect("the database");
    let finalized = Stored::read(&mut filled, last).await.finalized_slot;
    assert_eq!(finalized, Some(to), "backfilled blocks are final");
    let hashes = [&first, &second].map(|url| {
        let checked = json(&["index", "check", "--derive", "--database-url", url]);
        assert_eq!(checked["derived_equal"], true, "{checked}");
        json(&["index", "hash", "--database-url", url])["hash"].clone()
    });
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(verdict(&shop, &shop.rpc, &order).await, Verdict::Match);
    let reconcile = [
        "index",
        "reconcile",
        "--endpoints",
        path(&endpoints),
        "--database-url",
        &second,
    ];
    let compared = json(&reconcile);
    assert_eq!(
        compared["accounts"]["sound"], compared["accounts"]["accounts"],
        "{compared}"
    );
    assert_eq!(compared["gaps"]["gaps"], 0, "{compared}");
}

async fn every_slot_has_its_block_or_a_link_that_passes_over_it(
    rpc: &RpcClient,
    database: &str,
    from: u64,
    to: u64,
) {
    let mut db = PgConnection::connect(database).await.expect("the database");
    let blocks: Vec<(i64, i64, bool, bool)> = sqlx::query_as(
        "SELECT slot, parent_slot,
                coalesce(parent_hash = lag(hash) OVER by_slot AND parent_slot = lag(slot) OVER by_slot, true),
                EXISTS (SELECT FROM raw_events e WHERE e.slot = b.slot)
         FROM blocks b WINDOW by_slot AS (ORDER BY slot)",
    )
    .fetch_all(&mut db)
    .await
    .expect("blocks");
    let slots: Vec<u64> = blocks
        .iter()
        .map(|(slot, ..)| u64::try_from(*slot).expect("a slot"))
        .collect();
    assert_eq!(
        slots,
        rpc.get_blocks(from, Some(to))
            .await
            .expect("the node's list")
    );
    assert_eq!((slots.first(), slots.last()), (Some(&from), Some(&to)));
    assert!(
        blocks.iter().all(|(.., linked, _)| *linked),
        "two blocks do not follow one another"
    );
    let with_events = blocks.iter().filter(|(.., events)| *events).count();
    let skipped = (to - from + 1) as usize - blocks.len();
    println!(
        "{} blocks, {with_events} of them with events, {skipped} slots proved to be skipped",
        blocks.len()
    );
    assert!(with_events > 0 && with_events * 2 < blocks.len());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Agave's validator: make test-agave"]
async fn a_market_started_again_on_a_network_that_lasts_goes_on_where_it_was() {
    let shop = Shop::open(Market::with_first(3));
    let (order, opened) = sell(&shop);
    shop.market
        .indexed(opened["slot"].as_u64().expect("a slot"))
        .await;
    let (genesis, mint) = (
        shop.market.endpoint("genesis"),
        shop.market.endpoint("mint"),
    );
    let events = all_events(&shop.market).await;
    let paid = shop.holds(&shop.wallet("buyer")).await;

    let mut market = shop.market;
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let server = market.server();
        market.stop(signal);
        server.wait_until_gone();
        market = market.again();
        assert!(
            !market.printed().contains(" deployed ("),
            "{}",
            market.printed()
        );
        assert_eq!(
            market.printed().matches(" unchanged (").count(),
            2,
            "{}",
            market.printed()
        );
        assert_eq!(
            (market.endpoint("genesis"), market.endpoint("mint")),
            (genesis.clone(), mint.clone())
        );
        let after = all_events(&market).await;
        assert_eq!(
            after[..events.len()],
            events,
            "nothing is indexed or renumbered again"
        );
        let applied = after.iter().filter(|(op, _)| op == "applied").count();
        assert_eq!(
            applied,
            events.iter().filter(|(op, _)| op == "applied").count()
        );
    }
    let shop = Shop::open(market);
    assert_eq!(
        shop.holds(&shop.wallet("buyer")).await,
        paid,
        "wallets are given tokens once"
    );
    assert_eq!(verdict(&shop, &shop.rpc, &order).await, Verdict::Match);
}

/// Not a test of its own: the process that the next test kills.
#[test]
#[ignore = "needs Agave's validator: make test-agave"]
fn owner_of_a_validator_until_killed() {
    let Some(folder) = env::var_os(OWNED) else {
        return;
    };
    let folder = Path::new(&folder);
    let validator = network::validator(folder, folder).expect("a validator");
    fs::write(folder.join("part"), validator.rpc_url()).expect("a file");
    fs::rename(folder.join("part"), folder.join("url")).expect("a file");
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
#[ignore = "needs Agave's validator: make test-agave"]
fn sigkill_of_the_owner_leaves_neither_validator_nor_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut owner = Command::new(env::current_exe().expect("this test"))
        .args([
            "--ignored",
            "--exact",
            "agave::owner_of_a_validator_until_killed",
        ])
        .env(OWNED, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let file = folder.path().join("url");
    wait("the validator to start", || file.exists());
    let url = fs::read_to_string(file).expect("a URL");
    let ledger = folder.path().join("ledger");
    assert!(listens(&url) && ledger.exists());
    owner.kill().expect("a signal");
    owner.wait().expect("its end");
    wait("the validator to end", || !listens(&url));
    wait("its ledger to go", || !ledger.exists());
}

fn wait(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < GONE_WITHIN, "waited in vain for {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A listing, and an order for it that has just been confirmed.
fn sell(shop: &Shop) -> (Pubkey, Value) {
    let listing = shop
        .register("publisher", "sold", 1_000_003, &[])
        .to_string();
    shop.market
        .cli(&["listing", "activate", &listing, "--wallet", "publisher"]);
    let opened = shop.market.cli(&["order", "open", "--listing", &listing]);
    (address(&opened), opened)
}

/// What the index has of a slot, and how far it holds the chain to be final, both in one moment.
#[derive(Debug)]
struct Stored {
    status: Option<String>,
    finalized_slot: Option<u64>,
    log: Vec<String>,
}

impl Stored {
    async fn read(db: &mut PgConnection, slot: u64) -> Self {
        let (status, finalized_slot, log): (Option<String>, Option<i64>, Vec<String>) =
            sqlx::query_as(
                "SELECT (SELECT status FROM blocks WHERE slot = $1),
                    (SELECT finalized_slot FROM cursor),
                    ARRAY(SELECT op FROM event_log WHERE slot = $1 ORDER BY first_seq)",
            )
            .bind(i64::try_from(slot).expect("a slot"))
            .fetch_one(db)
            .await
            .expect("an answer");
        let finalized_slot = finalized_slot.and_then(|slot| u64::try_from(slot).ok());
        Self {
            status,
            finalized_slot,
            log,
        }
    }
}

async fn database(market: &Market) -> PgConnection {
    PgConnection::connect(&market.endpoint("database"))
        .await
        .expect("the database")
}

fn at_finality(market: &Market) -> RpcClient {
    RpcClient::new_with_commitment(market.endpoint("rpc"), CommitmentConfig::finalized())
}

async fn final_slot(rpc: &RpcClient) -> u64 {
    rpc.get_slot_with_commitment(CommitmentConfig::finalized())
        .await
        .expect("a slot")
}

/// What the index serves of an order, checked by what this node says.
async fn verdict(shop: &Shop, rpc: &RpcClient, order: &Pubkey) -> Verdict {
    let api = Api::new(&shop.market.http).expect("a client");
    let served = api.order(order).await.expect("an order");
    verify::order(rpc, &served).await.expect("a verdict")
}

/// Operation and signature of every entry of the log.
async fn all_events(market: &Market) -> Vec<(String, String)> {
    let (mut entries, mut after) = (Vec::new(), 0);
    loop {
        let (_, page) = market
            .get(&format!("/v1/events?limit=1000&after={after}"))
            .await;
        let items = page["items"].as_array().expect("entries");
        entries.extend(items.iter().map(|item| {
            (
                text(item, "op").to_owned(),
                text(item, "signature").to_owned(),
            )
        }));
        after = page["after"].as_u64().expect("a number");
        if page["head"].as_u64() <= Some(after) {
            return entries;
        }
    }
}

/// What happened to the events of a transaction, each only once.
async fn ops_of(market: &Market, signature: &str) -> Vec<String> {
    let mut ops: Vec<String> = Vec::new();
    for (op, of) in all_events(market).await {
        if of == signature && ops.last() != Some(&op) {
            ops.push(op);
        }
    }
    ops
}

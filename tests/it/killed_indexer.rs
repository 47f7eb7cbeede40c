//! An indexer that is killed again and again ends with the tables of one that never was.

use std::time::Duration;

use nix::sys::signal::Signal;
use pedigree_tests::{
    catalog::Catalog,
    market::{Market, path, run, wait_until_indexed},
    running::Running,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

const KILLS: u32 = 20;
const READY_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn i1_killed_at_20_moments_of_an_import_the_tables_are_those_of_an_uninterrupted_run() {
    let market = Market::empty();
    let file = market.folder().join("catalog.jsonl");
    let catalog = Catalog::whole().part(900);
    std::fs::write(&file, catalog.text()).expect("a catalogue file");
    let endpoints = market.endpoints();
    let first = database(&market);
    let killed = second_database(&first).await;
    another_networks_database_is_refused(&market, &first);

    let seed = std::env::var("PEDIGREE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("PEDIGREE_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let index = [
        "index",
        "run",
        "--endpoints",
        path(&endpoints),
        "--database-url",
        &killed,
    ];
    let mut import = Import::start(&market, &file, &catalog);
    let mut frontiers = Vec::new();
    for _ in 0..KILLS {
        let mut indexer = Running::start(&index);
        tokio::time::sleep(Duration::from_millis(random.random_range(50..700))).await;
        assert!(indexer.is_alive(), "it ended by itself");
        indexer.stop(Signal::SIGKILL);
        frontiers.push((frontier(&killed).await, import.goes_on()));
    }
    println!("frontier after each kill, and whether the import went on: {frontiers:?}");
    assert!(frontiers.iter().filter(|(_, during)| *during).count() >= 10);
    assert!(
        frontiers.is_sorted_by_key(|(slot, _)| *slot),
        "a frontier never goes back"
    );

    let slot = import.finish();
    let mut indexer = Running::start(&[&index[..], &["--http", "127.0.0.1:0"]].concat());
    let http = indexer.wait_for("ready ", READY_WITHIN);
    market.indexed(slot).await;
    wait_until_indexed(&http, slot).await;
    let hash = hash(&first);
    assert_eq!(self::hash(&killed), hash);

    // The hash sees a single changed letter.
    let mut db = PgConnection::connect(&killed).await.expect("the database");
    let change = "UPDATE listings SET name = name || 'x' WHERE address = (SELECT address FROM listings ORDER BY address LIMIT 1)";
    assert_eq!(
        sqlx::query(change)
            .execute(&mut db)
            .await
            .expect("a change")
            .rows_affected(),
        1
    );
    assert_ne!(self::hash(&killed), hash);
}

fn another_networks_database_is_refused(market: &Market, first: &str) {
    let other = market.folder().join("other");
    let output = run(&[
        "up",
        "--http",
        "127.0.0.1:0",
        "--limit",
        "0",
        "--data-dir",
        path(&other),
        "--database-url",
        first,
    ]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("genesis") && errors.contains("another database"),
        "{errors}"
    );
}

/// An import in parts, so that it lasts as long as the kills do on machines of any speed.
struct Import<'a> {
    market: &'a Market,
    file: &'a std::path::Path,
    running: Running,
    limits: Vec<String>,
}

impl<'a> Import<'a> {
    fn start(market: &'a Market, file: &'a std::path::Path, catalog: &Catalog) -> Self {
        let all = catalog.assets.len();
        let mut limits: Vec<String> = (1..=4).map(|part| (all * part / 4).to_string()).collect();
        limits.reverse();
        let running = Self::run(market, file, &limits.pop().expect("a part"));
        Self {
            market,
            file,
            running,
            limits,
        }
    }

    fn run(market: &Market, file: &std::path::Path, limit: &str) -> Running {
        let endpoints = market.endpoints();
        Running::start(&[
            "catalog",
            "import",
            path(file),
            "--limit",
            limit,
            "--endpoints",
            path(&endpoints),
        ])
    }

    /// Whether there is still something to come; begins the next part where one has ended.
    fn goes_on(&mut self) -> bool {
        if self.running.is_alive() {
            return true;
        }
        match self.limits.pop() {
            Some(limit) => {
                self.running = Self::run(self.market, self.file, &limit);
                true
            }
            None => false,
        }
    }

    /// The slot that has the last of it.
    fn finish(mut self) -> u64 {
        while self.goes_on() {
            std::thread::sleep(Duration::from_millis(50));
        }
        // What is listed already is left as it is: this says that nothing is missing.
        let report = self.market.cli(&["catalog", "import", path(self.file)]);
        assert_eq!(report["skipped"], report["assets"], "{report}");
        let status = self.market.cli(&["index", "status"]);
        status["tip_slot"].as_u64().expect("a slot")
    }
}

pub fn database(market: &Market) -> String {
    let endpoints = std::fs::read_to_string(market.endpoints()).expect("endpoints.json");
    let endpoints: Value = serde_json::from_str(&endpoints).expect("JSON");
    endpoints["database"].as_str().expect("a URL").to_owned()
}

/// Another database on the same server.
pub async fn second_database(first: &str) -> String {
    let mut db = PgConnection::connect(first).await.expect("the database");
    sqlx::query("CREATE DATABASE killed")
        .execute(&mut db)
        .await
        .expect("a second database");
    let mut url = reqwest::Url::parse(first).expect("a URL");
    url.set_path("/killed");
    url.into()
}

async fn frontier(url: &str) -> Option<i64> {
    let mut db = PgConnection::connect(url).await.expect("the database");
    // Killed before it made its tables.
    sqlx::query_scalar("SELECT slot FROM cursor")
        .fetch_optional(&mut db)
        .await
        .ok()
        .flatten()
}

fn hash(database: &str) -> Value {
    let hash = pedigree_tests::market::json(&["index", "hash", "--database-url", database]);
    hash["hash"].clone()
}

//! An indexer that is killed again and again ends with the tables of one that never was.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use pedigree_tests::{
    catalog::Catalog,
    market::{Market, path, refused, wait_until_indexed},
    running::Running,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

/// Unless `PEDIGREE_KILLS` says another number.
const KILLS: usize = 20;
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Longest time from the first new block in the tables to the kill.
const LIVES_ON: Duration = Duration::from_millis(400);

#[tokio::test(flavor = "multi_thread")]
async fn i1_killed_at_20_moments_of_an_import_the_tables_are_those_of_an_uninterrupted_run() {
    let market = Market::empty();
    let endpoints = market.endpoints();
    let first = market.endpoint("database");
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
    let mut import = Import::start(&market);
    let mut look = PgConnection::connect(&killed).await.expect("the database");
    let mut reached = Vec::new();
    let mut too_late = 0;
    let kills = std::env::var("PEDIGREE_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let mut asked_to_end = 0;
    for round in 0.. {
        if reached.len() >= kills && asked_to_end > 0 {
            break;
        }
        import.go_on();
        let mut indexer = Running::start(&index);
        let before = Reached::read(&mut look).await;
        wait_for_events_after(before, &mut look, &mut indexer, &mut import).await;
        tokio::time::sleep(random.random_range(Duration::ZERO..LIVES_ON)).await;
        assert!(indexer.is_alive(), "it ended by itself");
        let during = import.is_running();
        // Now and then it is asked to end, and does so by itself.
        let asked = round % 6 == 3;
        if asked {
            let status = indexer.stop(Signal::SIGTERM);
            assert_eq!(status.code(), Some(0), "{}", indexer.rest());
        } else {
            indexer.stop(Signal::SIGKILL);
        }
        // What it had sent by then may be stored a moment later.
        let at = Reached::settled(&mut look).await;
        assert!(
            at.slot > before.slot && at.events > before.events,
            "{before:?}, {at:?}"
        );
        match during {
            true if asked => asked_to_end += 1,
            true => reached.push(at),
            false => too_late += 1,
        }
    }
    println!(
        "killed at {reached:?}, ended in order {asked_to_end} times, {too_late} times between two parts of the import"
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

/// What the tables hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Reached {
    slot: i64,
    events: i64,
}

impl Reached {
    async fn read(db: &mut PgConnection) -> Self {
        let found: Result<(Option<i64>, i64), _> =
            sqlx::query_as("SELECT (SELECT slot FROM cursor), (SELECT count(*) FROM raw_events)")
                .fetch_one(db)
                .await;
        // The first indexer has not made its tables yet.
        let (slot, events) = found.unwrap_or_default();
        Self {
            slot: slot.unwrap_or_default(),
            events,
        }
    }

    /// As it is once the killed process's last transaction has ended, either way.
    async fn settled(db: &mut PgConnection) -> Self {
        let began = Instant::now();
        while began.elapsed() < READY_WITHIN {
            let others: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .fetch_one(&mut *db)
            .await
            .expect("an answer");
            if others == 0 {
                return Self::read(db).await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the killed indexer's connections stay");
    }
}

async fn wait_for_events_after(
    before: Reached,
    db: &mut PgConnection,
    indexer: &mut Running,
    import: &mut Import<'_>,
) {
    let began = Instant::now();
    while Reached::read(db).await.events <= before.events {
        assert!(indexer.is_alive(), "it ended by itself");
        assert!(
            began.elapsed() < READY_WITHIN,
            "nothing new after {before:?}"
        );
        // Of a part that is about to end everything may be stored already.
        import.go_on();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    import.go_on();
}

fn another_networks_database_is_refused(market: &Market, first: &str) {
    let other = market.folder().join("other");
    let up = ["up", "--http", "127.0.0.1:0", "--data-dir", path(&other)];
    let more = ["--limit", "0", "--database-url", first];
    let genesis = market.endpoint("genesis");
    refused(&[&up[..], &more].concat(), &[&genesis, "another database"]);
}

/// An import in as many parts as it takes to last until the last kill, on a machine of any speed.
struct Import<'a> {
    market: &'a Market,
    catalog: Catalog,
    listed: usize,
    running: Running,
}

impl<'a> Import<'a> {
    /// Assets of a part.
    const PART: usize = 20;

    fn start(market: &'a Market) -> Self {
        let catalog = Catalog::whole();
        Self {
            running: Self::run(market, &catalog, Self::PART),
            listed: Self::PART,
            market,
            catalog,
        }
    }

    fn run(market: &Market, catalog: &Catalog, count: usize) -> Running {
        let file = market.folder().join("part.jsonl");
        let lines = catalog.assets[..count].iter().map(|asset| &*asset.line);
        std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).expect("a catalogue file");
        let (file, endpoints) = (path(&file), market.endpoints());
        Running::start(&["catalog", "import", file, "--endpoints", path(&endpoints)])
    }

    fn is_running(&mut self) -> bool {
        self.running.is_alive()
    }

    /// Begins the next part where one has ended.
    fn go_on(&mut self) {
        if !self.is_running() {
            self.listed += Self::PART;
            self.running = Self::run(self.market, &self.catalog, self.listed);
        }
    }

    /// The slot that has the last of it.
    fn finish(mut self) -> u64 {
        while self.is_running() {
            std::thread::sleep(Duration::from_millis(50));
        }
        // What is listed already is left as it is: this says that nothing is missing.
        let file = self.market.folder().join("part.jsonl");
        let report = self.market.cli(&["catalog", "import", path(&file)]);
        assert_eq!(report["skipped"], report["assets"], "{report}");
        let status = self.market.cli(&["index", "status"]);
        status["tip_slot"].as_u64().expect("a slot")
    }
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

/// The hash of an index's tables.
pub fn hash(database: &str) -> Value {
    let hash = pedigree_tests::market::json(&["index", "hash", "--database-url", database]);
    hash["hash"].clone()
}

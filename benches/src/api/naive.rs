//! What a plain use of Postgres takes for the same, over the same tables and indexes: `ts_rank` over all that matches, pages
//! by offset, counts and facets by aggregates, lineage by recursive queries.

use std::time::{Duration, Instant};

use anyhow::Result;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{
    Found, Options,
    client::Measured,
    deep::{DEPTH, Levels},
    listings::{SEED, address},
    sample::{Frequency, Sample},
};

/// One of so many requests is asked of the rival.
const SHARE: usize = 10;
/// A walk of everything may take long; what takes longer counts as this.
const LIMIT: Duration = Duration::from_secs(20);
/// Rows of a page, as the API gives unless asked otherwise.
const PAGE: i64 = 20;

const RANKED: &str =
    "SELECT l.address FROM listings l WHERE l.status = 'active' AND l.document @@ $1::tsquery
    ORDER BY ts_rank(l.document, $1::tsquery) DESC, l.address LIMIT 20";
const COUNT: &str =
    "SELECT count(*) FROM listings l WHERE l.status = 'active' AND l.document @@ $1::tsquery";
const FACET: &str = "SELECT l.license, count(*) FROM listings l
    WHERE l.status = 'active' AND l.document @@ $1::tsquery GROUP BY 1 ORDER BY 2 DESC LIMIT 20";
const OFFSET: &str = "SELECT l.address FROM listings l WHERE l.status = 'active'
    ORDER BY l.created_slot DESC, l.address LIMIT $2 OFFSET $1";
const UNION: &str = "WITH RECURSIVE up (address) AS (
        SELECT $1::bytea UNION SELECT e.parent FROM up JOIN edges e ON e.child = up.address
    ) SELECT count(*) FROM (SELECT l.name FROM up JOIN listings l USING (address)) AS found";
const CYCLE: &str = "WITH RECURSIVE up (address) AS (
        SELECT $1::bytea UNION ALL SELECT e.parent FROM up JOIN edges e ON e.child = up.address
    ) CYCLE address SET is_cycle USING way
    SELECT count(*) FROM (SELECT l.name FROM up JOIN listings l USING (address) LIMIT 5000) AS found";
const DOWN: &str = "WITH RECURSIVE down (address) AS (
        SELECT $1::bytea UNION SELECT e.child FROM down JOIN edges e ON e.parent = down.address
    ) SELECT count(*) FROM (SELECT l.name FROM down JOIN listings l USING (address) LIMIT 5000) AS found";

pub async fn searches(
    url: &str,
    sample: &Sample,
    options: &Options,
    found: &mut Found,
) -> Result<()> {
    let mut db = connect(url).await?;
    // Whether or not the product keeps them; to make them takes longer than a query may.
    db.execute("SET statement_timeout = 0").await?;
    db.execute("CREATE INDEX IF NOT EXISTS listings_document ON listings USING gin (document)")
        .await?;
    db.execute("CREATE INDEX IF NOT EXISTS listings_newest ON listings (status, created_slot DESC, address)").await?;
    let mut db = connect(url).await?;
    let mut random = StdRng::seed_from_u64(SEED);
    let asked = (options.queries / SHARE).max(1);
    let words = [
        ("word_rare", Frequency::Rare, RANKED),
        ("word_middling", Frequency::Middling, RANKED),
        ("word_common", Frequency::Common, RANKED),
        ("count_exact", Frequency::Thousands, COUNT),
        ("count_exact_wide", Frequency::Common, COUNT),
        ("facets", Frequency::Thousands, FACET),
        ("facets_wide", Frequency::Common, FACET),
    ];
    for (kind, frequency, sql) in words {
        let words = sample.words_of(frequency);
        let mut times = Times::begin();
        for _ in 0..asked {
            let Some(word) = words.choose(&mut random) else {
                break;
            };
            let query = format!("'{word}'");
            times
                .add(&mut db, sql, |sql| sqlx::query(sql).bind(query))
                .await?;
        }
        found.naive(times.measured(kind, "A"));
    }
    let mut times = Times::begin();
    for _ in 0..asked {
        let offset = random.random_range(0..sample.count as i64 / 2);
        times
            .add(&mut db, OFFSET, |sql| {
                sqlx::query(sql).bind(offset).bind(PAGE)
            })
            .await?;
    }
    found.naive(times.measured("page_far", "A"));
    let roots = Roots {
        up: sample.children(&mut random, asked),
        down: sample
            .with_descendants(1..1_001, &mut random)
            .into_iter()
            .take(asked)
            .collect(),
    };
    lineage(url, "A", &roots, found).await
}

/// Where walks begin.
pub struct Roots {
    up: Vec<usize>,
    down: Vec<usize>,
}

/// A few of set B: each walk there is of everything.
pub fn deep_roots(options: &Options) -> Roots {
    let (levels, mut random) = (Levels::new(options.nodes), StdRng::seed_from_u64(SEED));
    let asked = (options.queries / SHARE / 10).max(1);
    let mut draw = |level| {
        (0..asked)
            .map(|_| random.random_range(levels.of(level)))
            .collect()
    };
    Roots {
        up: draw(DEPTH),
        down: draw(1),
    }
}

pub async fn lineage(url: &str, set: &'static str, roots: &Roots, found: &mut Found) -> Result<()> {
    let mut db = connect(url).await?;
    let walks = [
        ("ancestors_union", UNION, &roots.up),
        ("ancestors_cycle", CYCLE, &roots.up),
        ("descendants_union", DOWN, &roots.down),
    ];
    for (kind, sql, roots) in walks {
        let mut times = Times::begin();
        for root in roots {
            let root = address(*root).to_vec();
            times
                .add(&mut db, sql, |sql| sqlx::query(sql).bind(root))
                .await?;
        }
        found.naive(times.measured(kind, set));
    }
    Ok(())
}

async fn connect(url: &str) -> Result<PgConnection> {
    let mut db = PgConnection::connect(url).await?;
    let timeout = format!("SET statement_timeout = {}", LIMIT.as_millis());
    db.execute(AssertSqlSafe(timeout)).await?;
    Ok(db)
}

struct Times {
    begun: Instant,
    times: Vec<Duration>,
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

impl Times {
    fn begin() -> Self {
        Self {
            begun: Instant::now(),
            times: Vec::new(),
        }
    }

    async fn add<'q>(
        &mut self,
        db: &mut PgConnection,
        sql: &'static str,
        bind: impl FnOnce(&'static str) -> Query<'q>,
    ) -> Result<()> {
        let begun = Instant::now();
        match bind(sql).fetch_all(db).await {
            // A walk that took too long took at least so long.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("57014") => {}
            rows => drop(rows?),
        }
        self.times.push(begun.elapsed());
        Ok(())
    }

    fn measured(self, kind: &str, set: &'static str) -> Measured {
        Measured::of(kind, set, 1, self.times, self.begun.elapsed())
    }
}

impl Found {
    fn naive(&mut self, measured: Measured) {
        println!("naive: {measured:?}");
        self.naive.push(measured);
    }
}

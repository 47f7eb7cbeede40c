//! Rows into the derived tables, as fast as they can be written: by COPY, without indexes, which are made afterwards.

use std::{sync::Arc, time::Instant};

use anyhow::Result;
use pedigree_indexer::store::{Store, Texts, copy::CopyIn};
use pedigree_localnet::postgres::Postgres;
use serde::Serialize;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::Mutex;

use super::{
    listings::{Listing, Listings, SEED, address, place},
    sample::Sample,
};
use crate::indexer::database::settle;

/// Indexes that are made at once: as many as there are cores to make them.
const MAKERS: usize = 2;
/// Memory that each takes for sorting.
const SORTING: &str = "SET maintenance_work_mem = '512MB'";
/// Unix seconds of slot 0.
const BEGUN: i64 = 1_700_000_000;
/// Bytes of a listing's account.
const ACCOUNT: usize = 8 + size_of::<listing::state::Listing>();

/// What loading took, and what it left.
#[derive(Clone, Debug, Serialize)]
pub struct Loaded {
    pub listings: u64,
    pub edges: u64,
    pub rows_seconds: f64,
    pub indexes_seconds: f64,
    pub disk_bytes: i64,
}

/// A new database with today's schema, and no triggers at work in the connections that are opened to it by [`connect`].
pub async fn database(postgres: &Postgres, name: &str) -> Result<String> {
    let url = postgres.recreate_database(name).await?;
    Store::connect(&url).await?.pool().close().await;
    Ok(url)
}

/// A connection for loading: nothing follows from what it writes.
pub async fn connect(url: &str) -> Result<PgConnection> {
    let mut db = PgConnection::connect(url).await?;
    db.execute("SET session_replication_role = replica").await?;
    Ok(db)
}

/// What the index of a listing's lineage, or of a search, is answered with.
pub async fn cursor(db: &mut PgConnection, slot: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO cursor (slot, hash, finalized_slot, folded_slot, taint_slot)
         VALUES ($1, $2, $1, $1, $1)",
    )
    .bind(slot)
    .bind(&place("block", slot)[..])
    .execute(db)
    .await?;
    Ok(())
}

/// Loads set A, and takes a sample of it for the queries.
pub async fn listings(url: &str, count: usize) -> Result<(Loaded, Sample)> {
    let begun = Instant::now();
    let indexes = Indexes::take(url, &["listings", "accounts", "edges"]).await?;
    let mut sample = Sample::new(count);
    let (mut taints, mut market) = (Vec::new(), Market::new());
    let (mut slot, mut edges) = (0, 0);
    // Emptied in the transaction that fills them, so that nothing of it goes to the log.
    let mut rows = connect(url).await?;
    let mut rows = rows.begin().await?;
    let mut accounts = connect(url).await?;
    let mut accounts = accounts.begin().await?;
    let mut lineage = connect(url).await?;
    let mut lineage = lineage.begin().await?;
    rows.execute("TRUNCATE listings").await?;
    accounts.execute("TRUNCATE accounts").await?;
    lineage.execute("TRUNCATE edges").await?;
    {
        let mut rows = CopyIn::into("listings", &LISTING).open(&mut rows);
        let mut accounts = CopyIn::into("accounts", &ACCOUNTS).open(&mut accounts);
        let mut lineage = CopyIn::into("edges", &EDGE).open(&mut lineage);
        for listing in Listings::new(SEED, count)? {
            write_listing(rows.row().await?, &listing);
            write_account(accounts.row().await?, &listing);
            for (position, parent) in (0..).zip(&listing.parents) {
                let made_of = (address(listing.number), address(parent.number));
                let edge = (&parent.relation[..], parent.royalty_ppm);
                write_edge(lineage.row().await?, made_of, edge, position, listing.slot);
                edges += 1;
            }
            if listing.tainted {
                taints.push((address(listing.number), listing.tainted_itself));
            }
            market.see(&listing);
            slot = listing.slot;
            sample.see(listing);
        }
        rows.finish().await?;
        accounts.finish().await?;
        lineage.finish().await?;
    }
    rows.commit().await?;
    accounts.commit().await?;
    lineage.commit().await?;
    let mut db = connect(url).await?;
    write_taints(&mut db, &taints).await?;
    write_mint(&mut db).await?;
    market.write(&mut db).await?;
    cursor(&mut db, slot.try_into()?).await?;
    let rows_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    indexes.put_back(url).await?;
    let loaded = Loaded {
        listings: count as u64,
        edges,
        rows_seconds,
        indexes_seconds: begun.elapsed().as_secs_f64(),
        disk_bytes: disk(url).await?,
    };
    Ok((loaded, sample))
}

/// Bytes of a database's tables and indexes.
pub async fn disk(url: &str) -> Result<i64> {
    let mut db = PgConnection::connect(url).await?;
    let bytes = sqlx::query_scalar("SELECT pg_database_size(current_database())");
    Ok(bytes.fetch_one(&mut db).await?)
}

pub const LISTING: [&str; 37] = [
    "address",
    "born_slot",
    "publisher",
    "key",
    "authority",
    "payout",
    "operator",
    "kind",
    "status",
    "name",
    "license",
    "derivatives",
    "derivative_royalty_ppm",
    "royalty_ppm",
    "generation",
    "parents",
    "claimed",
    "version",
    "manifest_hash",
    "manifest_uri",
    "content_hash",
    "pricing",
    "reviews",
    "rating_sum",
    "created_at",
    "created_slot",
    "activated_slot",
    "updated_slot",
    "publisher_name",
    "publisher_verified",
    "manifest_status",
    "manifest_key",
    "summary",
    "source",
    "tags",
    "attributes",
    "document",
];

pub fn write_listing(row: &mut CopyIn, listing: &Listing) {
    let publisher = place("publisher", &listing.publisher);
    let hash = place("manifest", listing.number);
    let content = listing.content.then(|| place("content", listing.number));
    let document = Texts {
        name: &listing.name,
        publisher_name: Some(&listing.publisher),
        tags: &listing.tags,
        kind: &listing.kind,
        license: listing.license.as_deref(),
        key: Some(&listing.key),
        source: listing.source.as_deref(),
        description: None,
        attributes: Some(&listing.attributes),
    }
    .document();
    row.bytea(address(listing.number))
        .count(listing.slot)
        .bytea(publisher)
        .bytea(place("key", &listing.key))
        .bytea(publisher)
        .bytea(publisher)
        .null()
        .text(&listing.kind)
        .text(listing.status)
        .text(&listing.name)
        .or_null(listing.license.as_deref(), CopyIn::text)
        .text("open")
        .count(0u64)
        .count(listing.royalty_ppm)
        .int4(i32::from(!listing.parents.is_empty()))
        .int4(listing.parents.len() as i32)
        .boolean(listing.claimed)
        .count(1u64)
        .bytea(hash)
        .text("cas:sha256")
        .or_null(content, CopyIn::bytea)
        .jsonb(&pricing(listing))
        .count(listing.reviews)
        .count(listing.rating_sum)
        .int8(time(listing.slot))
        .count(listing.slot)
        .or_null(
            (listing.status != "draft").then_some(listing.slot),
            CopyIn::count,
        )
        .count(listing.slot)
        .text(&listing.publisher)
        .boolean(false)
        .text("ok")
        .text(&listing.key)
        .null()
        .or_null(listing.source.as_deref(), CopyIn::text)
        .text_array(&listing.tags)
        .jsonb(&listing.attributes)
        .tsvector(&document);
}

/// Unix seconds of a slot.
pub fn time(slot: u64) -> i64 {
    BEGUN + (slot * 2 / 5) as i64
}

/// The mint that prices are in.
pub fn mint() -> Pubkey {
    Pubkey::new_from_array(place("mint", "settlement"))
}

fn pricing(listing: &Listing) -> Value {
    let mint = mint().to_string();
    let terms = listing.terms.iter().enumerate().map(|(index, term)| {
        json!({
            "index": index,
            "mode": term.mode,
            "unit": term.unit,
            "price": term.price.to_string(),
            "mint": mint,
            "decimals": 6,
            "capacity": null,
            "period": null,
        })
    });
    terms.collect()
}

const ACCOUNTS: [&str; 11] = [
    "kind",
    "address",
    "born_slot",
    "seq",
    "events",
    "slot",
    "signature",
    "bytes",
    "account_hash",
    "closed",
    "whole",
];

/// Its length is a real account's; what is in it nobody reads here.
fn write_account(row: &mut CopyIn, listing: &Listing) {
    let signature = [address(listing.number), address(listing.number + 1)];
    row.text("listing")
        .bytea(address(listing.number))
        .count(listing.slot)
        .count(2u64)
        .count(2u64)
        .count(listing.slot)
        .bytea(signature.as_flattened())
        .bytea([0; ACCOUNT])
        .bytea(place("account", listing.number))
        .boolean(false)
        .boolean(true);
}

pub const EDGE: [&str; 14] = [
    "child",
    "parent",
    "address",
    "born_slot",
    "relation",
    "status",
    "royalty_ppm",
    "table_index",
    "position",
    "parent_version",
    "created_at",
    "manifest_root",
    "proved_slot",
    "proved_version",
];

pub fn write_edge(
    row: &mut CopyIn,
    (child, parent): ([u8; 32], [u8; 32]),
    (relation, royalty_ppm): (&str, u32),
    position: i32,
    slot: u64,
) {
    // Where the edge is depends on both; a hash of both would take longer than all the rest.
    let mut place = child;
    place
        .iter_mut()
        .zip(parent)
        .for_each(|(byte, other)| *byte = byte.wrapping_add(other.rotate_left(3)));
    let entry = (royalty_ppm > 0).then_some(position as i16);
    row.bytea(child)
        .bytea(parent)
        .bytea(place)
        .count(slot)
        .text(relation)
        .text("claimed")
        .count(royalty_ppm)
        .or_null(entry, CopyIn::int2)
        .int4(position)
        .count(1u64)
        .int8(time(slot))
        .null()
        .null()
        .null();
}

/// What came of the orders of listings that were sold.
struct Market {
    market: CopyIn,
    volumes: CopyIn,
    days: CopyIn,
}

impl Market {
    fn new() -> Self {
        let counts = [
            "listing",
            "orders",
            "sales",
            "free",
            "ended",
            "refunded",
            "disputed",
            "delivered",
        ];
        Self {
            market: CopyIn::into("market", &[&counts[..], &["delivery_seconds"]].concat()),
            volumes: CopyIn::into("market_volumes", &["listing", "mint", "volume"]),
            days: CopyIn::into("market_days", &["listing", "day", "sales"]),
        }
    }

    /// Of a hundred paid orders five were refunded and two disputed. Sales fall off over the days before the last one.
    fn see(&mut self, listing: &Listing) {
        if listing.sales == 0 {
            return;
        }
        let (address, sales) = (address(listing.number), listing.sales);
        let refunded = sales / 20;
        let ended = sales + refunded;
        self.market
            .row()
            .bytea(address)
            .count(ended)
            .count(sales)
            .count(0u64)
            .count(ended)
            .count(refunded)
            .count(sales / 50)
            .count(sales)
            .numeric(sales * (listing.number as u64 % 200_000));
        let price = listing.terms.first().map_or(1_000, |term| term.price);
        self.volumes
            .row()
            .bytea(address)
            .bytea(mint().to_bytes())
            .numeric(price.saturating_mul(sales));
        let last = time(listing.slot) / 86_400 + (listing.number % 90) as i64;
        let (mut left, mut day) = (sales, last);
        while left > 0 {
            let sold = if day > last - 20 {
                left.div_ceil(2)
            } else {
                left
            };
            self.days.row().bytea(address).int8(day).count(sold);
            left -= sold;
            day -= 1;
        }
    }

    async fn write(self, db: &mut PgConnection) -> Result<()> {
        self.market.write(db).await?;
        self.volumes.write(db).await?;
        self.days.write(db).await?;
        db.execute("ANALYZE market, market_volumes, market_days, taints, own_taints")
            .await?;
        Ok(())
    }
}

/// The one that orders are settled in, so that prices without a mint are in it.
async fn write_mint(db: &mut PgConnection) -> Result<()> {
    let treasury = place("treasury", "");
    sqlx::query(
        "INSERT INTO mints (mint, address, enabled, decimals, max_deposit, token_program, treasury)
         VALUES ($1, $2, true, 6, 1000000000000, $2, $2)",
    )
    .bind(&mint().to_bytes()[..])
    .bind(&treasury[..])
    .execute(db)
    .await?;
    Ok(())
}

async fn write_taints(db: &mut PgConnection, taints: &[([u8; 32], bool)]) -> Result<()> {
    let mut own = CopyIn::into("own_taints", &["listing"]);
    let mut all = CopyIn::into("taints", &["listing"]);
    for (listing, itself) in taints {
        all.row().bytea(listing);
        if *itself {
            own.row().bytea(listing);
        }
    }
    own.write(db).await?;
    Ok(all.write(db).await?)
}

/// Indexes that were taken from tables for the time of loading.
pub struct Indexes {
    tables: Vec<&'static str>,
    /// What makes each.
    made_by: Vec<String>,
    /// What makes constraints of those that are for one.
    constraints: Vec<String>,
}

impl Indexes {
    pub async fn take(url: &str, tables: &[&'static str]) -> Result<Self> {
        let mut db = PgConnection::connect(url).await?;
        type Row = (String, String, String, Option<String>);
        let found: Vec<Row> = sqlx::query_as(
            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
                    CASE c.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END
             FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
             WHERE i.indrelid::regclass::text = ANY($1) ORDER BY 1, 2",
        )
        .bind(tables)
        .fetch_all(&mut db)
        .await?;
        let (mut made_by, mut constraints) = (Vec::new(), Vec::new());
        for (table, name, definition, constraint) in found {
            let drop = match constraint {
                Some(what) => {
                    constraints.push(format!(
                        "ALTER TABLE {table} ADD CONSTRAINT {name} {what} USING INDEX {name}"
                    ));
                    format!("ALTER TABLE {table} DROP CONSTRAINT {name}")
                }
                None => format!("DROP INDEX {name}"),
            };
            db.execute(AssertSqlSafe(drop)).await?;
            made_by.push(definition);
        }
        Ok(Self {
            tables: tables.to_vec(),
            made_by,
            constraints,
        })
    }

    /// Makes them again, and tells the planner what is in the tables.
    pub async fn put_back(self, url: &str) -> Result<()> {
        let left = Arc::new(Mutex::new(self.made_by));
        let mut makers = tokio::task::JoinSet::new();
        for _ in 0..MAKERS {
            let (left, url) = (left.clone(), url.to_owned());
            makers.spawn(async move {
                let mut db = PgConnection::connect(&url).await?;
                db.execute(SORTING).await?;
                // The two makers are all that two cores run.
                db.execute("SET max_parallel_maintenance_workers = 0")
                    .await?;
                loop {
                    let Some(statement) = left.lock().await.pop() else {
                        return anyhow::Ok(());
                    };
                    db.execute(AssertSqlSafe(statement)).await?;
                }
            });
        }
        while let Some(made) = makers.join_next().await {
            made??;
        }
        let mut db = PgConnection::connect(url).await?;
        for constraint in self.constraints {
            db.execute(AssertSqlSafe(constraint)).await?;
        }
        // Pages that all transactions may see are not looked at again to find that out.
        for table in self.tables {
            db.execute(AssertSqlSafe(format!("VACUUM (ANALYZE) {table}")))
                .await?;
        }
        settle(url).await
    }
}

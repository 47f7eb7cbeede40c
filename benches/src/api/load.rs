//! Rows into the derived tables, as fast as they can be written: by COPY, without indexes, which are made afterwards.

use std::time::Instant;

use anyhow::Result;
use pedigree_indexer::store::{ACCOUNTS, EDGES, LISTINGS, Store, copy::CopyIn};
use pedigree_localnet::postgres::Postgres;
use serde::Serialize;
use sqlx::{Connection, Executor, PgConnection};

use super::{
    indexes::Indexes,
    listings::{Listings, SEED, address, place},
    market::Market,
    rows::{edge_status, into, mint, write_account, write_edge, write_listing},
    sample::Sample,
};

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
        let mut rows = into(&LISTINGS).open(&mut rows);
        let mut accounts = into(&ACCOUNTS).open(&mut accounts);
        let mut lineage = into(&EDGES).open(&mut lineage);
        for listing in Listings::new(SEED, count)? {
            write_listing(rows.row().await?, &listing);
            write_account(accounts.row().await?, &listing);
            for (position, parent) in (0..).zip(&listing.parents) {
                let made_of = (address(listing.number), address(parent.number));
                let status = edge_status(parent.revoked);
                let edge = (&parent.relation[..], status, parent.royalty_ppm);
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

//! What indexing is compared with: the same final rows, in the same tables with the same indexes.

use std::{collections::HashMap, pin::pin, time::Instant};

use anyhow::Result;
use futures_util::{Stream, TryStreamExt};
use pedigree_indexer::store::Store;
use pedigree_localnet::postgres::Postgres;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::database;

/// What COPY took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Copied {
    pub rows: u64,
    pub seconds: f64,
    pub rows_per_s: f64,
}

/// Copies every table of the database `from` into an empty one, one after another; reading them takes no part in the
/// time.
pub async fn copy(postgres: &Postgres, from: &str) -> Result<Copied> {
    let (mut from, mut to) = pair(postgres, from, "copied").await?;
    let (mut rows, mut seconds) = (0, 0.0);
    for table in database::tables(&mut from).await? {
        let dump = format!("COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)");
        let pieces = pieces(from.copy_out_raw(&dump).await?).await?;
        let begun = Instant::now();
        let load = format!("COPY {table} FROM STDIN (FORMAT binary)");
        let mut copy = to.copy_in_raw(&load).await?;
        for piece in pieces {
            copy.send(piece).await?;
        }
        rows += copy.finish().await?;
        seconds += begun.elapsed().as_secs_f64();
    }
    Ok(Copied {
        rows,
        seconds,
        rows_per_s: rows as f64 / seconds,
    })
}

/// Bytes sent at once, each with a flush: as many as the indexer sends.
const PIECE: usize = 256 << 10;

/// What the server gives row by row, in pieces of [`PIECE`] and the row that filled each.
async fn pieces<T: AsRef<[u8]>>(
    rows: impl Stream<Item = Result<T, sqlx::Error>>,
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    let mut pieces = Vec::new();
    let mut rows = pin!(rows);
    let mut piece = Vec::new();
    while let Some(row) = rows.try_next().await? {
        piece.extend_from_slice(row.as_ref());
        if piece.len() >= PIECE {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    pieces.push(piece);
    Ok(pieces)
}

/// Tables, and where a row's transaction is found: that of the event that changed it last.
const ROWS: [(&str, &str); 7] = [
    ("raw_events", "raw_events t"),
    ("entity_events", "entity_events t"),
    ("accounts", "accounts t"),
    ("versions", "versions t"),
    (
        "orders",
        "orders t JOIN accounts USING (address, born_slot)",
    ),
    (
        "listings",
        "listings t JOIN accounts USING (address, born_slot)",
    ),
    ("edges", "edges t JOIN accounts USING (address, born_slot)"),
];

/// A sink that writes one event after the other: one statement and one commit for each, which inserts all of its rows.
/// It folds nothing and writes each final row once. Gives events a second.
pub async fn row_by_row(postgres: &Postgres, from: &str) -> Result<f64> {
    let (mut from, mut to) = pair(postgres, from, "row_by_row").await?;
    let mut events: HashMap<Vec<u8>, [Option<String>; ROWS.len()]> = HashMap::new();
    for (index, (_, rows)) in ROWS.iter().enumerate() {
        let sql = format!("SELECT signature, array_agg(t)::text FROM {rows} GROUP BY 1");
        let found: Vec<(Vec<u8>, String)> = sqlx::query_as(AssertSqlSafe(sql))
            .fetch_all(&mut from)
            .await?;
        for (signature, rows) in found {
            events.entry(signature).or_default()[index] = Some(rows);
        }
    }
    let order: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT signature FROM raw_events ORDER BY applied_seq")
            .fetch_all(&mut from)
            .await?;
    let statement = insert_all();
    let begun = Instant::now();
    for rows in order.iter().filter_map(|signature| events.get(signature)) {
        let mut insert = sqlx::query(AssertSqlSafe(&statement[..]));
        for rows in rows {
            insert = insert.bind(rows.as_deref().unwrap_or("{}"));
        }
        insert.execute(&mut to).await?;
    }
    Ok(order.len() as f64 / begun.elapsed().as_secs_f64())
}

/// Inserts rows of every table, given as arrays in text.
fn insert_all() -> String {
    let inserts = ROWS.iter().enumerate().map(|(index, (table, _))| {
        let number = index + 1;
        format!("INSERT INTO {table} SELECT * FROM unnest(${number}::text::{table}[])")
    });
    let mut inserts: Vec<String> = inserts.collect();
    let first = inserts.remove(0);
    let others = inserts.iter().enumerate();
    let others: Vec<String> = others
        .map(|(index, insert)| format!("other_{index} AS ({insert})"))
        .collect();
    format!("WITH {} {first}", others.join(", "))
}

/// A database to read from, and an empty one to write to.
async fn pair(postgres: &Postgres, from: &str, to: &str) -> Result<(PgConnection, PgConnection)> {
    let url = postgres.recreate_database(to).await?;
    Store::connect(&url).await?.pool().close().await;
    let mut to = PgConnection::connect(&url).await?;
    database::partition(&mut to).await?;
    database::settle(&url).await?;
    // What triggers would write is among the rows.
    to.execute("SET session_replication_role = replica").await?;
    Ok((PgConnection::connect(&postgres.url(from)).await?, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rows_are_joined_to_pieces_that_lose_and_add_nothing() {
        let rows: Vec<Vec<u8>> = (0..1_000u32).map(|n| vec![n as u8; 1_000]).collect();
        let told = rows.clone().into_iter().map(Ok);
        let pieces = pieces(futures_util::stream::iter(told)).await.unwrap();
        assert_eq!(pieces.len(), 4);
        let (_, full) = pieces.split_last().unwrap();
        assert!(
            full.iter()
                .all(|piece| piece.len() >= PIECE && piece.len() < PIECE + 1_000)
        );
        assert_eq!(pieces.concat(), rows.concat());
    }
}

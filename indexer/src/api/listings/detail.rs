//! `/v1/listings/{address}`: one listing with what hangs on it.

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use utoipa::ToSchema;

use super::item::{COLUMNS, JOINS, ListingFacts, Row};
use crate::api::{
    Api,
    page::MAX_LIMIT,
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, base58, time},
    reviews::{self, Review},
};

/// A listing with its versions, its parents, its royalty table, its pools and its newest reviews.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingDetail {
    #[serde(flatten)]
    pub facts: ListingFacts,
    /// The newest 100, newest first.
    pub versions: Vec<Version>,
    /// To its parents, in the order in which they were claimed.
    pub edges: Vec<Edge>,
    /// Null where it owes no royalty.
    pub royalty_table: Option<RoyaltyTable>,
    pub pools: Vec<Pool>,
    /// The newest 100: `/v1/reviews` has all, `review_count` says how many.
    pub reviews: Vec<Review>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    pub version: i64,
    pub manifest_hash: String,
    pub manifest_uri: String,
    pub content_hash: Option<String>,
    pub slot: i64,
    /// Null where a snapshot told of it.
    pub signature: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Edge {
    pub address: String,
    pub child: String,
    pub parent: String,
    pub parent_name: Option<String>,
    pub relation: String,
    /// `claimed`, `proved` by a training manifest, `revoked` where a ruling said that it is false, `ruled` where one said that
    /// it was missing.
    pub status: String,
    pub royalty_ppm: i64,
    pub parent_version: i64,
    /// Root of the manifest; null until proved, as the two below.
    pub manifest_root: Option<String>,
    pub proved_slot: Option<i64>,
    /// The parent's version whose content is in the manifest.
    pub proved_version: Option<i64>,
    pub created_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RoyaltyTable {
    pub address: String,
    pub generation: i32,
    pub total_ppm: i64,
    /// `[{parent, royalty_ppm}]`
    #[schema(value_type = Vec<Object>)]
    pub entries: Value,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Pool {
    /// The ledger that accounts for it.
    pub ledger: String,
    /// The token account that settlements pay into.
    pub address: String,
    pub generation: i32,
    pub mint: String,
    pub decimals: i16,
    /// Base units that each entry of the table was credited so far.
    pub credited: Vec<String>,
    /// Base units of it that wait for the parent's payout account.
    pub owed: Vec<String>,
}

/// One listing.
#[utoipa::path(
    get, path = "/v1/listings/{address}", tag = "listings",
    params(
        ("address" = String, Path, description = "Base58"),
        ("min_slot" = Option<i64>, Query, minimum = 0, description = "Waits up to 2 s for the index to reach it"),
    ),
    responses((status = 200, body = ListingDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn listing(
    State(api): State<Api>,
    Segment(address): Segment,
    mut params: Params,
) -> Result<Json<ListingDetail>> {
    let bytes = params::address("address", &address)?;
    let min_slot = params.min_slot()?;
    params.end()?;
    api.wait_for(min_slot).await?;
    let mut tx = api.snapshot().await?;
    let sql = format!("SELECT {COLUMNS} FROM listings l{JOINS} WHERE l.address = $1");
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(&bytes)
        .fetch_optional(&mut *tx)
        .await?;
    let facts: ListingFacts = row
        .ok_or_else(|| Problem::not_found(format!("there is no listing {address} in this index")))?
        .into();
    let (versions, edges) = (
        versions(&mut tx, &bytes).await?,
        edges(&mut tx, &bytes).await?,
    );
    let royalty_table = royalty_table(&mut tx, &bytes, facts.generation).await?;
    let pools = pools(&mut tx, &bytes).await?;
    let reviews = reviews::newest(&mut tx, &bytes, MAX_LIMIT).await?;
    let index = Index::read(&mut tx).await?;
    Ok(Json(ListingDetail {
        facts,
        versions,
        edges,
        royalty_table,
        pools,
        reviews,
        index,
    }))
}

async fn versions(db: &mut PgConnection, address: &[u8]) -> Result<Vec<Version>> {
    type Row = (i64, Vec<u8>, String, Option<Vec<u8>>, i64, Option<Vec<u8>>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT v.version, v.manifest_hash, v.manifest_uri, v.content_hash, v.slot, v.signature
         FROM versions v JOIN listings l ON l.address = v.listing AND l.born_slot = v.born_slot
         WHERE v.listing = $1 ORDER BY v.version DESC LIMIT $2",
    )
    .bind(address)
    .bind(MAX_LIMIT)
    .fetch_all(db)
    .await?;
    let version = |(version, hash, manifest_uri, content, slot, signature): Row| Version {
        version,
        manifest_hash: hex::encode(hash),
        manifest_uri,
        content_hash: content.map(hex::encode),
        slot,
        signature: signature.as_deref().map(base58),
    };
    Ok(rows.into_iter().map(version).collect())
}

#[derive(sqlx::FromRow)]
struct EdgeRow {
    address: Vec<u8>,
    child: Vec<u8>,
    parent: Vec<u8>,
    parent_name: Option<String>,
    relation: String,
    status: String,
    royalty_ppm: i64,
    parent_version: i64,
    manifest_root: Option<Vec<u8>>,
    proved_slot: Option<i64>,
    proved_version: Option<i64>,
    created_at: i64,
}

async fn edges(db: &mut PgConnection, address: &[u8]) -> Result<Vec<Edge>> {
    let rows: Vec<EdgeRow> = sqlx::query_as(
        "SELECT e.address, e.child, e.parent, p.name AS parent_name, e.relation, e.status, e.royalty_ppm,
                e.parent_version, e.manifest_root, e.proved_slot, e.proved_version, e.created_at
         FROM edges e LEFT JOIN listings p ON p.address = e.parent
         WHERE e.child = $1 ORDER BY e.position, e.parent",
    )
    .bind(address)
    .fetch_all(db)
    .await?;
    let edge = |row: EdgeRow| Edge {
        address: base58(&row.address),
        child: base58(&row.child),
        parent: base58(&row.parent),
        parent_name: row.parent_name,
        relation: row.relation,
        status: row.status,
        royalty_ppm: row.royalty_ppm,
        parent_version: row.parent_version,
        manifest_root: row.manifest_root.map(hex::encode),
        proved_slot: row.proved_slot,
        proved_version: row.proved_version,
        created_at: time(row.created_at),
    };
    Ok(rows.into_iter().map(edge).collect())
}

async fn royalty_table(
    db: &mut PgConnection,
    listing: &[u8],
    generation: i32,
) -> Result<Option<RoyaltyTable>> {
    let row: Option<(Vec<u8>, i64, Value)> =
        sqlx::query_as("SELECT address, total_ppm, entries FROM royalty_tables WHERE listing = $1 AND generation = $2")
            .bind(listing)
            .bind(generation)
            .fetch_optional(db)
            .await?;
    Ok(row.map(|(address, total_ppm, entries)| RoyaltyTable {
        address: base58(&address),
        generation,
        total_ppm,
        entries,
    }))
}

#[derive(sqlx::FromRow)]
struct PoolRow {
    address: Vec<u8>,
    token_account: Vec<u8>,
    generation: i32,
    mint: Vec<u8>,
    decimals: i16,
    credited: Vec<String>,
    owed: Vec<String>,
    used: i32,
}

/// Each with a figure for every entry of the table of its own generation: orders of before a ruling pay into the pools of the
/// generation that they saw.
async fn pools(db: &mut PgConnection, listing: &[u8]) -> Result<Vec<Pool>> {
    let rows: Vec<PoolRow> = sqlx::query_as(
        "SELECT p.address, p.token_account, p.generation, p.mint, p.decimals, p.credited::text[], p.owed::text[],
                coalesce(jsonb_array_length(t.entries), 0) AS used
         FROM pools p LEFT JOIN royalty_tables t ON t.listing = p.listing AND t.generation = p.generation
         WHERE p.listing = $1 ORDER BY p.generation, p.mint",
    )
    .bind(listing)
    .fetch_all(db)
    .await?;
    let pool = |row: PoolRow| {
        // A pool keeps a figure for each place that a table can have; those in use are shown.
        let used = usize::try_from(row.used).unwrap_or_default();
        let shown = |figures: Vec<String>| figures.into_iter().take(used).collect();
        Pool {
            ledger: base58(&row.address),
            address: base58(&row.token_account),
            generation: row.generation,
            mint: base58(&row.mint),
            decimals: row.decimals,
            credited: shown(row.credited),
            owed: shown(row.owed),
        }
    };
    Ok(rows.into_iter().map(pool).collect())
}

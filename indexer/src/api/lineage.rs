//! `/v1/listings/{address}/ancestors` and `/descendants`: the lineage, level by level.

use std::collections::HashSet;

use axum::{Json, extract::State};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{
    Api,
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, base58},
};

/// Levels followed unless more are asked for.
const DEFAULT_DEPTH: u32 = 8;
const MAX_DEPTH: u32 = 64;
/// Nodes of one answer, the root included.
const MAX_NODES: usize = 5_000;
/// Edges looked at on one level: what a full answer's nodes can have among them.
const MAX_EDGES: i64 = 200_000;

/// Part of the lineage of one listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lineage {
    pub root: String,
    /// By depth; the root first.
    pub nodes: Vec<Node>,
    /// Between those nodes.
    pub edges: Vec<Edge>,
    /// Whether there is more, deeper or wider, than is given.
    pub truncated: bool,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Node {
    pub address: String,
    /// Length of the shortest way from the root.
    pub depth: u32,
    pub kind: String,
    pub name: String,
    pub publisher_name: Option<String>,
    pub status: String,
    /// As of a listing.
    pub tainted: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Edge {
    pub child: String,
    pub parent: String,
    pub relation: String,
    pub royalty_ppm: i64,
    pub status: String,
}

#[derive(Clone, Copy)]
enum Direction {
    Ancestors,
    Descendants,
}

/// What a listing was made of.
#[utoipa::path(
    get, path = "/v1/listings/{address}/ancestors", tag = "lineage",
    params(("address" = String, Path), ("depth" = Option<u32>, Query, minimum = 1, maximum = 64, description = "Levels, at most 64; 8 unless given")),
    responses((status = 200, body = Lineage), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn ancestors(api: State<Api>, address: Segment, params: Params) -> Result<Json<Lineage>> {
    lineage(api, address, params, Direction::Ancestors).await
}

/// What was made of a listing. Drafts are left out.
#[utoipa::path(
    get, path = "/v1/listings/{address}/descendants", tag = "lineage",
    params(("address" = String, Path), ("depth" = Option<u32>, Query, minimum = 1, maximum = 64, description = "Levels, at most 64; 8 unless given")),
    responses((status = 200, body = Lineage), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn descendants(
    api: State<Api>,
    address: Segment,
    params: Params,
) -> Result<Json<Lineage>> {
    lineage(api, address, params, Direction::Descendants).await
}

async fn lineage(
    State(api): State<Api>,
    Segment(address): Segment,
    mut params: Params,
    direction: Direction,
) -> Result<Json<Lineage>> {
    let root = params::address("address", &address)?;
    let depth = params
        .number("depth", 1..=MAX_DEPTH)?
        .unwrap_or(DEFAULT_DEPTH);
    params.end()?;
    let mut tx = api.snapshot().await?;
    let walk = walk(&mut tx, root, depth, direction).await?;
    let nodes = nodes(&mut tx, &walk.levels).await?;
    if nodes.is_empty() {
        return Err(Problem::not_found(format!(
            "there is no listing {address} in this index"
        )));
    }
    let edges = edges(&mut tx, &walk.levels).await?;
    let index = Index::read(&mut tx).await?;
    Ok(Json(Lineage {
        root: address,
        nodes,
        edges,
        truncated: walk.truncated,
        index,
    }))
}

struct Walk {
    levels: Vec<Vec<Vec<u8>>>,
    truncated: bool,
}

/// Breadth first, so that each node is met once and at its least depth, whatever cycles or crossing ways there are.
async fn walk(
    db: &mut PgConnection,
    root: Vec<u8>,
    depth: u32,
    direction: Direction,
) -> Result<Walk> {
    let mut seen: HashSet<Vec<u8>> = HashSet::from([root.clone()]);
    let mut levels = vec![vec![root]];
    let mut truncated = false;
    for level in 0..=depth {
        let mut next = match levels.last() {
            Some(last) => neighbours(db, last, direction).await?,
            None => Vec::new(),
        };
        next.retain(|address| !seen.contains(address));
        if next.is_empty() {
            break;
        }
        // One level past what was asked for tells whether there is more.
        let room = if level == depth {
            0
        } else {
            MAX_NODES.saturating_sub(seen.len())
        };
        if next.len() > room {
            truncated = true;
            next.truncate(room);
        }
        if next.is_empty() {
            break;
        }
        seen.extend(next.iter().cloned());
        levels.push(next);
        if truncated {
            break;
        }
    }
    Ok(Walk { levels, truncated })
}

async fn neighbours(
    db: &mut PgConnection,
    from: &[Vec<u8>],
    direction: Direction,
) -> Result<Vec<Vec<u8>>> {
    let sql = match direction {
        Direction::Ancestors => {
            "SELECT DISTINCT parent FROM edges WHERE child = ANY($1) ORDER BY 1 LIMIT $2"
        }
        Direction::Descendants => {
            "SELECT DISTINCT e.child FROM edges e JOIN listings l ON l.address = e.child
             WHERE e.parent = ANY($1) AND l.status <> 'draft' ORDER BY 1 LIMIT $2"
        }
    };
    Ok(sqlx::query_scalar(sql)
        .bind(from)
        .bind(MAX_EDGES)
        .fetch_all(db)
        .await?)
}

async fn nodes(db: &mut PgConnection, levels: &[Vec<Vec<u8>>]) -> Result<Vec<Node>> {
    let placed = (0..)
        .zip(levels)
        .flat_map(|(depth, level)| level.iter().map(move |address| (depth, address)));
    let (depths, addresses): (Vec<i32>, Vec<&[u8]>) =
        placed.map(|(depth, address)| (depth, &address[..])).unzip();
    type Row = (Vec<u8>, i32, String, String, Option<String>, String, bool);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT l.address, walk.depth, l.kind, l.name, l.publisher_name, l.status,
                EXISTS (SELECT FROM own_taints t WHERE t.listing = l.address)
                    OR EXISTS (SELECT FROM taints t WHERE t.listing = l.address)
         FROM unnest($1::bytea[], $2::integer[]) AS walk (address, depth) JOIN listings l USING (address)
         ORDER BY walk.depth, l.address",
    )
    .bind(addresses)
    .bind(depths)
    .fetch_all(db)
    .await?;
    let node = |(address, depth, kind, name, publisher_name, status, tainted): Row| Node {
        address: base58(&address),
        depth: depth.unsigned_abs(),
        kind,
        name,
        publisher_name,
        status,
        tainted,
    };
    Ok(rows.into_iter().map(node).collect())
}

async fn edges(db: &mut PgConnection, levels: &[Vec<Vec<u8>>]) -> Result<Vec<Edge>> {
    let addresses: Vec<&[u8]> = levels
        .iter()
        .flatten()
        .map(|address| &address[..])
        .collect();
    type Row = (Vec<u8>, Vec<u8>, String, i64, String);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT child, parent, relation, royalty_ppm, status FROM edges
         WHERE child = ANY($1) AND parent = ANY($1) ORDER BY child, position",
    )
    .bind(addresses)
    .fetch_all(db)
    .await?;
    let edge = |(child, parent, relation, royalty_ppm, status): Row| Edge {
        child: base58(&child),
        parent: base58(&parent),
        relation,
        royalty_ppm,
        status,
    };
    Ok(rows.into_iter().map(edge).collect())
}

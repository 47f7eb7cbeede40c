//! `/v1/listings/{address}/ancestors` and `/descendants`: the lineage, level by level.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use pedigree_search::{Direction, Walk};
use serde::Serialize;
use tokio::task;
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

/// Part of the lineage of one listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lineage {
    pub root: String,
    /// By depth; the root first.
    pub nodes: Vec<Node>,
    /// Between those nodes.
    pub edges: Vec<Edge>,
    /// Whether there is more, deeper or wider, or more edges, than is given.
    pub truncated: bool,
    pub index: Index,
}

/// A listing in a lineage.
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

/// What a listing says that it was made of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LineageEdge)]
pub struct Edge {
    pub child: String,
    pub parent: String,
    /// `trained_on`, `adapted_from` and others: as of a listing's `edges`.
    pub relation: String,
    /// Part of the seller's part of each sale of the child.
    pub royalty_ppm: i64,
    /// `claimed`, `proved`, `revoked` or `ruled`: as of a listing's `edges`.
    pub status: String,
}

/// What a listing was made of.
///
/// By every claim, each with its status: those too that a ruling `revoked`, which neither `descends_from` nor taint follows.
#[utoipa::path(
    get, path = "/v1/listings/{address}/ancestors", tag = "lineage",
    params(("address" = String, Path), ("depth" = Option<u32>, Query, minimum = 1, maximum = 64, description = "Levels, at most 64; 8 unless given"),
        ("min_slot" = Option<i64>, Query, minimum = 0, description = "Waits up to 2 s for the index to reach it")),
    responses((status = 200, body = Lineage), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn ancestors(api: State<Api>, address: Segment, params: Params) -> Result<Response> {
    lineage(api, address, params, Direction::Ancestors).await
}

/// What was made of a listing. Drafts are left out.
///
/// By every claim, each with its status: those too that a ruling `revoked`, which neither `descends_from` nor taint follows.
#[utoipa::path(
    get, path = "/v1/listings/{address}/descendants", tag = "lineage",
    params(("address" = String, Path), ("depth" = Option<u32>, Query, minimum = 1, maximum = 64, description = "Levels, at most 64; 8 unless given"),
        ("min_slot" = Option<i64>, Query, minimum = 0, description = "Waits up to 2 s for the index to reach it")),
    responses((status = 200, body = Lineage), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn descendants(api: State<Api>, address: Segment, params: Params) -> Result<Response> {
    lineage(api, address, params, Direction::Descendants).await
}

async fn lineage(
    State(api): State<Api>,
    Segment(address): Segment,
    mut params: Params,
    direction: Direction,
) -> Result<Response> {
    let root = params::key("address", &address)?;
    let depth = params
        .number("depth", 1..=MAX_DEPTH)?
        .unwrap_or(DEFAULT_DEPTH);
    let min_slot = params.min_slot()?;
    params.end()?;
    api.wait_for(min_slot).await?;
    api.catch_up().await?;
    let walk = Walk {
        root,
        direction,
        depth,
    };
    let (found, slots) = api.ask(move |index| index.lineage(&walk)).await?;
    let found = found.ok_or_else(|| {
        Problem::not_found(format!("there is no listing {address} in this index"))
    })?;
    // Megabytes at times: not on a thread that others wait for.
    let telling = task::spawn_blocking(move || {
        let (nodes, edges, truncated) = told(found);
        Json(Lineage {
            root: address,
            nodes,
            edges,
            truncated,
            index: slots.into(),
        })
        .into_response()
    });
    telling.await.map_err(|error| Problem::internal(&error))
}

/// Nodes and edges as they are told, and whether there are more. An address is put into base58 once, however many edges it has.
fn told(lineage: pedigree_search::Lineage) -> (Vec<Node>, Vec<Edge>, bool) {
    let nodes = lineage.nodes.into_iter().map(|node| Node {
        address: base58(&node.address),
        depth: node.depth,
        kind: node.kind,
        name: node.name,
        publisher_name: node.publisher_name,
        status: node.status,
        tainted: node.tainted,
    });
    let nodes: Vec<Node> = nodes.collect();
    let address = |place: usize| Some(nodes.get(place)?.address.clone());
    let edges = lineage.edges.into_iter().filter_map(|edge| {
        Some(Edge {
            child: address(edge.child)?,
            parent: address(edge.parent)?,
            relation: edge.relation,
            royalty_ppm: edge.royalty_ppm.into(),
            status: edge.status,
        })
    });
    let edges = edges.collect();
    (nodes, edges, lineage.truncated)
}

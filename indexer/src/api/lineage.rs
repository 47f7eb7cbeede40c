//! `/v1/listings/{address}/ancestors` and `/descendants`: the lineage, level by level.

use axum::{Json, extract::State};
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor};
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

/// Edges of one answer. More among so few nodes nobody has but who means harm.
const MAX_EDGES: usize = 50_000;

/// The lineage of `$1`, at most `$2` levels of it and 5,000 nodes, the root included: a row for each node with its edges to
/// other nodes of the answer.
///
/// Breadth first, so that each node is met once and at its least depth, whatever cycles or crossing ways there are. A step
/// of the recursion takes a whole level: what its nodes lead to, in the order of the level and of the addresses, without
/// what was met before. `fresh` is recursive in name only: it tells what is new while it reads, where `DISTINCT` would read
/// everything first, so that no more is read than an answer holds. One level past what was asked for tells whether there is
/// more.
const LINEAGE: &str = "
WITH RECURSIVE walk (depth, level, seen) AS (
    SELECT 0, ARRAY[$1::bytea], ARRAY[$1::bytea]
    UNION ALL
    SELECT walk.depth + 1, next.level, walk.seen || next.level
    FROM walk CROSS JOIN LATERAL (SELECT ARRAY(
        WITH RECURSIVE fresh (address) AS (
            SELECT met.address FROM (
                SELECT unnest(walk.seen) AS address
                UNION ALL
                SELECT e.address FROM unnest(walk.level) AS at (address) CROSS JOIN LATERAL (
                    SELECT e.{far} AS address FROM edges e WHERE e.{near} = at.address ORDER BY e.{far} OFFSET 0
                ) AS e
            ) AS met
            UNION SELECT fresh.address FROM fresh WHERE false
        )
        SELECT fresh.address FROM (SELECT * FROM fresh OFFSET cardinality(walk.seen)) AS fresh {listed}
        LIMIT CASE WHEN walk.depth < $2 THEN 5001 - cardinality(walk.seen) ELSE 1 END
    ) AS level OFFSET 0) AS next
    WHERE walk.depth <= $2 AND cardinality(walk.level) > 0 AND cardinality(walk.seen) <= 5000
), nodes AS MATERIALIZED (
    SELECT at.address, walk.depth, (row_number() OVER (ORDER BY walk.depth, at.place))::integer AS place
    FROM walk CROSS JOIN LATERAL unnest(walk.level) WITH ORDINALITY AS at (address, place)
    WHERE walk.depth <= $2 ORDER BY place LIMIT 5000
), pairs AS (
    SELECT near.place, far.place AS far, e.relation, e.royalty_ppm, e.status, e.position FROM {among} LIMIT 50001
), among AS (
    SELECT place, array_agg(far) AS fars, array_agg(relation) AS relations, array_agg(royalty_ppm) AS royalties,
        array_agg(status) AS statuses, array_agg(position) AS positions
    FROM pairs GROUP BY place
)
SELECT nodes.address, nodes.depth, l.kind, l.name, l.publisher_name, l.status,
    -- Looked up, whatever is expected: to read all that is tainted may take longer than all the rest.
    EXISTS (SELECT FROM own_taints t WHERE t.listing = nodes.address OFFSET 0)
        OR EXISTS (SELECT FROM taints t WHERE t.listing = nodes.address OFFSET 0) AS tainted,
    coalesce(among.fars, '{}') AS fars, coalesce(among.relations, '{}') AS relations,
    coalesce(among.royalties, '{}') AS royalties, coalesce(among.statuses, '{}') AS statuses,
    coalesce(among.positions, '{}') AS positions,
    (SELECT bool_or(walk.depth > $2 AND cardinality(walk.level) > 0 OR cardinality(walk.seen) > 5000) FROM walk)
        AS truncated,
    cursor.slot, cursor.finalized_slot, cursor.taint_slot
FROM nodes CROSS JOIN LATERAL (
    SELECT l.kind, l.name, l.publisher_name, l.status FROM listings l WHERE l.address = nodes.address OFFSET 0
) AS l LEFT JOIN among USING (place) LEFT JOIN cursor ON true
ORDER BY nodes.place";

/// Edges `e` of the nodes `near` to the nodes `far`. Parents are few, stand together, and are most of them among the nodes.
const PARENTS_AMONG: &str = "nodes AS near CROSS JOIN LATERAL (
        SELECT e.parent, e.relation, e.royalty_ppm, e.status, e.position FROM edges e WHERE e.child = near.address OFFSET 0
    ) AS e JOIN nodes AS far ON far.address = e.parent";

/// The same of children, who may be many more than are among the nodes, and stand anywhere. Which there are is told by the
/// index alone; what is said of them is then read of those, by the same index: asked for by equality, they would be sought
/// in either, one of which has nothing of it in memory.
const CHILDREN_AMONG: &str = "(
        SELECT near.place, near.address, e.child FROM nodes AS near CROSS JOIN LATERAL (
            SELECT e.child FROM edges e WHERE e.parent = near.address OFFSET 0
        ) AS e OFFSET 0
    ) AS near JOIN nodes AS far ON far.address = near.child CROSS JOIN LATERAL (
        SELECT e.relation, e.royalty_ppm, e.status, e.position FROM edges e
        WHERE (e.parent, e.child) >= (near.address, near.child) ORDER BY e.parent, e.child LIMIT 1
    ) AS e";

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
///
/// By every claim, each with its status: those too that a ruling `revoked`, which neither `descends_from` nor taint follows.
#[utoipa::path(
    get, path = "/v1/listings/{address}/ancestors", tag = "lineage",
    params(("address" = String, Path), ("depth" = Option<u32>, Query, minimum = 1, maximum = 64, description = "Levels, at most 64; 8 unless given")),
    responses((status = 200, body = Lineage), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn ancestors(api: State<Api>, address: Segment, params: Params) -> Result<Json<Lineage>> {
    lineage(api, address, params, Direction::Ancestors).await
}

/// What was made of a listing. Drafts are left out.
///
/// By every claim, each with its status: those too that a ruling `revoked`, which neither `descends_from` nor taint follows.
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
    let turn = api.limits().requests.turn().await?;
    let rows = direction.read(api.pool(), &root, depth).await?;
    drop(turn);
    let Some(first) = rows.first() else {
        return Err(Problem::not_found(format!(
            "there is no listing {address} in this index"
        )));
    };
    let (mut truncated, index) = (first.truncated, first.index.clone());
    let (nodes, mut edges) = graph(rows, direction);
    if edges.len() > MAX_EDGES {
        edges.truncate(MAX_EDGES);
        truncated = true;
    }
    Ok(Json(Lineage {
        root: address,
        nodes,
        edges,
        truncated,
        index,
    }))
}

/// Reads both lineages of what has none.
pub async fn warm_up(db: &mut PgConnection) -> sqlx::Result<()> {
    for direction in [Direction::Ancestors, Direction::Descendants] {
        direction.read(&mut *db, &[], DEFAULT_DEPTH).await?;
    }
    Ok(())
}

impl Direction {
    async fn read(
        self,
        db: impl PgExecutor<'_>,
        root: &[u8],
        depth: u32,
    ) -> sqlx::Result<Vec<Row>> {
        sqlx::query_as(AssertSqlSafe(self.sql()))
            .bind(root)
            .bind(depth as i32)
            .fetch_all(db)
            .await
    }

    fn sql(self) -> String {
        let (near, far, among, listed) = match self {
            Self::Ancestors => ("child", "parent", PARENTS_AMONG, ""),
            Self::Descendants => (
                "parent",
                "child",
                CHILDREN_AMONG,
                "WHERE (SELECT l.status <> 'draft' FROM listings l WHERE l.address = fresh.address)",
            ),
        };
        LINEAGE
            .replace("{near}", near)
            .replace("{far}", far)
            .replace("{among}", among)
            .replace("{listed}", listed)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    depth: i32,
    kind: String,
    name: String,
    publisher_name: Option<String>,
    status: String,
    tainted: bool,
    /// Of its edges, to its parents or to its children: the places of those among the rows, from 1 on, and what is said of each.
    fars: Vec<i32>,
    relations: Vec<String>,
    royalties: Vec<i64>,
    statuses: Vec<String>,
    positions: Vec<i32>,
    truncated: bool,
    #[sqlx(flatten)]
    index: Index,
}

/// Nodes and edges of rows: edges by their child, in its order. An address is put into base58 once: of thousands of edges
/// that alone would take longer than the database does.
fn graph(rows: Vec<Row>, direction: Direction) -> (Vec<Node>, Vec<Edge>) {
    let addresses: Vec<String> = rows.iter().map(|row| base58(&row.address)).collect();
    let (mut nodes, mut edges) = (Vec::with_capacity(rows.len()), Vec::new());
    for (near, row) in rows.into_iter().enumerate() {
        let said = row
            .relations
            .into_iter()
            .zip(row.royalties)
            .zip(row.statuses);
        let fars = row.fars.into_iter().zip(row.positions);
        for ((far, position), ((relation, royalty_ppm), status)) in fars.zip(said) {
            let far = usize::try_from(far).unwrap_or_default().wrapping_sub(1);
            let (child, parent) = match direction {
                Direction::Ancestors => (near, far),
                Direction::Descendants => (far, near),
            };
            let (Some(of), Some(to)) = (addresses.get(child), addresses.get(parent)) else {
                continue;
            };
            let edge = Edge {
                child: of.clone(),
                parent: to.clone(),
                relation,
                royalty_ppm,
                status,
            };
            edges.push(((child, position), edge));
        }
        nodes.push(Node {
            address: addresses.get(near).cloned().unwrap_or_default(),
            depth: row.depth.unsigned_abs(),
            kind: row.kind,
            name: row.name,
            publisher_name: row.publisher_name,
            status: row.status,
            tainted: row.tainted,
        });
    }
    edges.sort_by_key(|(place, _)| *place);
    (nodes, edges.into_iter().map(|(_, edge)| edge).collect())
}

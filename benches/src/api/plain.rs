//! Asks the tables in plain SQL what the API was asked, and tells whether both answer the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgRow};

use super::{
    client,
    queries::{Ask, base58},
    sql::{self, Guard, Search, Sql, Walk},
};

/// The longest statement; what is cut off counts with it.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// An answer of so many nodes may be cut, and which are left out is nobody's promise.
const MOST_NODES: usize = 5_000;
/// Requests that were answered differently and are told.
const TOLD: usize = 10;

/// Requests that the API answered as plain SQL did, and others.
#[derive(Debug, Default, Serialize)]
pub struct Compared {
    pub queries: usize,
    pub mismatches: usize,
    pub examples: Vec<String>,
}

/// What is compared of an answer: whatever is asked for, and has one right answer.
#[derive(Debug, Default, PartialEq)]
struct Answer {
    /// In their order.
    listings: Option<Vec<String>>,
    total: Option<i64>,
    facets: Option<Facets>,
    lineage: Option<Lineage>,
}

/// All that is said of a lineage, but for its order.
#[derive(Debug, Default, PartialEq)]
struct Lineage {
    /// By address.
    nodes: BTreeMap<String, Node>,
    edges: BTreeSet<Edge>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Node {
    depth: i32,
    kind: String,
    name: String,
    publisher_name: Option<String>,
    status: String,
    tainted: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Edge {
    child: String,
    parent: String,
    relation: String,
    royalty_ppm: i64,
    status: String,
}

/// Of each facet, values and counts, the greatest first.
type Facets = BTreeMap<String, Vec<(String, i64)>>;

/// Time that the database took, and what it said; nothing where it was cut off.
pub struct Asked {
    pub elapsed: Duration,
    answer: Option<Answer>,
}

impl Asked {
    pub fn is_cut(&self) -> bool {
        self.answer.is_none()
    }
}

pub struct Plain {
    db: PgConnection,
    client: reqwest::Client,
    base: String,
}

impl Plain {
    pub async fn connect(url: &str, base: &str) -> Result<Self> {
        let mut db = PgConnection::connect(url).await?;
        let timeout = format!("SET statement_timeout = {}", TIMEOUT.as_millis());
        db.execute(AssertSqlSafe(timeout)).await?;
        Ok(Self {
            db,
            client: reqwest::Client::new(),
            base: base.to_owned(),
        })
    }

    /// Asks once, in as many statements as it takes.
    pub async fn ask(&mut self, ask: &Ask, guard: Guard) -> Result<Asked> {
        let begun = Instant::now();
        let answer = match Walk::read(ask)? {
            Some(walk) => self.walk(&walk, guard).await,
            None => self.search(&Search::read(ask)?).await,
        };
        let elapsed = begun.elapsed();
        match answer {
            Ok(answer) => Ok(Asked {
                elapsed,
                answer: Some(answer),
            }),
            Err(error) if is_cut(&error) => Ok(Asked {
                elapsed: TIMEOUT,
                answer: None,
            }),
            Err(error) => Err(error.context(ask.path.clone())),
        }
    }

    async fn search(&mut self, search: &Search) -> Result<Answer> {
        let rows = self.rows(search.page()?).await?;
        let mut answer = Answer {
            listings: search.is_ordered().then(|| addresses(&rows)).transpose()?,
            ..Answer::default()
        };
        if let Some(count) = search.count()? {
            answer.total = Some(
                self.rows(count)
                    .await?
                    .first()
                    .context("no count")?
                    .try_get(0)?,
            );
        }
        if let Some(facets) = search.facets()? {
            let mut found = Facets::new();
            for row in self.rows(facets).await? {
                let values = found.entry(row.try_get(0)?).or_default();
                values.push((row.try_get(1)?, row.try_get(2)?));
            }
            answer.facets = Some(found);
        }
        Ok(answer)
    }

    async fn rows(&mut self, mut sql: Sql) -> Result<Vec<PgRow>> {
        Ok(sql.build().fetch_all(&mut self.db).await?)
    }

    async fn walk(&mut self, walk: &Walk, guard: Guard) -> Result<Answer> {
        let nodes = sqlx::query(AssertSqlSafe(walk.nodes(guard)))
            .bind(&walk.root)
            .bind(walk.depth)
            .fetch_all(&mut self.db)
            .await?;
        let raw: Vec<Vec<u8>> = nodes
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?;
        let edges = sqlx::query(sql::EDGES)
            .bind(raw)
            .fetch_all(&mut self.db)
            .await?;
        let whole = nodes.len() < MOST_NODES;
        Ok(Answer {
            lineage: whole.then(|| Lineage::of(&nodes, &edges)).transpose()?,
            ..Answer::default()
        })
    }

    /// How many match a search for words, where it does not say so itself: what is asked for by relevance has another order here,
    /// and the same number. It is not timed.
    async fn count(&mut self, ask: &Ask) -> Result<Option<i64>> {
        if Walk::read(ask)?.is_some() {
            return Ok(None);
        }
        let Some(count) = Search::read(ask)?.count_of_words()? else {
            return Ok(None);
        };
        match self.rows(count).await {
            Ok(rows) => Ok(Some(rows.first().context("no count")?.try_get(0)?)),
            Err(error) if is_cut(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks the API the same.
    pub async fn compare(
        &mut self,
        ask: &Ask,
        asked: Asked,
        compared: &mut Compared,
    ) -> Result<()> {
        let Some(mut expected) = asked.answer else {
            return Ok(());
        };
        if expected.total.is_none() {
            expected.total = self.count(ask).await?;
        }
        if expected == Answer::default() {
            return Ok(());
        }
        let found = client::answer(&self.client, &self.base, &ask.path).await?;
        compared.queries += 1;
        if read(&found, &expected)? != expected {
            compared.mismatches += 1;
            if compared.examples.len() < TOLD {
                compared.examples.push(ask.path.clone());
            }
        }
        Ok(())
    }
}

fn is_cut(error: &anyhow::Error) -> bool {
    let of_database = error.downcast_ref::<sqlx::Error>();
    let code = of_database.and_then(|error| error.as_database_error()?.code());
    code.as_deref() == Some("57014")
}

fn addresses(rows: &[PgRow]) -> Result<Vec<String>> {
    let address = |row: &PgRow| {
        let bytes: [u8; 32] = row.try_get("address")?;
        anyhow::Ok(base58(bytes))
    };
    rows.iter().map(address).collect()
}

impl Lineage {
    fn of(nodes: &[PgRow], edges: &[PgRow]) -> Result<Self> {
        let node = |row: &PgRow| {
            anyhow::Ok(Node {
                depth: row.try_get("depth")?,
                kind: row.try_get("kind")?,
                name: row.try_get("name")?,
                publisher_name: row.try_get("publisher_name")?,
                status: row.try_get("status")?,
                tainted: row.try_get("tainted")?,
            })
        };
        let edge = |row: &PgRow| {
            let address = |name: &str| anyhow::Ok(base58(row.try_get::<[u8; 32], _>(name)?));
            anyhow::Ok(Edge {
                child: address("child")?,
                parent: address("parent")?,
                relation: row.try_get("relation")?,
                royalty_ppm: row.try_get("royalty_ppm")?,
                status: row.try_get("status")?,
            })
        };
        let said = nodes.iter().map(node).collect::<Result<Vec<_>>>()?;
        Ok(Self {
            nodes: addresses(nodes)?.into_iter().zip(said).collect(),
            edges: edges.iter().map(edge).collect::<Result<_>>()?,
        })
    }
}

/// Of an answer of the API, what another one has.
fn read(found: &Value, like: &Answer) -> Result<Answer> {
    let texts = |list: &Value, name: &str| -> Option<Vec<String>> {
        let texts = list
            .as_array()?
            .iter()
            .map(|one| one[name].as_str().map(str::to_owned));
        texts.collect()
    };
    let listings = like
        .listings
        .as_ref()
        .map(|_| texts(&found["items"], "address"));
    let lineage = like.lineage.as_ref().map(|_| {
        let nodes = found["nodes"].as_array()?.iter();
        let nodes = nodes.map(|node| {
            let address = node["address"].as_str()?.to_owned();
            Some((address, Node::deserialize(node).ok()?))
        });
        Some(Lineage {
            nodes: nodes.collect::<Option<_>>()?,
            edges: Deserialize::deserialize(&found["edges"]).ok()?,
        })
    });
    let all = "an answer lacks what was asked for";
    Ok(Answer {
        listings: listings.map(|listings| listings.context(all)).transpose()?,
        total: like
            .total
            .map(|_| found["total"].as_i64().context(all))
            .transpose()?,
        facets: like
            .facets
            .as_ref()
            .map(|_| facets(found).context(all))
            .transpose()?,
        lineage: lineage.map(|lineage| lineage.context(all)).transpose()?,
    })
}

/// Those that have any value, as rows have no others. A publisher's address is in hex, as SQL gives it in the same order.
fn facets(found: &Value) -> Option<Facets> {
    let mut facets = Facets::new();
    for (facet, counts) in found["facets"].as_object()? {
        for count in counts.as_array()? {
            let value = count["value"].as_str()?;
            let value = match &facet[..] {
                "publisher" => {
                    let bytes = bs58::decode(value).into_vec().ok()?;
                    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
                }
                _ => value.to_owned(),
            };
            let values = facets.entry(facet.clone()).or_default();
            values.push((value, count["count"].as_i64()?));
        }
    }
    Some(facets)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_order_total_count_or_whatever_is_said_of_a_lineage_is_a_difference() {
        let answered = json!({
            "items": [{ "address": "a" }, { "address": "b" }],
            "total": 2,
            "facets": { "kind": [{ "value": "model", "count": 2 }], "tag": [] },
            "nodes": [{
                "address": "a", "depth": 1, "kind": "model", "name": "A", "publisher_name": null, "status": "active", "tainted": true,
            }],
            "edges": [{
                "child": "a", "parent": "b", "relation": "trained_on", "royalty_ppm": 5, "status": "revoked",
            }],
        });
        let node = |depth, tainted| Node {
            depth,
            kind: "model".to_owned(),
            name: "A".to_owned(),
            publisher_name: None,
            status: "active".to_owned(),
            tainted,
        };
        let edge = |child: &str, parent: &str| Edge {
            child: child.to_owned(),
            parent: parent.to_owned(),
            relation: "trained_on".to_owned(),
            royalty_ppm: 5,
            status: "revoked".to_owned(),
        };
        let same = || Answer {
            listings: Some(vec!["a".to_owned(), "b".to_owned()]),
            total: Some(2),
            facets: Some([("kind".to_owned(), vec![("model".to_owned(), 2)])].into()),
            lineage: Some(Lineage {
                nodes: [("a".to_owned(), node(1, true))].into(),
                edges: [edge("a", "b")].into(),
            }),
        };
        let is_same = |expected: Answer| read(&answered, &expected).unwrap() == expected;
        assert!(is_same(same()));
        let of_lineage = |node, edge| Lineage {
            nodes: [("a".to_owned(), node)].into(),
            edges: [edge].into(),
        };
        let mut others = [(); 6].map(|()| same());
        others[0].listings.as_mut().unwrap().reverse();
        others[1].total = Some(3);
        others[2].facets.as_mut().unwrap().get_mut("kind").unwrap()[0].1 = 1;
        others[3].lineage = Some(of_lineage(node(2, true), edge("a", "b")));
        others[4].lineage = Some(of_lineage(node(1, false), edge("a", "b")));
        others[5].lineage = Some(of_lineage(node(1, true), edge("b", "a")));
        for other in others {
            assert!(!is_same(other));
        }
    }
}

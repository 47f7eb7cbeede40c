//! Requests of the API as plain SQL over the same tables, as somebody would write it from the parameters alone: it shares
//! nothing with the index in memory. Text is ranked by `ts_rank` over all that matches, pages are skipped by offset, counts
//! and facets are aggregates, descent is a recursive query.

use anyhow::{Context, Result, bail};
use pedigree_search::text::fold;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Postgres, QueryBuilder};

use super::{queries::Ask, rows::mint};

pub type Sql = QueryBuilder<Postgres>;

/// Indexes that help these statements, whether or not the product keeps them; the longest in the making come last.
pub const INDEXES: [(&str, &str); 8] = [
    ("plain_name", "(status, name, address)"),
    ("plain_lower_name", "(lower(name))"),
    ("plain_publisher_name", "(publisher_name)"),
    ("plain_key", "(key)"),
    ("plain_newest", "(status, created_slot DESC, address)"),
    ("plain_tags", "USING gin (tags)"),
    ("plain_attributes", "USING gin (attributes jsonb_path_ops)"),
    ("plain_document", "USING gin (document)"),
];

const PAGE: i64 = 20;
/// Values of each facet.
const VALUES: usize = 20;
/// What a page of the API shows, as far as it is in the listing's row.
const COLUMNS: &str = "SELECT l.address, l.kind, l.status, l.name, l.publisher_name, l.license, l.summary, l.tags, \
    l.attributes, l.pricing, l.reviews, l.rating_sum, l.created_slot";

/// A search.
#[derive(Debug)]
pub struct Search {
    parameters: Vec<(String, String)>,
    offset: i64,
}

impl Search {
    pub fn read(ask: &Ask) -> Result<Self> {
        let url = reqwest::Url::parse("http://localhost")?.join(&ask.path)?;
        let parameters = url.query_pairs().into_owned().collect();
        let offset = ask.offset.try_into()?;
        Ok(Self { parameters, offset })
    }

    /// Whether everything about its order is said in terms that SQL has too: how well a text is answered is not.
    pub fn is_ordered(&self) -> bool {
        self.sort() != "relevance" || self.one("q").is_none()
    }

    pub fn page(&self) -> Result<Sql> {
        let mut sql = Sql::new(COLUMNS);
        self.push_matches(&mut sql)?;
        self.push_order(&mut sql)?;
        let limit = self.one("limit").map_or(Ok(PAGE), str::parse)?;
        sql.push(" LIMIT ").push_bind(limit);
        sql.push(" OFFSET ").push_bind(self.offset);
        Ok(sql)
    }

    /// Where the total is asked for.
    pub fn count(&self) -> Result<Option<Sql>> {
        self.count_if_it_says("count")
    }

    /// The same of a search for words, which is not asked for it.
    pub fn count_of_words(&self) -> Result<Option<Sql>> {
        self.count_if_it_says("q")
    }

    fn count_if_it_says(&self, parameter: &str) -> Result<Option<Sql>> {
        if self.one(parameter).is_none() {
            return Ok(None);
        }
        let mut sql = Sql::new("SELECT count(*)");
        self.push_matches(&mut sql)?;
        Ok(Some(sql))
    }

    /// Facet, value and count, where they are asked for: of all five.
    pub fn facets(&self) -> Result<Option<Sql>> {
        if self.one("facets").is_none() {
            return Ok(None);
        }
        let mut sql = Sql::new(
            "WITH found AS MATERIALIZED (SELECT l.address, l.kind, l.license, l.tags, l.publisher, l.pricing",
        );
        self.push_matches(&mut sql)?;
        sql.push(")");
        let facets = [
            ("kind", "SELECT kind AS value FROM found"),
            (
                "license",
                "SELECT license AS value FROM found WHERE license IS NOT NULL",
            ),
            ("tag", "SELECT unnest(tags) AS value FROM found"),
            (
                "publisher",
                "SELECT encode(publisher, 'hex') AS value FROM found",
            ),
            (
                "mode",
                "SELECT DISTINCT p.term ->> 'mode' AS value, address FROM found, jsonb_array_elements(pricing) AS p (term)",
            ),
        ];
        for (place, (facet, values)) in facets.into_iter().enumerate() {
            let union = if place == 0 { "" } else { " UNION ALL" };
            sql.push(format!(
                "{union} (SELECT '{facet}', value, count(*) FROM ({values}) AS v GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT {VALUES})"
            ));
        }
        Ok(Some(sql))
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = self.parameters.iter().filter(move |(of, _)| of == name);
        of_name.map(|(_, value)| &value[..])
    }

    fn sort(&self) -> &str {
        let usual = match self.one("q") {
            Some(_) => "relevance",
            None => "newest",
        };
        self.one("sort").unwrap_or(usual)
    }

    fn push_matches(&self, sql: &mut Sql) -> Result<()> {
        sql.push(" FROM listings l");
        sql.push(match self.sort() {
            "sales" | "relevance" => " LEFT JOIN market m ON m.listing = l.address",
            "trending" | "quality" => " JOIN signals s ON s.listing = l.address",
            _ => "",
        });
        let mut statuses: Vec<&str> = self.all("status").collect();
        if statuses.is_empty() {
            statuses.push("active");
        }
        sql.push(" WHERE ");
        push_any(sql, "l.status", &statuses);
        for (name, column) in [
            ("kind", "l.kind"),
            ("license", "l.license"),
            ("publisher_name", "l.publisher_name"),
            ("name", "l.name"),
        ] {
            let values: Vec<&str> = self.all(name).collect();
            if !values.is_empty() {
                sql.push(" AND ");
                push_any(sql, column, &values);
            }
        }
        for (name, column) in [("publisher", "l.publisher"), ("addresses", "l.address")] {
            let values: Vec<Vec<u8>> = self.all(name).map(address).collect::<Result<_>>()?;
            if !values.is_empty() {
                sql.push(format!(" AND {column} = ANY(")).push_bind(values);
                sql.push(")");
            }
        }
        if let Some(q) = self.one("q") {
            sql.push(" AND l.document @@ ").push_bind(tsquery(q));
            sql.push("::tsquery");
        }
        if let Some(key) = self.one("key") {
            sql.push(" AND l.key = ")
                .push_bind(Sha256::digest(key).to_vec());
        }
        let tags: Vec<&str> = self.all("tag").collect();
        if !tags.is_empty() {
            sql.push(" AND l.tags @> ").push_bind(tags);
        }
        if self.one("untainted") == Some("true") {
            sql.push(" AND NOT EXISTS (SELECT FROM own_taints t WHERE t.listing = l.address)");
            sql.push(" AND NOT EXISTS (SELECT FROM taints t WHERE t.listing = l.address)");
        }
        if let Some(most) = self.one("max_royalty_ppm") {
            sql.push(" AND l.royalty_ppm <= ")
                .push_bind(most.parse::<i64>()?);
        }
        if let Some(least) = self.one("min_rating") {
            sql.push(" AND l.reviews > 0 AND l.rating_sum >= l.reviews * ")
                .push_bind(least.to_owned());
            sql.push("::numeric");
        }
        if let Some(free) = self.one("free") {
            let is = if free == "true" { "=" } else { "<>" };
            sql.push(format!(" AND l.pricing {is} '[]'"));
        }
        if let Some(root) = self.one("descends_from") {
            sql.push(" AND l.address IN (WITH RECURSIVE down (address) AS (SELECT e.child FROM edges e WHERE e.parent = ")
                .push_bind(address(root)?);
            sql.push(
                " AND e.status <> 'revoked' UNION SELECT e.child FROM down JOIN edges e ON e.parent = down.address
                AND e.status <> 'revoked') SELECT address FROM down)",
            );
        }
        for (name, value) in &self.parameters {
            if let Some(attribute) = name.strip_prefix("attr.") {
                push_attribute(sql, attribute, value)?;
            }
        }
        if ["mode", "unit", "mint", "min_price", "max_price"]
            .iter()
            .any(|name| self.one(name).is_some())
        {
            sql.push(" AND EXISTS ");
            self.push_prices(sql, "");
        }
        Ok(())
    }

    /// Something of those price terms that are as they have to be.
    fn push_prices(&self, sql: &mut Sql, what: &str) {
        sql.push(format!(
            "(SELECT {what} FROM jsonb_to_recordset(l.pricing) AS t (mode text, unit text, mint text, price numeric) WHERE true"
        ));
        for (name, condition) in [
            ("mode", "t.mode = "),
            ("unit", "t.unit = "),
            ("mint", "t.mint = "),
        ] {
            if let Some(value) = self.one(name) {
                sql.push(format!(" AND {condition}"))
                    .push_bind(value.to_owned());
            }
        }
        let compares = ["min_price", "max_price"]
            .iter()
            .any(|name| self.one(name).is_some());
        if (compares || self.sort().ends_with("price")) && self.one("mint").is_none() {
            sql.push(" AND t.mint = ").push_bind(mint().to_string());
        }
        for (name, condition) in [("min_price", "t.price >= "), ("max_price", "t.price <= ")] {
            if let Some(value) = self.one(name) {
                sql.push(format!(" AND {condition}"))
                    .push_bind(value.to_owned());
                sql.push("::numeric");
            }
        }
        sql.push(")");
    }

    fn push_order(&self, sql: &mut Sql) -> Result<()> {
        sql.push(" ORDER BY ");
        match (self.sort(), self.one("q")) {
            ("relevance", Some(q)) => {
                sql.push("ts_rank(l.document, ").push_bind(tsquery(q));
                sql.push("::tsquery) DESC, ");
            }
            ("relevance", None) => {
                sql.push("floor(log(2, 1 + coalesce(m.sales, 0)::numeric)) DESC, ");
            }
            ("newest", _) => {
                sql.push("l.created_slot DESC, ");
            }
            ("name", _) => {
                sql.push("l.name, ");
            }
            ("price", _) => {
                self.push_prices(sql, "min(t.price)");
                sql.push(", ");
            }
            ("-price", _) => {
                self.push_prices(sql, "max(t.price)");
                sql.push(" DESC, ");
            }
            // As if five more had rated it 3.
            ("rating", _) => {
                sql.push("(l.rating_sum + 15) * 1000000000 / (l.reviews + 5) DESC, ");
            }
            ("sales", _) => {
                sql.push("coalesce(m.sales, 0) DESC, ");
            }
            (signal @ ("trending" | "quality"), _) => {
                sql.push(format!("s.{signal} DESC, "));
            }
            (other, _) => bail!("no SQL for the sort {other}"),
        }
        sql.push("l.address");
        Ok(())
    }
}

/// A column that is one of some values: of a single one so that an index on it gives an order, too.
fn push_any(sql: &mut Sql, column: &str, values: &[&str]) {
    match values {
        [value] => {
            sql.push(format!("{column} = "))
                .push_bind((*value).to_owned());
        }
        _ => {
            sql.push(format!("{column} = ANY("))
                .push_bind(values.to_vec());
            sql.push(")");
        }
    }
}

/// `NAME`, `NAME.gte` or `NAME.lte`.
fn push_attribute(sql: &mut Sql, attribute: &str, value: &str) -> Result<()> {
    let Some((name, comparison)) = attribute.split_once('.') else {
        let scalar = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        for (place, of) in [scalar.clone(), Value::from(vec![scalar])]
            .into_iter()
            .enumerate()
        {
            sql.push(if place == 0 { " AND (" } else { " OR " });
            sql.push("l.attributes @> ")
                .push_bind(serde_json::json!({ attribute: of }));
        }
        sql.push(")");
        return Ok(());
    };
    let operator = match comparison {
        "gte" => ">=",
        "lte" => "<=",
        other => bail!("no comparison {other}"),
    };
    sql.push(" AND EXISTS (SELECT FROM (SELECT l.attributes -> ")
        .push_bind(name.to_owned());
    sql.push(
        " AS value) AS a CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(a.value) WHEN 'array' THEN a.value ELSE jsonb_build_array(a.value) END
        ) AS e (value) WHERE ",
    );
    let (is_such, such) = match value.parse::<f64>() {
        Ok(_) => ("jsonb_typeof(e.value) = 'number'", "numeric"),
        Err(_) => (r"e.value #>> '{}' ~ '^\d{4}-\d\d-\d\d$'", "date"),
    };
    sql.push(format!(
        "CASE WHEN {is_such} THEN (e.value #>> '{{}}')::{such} {operator} "
    ))
    .push_bind(value.to_owned());
    sql.push(format!("::{such} END)"));
    Ok(())
}

/// Words, `"phrases"`, `-not` and `or`, as this benchmark asks for them: of letters and digits alone.
fn tsquery(q: &str) -> String {
    let q = fold(q);
    let mut alternatives = vec![Vec::new()];
    for (place, piece) in q.split('"').enumerate() {
        let quoted = place % 2 == 1;
        let terms: Vec<&str> = match quoted {
            true => vec![piece],
            false => piece.split_whitespace().collect(),
        };
        for term in terms {
            let (not, term) = match term.strip_prefix('-') {
                Some(term) => ("!", term),
                None => ("", term),
            };
            match (quoted, term) {
                (false, "or") => alternatives.push(Vec::new()),
                _ => {
                    let words: Vec<String> = term
                        .split_whitespace()
                        .map(|word| format!("'{word}'"))
                        .collect();
                    if let Some(all) = alternatives.last_mut() {
                        all.push(format!("{not}({})", words.join(" <-> ")));
                    }
                }
            }
        }
    }
    let alternatives = alternatives.iter().map(|all| all.join(" & "));
    alternatives.collect::<Vec<_>>().join(" | ")
}

fn address(base58: &str) -> Result<Vec<u8>> {
    bs58::decode(base58).into_vec().context("no address")
}

/// A lineage, level by level.
#[derive(Debug)]
pub struct Walk {
    pub root: Vec<u8>,
    pub depth: i32,
    up: bool,
}

/// Between the nodes of a lineage.
pub const EDGES: &str = "SELECT child, parent, relation, royalty_ppm, status FROM edges
    WHERE child = ANY($1) AND parent = ANY($1)";

/// How a recursive query keeps from going round for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// By the way to each node, as the manual tells.
    Cycle,
    /// By leaving out what it met at the same depth, and by the depth.
    Union,
}

impl Walk {
    /// None where something else is asked for.
    pub fn read(ask: &Ask) -> Result<Option<Self>> {
        let url = reqwest::Url::parse("http://localhost")?.join(&ask.path)?;
        let mut segments = url.path_segments().context("no path")?.skip(2);
        let (root, what) = (segments.next(), segments.next());
        let (Some(root), Some(what)) = (root, what) else {
            return Ok(None);
        };
        let depth = url.query_pairs().find(|(name, _)| name == "depth");
        Ok(Some(Self {
            root: address(root)?,
            depth: depth.map_or(Ok(8), |(_, depth)| depth.parse())?,
            up: what == "ancestors",
        }))
    }

    /// At most 5,000 nodes, each with its least depth: `$1` is the root, `$2` the depth. Drafts are nobody's descendants.
    pub fn nodes(&self, guard: Guard) -> String {
        let (near, far) = match self.up {
            true => ("child", "parent"),
            false => ("parent", "child"),
        };
        let listed = match self.up {
            true => "",
            false => "JOIN listings l ON l.address = e.child AND l.status <> 'draft'",
        };
        let (union, cycle, way) = match guard {
            Guard::Cycle => (
                "UNION ALL",
                "CYCLE address SET is_cycle USING way",
                "WHERE NOT is_cycle",
            ),
            Guard::Union => ("UNION", "", ""),
        };
        format!(
            "WITH RECURSIVE walk (address, depth) AS (
                SELECT $1::bytea, 0
                {union}
                SELECT e.{far}, walk.depth + 1 FROM walk JOIN edges e ON e.{near} = walk.address {listed}
                WHERE walk.depth < $2
            ) {cycle}, nodes AS (
                SELECT address, min(depth) AS depth FROM walk {way} GROUP BY 1 ORDER BY 2, 1 LIMIT 5000
            )
            SELECT n.address, n.depth, l.kind, l.name, l.publisher_name, l.status,
                EXISTS (SELECT FROM own_taints t WHERE t.listing = n.address)
                    OR EXISTS (SELECT FROM taints t WHERE t.listing = n.address) AS tainted
            FROM nodes n JOIN listings l USING (address) ORDER BY n.depth, n.address"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_negations_and_alternatives_become_a_tsquery() {
        assert_eq!(tsquery("a b or c"), "('a') & ('b') | ('c')");
        assert_eq!(tsquery("a -b"), "('a') & !('b')");
        assert_eq!(tsquery("\"a b\""), "('a' <-> 'b')");
    }

    #[test]
    fn a_page_behind_the_first_skips_what_is_before_it() {
        let ask = Ask {
            path: "/v1/listings?sort=rating&kind=model".to_owned(),
            offset: 40,
        };
        let search = Search::read(&ask).unwrap();
        assert!(search.is_ordered());
        let sql = search.page().unwrap().into_string();
        assert!(sql.ends_with("DESC, l.address LIMIT $3 OFFSET $4"), "{sql}");
    }
}

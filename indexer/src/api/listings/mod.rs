//! `/v1/listings`: search. The index in memory says which listings, in which order and how many; the database, what is said
//! of each.

mod attribute;
mod detail;
mod facets;
mod filter;
mod item;
mod place;

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use pedigree_search::{Answer, Request};
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor};
use utoipa::ToSchema;

pub use attribute::{ATTRIBUTE_NAME, is_attribute_name};
pub use detail::*;
pub use facets::{FACETS, FacetCount};
pub use filter::SORTS;
pub use item::{Listing, Price};

use super::{
    Api,
    page::Page,
    params::Params,
    problem::{Problem, Result},
    render::Index,
};
use crate::search::Slots;
use filter::Asked;
use item::{PAGE, Row};
use place::After;

/// Searches for one page at most: again where a listing of it changed before its row was read.
const ATTEMPTS: usize = 3;

/// A page of listings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listings {
    pub items: Vec<Listing>,
    /// Of the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many listings match.
    pub total: u64,
    /// Always: what is asked for costs the same.
    pub total_exact: bool,
    /// Of each facet that is asked for its most frequent values, all filters applied.
    #[schema(value_type = BTreeMap<String, Vec<FacetCount>>)]
    pub facets: BTreeMap<&'static str, Vec<FacetCount>>,
    pub index: Index,
}

#[derive(sqlx::FromRow)]
struct Hit {
    /// Since the search.
    changed: bool,
    #[sqlx(flatten)]
    row: Row,
}

/// Searches listings.
#[utoipa::path(
    get, path = "/v1/listings", tag = "listings",
    params(
        ("q" = Option<String>, Query, max_length = 500, description = "Words, \"phrases\", -not, or. All words of an alternative have to be there, whole, whatever their case and accents; 32 at most. They are sought in the name, the publisher's name, the tags, and the rest: kind, licence, key, source, description, attributes; what a manifest says once `manifest_status` is `ok`. `AmazonQA` is found by its parts, too"),
        ("kind" = Option<Vec<String>>, Query, description = "Any of: repeated, as all that take several"),
        ("license" = Option<Vec<String>>, Query, description = "Any of, as they are written: `facets=license` says which there are"),
        ("publisher" = Option<Vec<String>>, Query, description = "Keys, any of"),
        ("publisher_name" = Option<String>, Query, description = "Exact, upper and lower case"),
        ("name" = Option<String>, Query, description = "Exact, upper and lower case"),
        ("key" = Option<String>, Query, description = "The key's text, or its 32 bytes in hex"),
        ("tag" = Option<Vec<String>>, Query, description = "All of, as they are written: `facets=tag` says which there are"),
        ("status" = Option<Vec<String>>, Query, description = "Any of; `active` unless given"),
        ("addresses" = Option<Vec<String>>, Query, max_items = 100, description = "Any of, at most 100; repeated, or separated by commas"),
        ("descends_from" = Option<String>, Query, description = "Descendants of this listing at any depth, along edges in force: not those that a ruling `revoked`, which its lineage shows still. Nothing descends from an address of which nothing is known"),
        ("untainted" = Option<bool>, Query, description = "`true` leaves out listings that are tainted, by themselves or by descent as of `taint_slot`"),
        ("max_royalty_ppm" = Option<u32>, Query, minimum = 0, maximum = 1_000_000, description = "What a sale owes to all of its lineage at most: ancestors are paid out of what parents get"),
        ("min_rating" = Option<f64>, Query, minimum = 0, maximum = 5, description = "Mean of the ratings at least, to a hundredth as it is shown: two decimals at most (422)"),
        ("free" = Option<bool>, Query, description = "`true` for listings without price terms, `false` for those with some"),
        ("mode" = Option<String>, Query, description = "Of a price term, as the four below: one and the same term has to be all of them"),
        ("unit" = Option<String>, Query, description = "What one pays for; a price, and a sort by it, needs it (422). `facets=unit` says which there are"),
        ("mint" = Option<String>, Query, description = "Where prices are compared the settlement mint unless given: the one that orders could be paid in first, of those that they can be paid in now. 422 where no mint was ever allowed"),
        ("min_price" = Option<String>, Query, pattern = "^[0-9]{1,20}$", description = "Base units of `mint`"),
        ("max_price" = Option<String>, Query, pattern = "^[0-9]{1,20}$", description = "Base units of `mint`"),
        ("sort" = Option<String>, Query, description = "`relevance` with `q`, `newest` without it, unless given. `relevance`: an exact name first, then by the best field that holds all words (name, publisher's name, tags, rest), then the one sold more often, by powers of two; without `q` by that alone. `newest`: by the slot of registration. `name`: by code points. `-price`: the dearest first. `rating`: by `rating_estimate`. `sales`, `trending`, `quality`: the most first. Where the sort leaves two equal, by address"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before: of the same filters and sort, or 400. Under `newest` and `name` each listing that matches throughout comes exactly once, whatever is written meanwhile; under other sorts each whose sort key did not change"),
        ("facets" = Option<String>, Query, pattern = "^(kind|license|tag|publisher|mode|unit)(,(kind|license|tag|publisher|mode|unit))*$", description = "What to count values of: kind, license, tag, publisher, mode, unit, separated by commas"),
        ("facet_limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "Values of each facet at most; 20 unless given"),
        ("min_slot" = Option<i64>, Query, minimum = 0, description = "Waits up to 2 s for the index to reach it. What manifests say comes later: until then `manifest_status` is `pending`"),
        ("count" = Option<String>, Query, pattern = "^exact$", description = "`exact` for an exact total, which it is anyway"),
    ),
    responses((status = 200, body = Listings))
)]
pub async fn search(State(api): State<Api>, mut params: Params) -> Result<Json<Listings>> {
    let mut asked = Asked::take(&mut params)?;
    if asked.lacks_mint() {
        asked.set_mint(api.settlement_mint().await?);
    }
    let page = Page::<After>::take(api.secret(), &mut params, "listings", &asked.identity)?;
    let (facets, facet_limit) = facets::take(&mut params)?;
    if let Some(other) = params.one("count")?.filter(|count| count != "exact") {
        return Err(Problem::bad("count", format!("{other:?} is not `exact`")));
    }
    let min_slot = params.min_slot()?;
    params.end()?;

    api.wait_for(min_slot).await?;
    let request = Request {
        filter: asked.filter,
        sort: asked.sort,
        limit: page.limit(),
        facets,
        facet_limit,
        after: page.after.as_ref().map(Into::into),
    };
    let (answer, slots, rows) = api.found(request).await?;
    if let (Some(error), 0) = (&asked.no_query, answer.total) {
        return Err(Problem::bad("q", error));
    }
    let last = answer.hits.last().filter(|_| answer.more);
    Ok(Json(Listings {
        next_cursor: last.map(|last| page.cursor(&After::from(last))),
        items: rows.into_iter().map(Into::into).collect(),
        total: answer.total,
        total_exact: true,
        facets: facets::counted(answer.facets),
        index: slots.into(),
    }))
}

/// What a query asks of the index, where prices are in `mint` unless it says otherwise: what answers are held against. None
/// where it is refused.
pub fn search_request(query: &str, mint: [u8; 32], limit: usize) -> Option<Request> {
    let mut asked = Asked::take(&mut Params::parse(query).ok()?).ok()?;
    if asked.lacks_mint() {
        asked.set_mint(mint);
    }
    Some(Request {
        filter: asked.filter,
        sort: asked.sort,
        limit,
        ..Request::default()
    })
}

/// Reads a page where there is none.
pub async fn warm_up(db: &mut PgConnection) -> sqlx::Result<()> {
    // Planned for as many rows as most pages have.
    read(db, (0, &[]), &[&[][..]; 20]).await.map(drop)
}

/// Rows at these addresses; `xmin` and `seen` say which state the search was of.
async fn read(
    db: impl PgExecutor<'_>,
    (xmin, seen): (i64, &[i64]),
    addresses: &[&[u8]],
) -> sqlx::Result<Vec<Hit>> {
    sqlx::query_as(AssertSqlSafe(PAGE.as_str()))
        .bind(xmin)
        .bind(seen)
        .bind(addresses)
        .fetch_all(db)
        .await
}

impl Api {
    /// What is found, and the rows of it: those that the search saw, but where one changes all the time.
    async fn found(&self, request: Request) -> Result<(Answer, Slots, Vec<Row>)> {
        let mut attempt = 1;
        loop {
            let asked = request.clone();
            let (answer, slots) = self.ask(move |index| index.search(&asked)).await?;
            let hits = self.rows(&answer, &slots).await?;
            // A row that is missing is that of a listing that is gone.
            let changed = hits.len() < answer.hits.len() || hits.iter().any(|hit| hit.changed);
            if !changed || attempt >= ATTEMPTS || !self.refresh_in_time().await? {
                let rows = hits.into_iter().map(|hit| hit.row).collect();
                return Ok((answer, slots, rows));
            }
            attempt = attempt.saturating_add(1);
        }
    }

    async fn rows(&self, answer: &Answer, slots: &Slots) -> Result<Vec<Hit>> {
        if answer.hits.is_empty() {
            return Ok(Vec::new());
        }
        let addresses: Vec<&[u8]> = answer.hits.iter().map(|hit| &hit.address[..]).collect();
        let _turn = self.limits().requests.turn().await?;
        Ok(read(self.pool(), (slots.xmin, &slots.seen), &addresses).await?)
    }

    /// The mint that prices are in where nobody says in which. No account names it; so it is the mint that was allowed first
    /// of those that orders can be paid in, or of all, where they can be in none: that stays, whatever is allowed later. Of two
    /// that were allowed in one slot it is the one of the lesser address, and whose beginning was never seen comes last.
    ///
    /// # Errors
    /// 422 where no mint was ever allowed.
    async fn settlement_mint(&self) -> Result<[u8; 32]> {
        let turn = self.limits().requests.turn().await?;
        let mint: Option<Vec<u8>> = sqlx::query_scalar(
            "SELECT m.mint FROM mints m
             LEFT JOIN entity_events e ON e.kind = 'mint_config' AND e.address = m.address AND e.seq = 1
             ORDER BY m.enabled DESC, e.slot, m.mint LIMIT 1",
        )
        .fetch_optional(self.pool())
        .await?;
        drop(turn);
        mint.and_then(|mint| mint.try_into().ok()).ok_or_else(|| {
            let detail = "no settlement mint is known: say in which the price is";
            Problem::unprocessable("mint", detail)
        })
    }
}

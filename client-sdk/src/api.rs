//! A read-only client of the indexer's HTTP API. What it answers is checked against the chain by [`crate::verify`].

use std::{borrow::Cow, time::Duration};

use reqwest::{Client, StatusCode, Url};
use serde::{Deserialize, de::DeserializeOwned};
use solana_program::pubkey::Pubkey;

mod search;
mod signals;
mod types;
pub mod wire;
pub use search::Search;
pub use signals::{Quality, RatingSignal, Signals, Volume};
pub use types::*;

/// How long an answer may take: the API itself gives up sooner.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{base:?} is no address of an API: give one like http://127.0.0.1:8080")]
    Address { base: String },
    #[error("the index at {url} does not answer: {source}")]
    Unreachable { url: Url, source: reqwest::Error },
    /// The API's own words, and the parameter to blame where there is one.
    #[error("the index refuses the request ({status}): {detail}")]
    Refused {
        status: u16,
        detail: String,
        parameter: Option<String>,
    },
    #[error("the answer of the index at {url} is not what this client expects: {detail}")]
    Format { url: Url, detail: String },
}

impl ApiError {
    /// Whether the index knows nothing under that address.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

/// The API of one index.
#[derive(Clone, Debug)]
pub struct Api {
    base: Url,
    client: Client,
}

/// What orders to list.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// A wallet, or a session.
    pub buyer: Option<Pubkey>,
    /// The buyer, or its session's owner.
    pub owner: Option<Pubkey>,
    pub seller: Option<Pubkey>,
    pub listing: Option<Pubkey>,
    /// Any of these.
    pub state: Vec<String>,
    /// Any of these.
    pub mode: Vec<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What sessions to list.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    pub owner: Option<Pubkey>,
    /// Signs its orders.
    pub key: Option<Pubkey>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What reviews to list.
#[derive(Clone, Debug, Default)]
pub struct ReviewFilter {
    pub listing: Option<Pubkey>,
    pub reviewer: Option<Pubkey>,
    pub order: Option<Pubkey>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What disputes to list.
#[derive(Clone, Debug, Default)]
pub struct DisputeFilter {
    /// An order, a listing, or the address of an edge.
    pub subject: Option<Pubkey>,
    /// Who complained of a listing or an edge; nobody of an order.
    pub opener: Option<Pubkey>,
    /// Any of these: `order`, `version`, `false_edge`, `missing_edge`.
    pub case: Vec<String>,
    /// Any of these: `open`, `final`, `undecided`.
    pub status: Vec<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What positions to list.
#[derive(Clone, Debug, Default)]
pub struct PositionFilter {
    pub owner: Option<Pubkey>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What proposals to list.
#[derive(Clone, Debug, Default)]
pub struct ProposalFilter {
    /// Any of these: `voting`, `queued`, `executed`, `rejected`, `vetoed`, `expired`.
    pub status: Vec<String>,
    /// The owner of a position, or the steward.
    pub proposer: Option<Pubkey>,
    /// Any of these: `update_escrow`, `allow_mint`, `transfer`, …
    pub action: Vec<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What epochs to list.
#[derive(Clone, Debug, Default)]
pub struct EpochFilter {
    /// Any of these: `open`, `finished`, `expired`.
    pub status: Vec<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// Parameters of a request: their names and values.
pub type Query = Vec<(Cow<'static, str>, String)>;

impl Api {
    /// A client of the API at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Result<Self, ApiError> {
        let base = Url::parse(base)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| ApiError::Address {
                base: base.to_owned(),
            })?;
        let client = Client::builder()
            .timeout(TIMEOUT)
            .build()
            .map_err(|source| ApiError::Unreachable {
                url: base.clone(),
                source,
            })?;
        Ok(Self { base, client })
    }

    /// Searches listings.
    pub async fn listings(&self, search: &Search) -> Result<Listings, ApiError> {
        self.get(&["v1", "listings"], &search.query()).await
    }

    /// One listing with its versions, parents, royalty table, pools and newest reviews.
    pub async fn listing(&self, address: &Pubkey) -> Result<ListingDetail, ApiError> {
        self.get(&["v1", "listings", &address.to_string()], &Query::new())
            .await
    }

    /// What happened to a listing: orders, sales, disputes, deliveries, ratings, and a grade made of them.
    pub async fn signals(&self, address: &Pubkey) -> Result<Signals, ApiError> {
        self.get(
            &["v1", "listings", &address.to_string(), "signals"],
            &Query::new(),
        )
        .await
    }

    /// What a listing was made of, `depth` levels up, at most 64. With `min_slot` it waits until the index has read that slot.
    pub async fn ancestors(
        &self,
        address: &Pubkey,
        depth: u32,
        min_slot: Option<u64>,
    ) -> Result<Lineage, ApiError> {
        self.lineage(address, "ancestors", (depth, min_slot)).await
    }

    /// What was made of a listing, `depth` levels down, at most 64. With `min_slot` it waits until the index has read that slot.
    pub async fn descendants(
        &self,
        address: &Pubkey,
        depth: u32,
        min_slot: Option<u64>,
    ) -> Result<Lineage, ApiError> {
        self.lineage(address, "descendants", (depth, min_slot))
            .await
    }

    async fn lineage(
        &self,
        address: &Pubkey,
        side: &str,
        (depth, min_slot): (u32, Option<u64>),
    ) -> Result<Lineage, ApiError> {
        let mut query = Query::new();
        put(&mut query, "depth", [depth]);
        put(&mut query, "min_slot", min_slot);
        self.get(&["v1", "listings", &address.to_string(), side], &query)
            .await
    }

    /// A publisher with its profile, its listings counted.
    pub async fn publisher(&self, key: &Pubkey) -> Result<Publisher, ApiError> {
        self.get(&["v1", "publishers", &key.to_string()], &Query::new())
            .await
    }

    /// Orders, newest first.
    pub async fn orders(&self, filter: &OrderFilter) -> Result<Orders, ApiError> {
        self.get(&["v1", "orders"], &filter.query()).await
    }

    /// One order.
    pub async fn order(&self, address: &Pubkey) -> Result<Order, ApiError> {
        self.get(&["v1", "orders", &address.to_string()], &Query::new())
            .await
    }

    /// Spending sessions, newest first.
    pub async fn sessions(&self, filter: &SessionFilter) -> Result<Sessions, ApiError> {
        self.get(&["v1", "sessions"], &filter.query()).await
    }

    /// One spending session.
    pub async fn session(&self, address: &Pubkey) -> Result<Session, ApiError> {
        self.get(&["v1", "sessions", &address.to_string()], &Query::new())
            .await
    }

    /// Reviews, newest first.
    pub async fn reviews(&self, filter: &ReviewFilter) -> Result<Reviews, ApiError> {
        self.get(&["v1", "reviews"], &filter.query()).await
    }

    /// One review.
    pub async fn review(&self, address: &Pubkey) -> Result<Review, ApiError> {
        self.get(&["v1", "reviews", &address.to_string()], &Query::new())
            .await
    }

    /// Disputes, newest first.
    pub async fn disputes(&self, filter: &DisputeFilter) -> Result<Disputes, ApiError> {
        self.get(&["v1", "disputes"], &filter.query()).await
    }

    /// One dispute with its newest jurors.
    pub async fn dispute(&self, address: &Pubkey) -> Result<DisputeDetail, ApiError> {
        self.get(&["v1", "disputes", &address.to_string()], &Query::new())
            .await
    }

    /// Positions, newest first.
    pub async fn positions(&self, filter: &PositionFilter) -> Result<Positions, ApiError> {
        self.get(&["v1", "positions"], &filter.query()).await
    }

    /// One position.
    pub async fn position(&self, address: &Pubkey) -> Result<Position, ApiError> {
        self.get(&["v1", "positions", &address.to_string()], &Query::new())
            .await
    }

    /// Proposals, newest first.
    pub async fn proposals(&self, filter: &ProposalFilter) -> Result<Proposals, ApiError> {
        self.get(&["v1", "proposals"], &filter.query()).await
    }

    /// One proposal by its number, from 1, with its newest votes.
    pub async fn proposal(&self, number: u64) -> Result<ProposalDetail, ApiError> {
        self.get(&["v1", "proposals", &number.to_string()], &Query::new())
            .await
    }

    /// Reward periods, newest first.
    pub async fn epochs(&self, filter: &EpochFilter) -> Result<Epochs, ApiError> {
        self.get(&["v1", "epochs"], &filter.query()).await
    }

    /// One reward period by its index.
    pub async fn epoch(&self, index: u32) -> Result<Epoch, ApiError> {
        self.get(&["v1", "epochs", &index.to_string()], &Query::new())
            .await
    }

    /// An account of any kind: its newest life.
    pub async fn account(&self, address: &Pubkey) -> Result<Account, ApiError> {
        self.get(&["v1", "accounts", &address.to_string()], &Query::new())
            .await
    }

    /// What an order would cost and who would get it. [`crate::quote`] computes the same from accounts.
    pub async fn quote(
        &self,
        listing: &Pubkey,
        term: u8,
        quantity: u64,
    ) -> Result<IndexQuote, ApiError> {
        let mut query = Query::new();
        put(&mut query, "listing", [listing]);
        put(&mut query, "term", [term]);
        put(&mut query, "quantity", [quantity]);
        self.get(&["v1", "quote"], &query).await
    }

    /// Counts and sums.
    pub async fn stats(&self) -> Result<Stats, ApiError> {
        self.get(&["v1", "stats"], &Query::new()).await
    }

    /// How far the index is, and how well.
    pub async fn status(&self) -> Result<Status, ApiError> {
        self.get(&["v1", "status"], &Query::new()).await
    }

    /// Any resource, given by the segments of its path.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(Cow<'static, str>, String)],
    ) -> Result<T, ApiError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let unreachable = |source| ApiError::Unreachable {
            url: url.clone(),
            source,
        };
        let response = self
            .client
            .get(url.clone())
            .query(query)
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        if !status.is_success() {
            return Err(refused(status, &body));
        }
        serde_json::from_slice(&body).map_err(|error| ApiError::Format {
            url,
            detail: error.to_string(),
        })
    }
}

/// The problem document that the API answers with, or what else came.
fn refused(status: StatusCode, body: &[u8]) -> ApiError {
    #[derive(Deserialize)]
    struct Problem {
        detail: Option<String>,
        title: Option<String>,
        parameter: Option<String>,
    }
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let parameter = problem
        .as_ref()
        .and_then(|problem| problem.parameter.clone());
    let detail = problem
        .and_then(|problem| problem.detail.or(problem.title))
        .or_else(|| status.canonical_reason().map(str::to_owned))
        .unwrap_or_default();
    ApiError::Refused {
        status: status.as_u16(),
        detail,
        parameter,
    }
}

fn put<T: ToString>(query: &mut Query, name: &'static str, values: impl IntoIterator<Item = T>) {
    let values = values.into_iter();
    query.extend(values.map(|value| (name.into(), value.to_string())));
}

impl ReviewFilter {
    fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "listing", self.listing);
        put(&mut query, "reviewer", self.reviewer);
        put(&mut query, "order", self.order);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", self.cursor.as_ref());
        query
    }
}

impl OrderFilter {
    fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "buyer", self.buyer);
        put(&mut query, "owner", self.owner);
        put(&mut query, "seller", self.seller);
        put(&mut query, "listing", self.listing);
        put(&mut query, "state", &self.state);
        put(&mut query, "mode", &self.mode);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", &self.cursor);
        query
    }
}

impl SessionFilter {
    fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "owner", self.owner);
        put(&mut query, "key", self.key);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", &self.cursor);
        query
    }
}

impl DisputeFilter {
    fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "subject", self.subject);
        put(&mut query, "opener", self.opener);
        put(&mut query, "case", &self.case);
        put(&mut query, "status", &self.status);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", &self.cursor);
        query
    }
}

impl PositionFilter {
    fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "owner", self.owner);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", &self.cursor);
        query
    }
}

impl ProposalFilter {
    fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "status", &self.status);
        put(&mut query, "proposer", self.proposer);
        put(&mut query, "action", &self.action);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", &self.cursor);
        query
    }
}

impl EpochFilter {
    fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "status", &self.status);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", &self.cursor);
        query
    }
}

#[cfg(test)]
mod tests;

//! `/v1/listings/{address}/signals`: what happened to a listing, counted, and what that is worth.

use axum::{Json, extract::State};
use pedigree_sdk::api::mean_rating;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Api,
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, base58},
};

/// Days over which recent sales are counted.
const RECENT: i32 = 14;
/// Reviews that are assumed beside those there are, each of 3, and quantile of the normal distribution for 95 %.
const ASSUMED: f64 = 5.0;
const QUANTILE: f64 = 1.96;

/// What happened to a listing's orders and what its buyers said, as of `index`. Nothing of it is anybody's claim about
/// itself; what it is made of is in docs/SEARCH.md.
#[derive(Debug, Serialize, ToSchema)]
pub struct Signals {
    pub address: String,
    /// Orders with a price, whatever became of them.
    pub orders: i64,
    /// Paid receipts.
    pub sales: i64,
    /// Receipts without a price.
    pub free_receipts: i64,
    /// Orders of which everything went back to the buyer.
    pub refunded: i64,
    /// Orders that were ever in dispute.
    pub disputed: i64,
    /// Orders that were delivered.
    pub delivered: i64,
    /// What buyers paid for what was sold, by mint: seller's part, fee and royalty.
    pub volume: Vec<Volume>,
    /// Paid receipts among the orders that are over, to a ten thousandth; null before the first.
    pub success_rate: Option<f64>,
    /// Orders that were ever in dispute among all, to a ten thousandth; null before the first.
    pub dispute_rate: Option<f64>,
    /// From opening to delivery; null before the first.
    pub mean_delivery_seconds: Option<i64>,
    pub rating: Rating,
    /// By which `sort=trending` sorts: its sales, each worth half as much as one three days later. 1,000 more are worth twice
    /// as much; 0 before the first.
    pub trending: i64,
    /// Sales of the last 14 days, as of the newest block that knows its time.
    pub recent_sales: i64,
    pub quality: Quality,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Volume {
    pub mint: String,
    /// Base units.
    pub amount: String,
}

/// Ratings, 1 to 5, to a hundredth.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rating {
    pub reviews: i64,
    /// Null before the first.
    pub mean: Option<f64>,
    /// The mean as if five more had rated it 3.
    pub estimate: f64,
    /// Bounds within which it is with 95 %.
    pub low: f64,
    pub high: f64,
}

/// By which `sort=quality` sorts. All is out of 1,000, and 500 where nothing happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quality {
    /// `A` from 800 on, `B` from 650, `C` from 450, `D` from 300, `E`; null where nothing happened that it could tell of.
    pub grade: Option<&'static str>,
    /// Four tenths of the rating, three of completion, two of peace, one of delivery.
    pub score: i32,
    /// Of the estimate.
    pub rating: i32,
    /// Of the orders that are over, those that were sold.
    pub completion: i32,
    /// Of the orders, those that were never in dispute.
    pub peace: i32,
    /// 500 for a mean delivery within a day, more for a faster one.
    pub delivery: i32,
}

#[derive(sqlx::FromRow)]
struct Row {
    reviews: i64,
    rating_sum: i64,
    orders: i64,
    sales: i64,
    free: i64,
    ended: i64,
    refunded: i64,
    disputed: i64,
    delivered: i64,
    mean_delivery_seconds: Option<i64>,
    rating_part: i32,
    completion_part: i32,
    peace_part: i32,
    delivery_part: i32,
    quality: i32,
    trending: i64,
    recent_sales: i64,
}

/// What happened to a listing: orders, sales, disputes, deliveries, ratings, and a grade made of them.
#[utoipa::path(
    get, path = "/v1/listings/{address}/signals", tag = "listings",
    params(
        ("address" = String, Path, description = "Base58"),
        ("min_slot" = Option<i64>, Query, minimum = 0, description = "Waits up to 2 s for the index to reach it"),
    ),
    responses(
        (status = 200, body = Signals),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn signals(
    State(api): State<Api>,
    Segment(address): Segment,
    mut params: Params,
) -> Result<Json<Signals>> {
    let bytes = params::address("address", &address)?;
    let min_slot = params.min_slot()?;
    params.end()?;
    api.wait_for(min_slot).await?;
    let mut tx = api.snapshot().await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT s.*, div(s.delivery_seconds, nullif(s.delivered, 0))::bigint AS mean_delivery_seconds,
             (SELECT coalesce(sum(d.sales), 0)::bigint FROM market_days d
              WHERE d.listing = s.listing AND d.day > $2 + (SELECT b.block_time / 86400 FROM blocks b
                  WHERE b.block_time IS NOT NULL ORDER BY b.slot DESC LIMIT 1)) AS recent_sales
         FROM signals s WHERE s.listing = $1",
    )
    .bind(&bytes)
    .bind(RECENT.saturating_neg())
    .fetch_optional(&mut *tx)
    .await?;
    let row = row.ok_or_else(|| {
        Problem::not_found(format!("there is no listing {address} in this index"))
    })?;
    let volume: Vec<(Vec<u8>, String)> = sqlx::query_as(
        "SELECT mint, volume::text FROM market_volumes WHERE listing = $1 ORDER BY mint",
    )
    .bind(&bytes)
    .fetch_all(&mut *tx)
    .await?;
    let volume = volume.into_iter().map(|(mint, amount)| Volume {
        mint: base58(&mint),
        amount,
    });
    Ok(Json(Signals {
        address,
        orders: row.orders,
        sales: row.sales,
        free_receipts: row.free,
        refunded: row.refunded,
        disputed: row.disputed,
        delivered: row.delivered,
        volume: volume.collect(),
        success_rate: rate(row.sales, row.ended),
        dispute_rate: rate(row.disputed, row.orders),
        mean_delivery_seconds: row.mean_delivery_seconds,
        rating: rating(row.rating_sum, row.reviews),
        trending: row.trending,
        recent_sales: row.recent_sales,
        quality: Quality {
            grade: grade(row.quality, [row.reviews, row.ended, row.disputed]),
            score: row.quality,
            rating: row.rating_part,
            completion: row.completion_part,
            peace: row.peace_part,
            delivery: row.delivery_part,
        },
        index: Index::read(&mut tx).await?,
    }))
}

fn rate(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

/// None where none of these happened: reviews, orders that are over, disputes.
pub fn grade(score: i32, happened: [i64; 3]) -> Option<&'static str> {
    happened
        .iter()
        .any(|times| *times > 0)
        .then_some(match score {
            800.. => "A",
            650.. => "B",
            450.. => "C",
            300.. => "D",
            _ => "E",
        })
}

/// The mean to a hundredth, as if five more had rated it 3.
pub fn estimate(sum: i64, reviews: i64) -> f64 {
    rating(sum, reviews).estimate
}

/// The beta distribution that the ratings, as parts of the way from 1 to 5, leave of one that was as wide as five of them
/// make it: its mean, and as normal as it is, the bounds of 95 %. Ratings with that mean that are not all 1 or 5 lie closer
/// together, so that the bounds are rather too wide.
fn rating(sum: i64, reviews: i64) -> Rating {
    let way = (sum.saturating_sub(reviews)) as f64 / 4.0;
    let weight = reviews as f64 + ASSUMED;
    let mean = (way + ASSUMED / 2.0) / weight;
    let reach = QUANTILE * (mean * (1.0 - mean) / (weight + 1.0)).sqrt();
    let stars = |way: f64| ((1.0 + 4.0 * way.clamp(0.0, 1.0)) * 100.0).round() / 100.0;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    Rating {
        reviews,
        mean: mean_rating(count(sum), count(reviews)),
        estimate: stars(mean),
        low: stars(mean - reach),
        high: stars(mean + reach),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sum: i64, reviews: i64) -> (f64, f64, f64) {
        let rating = rating(sum, reviews);
        (rating.low, rating.estimate, rating.high)
    }

    #[test]
    fn few_ratings_say_little_and_many_a_lot() {
        assert_eq!(told(0, 0), (1.4, 3.0, 4.6));
        assert_eq!(told(5, 1), (1.87, 3.33, 4.79));
        assert_eq!(told(5_000, 1_000), (4.98, 4.99, 5.0));
        assert_eq!(told(3_000, 1_000), (2.88, 3.0, 3.12));
        assert_eq!(rating(0, 0).mean, None);
    }

    #[test]
    fn a_rate_of_nothing_is_none() {
        assert_eq!(rate(0, 0), None);
        assert_eq!(rate(1, 3), Some(0.3333));
    }
}

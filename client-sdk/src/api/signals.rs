//! What the API says of a listing's market.

use serde::{Deserialize, Serialize};
use solana_program::pubkey::Pubkey;

use super::{Index, wire::text};

/// What happened to a listing's orders and what its buyers said: counted by the index, nobody's claim about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Orders with a price, whatever became of them.
    pub orders: u64,
    /// Paid receipts.
    pub sales: u64,
    /// Receipts without a price.
    pub free_receipts: u64,
    /// Orders of which everything went back to the buyer.
    pub refunded: u64,
    /// Orders that were ever in dispute.
    pub disputed: u64,
    pub delivered: u64,
    /// What buyers paid for what was sold, by mint.
    pub volume: Vec<Volume>,
    /// Paid receipts among the orders that are over, 0 to 1; `None` before the first.
    pub success_rate: Option<f64>,
    /// Orders that were ever in dispute among all, 0 to 1; `None` before the first.
    pub dispute_rate: Option<f64>,
    /// From opening to delivery; `None` before the first.
    pub mean_delivery_seconds: Option<u64>,
    pub rating: RatingSignal,
    /// By which `sort=trending` sorts: 1,000 more are worth twice as much; 0 before the first sale.
    pub trending: i64,
    /// Sales of the last 14 days.
    pub recent_sales: u64,
    pub quality: Quality,
    pub index: Index,
}

/// What was paid in one mint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    #[serde(with = "text")]
    pub mint: Pubkey,
    /// Base units, as text, as they may be more than any one account holds.
    pub amount: String,
}

/// Ratings, 1 to 5, to a hundredth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatingSignal {
    pub reviews: u64,
    /// `None` before the first.
    pub mean: Option<f64>,
    /// The mean as if five more had rated it 3.
    pub estimate: f64,
    /// Bounds within which it is with 95 %.
    pub low: f64,
    pub high: f64,
}

/// By which `sort=quality` sorts. All is out of 1,000, and 500 where nothing happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// `A` to `E`; `None` where nothing happened that it could tell of.
    pub grade: Option<String>,
    pub score: u32,
    pub rating: u32,
    /// Of the orders that are over, those that were sold.
    pub completion: u32,
    /// Of the orders, those that were never in dispute.
    pub peace: u32,
    /// Of a mean delivery within a day 500, of a faster one more.
    pub delivery: u32,
}

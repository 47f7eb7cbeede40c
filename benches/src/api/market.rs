//! What was sold of set A.

use anyhow::Result;
use pedigree_indexer::store::copy::CopyIn;
use sqlx::{Executor, PgConnection};

use super::{
    listings::{Listing, address},
    rows::{mint, time},
};

/// What came of the orders of listings that were sold.
pub struct Market {
    market: CopyIn,
    volumes: CopyIn,
    days: CopyIn,
}

impl Market {
    pub fn new() -> Self {
        let counts = [
            "listing",
            "orders",
            "sales",
            "free",
            "ended",
            "refunded",
            "disputed",
            "delivered",
        ];
        Self {
            market: CopyIn::into("market", &[&counts[..], &["delivery_seconds"]].concat()),
            volumes: CopyIn::into("market_volumes", &["listing", "mint", "volume"]),
            days: CopyIn::into("market_days", &["listing", "day", "sales"]),
        }
    }

    /// Of a hundred paid orders five were refunded and two disputed. Sales fall off over the days before the last one.
    pub fn see(&mut self, listing: &Listing) {
        if listing.sales == 0 {
            return;
        }
        let (address, sales) = (address(listing.number), listing.sales);
        let refunded = sales / 20;
        let ended = sales + refunded;
        self.market
            .row()
            .bytea(address)
            .count(ended)
            .count(sales)
            .count(0u64)
            .count(ended)
            .count(refunded)
            .count(sales / 50)
            .count(sales)
            .numeric(sales * (listing.number as u64 % 200_000));
        let price = listing.terms.first().map_or(1_000, |term| term.price);
        self.volumes
            .row()
            .bytea(address)
            .bytea(mint().to_bytes())
            .numeric(price.saturating_mul(sales));
        let last = time(listing.slot) / 86_400 + (listing.number % 90) as i64;
        let (mut left, mut day) = (sales, last);
        while left > 0 {
            let sold = if day > last - 20 {
                left.div_ceil(2)
            } else {
                left
            };
            self.days.row().bytea(address).int8(day).count(sold);
            left -= sold;
            day -= 1;
        }
    }

    pub async fn write(self, db: &mut PgConnection) -> Result<()> {
        self.market.write(db).await?;
        self.volumes.write(db).await?;
        self.days.write(db).await?;
        db.execute("ANALYZE market, market_volumes, market_days, taints, own_taints")
            .await?;
        Ok(())
    }
}

//! Market facts: what the orders of a listing come to, counted as they come and go.
//!
//! What an order counts for is written once, in [`Counts::add`]; what it counted for before is taken off, so that orders
//! that count as before cost nothing here.

use std::collections::{BTreeMap, BTreeSet};

use common::receipt::{flag, mode, state};
use escrow::state::Order;
use pedigree_sdk::accounts::{EntityKind, from_bytes};
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::StoreError;

const DAY: i64 = 86_400;

/// The columns of `market`, but for the time.
#[derive(Clone, Copy)]
enum Fact {
    Orders,
    Sales,
    Free,
    Ended,
    Refunded,
    Disputed,
    Delivered,
}

const FACTS: usize = Fact::Delivered as usize + 1;

/// Differences to what is counted of a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Difference {
    facts: [i64; FACTS],
    delivery_seconds: i128,
}

impl Difference {
    fn count(&mut self, fact: Fact, sign: i64) {
        let count = &mut self.facts[fact as usize];
        *count = count.saturating_add(sign);
    }

    /// Whether search sorts by any of it: an order that only began changes nothing there.
    fn is_noticed(&self) -> bool {
        let begun = [
            Fact::Orders as usize,
            Fact::Free as usize,
            Fact::Refunded as usize,
        ];
        let facts = self.facts.iter().enumerate();
        let mut others = facts.filter(|(fact, _)| !begun.contains(fact));
        self.delivery_seconds != 0 || others.any(|(_, count)| *count != 0)
    }
}

/// Differences to what is counted, by the keys of the tables.
#[derive(Debug, Default)]
pub struct Counts {
    listings: BTreeMap<Pubkey, Difference>,
    volumes: BTreeMap<(Pubkey, Pubkey), i128>,
    days: BTreeMap<(Pubkey, i64), i64>,
}

impl Counts {
    /// An order as it is now.
    pub fn put(&mut self, order: &Order) {
        self.add(order, 1);
    }

    /// An order as it was counted.
    pub fn take(&mut self, order: &Order) {
        self.add(order, -1);
    }

    fn add(&mut self, order: &Order, sign: i64) {
        let head = &order.head;
        let is_free = head.flags & flag::FREE != 0;
        // A metered order of which nothing was used says nothing of its seller.
        let is_unused = head.mode == mode::METERED && order.earned == 0 && order.disputes == 0;
        let is_refunded = head.state == state::REFUNDED && !is_unused;
        let is_sold = head.is_paid();
        let listing = self.listings.entry(head.listing).or_default();
        let mut count = |counts, fact| {
            if counts {
                listing.count(fact, sign);
            }
        };
        count(is_free, Fact::Free);
        count(!is_free, Fact::Orders);
        count(is_sold, Fact::Sales);
        count(!is_free && is_refunded, Fact::Refunded);
        count(!is_free && (is_sold || is_refunded), Fact::Ended);
        count(order.disputes > 0, Fact::Disputed);
        let is_over = matches!(head.state, state::SETTLED | state::REFUNDED);
        if is_over && order.delivered_at != 0 {
            count(true, Fact::Delivered);
            let seconds = order.delivered_at.saturating_sub(order.opened_at);
            let seconds = i128::from(seconds).saturating_mul(sign.into());
            listing.delivery_seconds = listing.delivery_seconds.saturating_add(seconds);
        }
        if is_sold {
            let parts = [order.paid, order.fee_paid, order.royalty_paid];
            let paid: i128 = parts.into_iter().map(i128::from).sum();
            let volume = self.volumes.entry((head.listing, order.mint)).or_default();
            *volume = volume.saturating_add(paid.saturating_mul(sign.into()));
            let over = match order.closed_at {
                0 => order.opened_at,
                closed => closed,
            };
            let day = self.days.entry((head.listing, over / DAY)).or_default();
            *day = day.saturating_add(sign);
        }
    }

    /// Listings of which something changed that search sorts by.
    fn noticed(&self) -> BTreeSet<Pubkey> {
        let facts = self.listings.iter();
        let facts = facts.filter(|(_, difference)| difference.is_noticed());
        let days = self.days.iter().filter(|(_, sales)| **sales != 0);
        let days = days.map(|((listing, _), _)| *listing);
        facts.map(|(listing, _)| *listing).chain(days).collect()
    }

    /// Adds the differences to the tables, in the order of the keys. A row that comes to nothing goes.
    pub async fn write(mut self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        let noticed = self.noticed();
        self.listings
            .retain(|_, difference| *difference != Difference::default());
        self.volumes.retain(|_, volume| *volume != 0);
        self.days.retain(|_, sales| *sales != 0);
        self.write_market(db).await?;
        self.write_volumes(db).await?;
        self.write_days(db).await?;
        if !noticed.is_empty() {
            let noticed: Vec<&[u8]> = noticed.iter().map(AsRef::as_ref).collect();
            sqlx::query("INSERT INTO search_changes (listing) SELECT * FROM unnest($1::bytea[])")
                .bind(noticed)
                .execute(db)
                .await?;
        }
        Ok(())
    }

    async fn write_market(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.listings.is_empty() {
            return Ok(());
        }
        let listings: Vec<&[u8]> = self.listings.keys().map(AsRef::as_ref).collect();
        let column = |fact: Fact| -> Vec<i64> {
            let differences = self.listings.values();
            differences.map(|of| of.facts[fact as usize]).collect()
        };
        let seconds = self.listings.values().map(|of| of.delivery_seconds);
        let gone: Vec<Vec<u8>> = sqlx::query_scalar(
            "WITH counted AS (
                 INSERT INTO market AS m (
                     listing, orders, sales, free, ended, refunded, disputed, delivered, delivery_seconds
                 )
                 SELECT * FROM unnest(
                     $1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::bigint[], $9::text[]::numeric[]
                 )
                 ON CONFLICT (listing) DO UPDATE SET
                     orders = m.orders + excluded.orders, sales = m.sales + excluded.sales, free = m.free + excluded.free,
                     ended = m.ended + excluded.ended, refunded = m.refunded + excluded.refunded,
                     disputed = m.disputed + excluded.disputed, delivered = m.delivered + excluded.delivered,
                     delivery_seconds = m.delivery_seconds + excluded.delivery_seconds
                 RETURNING m.listing, m.orders, m.free
             )
             SELECT listing FROM counted WHERE orders = 0 AND free = 0",
        )
        .bind(listings)
        .bind(column(Fact::Orders))
        .bind(column(Fact::Sales))
        .bind(column(Fact::Free))
        .bind(column(Fact::Ended))
        .bind(column(Fact::Refunded))
        .bind(column(Fact::Disputed))
        .bind(column(Fact::Delivered))
        .bind(seconds.map(|seconds| seconds.to_string()).collect::<Vec<_>>())
        .fetch_all(&mut *db)
        .await?;
        delete(db, "DELETE FROM market WHERE listing = ANY($1)", gone).await
    }

    async fn write_volumes(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.volumes.is_empty() {
            return Ok(());
        }
        let (listings, mints): (Vec<&[u8]>, Vec<&[u8]>) = self
            .volumes
            .keys()
            .map(|(listing, mint)| (listing.as_ref(), mint.as_ref()))
            .unzip();
        let volumes = self.volumes.values().map(ToString::to_string);
        let spent: Vec<Vec<u8>> = sqlx::query_scalar(
            "WITH counted AS (
                 INSERT INTO market_volumes AS v (listing, mint, volume)
                 SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[]::numeric[])
                 ON CONFLICT (listing, mint) DO UPDATE SET volume = v.volume + excluded.volume
                 RETURNING v.listing, v.volume
             )
             SELECT listing FROM counted WHERE volume = 0",
        )
        .bind(listings)
        .bind(mints)
        .bind(volumes.collect::<Vec<_>>())
        .fetch_all(&mut *db)
        .await?;
        let gone = "DELETE FROM market_volumes WHERE listing = ANY($1) AND volume = 0";
        delete(db, gone, spent).await
    }

    async fn write_days(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.days.is_empty() {
            return Ok(());
        }
        let (listings, days): (Vec<&[u8]>, Vec<i64>) = self
            .days
            .keys()
            .map(|(listing, day)| (listing.as_ref(), *day))
            .unzip();
        let idle: Vec<Vec<u8>> = sqlx::query_scalar(
            "WITH counted AS (
                 INSERT INTO market_days AS d (listing, day, sales)
                 SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[])
                 ON CONFLICT (listing, day) DO UPDATE SET sales = d.sales + excluded.sales
                 RETURNING d.listing, d.sales
             )
             SELECT listing FROM counted WHERE sales = 0",
        )
        .bind(listings)
        .bind(days)
        .bind(self.days.values().copied().collect::<Vec<i64>>())
        .fetch_all(&mut *db)
        .await?;
        let gone = "DELETE FROM market_days WHERE listing = ANY($1) AND sales = 0";
        delete(db, gone, idle).await
    }
}

async fn delete(
    db: &mut PgConnection,
    statement: &'static str,
    listings: Vec<Vec<u8>>,
) -> Result<(), sqlx::Error> {
    if !listings.is_empty() {
        sqlx::query(statement).bind(listings).execute(db).await?;
    }
    Ok(())
}

/// Takes off what these orders counted for, all their lives; their accounts are still there.
pub async fn clear(db: &mut PgConnection, orders: &[Vec<u8>]) -> Result<(), StoreError> {
    let accounts: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT bytes FROM accounts WHERE kind = $1 AND address = ANY($2)")
            .bind(EntityKind::Order.name())
            .bind(orders)
            .fetch_all(&mut *db)
            .await?;
    let mut counts = Counts::default();
    for bytes in accounts {
        counts.take(&from_bytes(&bytes)?);
    }
    Ok(counts.write(db).await?)
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;

    fn sold() -> Order {
        let mut order: Order = Zeroable::zeroed();
        order.head.listing = Pubkey::new_from_array([1; 32]);
        order.head.state = state::SETTLED;
        order.paid = u64::MAX;
        order.fee_paid = 1;
        order.opened_at = DAY;
        order.delivered_at = DAY + 5;
        order.closed_at = 2 * DAY;
        order
    }

    #[test]
    fn an_order_that_counts_as_before_changes_nothing() {
        let mut counts = Counts::default();
        let mut order = sold();
        counts.take(&order);
        order.payee = Pubkey::new_from_array([9; 32]);
        counts.put(&order);
        assert!(counts.noticed().is_empty());
        assert!(
            counts
                .listings
                .values()
                .all(|of| *of == Difference::default())
        );
        assert!(counts.volumes.values().all(|volume| *volume == 0));
        assert!(counts.days.values().all(|sales| *sales == 0));
    }

    #[test]
    fn an_order_that_only_began_is_not_noticed() {
        let mut counts = Counts::default();
        let mut order = sold();
        order.head.state = state::FUNDED;
        counts.put(&order);
        assert!(counts.noticed().is_empty());
        assert_eq!(
            counts.listings.values().next().unwrap().facts,
            [1, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn a_metered_order_that_was_never_used_is_nobodys_failure_unless_it_was_disputed() {
        let facts = |earned, disputes| {
            let mut order = sold();
            (order.head.mode, order.head.state) = (mode::METERED, state::REFUNDED);
            (order.earned, order.disputes, order.delivered_at) = (earned, disputes, 0);
            let mut counts = Counts::default();
            counts.put(&order);
            counts.listings.into_values().next().unwrap().facts
        };
        assert_eq!(facts(0, 0), [1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(facts(1, 0), [1, 0, 0, 1, 1, 0, 0]);
        assert_eq!(facts(0, 1), [1, 0, 0, 1, 1, 1, 0]);
    }

    #[test]
    fn a_sale_that_moves_to_another_day_is_noticed() {
        let mut counts = Counts::default();
        let mut order = sold();
        counts.take(&order);
        order.closed_at += DAY;
        counts.put(&order);
        assert_eq!(
            counts.noticed().into_iter().collect::<Vec<_>>(),
            [order.head.listing]
        );
        assert_eq!(counts.days.into_values().collect::<Vec<_>>(), [-1, 1]);
    }

    #[test]
    fn volumes_add_up_beyond_64_bits() {
        let mut counts = Counts::default();
        counts.put(&sold());
        counts.put(&sold());
        let volumes: Vec<i128> = counts.volumes.into_values().collect();
        assert_eq!(volumes, [2 * (i128::from(u64::MAX) + 1)]);
    }
}

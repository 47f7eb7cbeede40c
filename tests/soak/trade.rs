//! Constant orders, in all their endings.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pedigree_sdk::instructions::escrow as buying;
use solana_program::pubkey::Pubkey;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{Result, shop::Shop};

/// Orders that are neither ended nor waiting for a deadline.
const IN_FLIGHT: usize = 64;
/// Seconds: past every window, and past the key of an order that will be closed.
const WINDOW_PASSED: u64 = 63;
const SHORT_VALIDITY: i64 = 20;
const DAY: i64 = 24 * 60 * 60;

/// How an order ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Delivered, and accepted by its buyer.
    Accepted,
    /// Delivered, and settled by a stranger after the dispute window.
    Silent,
    /// Delivered, a part refunded, the rest accepted.
    PartlyRefunded,
    RefundedBeforeDelivery,
    RefundedAfterDelivery,
    /// Refunded by a stranger after the time for delivery.
    NeverDelivered,
    Free,
    /// Refunded, and its account closed by a stranger.
    Closed,
    /// Metered: two vouchers redeemed and accepted, and what nobody earned given back.
    Metered,
}

impl Ending {
    const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Free,
        Self::Metered,
        Self::PartlyRefunded,
        Self::Silent,
        Self::RefundedBeforeDelivery,
        Self::NeverDelivered,
        Self::RefundedAfterDelivery,
        Self::Closed,
    ];

    /// The state that it leaves the order in.
    pub fn state(self) -> &'static str {
        match self {
            Self::Accepted | Self::Silent | Self::PartlyRefunded | Self::Free | Self::Metered => {
                "settled"
            }
            _ => "refunded",
        }
    }
}

/// What was sent, and ended.
#[derive(Default)]
pub struct Sold {
    pub orders: BTreeMap<Pubkey, Ending>,
    /// The last slot that has any of it.
    pub slot: u64,
}

/// Orders that are being sent.
pub struct Load {
    shop: Arc<Shop>,
    begun: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    sold: Arc<Mutex<Sold>>,
    task: JoinHandle<Result<()>>,
}

impl Load {
    /// Begins `rate` orders a second, or as many as the network takes.
    pub fn start(shop: Arc<Shop>, rate: f64) -> Self {
        let (begun, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let sold = Arc::<Mutex<Sold>>::default();
        let sending = send(
            shop.clone(),
            rate,
            begun.clone(),
            over.clone(),
            sold.clone(),
        );
        Self {
            shop,
            begun,
            over,
            sold,
            task: tokio::spawn(sending),
        }
    }

    /// A count of the orders begun so far.
    pub fn begun(&self) -> Arc<AtomicU64> {
        self.begun.clone()
    }

    /// Begins no more, and waits until each has ended.
    pub async fn finish(self) -> Result<Sold> {
        self.over.store(true, Ordering::Relaxed);
        self.task.await??;
        let mut sold =
            std::mem::take(&mut *self.sold.lock().unwrap_or_else(PoisonError::into_inner));
        // Whatever else happened on the network by now belongs to the comparison too.
        sold.slot = sold.slot.max(self.shop.rpc.get_slot().await?);
        Ok(sold)
    }
}

async fn send(
    shop: Arc<Shop>,
    rate: f64,
    begun: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    sold: Arc<Mutex<Sold>>,
) -> Result<()> {
    let mut tick = interval(Duration::from_secs_f64(1.0 / rate));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let room = Arc::new(tokio::sync::Semaphore::new(IN_FLIGHT));
    let mut orders = JoinSet::new();
    while !over.load(Ordering::Relaxed) {
        tick.tick().await;
        let permit = room.clone().acquire_owned().await?;
        let number = begun.fetch_add(1, Ordering::Relaxed);
        let ending = Ending::ALL[number as usize % Ending::ALL.len()];
        let (shop, sold) = (shop.clone(), sold.clone());
        orders.spawn(async move {
            let order = Trade {
                shop: &shop,
                ending,
            };
            let (address, slot) = order.run(number, permit).await?;
            let mut sold = sold.lock().unwrap_or_else(PoisonError::into_inner);
            sold.orders.insert(address, ending);
            sold.slot = sold.slot.max(slot);
            Result::Ok(())
        });
        while let Some(ended) = orders.try_join_next() {
            ended??;
        }
    }
    while let Some(ended) = orders.join_next().await {
        ended??;
    }
    Ok(())
}

/// The life of one order.
struct Trade<'a> {
    shop: &'a Shop,
    ending: Ending,
}

impl Trade<'_> {
    /// Its address, and the slot of its end. `busy` is let go of while it waits for a deadline.
    async fn run(
        &self,
        number: u64,
        busy: tokio::sync::OwnedSemaphorePermit,
    ) -> Result<(Pubkey, u64)> {
        let Shop {
            buyer,
            seller,
            stranger,
            ..
        } = self.shop;
        if self.ending == Ending::Metered {
            return self.metered(number).await;
        }
        let free = self.ending == Ending::Free;
        let valid_for = match self.ending {
            Ending::Closed => SHORT_VALIDITY,
            _ => DAY,
        };
        let (order, slot) = self.shop.open_order(number, free, valid_for).await?;
        if free {
            return Ok((order, slot));
        }
        if !matches!(
            self.ending,
            Ending::RefundedBeforeDelivery | Ending::NeverDelivered | Ending::Closed
        ) {
            self.shop.deliver(&order).await?;
        }
        let state = self.shop.order(&order).await?;
        let by_seller = |amount| buying::refund_by_seller(&seller.pubkey(), &order, &state, amount);
        let slot = match self.ending {
            Ending::Free | Ending::Metered => slot,
            Ending::Accepted => {
                let accept = buying::accept(&buyer.pubkey(), &order, &state);
                self.shop.send(accept, buyer).await?
            }
            Ending::PartlyRefunded => {
                let part = Some(state.deposited / 3);
                self.shop.send(by_seller(part), seller).await?;
                let state = self.shop.order(&order).await?;
                let accept = buying::accept(&buyer.pubkey(), &order, &state);
                self.shop.send(accept, buyer).await?
            }
            Ending::RefundedBeforeDelivery | Ending::RefundedAfterDelivery => {
                self.shop.send(by_seller(None), seller).await?
            }
            Ending::Silent => {
                drop(busy);
                sleep(Duration::from_secs(WINDOW_PASSED)).await;
                let settle = buying::settle(&stranger.pubkey(), &order, &state);
                self.shop.send_when_due(settle, stranger).await?
            }
            Ending::NeverDelivered => {
                drop(busy);
                sleep(Duration::from_secs(WINDOW_PASSED)).await;
                let refund = buying::refund(&stranger.pubkey(), &order, &state);
                self.shop.send_when_due(refund, stranger).await?
            }
            Ending::Closed => {
                self.shop.send(by_seller(None), seller).await?;
                drop(busy);
                sleep(Duration::from_secs(SHORT_VALIDITY.unsigned_abs())).await;
                let close = buying::close_order(&stranger.pubkey(), &order, &state);
                self.shop.send_when_due(close, stranger).await?
            }
        };
        Ok((order, slot))
    }

    /// The same of a metered order, which waits for no deadline.
    async fn metered(&self, number: u64) -> Result<(Pubkey, u64)> {
        let Shop { buyer, seller, .. } = self.shop;
        let order = self.shop.open_metered(number).await?;
        for (sequence, part) in [(1, 5), (2, 2)] {
            let state = self.shop.order(&order).await?;
            let owed = state.deposited / part;
            self.shop.redeem(&order, &state, sequence, owed).await?;
            let state = self.shop.order(&order).await?;
            let accept = buying::accept(&buyer.pubkey(), &order, &state);
            self.shop.send(accept, buyer).await?;
        }
        let state = self.shop.order(&order).await?;
        let rest = buying::refund_by_seller(&seller.pubkey(), &order, &state, None);
        Ok((order, self.shop.send(rest, seller).await?))
    }
}

/// Unix seconds.
pub fn now() -> Result<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(since.as_secs().try_into()?)
}

//! What only a network has that votes: blocks that are confirmed first, and final half a minute later.

mod backfill;
mod finality;
mod owner;

use std::time::Duration;

use pedigree_sdk::{
    api::Api,
    verify::{self, Verdict},
};
use pedigree_tests::market::Market;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_program::pubkey::Pubkey;
use sqlx::{Connection, PgConnection};

use crate::shop::Shop;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the index has of a slot, and how far it holds the chain to be final, both in one moment.
#[derive(Debug)]
struct Stored {
    status: Option<String>,
    finalized_slot: Option<u64>,
    log: Vec<String>,
}

impl Stored {
    async fn read(db: &mut PgConnection, slot: u64) -> Self {
        let (status, finalized_slot, log): (Option<String>, Option<i64>, Vec<String>) =
            sqlx::query_as(
                "SELECT (SELECT status FROM blocks WHERE slot = $1),
                    (SELECT finalized_slot FROM cursor),
                    ARRAY(SELECT op FROM event_log WHERE slot = $1 ORDER BY first_seq)",
            )
            .bind(i64::try_from(slot).expect("a slot"))
            .fetch_one(db)
            .await
            .expect("an answer");
        let finalized_slot = finalized_slot.and_then(|slot| u64::try_from(slot).ok());
        Self {
            status,
            finalized_slot,
            log,
        }
    }
}

async fn database(market: &Market) -> PgConnection {
    PgConnection::connect(&market.endpoint("database"))
        .await
        .expect("the database")
}

/// What the index serves of an order, checked by what this node says.
async fn verdict(shop: &Shop, rpc: &RpcClient, order: &Pubkey) -> Verdict {
    let api = Api::new(&shop.market.http).expect("a client");
    let served = api.order(order).await.expect("an order");
    verify::order(rpc, &served).await.expect("a verdict")
}

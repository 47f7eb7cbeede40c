use pedigree_sdk::verify::Verdict;
use pedigree_tests::market::Market;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_program::pubkey::Pubkey;

use super::{LOOK_EVERY, Stored, database, verdict};
use crate::{
    lasting_network::{all_events, sell},
    shop::{Shop, text},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Agave's validator: make test-agave"]
async fn an_orders_rows_are_stored_when_confirmed_and_final_only_when_the_network_has_them_final() {
    let shop = Shop::open(Market::empty());
    let (order, opened) = sell(&shop);
    let slot = opened["slot"].as_u64().expect("a slot");
    let mut db = database(&shop.market).await;
    let node = shop.rpc.get_genesis_hash().await.expect("an answer");
    assert_eq!(node.to_string(), shop.market.endpoint("genesis"));

    let mut looks_before = 0;
    loop {
        let stored = Stored::read(&mut db, slot).await;
        // Asked afterwards: it only grows, so that the index cannot be ahead of it.
        let finalized = final_slot(&shop.rpc).await;
        assert!(
            stored.finalized_slot.unwrap_or(0) <= finalized,
            "{stored:?} at {finalized}"
        );
        match stored.status.as_deref() {
            None => assert_eq!(stored.log, [""; 0]),
            Some("confirmed") => {
                assert_eq!(stored.log, ["applied"]);
                assert!(stored.finalized_slot < Some(slot), "{stored:?}");
                if looks_before == 0 {
                    it_is_served_and_proved_before_it_is_final(&shop, &order, slot).await;
                }
                looks_before += 1;
            }
            Some(_) => {
                assert_eq!(stored.log, ["applied", "finalized"]);
                assert!(stored.finalized_slot >= Some(slot) && finalized >= slot);
                break;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    println!("stored and not final at {looks_before} looks, {LOOK_EVERY:?} apart");
    assert!(looks_before > 0, "it was never seen before it was final");

    let signature = text(&opened, "signature");
    let ops = ops_of(&shop.market, signature).await;
    assert_eq!(ops, ["applied", "finalized"]);
    for rpc in [&*shop.rpc, &at_finality(&shop.market)] {
        assert_eq!(verdict(&shop, rpc, &order).await, Verdict::Match);
    }
    let kinds = shop.verify_every_account().await;
    assert!(
        kinds.contains("order") && kinds.contains("listing"),
        "{kinds:?}"
    );
}

/// A node that is asked for final accounts does not have it yet: the client is told which of the two is behind.
async fn it_is_served_and_proved_before_it_is_final(shop: &Shop, order: &Pubkey, slot: u64) {
    assert_eq!(verdict(shop, &shop.rpc, order).await, Verdict::Match);
    let (_, listings) = shop.market.get("/v1/listings?limit=1").await;
    assert!(
        listings["index"]["slot"].as_u64() >= Some(slot),
        "{listings}"
    );
    let rpc = at_finality(&shop.market);
    let verdict = verdict(shop, &rpc, order).await;
    if final_slot(&rpc).await < slot {
        assert_eq!(verdict, Verdict::Behind);
    }
}

/// What happened to the events of a transaction, each only once.
async fn ops_of(market: &Market, signature: &str) -> Vec<String> {
    let mut ops: Vec<String> = Vec::new();
    for (op, of) in all_events(market).await {
        if of == signature && ops.last() != Some(&op) {
            ops.push(op);
        }
    }
    ops
}

fn at_finality(market: &Market) -> RpcClient {
    RpcClient::new_with_commitment(market.endpoint("rpc"), CommitmentConfig::finalized())
}

async fn final_slot(rpc: &RpcClient) -> u64 {
    rpc.get_slot_with_commitment(CommitmentConfig::finalized())
        .await
        .expect("a slot")
}

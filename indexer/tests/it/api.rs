//! What the API answers, and what it refuses.

mod court;
mod described;
mod filters;
mod flood;
mod lineage;
mod lineage_model;
mod pages;
mod proposals;
mod publishers;
mod quote;
mod reviews;
mod rewards;
mod search;
mod sessions;
mod taint;

use axum::http::StatusCode;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::support::{
    Chain, Client, Market,
    histories::history,
    market::{New, key},
    store,
};

async fn served(chain: &Chain) -> (Client, pedigree_localnet::postgres::TestDatabase) {
    let (store, database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    (Client::of(&database, None).await, database)
}

fn addresses(values: &Value) -> Vec<&str> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value["address"].as_str().unwrap())
        .collect()
}

async fn address_of(client: &Client, name: &str) -> String {
    let page = client
        .get(&format!(
            "/v1/listings?name={name}&status=active&status=paused"
        ))
        .await;
    page["items"][0]["address"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_listing_comes_with_its_versions_parents_royalties_and_proof() {
    let (chain, market) = history();
    let (client, _database) = served(&chain).await;
    let child = client
        .get(&format!(
            "/v1/listings/{}",
            address_of(&client, "child").await
        ))
        .await;
    assert_eq!(child["publisher_name"], "Alice Ltd");
    assert_eq!(child["royalty_ppm"], 60_000);
    assert_eq!(child["sales"], 1, "its order was closed, the sale stays");
    assert_eq!(child["pricing"][0]["price"], "1000000");
    assert_eq!(child["pricing"][0]["mode"], "one_time");
    assert_eq!(child["created_at"], "2023-11-14T22:13:32Z");
    let parents: Vec<_> = child["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| &edge["parent_name"])
        .collect();
    assert_eq!(parents, ["base", "x"]);
    assert_eq!(child["royalty_table"]["entries"][1]["royalty_ppm"], 10_000);
    assert_eq!(child["royalty_table"]["total_ppm"], 60_000);
    let address: Pubkey = child["address"].as_str().unwrap().parse().unwrap();
    let bytes = pedigree_sdk::accounts::to_bytes(&market.listing(&address));
    assert_eq!(
        child["proof"]["account_hash"],
        hex::encode(pedigree_sdk::accounts::account_hash(&bytes))
    );
    assert_eq!(child["proof"]["seq"], 6, "its review and that one's edit");
    assert_eq!(child["proof"]["slot"], 18);
    let proved = &child["edges"][0];
    assert_eq!(
        (
            &proved["status"],
            &proved["proved_slot"],
            &proved["proved_version"]
        ),
        (&"proved".into(), &18.into(), &2.into())
    );
    assert_eq!(proved["manifest_root"], "07".repeat(32));
    let claimed = &child["edges"][1];
    assert_eq!(
        (&claimed["status"], &claimed["manifest_root"]),
        (&"claimed".into(), &Value::Null)
    );

    let base = client
        .get(&format!(
            "/v1/listings/{}",
            address_of(&client, "base").await
        ))
        .await;
    let versions: Vec<_> = base["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["version"])
        .collect();
    assert_eq!(versions, [2, 1]);
    assert_eq!(base["royalty_table"], Value::Null);
}

#[tokio::test]
async fn orders_are_found_by_who_and_what_and_come_with_proof() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (listing, registered) = market.register(&New::default());
    let mut events = vec![registered, market.activate(&listing)];
    let mut orders = Vec::new();
    for number in 0..5 {
        let (order, opened) =
            market.open_order(if number < 3 { "carol" } else { "dave" }, &listing, number);
        events.push(opened);
        orders.push(order);
    }
    events.push(market.settle_order(&orders[0]));
    chain.push_events(events);
    let (client, _database) = served(&chain).await;

    let carol = client
        .get(&format!("/v1/orders?buyer={}", key("carol")))
        .await;
    assert_eq!(carol["items"].as_array().unwrap().len(), 3);
    let settled = client
        .get(&format!(
            "/v1/orders?listing={listing}&state=settled&mode=one_time"
        ))
        .await;
    assert_eq!(addresses(&settled["items"]), [orders[0].to_string()]);
    let open = client
        .get(&format!(
            "/v1/orders?seller={}&state=funded&state=delivered",
            key("alice")
        ))
        .await;
    assert_eq!(open["items"].as_array().unwrap().len(), 4);

    let order = client.get(&format!("/v1/orders/{}", orders[0])).await;
    assert_eq!(
        (&order["state"], &order["paid"], &order["fee_paid"]),
        (&"settled".into(), &"975000".into(), &"25000".into())
    );
    let bytes = pedigree_sdk::accounts::to_bytes(&market.order(&orders[0]));
    assert_eq!(
        order["proof"]["account_hash"],
        hex::encode(pedigree_sdk::accounts::account_hash(&bytes))
    );

    let mut seen = Vec::new();
    let mut path = "/v1/orders?limit=2".to_owned();
    loop {
        let page = client.get(&path).await;
        seen.extend(addresses(&page["items"]).into_iter().map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/orders?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    let stranger = path.replace(
        "/v1/orders?",
        &format!("/v1/orders?buyer={}&", key("carol")),
    );
    assert_eq!(
        client.refused(&stranger, StatusCode::BAD_REQUEST).await,
        "cursor"
    );
}

#[tokio::test]
async fn min_slot_waits_for_the_index_or_gives_up() {
    let (client, _database) = served(&history().0).await;
    let base = address_of(&client, "base").await;
    for path in ["".to_owned(), format!("/{base}/descendants")] {
        client.get(&format!("/v1/listings{path}?min_slot=18")).await;
        let late = format!("/v1/listings{path}?min_slot=19");
        client.refused(&late, StatusCode::SERVICE_UNAVAILABLE).await;
    }
}

#[tokio::test]
async fn stats_count_what_is_there() {
    let (client, _database) = served(&history().0).await;
    let stats = client.get("/v1/stats").await;
    assert_eq!(stats["listings"], 4);
    assert_eq!(
        stats["kinds"],
        serde_json::json!([{"value": "model", "count": 3}])
    );
    assert_eq!(stats["edges"], 2);
    assert_eq!(stats["publishers"][0]["label"], "Alice Ltd");
    assert_eq!(stats["publishers"][0]["count"], 2);
    assert_eq!(stats["licenses"][0]["value"], "mit");
    assert_eq!(stats["settled"][0]["volume"], "1000000");
    assert_eq!(stats["settled"][0]["fees"], "25000");
}

#[tokio::test]
async fn what_was_given_back_is_no_volume() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (listing, registered) = market.register(&New::default());
    let activated = market.activate(&listing);
    let (order, opened) = market.open_order("carol", &listing, 1);
    let settled = market.settle_rest(&order, 300_000);
    chain.push_events([registered, activated, opened, settled]);
    let (client, _database) = served(&chain).await;
    let stats = client.get("/v1/stats").await;
    assert_eq!(stats["settled"][0]["volume"], "700000");
}

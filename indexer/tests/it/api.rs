//! What the API answers, and what it refuses.

mod flood;
mod quote;
mod search;
mod sessions;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::{
    store::history,
    support::{
        Chain, Client, Market,
        market::{New, key},
        store,
    },
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
    assert_eq!(child["proof"]["seq"], 4);
    assert_eq!(child["proof"]["slot"], 13);

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
async fn lineage_is_followed_both_ways_and_drafts_stay_out() {
    let (mut chain, mut market) = history();
    let (client, _) = served(&chain).await;
    let (base, child) = (
        address_of(&client, "base").await,
        address_of(&client, "child").await,
    );
    market.slot = chain.tip() + 1;
    let (draft, registered) = market.register(&New {
        publisher: "eve",
        key: "spam",
        name: "spam",
        ..New::default()
    });
    chain.push_events([
        registered,
        market.add_edge(&draft, &base.parse().unwrap(), 0),
    ]);
    let (client, _database) = served(&chain).await;

    let up = client.get(&format!("/v1/listings/{child}/ancestors")).await;
    assert_eq!(up["nodes"][0]["address"], child);
    assert_eq!(up["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(up["edges"].as_array().unwrap().len(), 2);
    assert_eq!(up["truncated"], false);
    let down = client
        .get(&format!("/v1/listings/{base}/descendants"))
        .await;
    assert_eq!(addresses(&down["nodes"]), [&base[..], &child[..]]);
    assert_eq!(down["nodes"][1]["depth"], 1);
    // Asked of the draft itself, its parent is told.
    let draft = client.get(&format!("/v1/listings/{draft}/ancestors")).await;
    assert_eq!(draft["nodes"].as_array().unwrap().len(), 2);
}

/// A line of active listings, each made of the two before it: the number of ways doubles with each level.
fn lineage_of(levels: usize) -> (Chain, Market, Vec<Pubkey>) {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut line: Vec<Pubkey> = Vec::new();
    let mut events = Vec::new();
    for level in 0..levels {
        let name = format!("level-{level}");
        let (address, registered) = market.register(&New {
            key: &name,
            name: &name,
            ..New::default()
        });
        events.push(registered);
        for parent in line.iter().rev().take(2) {
            events.push(market.add_edge(&address, parent, 0));
        }
        events.push(market.activate(&address));
        line.push(address);
    }
    chain.push_events(events);
    (chain, market, line)
}

#[tokio::test]
async fn i19_a_lineage_of_200_levels_is_answered_in_part_and_says_so() {
    let (chain, _, line) = lineage_of(201);
    let (client, _database) = served(&chain).await;
    let last = line.last().unwrap();
    let depth = async |depth: &str| {
        let answer = client
            .get(&format!("/v1/listings/{last}/ancestors{depth}"))
            .await;
        (
            answer["nodes"].as_array().unwrap().len(),
            answer["truncated"].as_bool().unwrap(),
        )
    };
    assert_eq!(depth("").await, (1 + 2 * 8, true));
    assert_eq!(depth("?depth=64").await, (1 + 2 * 64, true));
    let path = format!("/v1/listings/{}/ancestors?depth=2", line[4]);
    assert_eq!(
        client.get(&path).await["truncated"],
        false,
        "all of it is exactly within two levels"
    );
    assert_eq!(
        client
            .refused(
                &format!("/v1/listings/{last}/ancestors?depth=65"),
                StatusCode::BAD_REQUEST
            )
            .await,
        "depth"
    );
}

#[tokio::test]
async fn a_lineage_that_claims_a_cycle_ends() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (a, first) = market.register(&New {
        key: "a",
        name: "a",
        ..New::default()
    });
    let (b, second) = market.register(&New {
        key: "b",
        name: "b",
        ..New::default()
    });
    // The programs refuse it; the index does not rely on that.
    chain.push_events([
        first,
        second,
        market.add_edge(&a, &b, 0),
        market.add_edge(&b, &a, 0),
    ]);
    let (client, _database) = served(&chain).await;
    let answer = client
        .get(&format!("/v1/listings/{a}/ancestors?depth=64"))
        .await;
    assert_eq!(answer["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(answer["truncated"], false);
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
    client.get("/v1/listings?min_slot=18").await;
    client
        .refused("/v1/listings?min_slot=19", StatusCode::SERVICE_UNAVAILABLE)
        .await;
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

#[tokio::test]
async fn status_health_readiness_and_openapi_answer() {
    let (client, _database) = served(&history().0).await;
    let status = client.get("/v1/status").await;
    assert_eq!(
        (&status["slot"], &status["gaps"], &status["dead_letters"]),
        (&18.into(), &0.into(), &0.into())
    );
    assert_eq!(status["indexing"]["state"], "idle");
    assert_eq!(client.response("/healthz").await.status(), 200);
    assert_eq!(client.response("/readyz").await.status(), 200);
    let openapi = client.get("/openapi.json").await;
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3.1"));
    let search = &openapi["paths"]["/v1/listings"]["get"]["responses"];
    for status in ["400", "422", "429", "500", "503"] {
        let problem = &search[status]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{status}");
    }
    let (_store, empty) = store().await;
    let client = Client::of(&empty, None).await;
    client
        .refused("/readyz", StatusCode::SERVICE_UNAVAILABLE)
        .await;
}

#[tokio::test]
async fn i19_whatever_is_wrong_is_named() {
    let (client, _database) = served(&history().0).await;
    let nobody = Pubkey::new_from_array([3; 32]);
    for (path, parameter) in [
        ("/v1/listings?nonsense=1", "nonsense"),
        ("/v1/listings?limit=0", "limit"),
        ("/v1/listings?limit=101", "limit"),
        ("/v1/listings?limit=-1", "limit"),
        ("/v1/listings?limit=1&limit=2", "limit"),
        ("/v1/listings?kind=spaceship", "kind"),
        ("/v1/listings?status=Active", "status"),
        ("/v1/listings?publisher=0OIl", "publisher"),
        ("/v1/listings?sort=price", "sort"),
        ("/v1/listings?count=yes", "count"),
        ("/v1/listings?cursor=x", "cursor"),
        ("/v1/listings?q=%00", "q"),
        ("/v1/listings?q=-", "q"),
        ("/v1/orders?state=lost", "state"),
        ("/v1/orders?mode=free", "mode"),
        ("/v1/orders?buyer=x", "buyer"),
        ("/v1/sessions?owner=x", "owner"),
        ("/v1/sessions?state=open", "state"),
        ("/v1/sessions/x", "address"),
        ("/v1/listings/x", "address"),
        ("/v1/orders/x", "address"),
        ("/v1/listings/x/ancestors", "address"),
        ("/v1/manifests/x", "hash"),
        ("/v1/manifests/..%2f..%2fetc", "hash"),
        ("/v1/listings/%FF", "path"),
        ("/v1/orders/%FF", "path"),
        ("/v1/listings/%FF/ancestors", "path"),
        ("/v1/manifests/%FF", "path"),
        ("/v1/accounts/%FF", "path"),
        ("/v1/listings?min_slot=x", "min_slot"),
        ("/v1/quote?listing=x", "listing"),
        ("/v1/stats?x=1", "x"),
        ("/v1/status?x=1", "x"),
    ] {
        assert_eq!(
            client.refused(path, StatusCode::BAD_REQUEST).await,
            parameter,
            "{path}"
        );
    }
    for path in [
        format!("/v1/listings/{nobody}"),
        format!("/v1/listings/{nobody}/descendants"),
        format!("/v1/orders/{nobody}"),
        format!("/v1/manifests/{}", "a".repeat(64)),
        "/v2".to_owned(),
    ] {
        assert_eq!(
            client.refused(&path, StatusCode::NOT_FOUND).await,
            Value::Null,
            "{path}"
        );
    }
    assert_eq!(
        client
            .refused("/v1/orders?sort=oldest", StatusCode::UNPROCESSABLE_ENTITY)
            .await,
        "sort"
    );
    client.get("/v1/orders?sort=newest").await;
    let posted = reqwest::Client::new()
        .post(client.url("/v1/listings"))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 405);
    assert_eq!(posted.headers()["allow"], "GET,HEAD");
    assert_eq!(posted.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn the_description_of_an_order_names_each_of_its_fields() {
    let order = pedigree_sdk::pda::order(&key("carol"), &[1; 16]).0;
    let (client, _database) = served(&history().0).await;
    let order = client.get(&format!("/v1/orders/{order}")).await;
    let described = client.get("/openapi.json").await;
    let described = &described["components"]["schemas"]["OrderAccount"]["properties"];
    let described: BTreeSet<&String> = described.as_object().unwrap().keys().collect();
    let own = ["address", "closed", "free", "rest", "proof", "index"];
    let given = order.as_object().unwrap().keys();
    let given: BTreeSet<&String> = given.filter(|name| !own.contains(&name.as_str())).collect();
    assert_eq!(described, given);
}

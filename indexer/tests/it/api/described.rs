//! What the API says of itself, and of what is wrong with a request.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use super::served;
use crate::support::{Client, histories::history, market::key, store};

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
        ("/v1/listings?untainted=1", "untainted"),
        ("/v1/listings?sort=dear", "sort"),
        ("/v1/listings?mode=free", "mode"),
        ("/v1/listings?mode=lease&mode=metered", "mode"),
        ("/v1/listings?mint=x", "mint"),
        ("/v1/listings?unit=copy&min_price=-1", "min_price"),
        (
            "/v1/listings?unit=copy&max_price=18446744073709551616",
            "max_price",
        ),
        ("/v1/listings?addresses=x", "addresses"),
        ("/v1/listings?descends_from=x", "descends_from"),
        ("/v1/listings?max_royalty_ppm=1000001", "max_royalty_ppm"),
        ("/v1/listings?min_rating=5.01", "min_rating"),
        ("/v1/listings?min_rating=6.001", "min_rating"),
        ("/v1/listings?min_rating=4.", "min_rating"),
        ("/v1/listings?min_rating=%2B4", "min_rating"),
        ("/v1/listings?free=yes", "free"),
        ("/v1/listings?attr.Name=1", "attr.Name"),
        ("/v1/listings?attr.a.gt=1", "attr.a.gt"),
        ("/v1/listings?attr.a.gte=soon", "attr.a.gte"),
        ("/v1/listings?attr=1", "attr"),
        ("/v1/listings?facets=kind,colour", "facets"),
        ("/v1/listings?facets=", "facets"),
        ("/v1/listings?facet_limit=501", "facet_limit"),
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
        ("/v1/disputes?state=open", "state"),
        ("/v1/disputes?status=settled", "status"),
        ("/v1/disputes?case=edge", "case"),
        ("/v1/disputes?subject=x", "subject"),
        ("/v1/disputes/x", "address"),
        ("/v1/positions?opener=x", "opener"),
        ("/v1/positions?owner=x", "owner"),
        ("/v1/positions/x", "address"),
        ("/v1/positions/%FF", "path"),
        ("/v1/proposals?state=voting", "state"),
        ("/v1/proposals?status=open", "status"),
        ("/v1/proposals?action=steal", "action"),
        ("/v1/proposals?proposer=x", "proposer"),
        ("/v1/proposals?cursor=x", "cursor"),
        ("/v1/proposals/x", "proposal"),
        ("/v1/proposals/-1", "proposal"),
        ("/v1/proposals/1?votes=1", "votes"),
        ("/v1/epochs?status=final", "status"),
        ("/v1/epochs?epoch=1", "epoch"),
        ("/v1/epochs/1?x=1", "x"),
        ("/v1/listings/x", "address"),
        ("/v1/orders/x", "address"),
        ("/v1/listings/x/ancestors", "address"),
        ("/v1/publishers/x", "address"),
        ("/v1/publishers/%FF", "path"),
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
        format!("/v1/publishers/{nobody}"),
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
    for (query, parameter) in [
        ("sort=price", "unit"),
        ("sort=-price", "unit"),
        ("min_price=1", "unit"),
        ("max_price=1&mode=metered", "unit"),
        // Nobody has said yet what orders are settled in.
        ("sort=price&unit=copy", "mint"),
        ("max_price=1&unit=copy", "mint"),
        ("min_rating=4.125", "min_rating"),
        ("min_rating=5.000001", "min_rating"),
    ] {
        let path = format!("/v1/listings?{query}");
        let refused = client.refused(&path, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.await, parameter, "{query}");
    }
    for list in [
        "orders",
        "reviews",
        "sessions",
        "disputes",
        "positions",
        "proposals",
        "epochs",
    ] {
        let oldest = format!("/v1/{list}?sort=oldest");
        let refused = client.refused(&oldest, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.await, "sort", "{list}");
        client.get(&format!("/v1/{list}?sort=newest")).await;
    }
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
    let own = ["address", "closed", "free", "rest", "proof", "index"];
    assert_described(&client, "OrderAccount", &order, &own).await;
}

/// The schema of an account's fields names each of those that are given, but for `own`, and no other.
pub async fn assert_described(client: &Client, schema: &str, given: &Value, own: &[&str]) {
    let openapi = client.get("/openapi.json").await;
    let described = &openapi["components"]["schemas"][schema]["properties"];
    let described: BTreeSet<&String> = described.as_object().unwrap().keys().collect();
    let given = given.as_object().unwrap().keys();
    let given: BTreeSet<&String> = given.filter(|name| !own.contains(&name.as_str())).collect();
    assert_eq!(described, given, "{schema}");
}

#[tokio::test]
async fn each_list_names_the_values_of_its_own_filters() {
    let (client, _database) = served(&history().0).await;
    let openapi = client.get("/openapi.json").await;
    for (path, name, values) in [
        (
            "/v1/listings",
            "status",
            "draft active paused retired suspended",
        ),
        ("/v1/disputes", "status", "open final undecided"),
        (
            "/v1/disputes",
            "case",
            "order version false_edge missing_edge",
        ),
        (
            "/v1/proposals",
            "status",
            "voting queued executed rejected vetoed expired",
        ),
        ("/v1/epochs", "status", "open finished expired"),
    ] {
        let parameters = openapi["paths"][path]["get"]["parameters"].as_array();
        let mut parameters = parameters.unwrap().iter();
        let parameter = parameters.find(|of| of["name"] == name).unwrap();
        let values: Vec<&str> = values.split(' ').collect();
        let of = &parameter["schema"];
        let found = of["items"].get("enum").unwrap_or(&of["enum"]);
        assert_eq!(*found, Value::from(values), "{path} {name}");
    }
}

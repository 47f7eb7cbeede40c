//! Taint as the API tells of it.

use serde_json::{Value, json};

use pedigree_sdk::api::{ListingDetail, Listings};

use crate::support::{
    Client, names, store,
    verdicts::{Verdicts, spread},
};

#[tokio::test]
async fn taint_is_shown_and_filtered_at_once_of_a_listing_itself_and_of_its_descendants_once_spread()
 {
    let mut world = Verdicts::new();
    let base = world.list("base", &[]);
    let child = world.list("child", &[base]);
    world.list("other", &[]);
    let (store, database) = store().await;
    world.apply(&store).await;
    let client = Client::of(&database, None).await;
    let search = async |filter: &str| {
        let page = client
            .get(&format!("/v1/listings?sort=name&{filter}"))
            .await;
        let names = names(&page).join(" ");
        (names, page["total"].clone())
    };
    let three = ("base child other".to_owned(), json!(3));
    assert_eq!(search("untainted=true").await, three);
    let before = world.chain.tip();
    world.version(&base, true);
    world.apply(&store).await;
    client.refresh().await;
    let page = client.get("/v1/listings?sort=name").await;
    let shown = |page: &Value| -> Vec<bool> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["tainted"].as_bool().unwrap())
            .collect()
    };
    assert_eq!(shown(&page), [true, false, false]);
    assert_eq!(page["index"]["taint_slot"], before);
    assert_eq!(page["index"]["slot"], world.chain.tip());
    let two = ("child other".to_owned(), json!(2));
    assert_eq!(search("untainted=true").await, two);
    assert_eq!(search("untainted=false").await, three);

    spread(&store).await;
    client.refresh().await;
    let page = client.get("/v1/listings?sort=name").await;
    assert_eq!(shown(&page), [true, true, false]);
    assert_eq!(page["index"]["taint_slot"], world.chain.tip());
    assert_eq!(
        search("untainted=true").await,
        ("other".to_owned(), json!(1))
    );
    let lineage = client
        .get(&format!("/v1/listings/{base}/descendants"))
        .await;
    let nodes = lineage["nodes"].as_array().unwrap();
    assert!(nodes.iter().all(|node| node["tainted"] == true));
    assert_eq!(lineage["index"]["taint_slot"], world.chain.tip());
    let status = client.get("/v1/status").await;
    assert_eq!(status["taint_slot"], world.chain.tip());

    let detail = client.get(&format!("/v1/listings/{child}")).await;
    let detail: ListingDetail = serde_json::from_value(detail).unwrap();
    assert!(detail.listing.tainted);
    let read: Listings = serde_json::from_value(page).unwrap();
    assert_eq!(read.index.taint_slot, Some(world.chain.tip()));
    // Another filter's page is another query's.
    let first = client.get("/v1/listings?limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let foreign = format!("/v1/listings?limit=1&untainted=true&cursor={cursor}");
    let refused = client.refused(&foreign, axum::http::StatusCode::BAD_REQUEST);
    assert_eq!(refused.await, "cursor");
}

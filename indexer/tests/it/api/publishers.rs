//! Publishers, with and without a profile.

use axum::http::StatusCode;
use pedigree_sdk::{api::Publisher, pda};
use serde_json::{Value, json};

use super::{described::assert_described, served};
use crate::support::{
    Chain, Client, Market,
    histories::history,
    market::{New, key},
};

async fn publisher(client: &Client, name: &str) -> Value {
    client.get(&format!("/v1/publishers/{}", key(name))).await
}

#[tokio::test]
async fn a_publisher_comes_with_its_profile_and_what_became_of_all_its_listings() {
    let (client, _database) = served(&history().0).await;
    let alice = publisher(&client, "alice").await;
    let profile = &alice["profile"];
    assert_eq!(
        (&profile["name"], &profile["verified"], &profile["uri"]),
        (&"Alice Ltd".into(), &false.into(), &Value::Null)
    );
    assert_eq!(profile["publisher"], key("alice").to_string());
    assert_eq!(
        profile["address"],
        pda::profile(&key("alice")).0.to_string()
    );
    assert_eq!(
        (&profile["proof"]["seq"], &profile["proof"]["slot"]),
        (&2.into(), &16.into())
    );
    assert_eq!(
        (&alice["listings"], &alice["statuses"]),
        (&2.into(), &json!([{"value": "active", "count": 2}]))
    );
    assert_eq!(alice["sales"], 1);
    assert_eq!(
        (
            &alice["rating"],
            &alice["review_count"],
            &alice["rating_sum"]
        ),
        (&2.0.into(), &1.into(), &2.into())
    );
    assert_eq!(alice["index"]["slot"], 18);
    assert_described(&client, "ProfileAccount", profile, &["address", "proof"]).await;
    // As the SDK reads it.
    let read: Publisher = serde_json::from_value(alice).unwrap();
    assert_eq!(read.profile.unwrap().account["name"], "Alice Ltd");

    // One who only lists.
    let bob = publisher(&client, "bob").await;
    assert_eq!(
        (&bob["profile"], &bob["rating"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        bob["statuses"],
        json!([{"value": "active", "count": 1}, {"value": "paused", "count": 1}])
    );
    let nobody = format!("/v1/publishers/{}", key("nobody"));
    let refused = client.refused(&nobody, StatusCode::NOT_FOUND).await;
    assert_eq!(refused, Value::Null);
}

#[tokio::test]
async fn whoever_has_a_profile_and_no_listing_is_a_publisher_too() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let profile = market.profile("carol", "Carol");
    // Somebody else's listing and profile are none of hers.
    let other = market.profile("alice", "Alice");
    let (_, registered) = market.register(&New::default());
    chain.push_events([profile, other, registered]);
    let (client, _database) = served(&chain).await;
    let carol = publisher(&client, "carol").await;
    assert_eq!(carol["profile"]["name"], "Carol");
    assert_eq!(
        (&carol["listings"], &carol["statuses"], &carol["sales"]),
        (&0.into(), &json!([]), &0.into())
    );
}

//! Reviews.

use axum::http::StatusCode;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use super::{address_of, addresses, served};
use crate::support::{histories::history, market::key};

#[tokio::test]
async fn reviews_are_counted_listed_page_by_page_and_proved() {
    let (mut chain, mut market) = history();
    let (client, _) = served(&chain).await;
    let child: Pubkey = address_of(&client, "child").await.parse().unwrap();
    market.slot = chain.tip() + 1;
    let mut posted = Vec::new();
    for (number, rating) in [(8, 5), (9, 4)] {
        let (order, opened) = market.open_order("dave", &child, number);
        let settled = market.settle_order(&order);
        let (review, event) = market.post_review(&order, rating);
        chain.push_events([opened, settled, event]);
        posted.push((order, review));
        market.slot += 1;
    }
    let (client, _database) = served(&chain).await;

    let found = client.get("/v1/listings?name=child").await;
    let found = &found["items"][0];
    assert_eq!(
        (
            &found["reviews"],
            &found["review_count"],
            &found["rating_sum"]
        ),
        (&3.into(), &3.into(), &11.into())
    );
    assert_eq!(found["rating"], 3.67);
    let base = client.get("/v1/listings?name=base").await;
    let base = &base["items"][0];
    assert_eq!(
        (&base["reviews"], &base["rating"]),
        (&0.into(), &Value::Null)
    );

    let detail = client.get(&format!("/v1/listings/{child}")).await;
    assert_eq!(
        (&detail["review_count"], &detail["rating"]),
        (&3.into(), &3.67.into())
    );
    let newest_first = [posted[1].1, posted[0].1].map(|review| review.to_string());
    let shown = addresses(&detail["reviews"]);
    assert_eq!(shown[..2], newest_first);
    assert_eq!(detail["reviews"][0]["rating"], 4);

    let all = format!("/v1/reviews?listing={child}");
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("{all}&limit=1{cursor}")).await;
        paged.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(Value::from(paged), detail["reviews"]);
    let of = async |filter: String| {
        let page = client.get(&format!("/v1/reviews?{filter}")).await;
        addresses(&page["items"]).join(" ")
    };
    assert_eq!(
        of(format!("reviewer={}", key("dave"))).await,
        newest_first.join(" ")
    );
    assert_eq!(of(format!("order={}", posted[0].0)).await, newest_first[1]);
    assert_eq!(of(format!("listing={}", posted[0].0)).await, "");
    let elsewhere = format!("/v1/reviews?reviewer={}{cursor}", key("dave"));
    assert_eq!(
        client.refused(&elsewhere, StatusCode::BAD_REQUEST).await,
        "cursor"
    );

    let edited = client.get(&format!("/v1/reviews/{}", shown[2])).await;
    assert_eq!(
        (&edited["rating"], &edited["edits"]),
        (&2.into(), &1.into())
    );
    assert_eq!(edited["reviewer"], key("carol").to_string());
    for (_, review) in posted {
        let served = client.get(&format!("/v1/reviews/{review}")).await;
        let bytes = pedigree_sdk::accounts::to_bytes(&market.review(&review));
        let hash = hex::encode(pedigree_sdk::accounts::account_hash(&bytes));
        assert_eq!(served["proof"]["account_hash"], hash);
        let served: pedigree_sdk::api::Review = serde_json::from_value(served).unwrap();
        let kind = pedigree_sdk::accounts::EntityKind::Review;
        let mut fields = served.account.clone();
        fields.remove("index");
        let verdict = pedigree_sdk::verify::compare_fields(kind, &fields, &served.proof, &bytes);
        assert_eq!(verdict, Ok(pedigree_sdk::verify::Verdict::Match));
    }
    client
        .refused(&format!("/v1/reviews/{child}"), StatusCode::NOT_FOUND)
        .await;
    let stats = client.get("/v1/stats").await;
    assert_eq!(
        (&stats["reviews"], &stats["proved_edges"]),
        (&3.into(), &1.into())
    );
}

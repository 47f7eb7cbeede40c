//! Quotes: the SDK's arithmetic over indexed accounts.

use axum::http::StatusCode;

use super::served;
use crate::support::{Chain, Market, market::New};

#[tokio::test]
async fn a_quote_splits_the_price_to_the_base_unit() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (base, registered) = market.register(&New {
        key: "base",
        ..New::default()
    });
    let mut events = vec![
        market.escrow_config(25_000),
        market.mint(5_000_000),
        registered,
        market.activate(&base),
    ];
    let (child, registered) = market.register(&New {
        key: "child",
        price: 1_000_003,
        ..New::default()
    });
    events.extend([
        registered,
        market.add_edge(&child, &base, 100_000),
        market.activate(&child),
    ]);
    let (free, registered) = market.register(&New {
        key: "free",
        price: 0,
        ..New::default()
    });
    events.extend([registered, market.activate(&free)]);
    chain.push_events(events);
    let (client, _database) = served(&chain).await;

    let quote = client
        .get(&format!("/v1/quote?listing={child}&quantity=3"))
        .await;
    assert_eq!(quote["total"], "3000009");
    assert_eq!(quote["fee"], "75000");
    assert_eq!(quote["royalty"], "300000");
    assert_eq!(quote["net"], "2625009");
    assert_eq!(quote["slot"], quote["index"]["slot"]);
    assert!(quote["slot"].is_u64(), "{quote}");
    assert_eq!(quote["royalties"][0]["parent"], base.to_string());
    assert_eq!(
        (
            &quote["royalties"][0]["amount"],
            &quote["royalties"][0]["paid"]
        ),
        (&"300000".into(), &"300000".into())
    );
    assert_eq!(
        quote["rent"],
        serde_json::Value::Null,
        "this server has no node to ask"
    );

    let nothing = client.get(&format!("/v1/quote?listing={free}")).await;
    assert_eq!(
        (&nothing["total"], &nothing["mint"]),
        (&"0".into(), &serde_json::Value::Null)
    );

    let refused = async |query: String, parameter: &str| {
        let named = client
            .refused(
                &format!("/v1/quote?{query}"),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await;
        assert_eq!(named, parameter, "{query}");
    };
    refused(format!("listing={child}&term=1"), "term").await;
    refused(
        format!("listing={child}&quantity=18446744073709551615"),
        "quantity",
    )
    .await;
    refused(format!("listing={child}&quantity=5"), "quantity").await;
    assert_eq!(
        client.refused("/v1/quote", StatusCode::BAD_REQUEST).await,
        "listing"
    );
    assert_eq!(
        client
            .refused(
                &format!("/v1/quote?listing={child}&quantity=0"),
                StatusCode::BAD_REQUEST
            )
            .await,
        "quantity"
    );
    client
        .refused(
            &format!(
                "/v1/quote?listing={}",
                crate::support::market::key("nobody")
            ),
            StatusCode::NOT_FOUND,
        )
        .await;
}

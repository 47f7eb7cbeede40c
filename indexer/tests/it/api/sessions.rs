//! Spending sessions.

use axum::http::StatusCode;

use super::{addresses, described::assert_described, served};
use crate::support::{Chain, Market, market::key};

#[tokio::test]
async fn sessions_are_found_by_owner_and_key_closed_ones_too() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (first, opened) = market.open_session("carol", "robot");
    let (second, also) = market.open_session("carol", "agent");
    let (other, too) = market.open_session("dave", "robot");
    let closed = market.close_session(&first);
    chain.push_events(vec![opened, also, too, closed]);
    market.slot = 11;
    let (again, reopened) = market.open_session("carol", "robot");
    assert_eq!(again, first);
    chain.push_events(vec![reopened]);
    let (client, _database) = served(&chain).await;

    let carol = format!("/v1/sessions?owner={}", key("carol"));
    let found = client.get(&carol).await;
    assert_eq!(addresses(&found["items"])[0], first.to_string());
    let mut all = addresses(&found["items"]);
    all.sort_unstable();
    let mut expected = [first, first, second].map(|address| address.to_string());
    expected.sort_unstable();
    assert_eq!(all, expected);
    let robots = client
        .get(&format!("{carol}&key={}&limit=1", key("robot")))
        .await;
    assert_eq!(
        (
            addresses(&robots["items"]).len(),
            &robots["items"][0]["closed"]
        ),
        (1, &false.into())
    );
    let cursor = robots["next_cursor"].as_str().unwrap();
    let rest = client
        .get(&format!(
            "{carol}&key={}&limit=1&cursor={cursor}",
            key("robot")
        ))
        .await;
    assert_eq!(
        (&rest["items"][0]["closed"], &rest["next_cursor"]),
        (&true.into(), &serde_json::Value::Null)
    );
    let foreign = format!("/v1/sessions?limit=1&cursor={cursor}");
    assert_eq!(
        client.refused(&foreign, StatusCode::BAD_REQUEST).await,
        "cursor"
    );

    let session = client.get(&format!("/v1/sessions/{first}")).await;
    assert_eq!(
        (&session["born_slot"], &session["revoked"]),
        (&11.into(), &false.into())
    );
    assert_eq!(session["owner"], key("carol").to_string());
    assert_eq!(session["proof"]["seq"], 1);
    let daves = client.get(&format!("/v1/sessions/{other}")).await;
    assert_eq!(daves["key"], key("robot").to_string());
    let nobody = format!("/v1/sessions/{}", key("nobody"));
    client.refused(&nobody, StatusCode::NOT_FOUND).await;

    let own = ["address", "closed", "proof", "index"];
    assert_described(&client, "SessionAccount", &session, &own).await;
}

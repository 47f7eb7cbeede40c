//! Positions and epochs.

use axum::http::StatusCode;
use pedigree_sdk::{
    accounts::{EntityKind, to_bytes},
    api,
    verify::{self, Verdict},
};
use serde_json::Value;

use super::{addresses, described::assert_described, served};
use crate::support::{histories::rewards_and_court, market::key};

#[tokio::test]
async fn positions_are_found_by_owner_withdrawn_ones_too_and_come_with_proof() {
    let (chain, market, judged) = rewards_and_court();
    let (client, _database) = served(&chain).await;
    let [carols, daves] = judged.positions;

    let of_carol = format!("/v1/positions?owner={}", key("carol"));
    let found = client.get(&of_carol).await;
    let lives: Vec<_> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (&item["amount"], &item["closed"], &item["born_slot"]))
        .collect();
    let (new, old) = ((Value::from("700"), 17), (Value::from("1000"), 11));
    assert_eq!(
        lives,
        [
            (&new.0, &false.into(), &new.1.into()),
            (&old.0, &true.into(), &old.1.into())
        ]
    );
    assert!(found["items"][1]["unlock_at"].is_string());

    let first = client.get("/v1/positions?limit=2").await;
    assert_eq!(addresses(&first["items"])[0], carols.to_string());
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = client
        .get(&format!("/v1/positions?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(
        (addresses(&rest["items"]).len(), &rest["next_cursor"]),
        (1, &Value::Null)
    );
    let foreign = format!("{of_carol}&limit=2&cursor={cursor}");
    assert_eq!(
        client.refused(&foreign, StatusCode::BAD_REQUEST).await,
        "cursor"
    );

    let position = client.get(&format!("/v1/positions/{daves}")).await;
    assert_eq!(
        (
            &position["amount"],
            &position["staked"],
            &position["unlock_at"]
        ),
        (&"3000".into(), &"500".into(), &Value::Null)
    );
    let own = ["address", "closed", "proof", "index"];
    assert_described(&client, "PositionAccount", &position, &own).await;
    let position: api::Position = serde_json::from_value(position).unwrap();
    let account = to_bytes(&market.position(&daves));
    let kind = EntityKind::Position;
    assert_eq!(
        verify::compare_fields(kind, &position.account, &position.proof, &account),
        Ok(Verdict::Match)
    );
    let newest = client.get(&format!("/v1/positions/{carols}")).await;
    assert_eq!(newest["amount"], "700");
    let nobodys = format!("/v1/positions/{}", judged.listing);
    client.refused(&nobodys, StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn epochs_are_found_by_number_and_status_and_come_with_proof() {
    let (chain, market, _) = rewards_and_court();
    let (client, _database) = served(&chain).await;
    let numbers = async |path: &str| -> Vec<Value> {
        let page = client.get(path).await;
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["epoch"].clone()).collect()
    };
    assert_eq!(numbers("/v1/epochs").await, [1, 0]);
    assert_eq!(numbers("/v1/epochs?status=finished").await, [0]);
    assert_eq!(numbers("/v1/epochs?status=open&status=expired").await, [1]);
    let first = client.get("/v1/epochs?limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = format!("/v1/epochs?limit=1&cursor={cursor}");
    assert_eq!(numbers(&next).await, [0]);
    assert_eq!(client.get(&next).await["next_cursor"], Value::Null);
    assert_eq!(
        client
            .refused(&format!("{next}&status=open"), StatusCode::BAD_REQUEST)
            .await,
        "cursor"
    );

    let epoch = client.get("/v1/epochs/0").await;
    // Half of a fee of 25,000.
    assert_eq!(
        (&epoch["total"], &epoch["allotted"], &epoch["orders"]),
        (&"12500".into(), &"12500".into(), &1.into())
    );
    assert_eq!(epoch["index"]["slot"], 17);
    let own = ["address", "proof", "index"];
    assert_described(&client, "EpochAccount", &epoch, &own).await;
    let served: api::Epoch = serde_json::from_value(epoch).unwrap();
    let account = to_bytes(&market.epoch(0));
    let verdict = |served: &api::Epoch| verify::compare_epoch(served, &account).unwrap();
    assert_eq!(verdict(&served), Verdict::Match);
    let mut lie = served;
    lie.account.insert("epoch".into(), 5.into());
    assert_eq!(verdict(&lie), Verdict::Differs("epoch".into()));

    client.refused("/v1/epochs/2", StatusCode::NOT_FOUND).await;
    for none in ["x", "-1", "4294967296"] {
        let path = format!("/v1/epochs/{none}");
        assert_eq!(
            client.refused(&path, StatusCode::BAD_REQUEST).await,
            "epoch",
            "{none}"
        );
    }
}

//! Disputes.

use axum::http::StatusCode;
use pedigree_sdk::{
    accounts::to_bytes,
    api::{Dispute, DisputeDetail},
    verify::{self, Verdict},
};
use serde_json::{Value, json};

use super::{addresses, described::assert_described, served};
use crate::support::{
    histories::{Judged, rewards_and_court},
    market::key,
};

#[tokio::test]
async fn disputes_are_found_by_what_they_are_about_and_how_they_stand_closed_ones_too() {
    let (chain, _, judged) = rewards_and_court();
    let (client, _database) = served(&chain).await;
    let Judged {
        listing,
        version_case,
        order,
        order_case,
        ..
    } = judged;
    let of = async |filter: String| {
        let page = client.get(&format!("/v1/disputes?{filter}")).await;
        addresses(&page["items"]).join(" ")
    };
    let (version, of_order) = (version_case.to_string(), order_case.to_string());
    assert_eq!(of(format!("subject={listing}")).await, version);
    assert_eq!(of(format!("subject={order}")).await, of_order);
    assert_eq!(of(format!("opener={}", key("erin"))).await, version);
    assert_eq!(of(format!("opener={}", key("frank"))).await, "");
    assert_eq!(of("case=order".to_owned()).await, of_order);
    assert_eq!(of("case=version&status=final".to_owned()).await, version);
    assert_eq!(of("status=open".to_owned()).await, "");
    let both = of("status=final&status=undecided".to_owned()).await;
    assert!(
        both.contains(&version) && both.contains(&of_order),
        "{both}"
    );

    let first = client.get("/v1/disputes?limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = client
        .get(&format!("/v1/disputes?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(rest["next_cursor"], Value::Null);
    let paged = [addresses(&first["items"]), addresses(&rest["items"])].concat();
    assert_eq!(paged.join(" "), both);
    let foreign = format!("/v1/disputes?limit=1&status=final&cursor={cursor}");
    assert_eq!(
        client.refused(&foreign, StatusCode::BAD_REQUEST).await,
        "cursor"
    );

    let stats = client.get("/v1/stats").await;
    let counted = json!([{"value": "final", "count": 1}, {"value": "undecided", "count": 1}]);
    assert_eq!(stats["disputes"], counted);
}

#[tokio::test]
async fn a_dispute_comes_with_its_ruling_rounds_bonds_jurors_and_proof() {
    let (chain, market, judged) = rewards_and_court();
    let (client, _database) = served(&chain).await;
    let dispute = client
        .get(&format!("/v1/disputes/{}", judged.version_case))
        .await;
    assert_eq!(
        (&dispute["case"], &dispute["status"], &dispute["ruling"]),
        (&"version".into(), &"final".into(), &100.into())
    );
    assert_eq!(dispute["opener"], key("erin").to_string());
    assert_eq!(dispute["subject"], judged.listing.to_string());
    assert_eq!(dispute["evidence_hash"], "03".repeat(32));
    assert_eq!(dispute["bonds"][0]["state"], "due");
    let round = &dispute["rounds"][0];
    assert_eq!(
        (&round["status"], &round["weights"], &round["jurors"]),
        (
            &"quorate".into(),
            &json!(["1000", "0", "0", "0", "3000"]),
            &1.into()
        )
    );
    assert_eq!(dispute["rounds"][1]["status"], Value::Null);
    assert_eq!(dispute["ended_at"], "2023-11-15T02:13:33Z");

    let jurors = &dispute["jurors"];
    let newest_first = [judged.jurors[1], judged.jurors[0]];
    assert_eq!(
        addresses(jurors),
        newest_first.map(|juror| juror.to_string())
    );
    assert_eq!(
        (&jurors[0]["choice"], &jurors[0]["closed"]),
        (&4.into(), &false.into())
    );
    assert_eq!(
        (&jurors[1]["choice"], &jurors[1]["closed"]),
        (&0.into(), &true.into())
    );
    assert_eq!(jurors[1]["owner"], key("carol").to_string());

    let served: DisputeDetail = serde_json::from_value(dispute.clone()).unwrap();
    let account = to_bytes(&market.dispute(&judged.version_case));
    let verdict = |served: &Dispute| verify::compare_dispute(served, &account).unwrap();
    assert_eq!(verdict(&served.dispute), Verdict::Match);
    let mut lie = served.dispute.clone();
    lie.ruling = None;
    assert_eq!(verdict(&lie), Verdict::Differs("ruling".into()));
    lie = served.dispute;
    lie.opener = None;
    assert_eq!(verdict(&lie), Verdict::Differs("opener".into()));

    let own = [
        "address", "closed", "opener", "ruling", "jurors", "proof", "index",
    ];
    assert_described(&client, "DisputeAccount", &dispute, &own).await;
    assert_described(&client, "DisputeBond", &dispute["bonds"][0], &[]).await;
    assert_described(&client, "DisputeRound", round, &[]).await;
    let own = ["address", "closed", "proof"];
    assert_described(&client, "JurorAccount", &jurors[0], &own).await;

    let closed = client
        .get(&format!("/v1/disputes/{}", judged.order_case))
        .await;
    assert_eq!(
        (&closed["closed"], &closed["status"], &closed["ruling"]),
        (&true.into(), &"undecided".into(), &Value::Null)
    );
    assert_eq!(
        (&closed["opener"], &closed["jurors"]),
        (&Value::Null, &json!([]))
    );
    let nobodys = format!("/v1/disputes/{}", judged.listing);
    client.refused(&nobodys, StatusCode::NOT_FOUND).await;
}

//! Proposals.

use axum::http::StatusCode;
use pedigree_sdk::{
    accounts::to_bytes,
    api::{Proposal, ProposalDetail},
    verify::{self, Verdict},
};
use serde_json::{Value, json};

use super::{addresses, described::assert_described, served};
use crate::support::{
    histories::{Governed, governed},
    market::{MINT, key},
};

#[tokio::test]
async fn proposals_are_found_by_how_they_stand_who_made_them_and_what_they_do_closed_ones_too() {
    let (chain, _, governed) = governed();
    let (client, _database) = served(&chain).await;
    let Governed {
        fee, rate, mint, ..
    } = governed;
    let [fee, rate, mint] = [fee, rate, mint].map(|address| address.to_string());
    let of = async |filter: &str| {
        let page = client.get(&format!("/v1/proposals?{filter}")).await;
        addresses(&page["items"]).join(" ")
    };
    assert_eq!(of("status=executed").await, fee);
    assert_eq!(of("status=voting&status=queued").await, "");
    assert_eq!(
        of("status=rejected&status=vetoed").await,
        format!("{mint} {rate}")
    );
    assert_eq!(of(&format!("proposer={}", key("carol"))).await, fee);
    assert_eq!(of(&format!("proposer={}", key("erin"))).await, "");
    assert_eq!(
        of("action=set_rate&action=update_escrow").await,
        format!("{rate} {fee}")
    );
    assert_eq!(of("action=allow_mint&status=vetoed").await, mint);
    assert_eq!(of("action=allow_mint&status=executed").await, "");
    let all = of("").await;
    assert_eq!(all, format!("{mint} {rate} {fee}"), "the newest first");

    let first = client.get("/v1/proposals?limit=2").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = client
        .get(&format!("/v1/proposals?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(rest["next_cursor"], Value::Null);
    let paged = [addresses(&first["items"]), addresses(&rest["items"])].concat();
    assert_eq!(paged.join(" "), all);
    let foreign = format!("/v1/proposals?limit=2&status=vetoed&cursor={cursor}");
    assert_eq!(
        client.refused(&foreign, StatusCode::BAD_REQUEST).await,
        "cursor"
    );
}

#[tokio::test]
async fn a_proposal_comes_with_its_tally_times_arguments_votes_and_proof() {
    let (chain, market, governed) = governed();
    let (client, _database) = served(&chain).await;
    let mut fee = client.get("/v1/proposals/1").await;
    let by_address = format!("/v1/proposals/{}", governed.fee);
    assert_eq!(client.get(&by_address).await, fee);
    assert_eq!(
        (&fee["number"], &fee["status"], &fee["action"]),
        (&1.into(), &"executed".into(), &"update_escrow".into())
    );
    assert_eq!(
        (&fee["yes"], &fee["no"], &fee["abstain"], &fee["quorum"]),
        (&"1000".into(), &"0".into(), &"3000".into(), &"400".into())
    );
    assert_eq!(fee["threshold_ppm"], 500_001);
    assert_eq!(
        (
            &fee["proposed_at"],
            &fee["ends_at"],
            &fee["execute_from"],
            &fee["ended_at"]
        ),
        (
            &"2023-11-14T22:13:32Z".into(),
            &"2023-11-15T22:13:32Z".into(),
            &"2023-11-17T22:13:32Z".into(),
            &"2023-11-17T22:13:32Z".into()
        )
    );
    let arguments = json!({
        "paused": false,
        "allow_unclaimed": false,
        "fee_ppm": 10_000,
        "delivery_window": 3_600,
        "dispute_window": 86_400,
        "arbitration_period": 2_592_000,
        "bond_ppm": 50_000,
        "treasury": key("treasury").to_string(),
    });
    assert_eq!(fee["arguments"], arguments);
    assert_eq!(
        (&fee["deposit"], &fee["deposit_state"], &fee["votes"]),
        (&"100".into(), &"due".into(), &1.into())
    );

    let voters = &fee["voters"];
    let newest_first = [governed.votes[1], governed.votes[0]];
    assert_eq!(addresses(voters), newest_first.map(|vote| vote.to_string()));
    assert_eq!(
        (&voters[0]["choice"], &voters[0]["closed"]),
        (&"abstain".into(), &true.into())
    );
    assert_eq!(
        (&voters[1]["choice"], &voters[1]["closed"]),
        (&"yes".into(), &false.into())
    );
    assert_eq!(voters[1]["owner"], key("carol").to_string());

    let served: ProposalDetail = serde_json::from_value(fee.clone()).unwrap();
    let account = to_bytes(&market.proposal(&governed.fee));
    let verdict = |served: &Proposal| verify::compare_proposal(served, &account).unwrap();
    assert_eq!(verdict(&served.proposal), Verdict::Match);
    let mut lie = served.proposal.clone();
    lie.arguments = None;
    assert_eq!(verdict(&lie), Verdict::Differs("arguments".into()));
    let mut lie = served.proposal.clone();
    lie.arguments.as_mut().unwrap()["fee_ppm"] = 9.into();
    assert_eq!(verdict(&lie), Verdict::Differs("arguments".into()));
    let mut lie = served.proposal;
    lie.account["yes"] = "2".into();
    assert_eq!(verdict(&lie), Verdict::Differs("yes".into()));

    let own = ["address", "closed", "arguments", "voters", "proof", "index"];
    assert_described(&client, "ProposalAccount", &fee, &own).await;
    let vote = fee["voters"][0].take();
    let own = ["address", "closed", "proof"];
    assert_described(&client, "VoteAccount", &vote, &own).await;
}

#[tokio::test]
async fn what_is_no_settings_change_is_told_by_target_and_arguments() {
    let (chain, _, governed) = governed();
    let (client, _database) = served(&chain).await;
    let rate = client.get("/v1/proposals/2").await;
    assert_eq!(
        (&rate["closed"], &rate["status"], &rate["deposit_state"]),
        (&true.into(), &"rejected".into(), &"paid".into())
    );
    assert_eq!(rate["target"], MINT.to_string());
    assert_eq!(rate["arguments"], json!({"rate": "1", "price": "2"}));
    assert_eq!(rate["voters"], json!([]));
    let mint = client.get("/v1/proposals/3").await;
    assert_eq!(
        (&mint["origin"], &mint["status"], &mint["deposit_state"]),
        (&"steward".into(), &"vetoed".into(), &Value::Null)
    );
    let most = u64::MAX.to_string();
    assert_eq!(mint["arguments"], json!({"max_deposit": most}));
    for nobodys in [
        "4".to_owned(),
        "0".to_owned(),
        governed.votes[0].to_string(),
    ] {
        let path = format!("/v1/proposals/{nobodys}");
        client.refused(&path, StatusCode::NOT_FOUND).await;
    }
}

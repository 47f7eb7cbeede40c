use bytemuck::Zeroable;
use common::{receipt::ReceiptHead, text};
use listing::state::{Listing as Account, PriceTerm, kind, status};
use serde_json::json;
use solana_program::pubkey::Pubkey;

use super::*;
use crate::accounts::to_bytes;

fn key(n: u8) -> Pubkey {
    Pubkey::new_from_array([n; 32])
}

fn account() -> Account {
    let mut account = Account::zeroed();
    (account.layout, account.seq, account.born_slot) = (1, 7, 40);
    (account.kind, account.status, account.derivatives) = (kind::MODEL, status::ACTIVE, 1);
    (account.claimed, account.terms_len, account.version) = (1, 1, 2);
    (
        account.created_at,
        account.activated_slot,
        account.updated_slot,
    ) = (1_700_000_000, 41, 44);
    (account.publisher, account.authority, account.payout) = (key(1), key(1), key(2));
    (account.reviews, account.rating_sum) = (3, 13);
    (account.key, account.manifest_hash) = ([3; 32], [4; 32]);
    text::write(&mut account.name, "größe-7b".as_bytes()).unwrap();
    account.terms[0] = PriceTerm {
        mode: 1,
        decimals: 6,
        price: 250,
        mint: key(5),
        ..PriceTerm::zeroed()
    };
    text::write(&mut account.terms[0].unit, b"download").unwrap();
    account
}

/// What an honest index serves of it.
fn served(account: &Account) -> Listing {
    let hash = hex::encode(account_hash(&to_bytes(account)));
    let mut served = json!({
        "address": key(9).to_string(), "key": "größe", "key_hash": "03".repeat(32), "kind": "model",
        "publisher": key(1).to_string(), "publisher_name": "P", "publisher_name_verified": false,
        "name": "größe-7b", "summary": null, "source": null, "status": "active", "version": 2,
        "manifest_hash": "04".repeat(32), "manifest_uri": "", "manifest_status": "ok", "content_hash": null,
        "license": null, "derivatives": "open", "derivative_royalty_ppm": 0, "royalty_ppm": 0, "generation": 0,
        "parents": 0, "authority": key(1).to_string(), "payout": key(2).to_string(), "operator": null,
        "tags": [], "attributes": {},
        "pricing": [{"index": 0, "mode": "one_time", "unit": "download", "price": "250",
                     "mint": key(5).to_string(), "decimals": 6, "capacity": null}],
        "sales": 0, "tainted": false, "claimed": true, "created_slot": 40, "activated_slot": 41, "updated_slot": 44,
        "created_at": "2023-11-14T22:13:20Z",
        "proof": {"slot": 44, "seq": 7, "signature": "1".repeat(64), "account_hash": hash},
    });
    (served["rating"], served["rating_estimate"]) = (json!(4.33), json!(3.5));
    served["quality"] = json!(500);
    (served["review_count"], served["rating_sum"]) = (json!(3), json!(13));
    serde_json::from_value(served).unwrap()
}

#[test]
fn an_honest_index_matches() {
    let account = account();
    assert_eq!(
        compare_listing(&served(&account), &to_bytes(&account)),
        Ok(Verdict::Match)
    );
}

#[test]
fn each_field_that_an_index_makes_up_is_named() {
    let account = account();
    let bytes = to_bytes(&account);
    let lie = |change: fn(&mut Listing)| {
        let mut served = served(&account);
        change(&mut served);
        compare_listing(&served, &bytes).unwrap()
    };
    let differs = |field: &str| Verdict::Differs(field.into());
    assert_eq!(lie(|l| l.payout = key(6)), differs("payout"));
    assert_eq!(lie(|l| l.name = "other".into()), differs("name"));
    assert_eq!(lie(|l| l.version = 3), differs("version"));
    assert_eq!(lie(|l| l.pricing[0].price = 1), differs("pricing"));
    assert_eq!(lie(|l| l.pricing.clear()), differs("pricing"));
    assert_eq!(lie(|l| l.license = Some("MIT".into())), differs("license"));
    assert_eq!(lie(|l| l.manifest_hash.0[0] ^= 1), differs("manifest_hash"));
    assert_eq!(lie(|l| l.status = "paused".into()), differs("status"));
    assert_eq!(lie(|l| l.rating = Some(4.34)), differs("rating"));
    assert_eq!(lie(|l| l.rating = None), differs("rating"));
    assert_eq!(lie(|l| l.review_count = 4), differs("review_count"));
    assert_eq!(lie(|l| l.rating_sum = 12), differs("rating_sum"));
    // What the index folded may be wrong in a field that it does not serve.
    assert_eq!(
        lie(|l| l.proof.account_hash.0[0] ^= 1),
        differs("account_hash")
    );
    // What is not the chain's to prove.
    assert_eq!(lie(|l| l.publisher_name = Some("Q".into())), Verdict::Match);
    assert_eq!(lie(|l| l.tainted = true), Verdict::Match);
}

#[test]
fn an_older_or_newer_state_is_told_from_a_wrong_one() {
    let account = account();
    let served = served(&account);
    let at = |seq, born_slot| {
        let mut later = account;
        (later.seq, later.born_slot, later.status) = (seq, born_slot, status::PAUSED);
        compare_listing(&served, &to_bytes(&later)).unwrap()
    };
    assert_eq!(at(8, 40), Verdict::Newer);
    assert_eq!(at(6, 40), Verdict::Behind);
    assert_eq!(
        at(1, 90),
        Verdict::Newer,
        "registered again at the same address"
    );
    assert_eq!(at(9, 30), Verdict::Behind);
    assert!(compare_listing(&served, &[]).is_err());
}

/// A lie in any field of any kind of account is told, and each of the answers is given.
#[test]
fn every_kind_of_account_is_compared_in_every_field() {
    for kind in EntityKind::ALL {
        let mut bytes = vec![1; kind.account_len()];
        bytes[..8].copy_from_slice(kind.discriminator());
        let fields = accounts::json(*kind, &bytes).unwrap();
        let fields = fields.as_object().unwrap().clone();
        let (_, seq) = accounts::position(*kind, &bytes).unwrap();
        let proof = Proof {
            slot: 5,
            seq,
            signature: None,
            account_hash: crate::api::wire::Sha256(account_hash(&bytes)),
        };
        let ask = |fields: &Map<String, Value>, proof: &Proof| {
            compare_fields(*kind, fields, proof, &bytes).unwrap()
        };
        assert_eq!(ask(&fields, &proof), Verdict::Match, "{kind}");
        for field in fields.keys().filter(|field| *field != "born_slot") {
            let mut lie = fields.clone();
            lie[field] = json!("a lie");
            assert_eq!(ask(&lie, &proof), Verdict::Differs(field.clone()), "{kind}");
        }
        let at = |seq| Proof { seq, ..proof };
        assert_eq!(ask(&fields, &at(seq - 1)), Verdict::Newer, "{kind}");
        assert_eq!(ask(&fields, &at(seq + 1)), Verdict::Behind, "{kind}");
        let mut hash = proof;
        hash.account_hash.0[0] ^= 1;
        assert_eq!(
            ask(&fields, &hash),
            Verdict::Differs("account_hash".into()),
            "{kind}"
        );
    }
}

#[test]
fn an_order_is_compared_in_every_field() {
    let account = escrow::state::Order {
        head: ReceiptHead {
            layout: 1,
            mode: 1,
            state: 1,
            seq: 2,
            born_slot: 5,
            buyer: key(1),
            ..ReceiptHead::zeroed()
        },
        deposited: 100,
        ..escrow::state::Order::zeroed()
    };
    let bytes = to_bytes(&account);
    let mut served = json!({
        "address": key(9).to_string(), "closed": false, "free": false, "rest": "100",
        "proof": {"slot": 5, "seq": 2, "signature": "1".repeat(64), "account_hash": hex::encode(account_hash(&bytes))},
    });
    let fields = accounts::json(EntityKind::Order, &bytes).unwrap();
    served
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let read = |served: &Value| serde_json::from_value::<Order>(served.clone()).unwrap();
    assert_eq!(compare_order(&read(&served), &bytes), Ok(Verdict::Match));
    for field in ["rest", "refunded"] {
        served[field] = json!("1");
        assert_eq!(
            compare_order(&read(&served), &bytes),
            Ok(Verdict::Differs(field.into()))
        );
    }
}

#[test]
fn a_mean_rating_is_rounded_to_a_hundredth() {
    for (sum, reviews, mean) in [
        (0, 0, None),
        (5, 1, Some(5.0)),
        (13, 3, Some(4.33)),
        (14, 3, Some(4.67)),
        (9, 8, Some(1.13)),
        (u64::MAX, u64::MAX, Some(1.0)),
    ] {
        assert_eq!(mean_rating(sum, reviews), mean);
    }
}

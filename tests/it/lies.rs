//! What an index might serve in place of the truth, of every kind of account.

use std::collections::BTreeSet;

use pedigree_sdk::{
    accounts::EntityKind,
    api::{Account, Api},
    verify::{self, Verdict},
};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::shop::Shop;

/// Kinds of which `verified` makes an account, and changes it: nobody needs the reward token for that, nor the end of an
/// epoch or a vote.
pub const IN_VERIFIED: [EntityKind; 17] = [
    EntityKind::ListingConfig,
    EntityKind::Profile,
    EntityKind::Listing,
    EntityKind::Edge,
    EntityKind::RoyaltyTable,
    EntityKind::PoolLedger,
    EntityKind::LicenseGrant,
    EntityKind::Review,
    EntityKind::EscrowConfig,
    EntityKind::MintConfig,
    EntityKind::Order,
    EntityKind::Session,
    EntityKind::RewardConfig,
    EntityKind::Emission,
    EntityKind::Rate,
    EntityKind::DaoConfig,
    EntityKind::Governance,
];
/// Those of `rewards`.
pub const IN_REWARDS: [EntityKind; 5] = [
    EntityKind::Stake,
    EntityKind::Epoch,
    EntityKind::Points,
    EntityKind::Position,
    EntityKind::Attestation,
];
/// Those of `court`.
pub const IN_COURT: [EntityKind; 3] = [EntityKind::Docket, EntityKind::Dispute, EntityKind::Juror];
/// Those of `proposals`.
pub const IN_PROPOSALS: [EntityKind; 2] = [EntityKind::Proposal, EntityKind::Vote];

#[test]
fn no_kind_of_account_is_left_out() {
    let [verified, rewards] = [&IN_VERIFIED[..], &IN_REWARDS];
    let tested = [verified, rewards, &IN_COURT, &IN_PROPOSALS].concat();
    let once: BTreeSet<EntityKind> = tested.iter().copied().collect();
    assert_eq!(once, EntityKind::ALL.iter().copied().collect());
    assert_eq!(once.len(), tested.len(), "none is tested twice");
}

/// Of each kind of these: what the index serves of one account is what the chain has, and no lie about it passes.
pub async fn are_told_of(
    shop: &Shop,
    kinds: &[EntityKind],
    address: impl Fn(EntityKind) -> Pubkey,
) -> Vec<Account> {
    let api = Api::new(&shop.market.http).expect("a client");
    let mut honest = Vec::new();
    for kind in kinds {
        let served = api.account(&address(*kind)).await.expect("an account");
        assert_eq!(served.kind, kind.name());
        assert_eq!(verdict(shop, &served).await, Verdict::Match, "{kind}");
        are_told(shop, &served).await;
        honest.push(served);
    }
    println!("lies are told of {kinds:?}");
    honest
}

/// One at a time.
async fn are_told(shop: &Shop, honest: &Account) {
    let kind = &honest.kind;
    // Where an account stands in its history is told by two of its fields.
    let fields = honest.account.keys().filter(|field| *field != "born_slot");
    for field in fields {
        let mut lie = honest.clone();
        lie.account[field] = Value::from("a lie");
        let differs = Verdict::Differs(field.clone());
        assert_eq!(verdict(shop, &lie).await, differs, "{kind}");
    }
    let mut lie = honest.clone();
    lie.proof.account_hash.0[0] ^= 1;
    let differs = Verdict::Differs("account_hash".into());
    assert_eq!(verdict(shop, &lie).await, differs, "{kind}");

    let mut lie = honest.clone();
    let other = EntityKind::ALL.iter().find(|other| other.name() != kind);
    lie.kind = other.expect("another kind").to_string();
    let differs = Verdict::Differs("kind".into());
    assert_eq!(verdict(shop, &lie).await, differs, "{kind}");

    let mut ahead = honest.clone();
    ahead.proof.seq += 1;
    assert_eq!(verdict(shop, &ahead).await, Verdict::Behind, "{kind}");

    // Where nothing is, and where nothing is yet.
    let mut made_up = honest.clone();
    made_up.address = Keypair::new().pubkey();
    assert_eq!(verdict(shop, &made_up).await, Verdict::Closed, "{kind}");
    made_up.proof.slot = u64::MAX;
    assert_eq!(verdict(shop, &made_up).await, Verdict::Behind, "{kind}");
}

pub async fn verdict(shop: &Shop, served: &Account) -> Verdict {
    let verdict = verify::account(&shop.rpc, served).await;
    verdict.expect("a verdict")
}

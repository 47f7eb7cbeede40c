//! Whether what an index says of an account is what the chain holds.
//!
//! Not covered: what stands in the manifest (its hash is: check the text with [`crate::manifest::read`]), names of
//! publishers, counts of sales, and everything that the index computes over several accounts.

use serde_json::{Map, Value};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_program::pubkey::Pubkey;

use crate::{
    accounts::{self, AccountError, EntityKind, account_hash, from_bytes},
    api::{
        Account, Dispute, Epoch, Juror, Listing, Order, Position, Profile, Proof, Proposal, Review,
        Session, Vote, mean_rating,
    },
    court,
    fetch::{self, FetchError},
    instructions::dao::Action,
};

/// How an index's word compares with the account on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The account's bytes are those that the index folded, and each field that it serves is in them.
    Match,
    /// They stand at the same event, but differ, first in this field; `account_hash` where no served field does.
    Differs(String),
    /// The account has changed since: the index is behind the node that was asked.
    Newer,
    /// The node that was asked is behind the index: ask again, or another one.
    Behind,
    /// There is no account, and the node is not behind: it is closed, or never was.
    Closed,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(
        "the index serves an account of kind {kind:?}, which this client does not know: update it"
    )]
    Kind { kind: String },
}

/// Compares a served listing with the chain.
pub async fn listing(rpc: &RpcClient, served: &Listing) -> Result<Verdict, VerifyError> {
    let compare = |bytes: &[u8]| compare_listing(served, bytes);
    check(
        rpc,
        EntityKind::Listing,
        &served.address,
        &served.proof,
        compare,
    )
    .await
}

/// Compares a served order with the chain.
pub async fn order(rpc: &RpcClient, served: &Order) -> Result<Verdict, VerifyError> {
    let compare = |bytes: &[u8]| compare_order(served, bytes);
    check(
        rpc,
        EntityKind::Order,
        &served.address,
        &served.proof,
        compare,
    )
    .await
}

/// Compares a served profile with the chain.
pub async fn profile(rpc: &RpcClient, served: &Profile) -> Result<Verdict, VerifyError> {
    let kind = EntityKind::Profile;
    fields(rpc, kind, &served.address, &served.account, &served.proof).await
}

/// Compares a served session with the chain.
pub async fn session(rpc: &RpcClient, served: &Session) -> Result<Verdict, VerifyError> {
    let kind = EntityKind::Session;
    fields(rpc, kind, &served.address, &served.account, &served.proof).await
}

/// Compares a served review with the chain.
pub async fn review(rpc: &RpcClient, served: &Review) -> Result<Verdict, VerifyError> {
    let kind = EntityKind::Review;
    fields(rpc, kind, &served.address, &served.account, &served.proof).await
}

/// Compares a served dispute with the chain.
pub async fn dispute(rpc: &RpcClient, served: &Dispute) -> Result<Verdict, VerifyError> {
    let compare = |bytes: &[u8]| compare_dispute(served, bytes);
    check(
        rpc,
        EntityKind::Dispute,
        &served.address,
        &served.proof,
        compare,
    )
    .await
}

/// Compares a served juror of a dispute with the chain.
pub async fn juror(rpc: &RpcClient, served: &Juror) -> Result<Verdict, VerifyError> {
    let kind = EntityKind::Juror;
    fields(rpc, kind, &served.address, &served.account, &served.proof).await
}

/// Compares a served position with the chain.
pub async fn position(rpc: &RpcClient, served: &Position) -> Result<Verdict, VerifyError> {
    let kind = EntityKind::Position;
    fields(rpc, kind, &served.address, &served.account, &served.proof).await
}

/// Compares a served proposal with the chain.
pub async fn proposal(rpc: &RpcClient, served: &Proposal) -> Result<Verdict, VerifyError> {
    let compare = |bytes: &[u8]| compare_proposal(served, bytes);
    check(
        rpc,
        EntityKind::Proposal,
        &served.address,
        &served.proof,
        compare,
    )
    .await
}

/// Compares a served vote on a proposal with the chain.
pub async fn vote(rpc: &RpcClient, served: &Vote) -> Result<Verdict, VerifyError> {
    let kind = EntityKind::Vote;
    fields(rpc, kind, &served.address, &served.account, &served.proof).await
}

/// Compares a served epoch with the chain.
pub async fn epoch(rpc: &RpcClient, served: &Epoch) -> Result<Verdict, VerifyError> {
    let compare = |bytes: &[u8]| compare_epoch(served, bytes);
    check(
        rpc,
        EntityKind::Epoch,
        &served.address,
        &served.proof,
        compare,
    )
    .await
}

/// Compares a served account of any kind with the chain.
///
/// # Errors
/// Where the network does not answer, or the kind is none that this crate knows.
pub async fn account(rpc: &RpcClient, served: &Account) -> Result<Verdict, VerifyError> {
    let kind = EntityKind::from_name(&served.kind).ok_or_else(|| VerifyError::Kind {
        kind: served.kind.clone(),
    })?;
    fields(rpc, kind, &served.address, &served.account, &served.proof).await
}

/// Compares an account that is served by its fields alone.
async fn fields(
    rpc: &RpcClient,
    kind: EntityKind,
    address: &Pubkey,
    account: &Map<String, Value>,
    proof: &Proof,
) -> Result<Verdict, VerifyError> {
    let compare = |bytes: &[u8]| compare_fields(kind, account, proof, bytes);
    check(rpc, kind, address, proof, compare).await
}

/// Fetches an account and compares it. Where there is none, the node's slot tells a closed account from a node that has
/// not seen it yet.
async fn check(
    rpc: &RpcClient,
    kind: EntityKind,
    address: &Pubkey,
    proof: &Proof,
    compare: impl FnOnce(&[u8]) -> Result<Verdict, AccountError>,
) -> Result<Verdict, VerifyError> {
    let (slot, found) = fetch::raw_at(rpc, address).await?;
    let Some((owner, bytes)) = found else {
        return Ok(if slot < proof.slot {
            Verdict::Behind
        } else {
            Verdict::Closed
        });
    };
    if accounts::identify(&owner, &bytes)? != kind {
        return Ok(Verdict::Differs("kind".into()));
    }
    Ok(compare(&bytes)?)
}

/// Compares a served listing with the bytes of its account.
pub fn compare_listing(served: &Listing, account: &[u8]) -> Result<Verdict, AccountError> {
    let Value::Object(mut facts) = accounts::json(EntityKind::Listing, account)? else {
        return Ok(Verdict::Differs("account_hash".into()));
    };
    // The API's names and forms for what the account calls otherwise.
    let mut rename = |from: &str, to: &str| {
        let fact = facts.remove(from).unwrap_or_default();
        facts.insert(to.into(), fact);
    };
    rename("key", "key_hash");
    rename("uri", "manifest_uri");
    rename("edges", "parents");
    rename("born_slot", "created_slot");
    rename("terms", "pricing");
    rename("reviews", "review_count");
    let figure = |name: &str| facts.get(name).and_then(Value::as_u64).unwrap_or_default();
    let rating = mean_rating(figure("rating_sum"), figure("review_count"));
    facts.insert("rating".into(), rating.into());
    if facts.get("activated_slot") == Some(&Value::from(0)) {
        facts.insert("activated_slot".into(), Value::Null);
    }
    for field in ["manifest_uri", "name"] {
        let fact = facts.entry(field).or_insert(Value::Null);
        if fact.is_null() {
            *fact = Value::from("");
        }
    }
    if let Some(Value::Array(terms)) = facts.get_mut("pricing") {
        for (index, term) in terms.iter_mut().enumerate() {
            term["index"] = index.into();
            if term["capacity"] == "0" {
                term["capacity"] = Value::Null;
            }
            if term["period"] == 0 {
                term["period"] = Value::Null;
            }
        }
    }
    let fields = [
        "key_hash",
        "kind",
        "publisher",
        "name",
        "status",
        "version",
        "manifest_hash",
        "manifest_uri",
        "content_hash",
        "license",
        "derivatives",
        "derivative_royalty_ppm",
        "royalty_ppm",
        "generation",
        "parents",
        "authority",
        "payout",
        "operator",
        "pricing",
        "rating",
        "review_count",
        "rating_sum",
        "claimed",
        "created_slot",
        "activated_slot",
        "updated_slot",
        "created_at",
    ];
    let words = serde_json::to_value(served).unwrap_or_default();
    let differing = fields
        .into_iter()
        .find(|field| facts.get(*field) != words.get(*field));
    let at = (served.created_slot, served.proof.seq);
    verdict(EntityKind::Listing, &served.proof, at, account, differing)
}

/// Compares a served order with the bytes of its account.
pub fn compare_order(served: &Order, account: &[u8]) -> Result<Verdict, AccountError> {
    let verdict = compare_fields(EntityKind::Order, &served.account, &served.proof, account)?;
    let order: escrow::state::Order = from_bytes(account)?;
    Ok(match verdict {
        Verdict::Match if order.rest().ok() != Some(served.rest) => Verdict::Differs("rest".into()),
        verdict => verdict,
    })
}

/// Compares a served dispute with the bytes of its account.
pub fn compare_dispute(served: &Dispute, account: &[u8]) -> Result<Verdict, AccountError> {
    let verdict = compare_fields(EntityKind::Dispute, &served.account, &served.proof, account)?;
    let dispute: dao::state::Dispute = from_bytes(account)?;
    let made_up = [
        ("opener", served.opener != court::opener(&dispute)),
        ("ruling", served.ruling != court::ruling(&dispute)),
    ];
    let made_up = made_up.into_iter().find(|(_, made_up)| *made_up);
    Ok(match (verdict, made_up) {
        (Verdict::Match, Some((field, _))) => Verdict::Differs(field.into()),
        (verdict, _) => verdict,
    })
}

/// Compares a served proposal with the bytes of its account.
pub fn compare_proposal(served: &Proposal, account: &[u8]) -> Result<Verdict, AccountError> {
    let verdict = compare_fields(
        EntityKind::Proposal,
        &served.account,
        &served.proof,
        account,
    )?;
    let proposal: dao::state::Proposal = from_bytes(account)?;
    Ok(match verdict {
        Verdict::Match if served.arguments != Action::named_arguments(&proposal) => {
            Verdict::Differs("arguments".into())
        }
        verdict => verdict,
    })
}

/// Compares a served epoch with the bytes of its account.
pub fn compare_epoch(served: &Epoch, account: &[u8]) -> Result<Verdict, AccountError> {
    // Its number: `index` is how far the index is, wherever the API answers.
    let mut words = served.account.clone();
    let number = words.remove("epoch").unwrap_or_default();
    words.insert("index".into(), number);
    let verdict = compare_fields(EntityKind::Epoch, &words, &served.proof, account)?;
    Ok(match verdict {
        Verdict::Differs(field) if field == "index" => Verdict::Differs("epoch".into()),
        verdict => verdict,
    })
}

/// Compares served fields, named and written as [`accounts::json`] does, with an account's bytes.
pub fn compare_fields(
    kind: EntityKind,
    served: &Map<String, Value>,
    proof: &Proof,
    account: &[u8],
) -> Result<Verdict, AccountError> {
    let empty = Map::new();
    let facts = accounts::json(kind, account)?;
    let facts = facts.as_object().unwrap_or(&empty);
    let differing = facts
        .iter()
        .find(|(field, fact)| served.get(*field) != Some(*fact))
        .map(|(field, _)| field.as_str());
    let born_slot = served.get("born_slot").and_then(Value::as_u64);
    let at = (born_slot.unwrap_or_default(), proof.seq);
    verdict(kind, proof, at, account, differing)
}

/// Positions first: fields of another state of the account say nothing.
fn verdict(
    kind: EntityKind,
    proof: &Proof,
    served_at: (u64, u64),
    account: &[u8],
    differing: Option<&str>,
) -> Result<Verdict, AccountError> {
    let chain_at = accounts::position(kind, account)?;
    Ok(match chain_at.cmp(&served_at) {
        std::cmp::Ordering::Greater => Verdict::Newer,
        std::cmp::Ordering::Less => Verdict::Behind,
        std::cmp::Ordering::Equal => match differing {
            Some(field) => Verdict::Differs(field.to_owned()),
            None if account_hash(account) != proof.account_hash.0 => {
                Verdict::Differs("account_hash".into())
            }
            None => Verdict::Match,
        },
    })
}

#[cfg(test)]
mod tests;

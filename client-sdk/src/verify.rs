//! Whether what an index says of an account is what the chain holds.
//!
//! Not covered: what stands in the manifest (its hash is: check the text with [`crate::manifest::read`]), names of
//! publishers, counts of sales, and everything that the index computes over several accounts.

use serde_json::{Map, Value};
use solana_client::nonblocking::rpc_client::RpcClient;

use crate::{
    accounts::{self, AccountError, EntityKind, account_hash},
    api::{Listing, Order, Proof},
    fetch::{self, FetchError},
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
    /// The account is closed.
    Closed,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Compares a served listing with the chain.
pub async fn listing(rpc: &RpcClient, served: &Listing) -> Result<Verdict, VerifyError> {
    match fetch::account::<listing::state::Listing>(rpc, &served.address).await? {
        Some(account) => Ok(compare_listing(served, &accounts::to_bytes(&account))?),
        None => Ok(Verdict::Closed),
    }
}

/// Compares a served order with the chain.
pub async fn order(rpc: &RpcClient, served: &Order) -> Result<Verdict, VerifyError> {
    match fetch::account::<escrow::state::Order>(rpc, &served.address).await? {
        Some(account) => Ok(compare_order(served, &accounts::to_bytes(&account))?),
        None => Ok(Verdict::Closed),
    }
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
    let empty = Map::new();
    let facts = accounts::json(EntityKind::Order, account)?;
    let facts = facts.as_object().unwrap_or(&empty);
    let differing = facts
        .iter()
        .find(|(field, fact)| served.account.get(*field) != Some(*fact))
        .map(|(field, _)| field.as_str());
    let born_slot = served
        .account
        .get("born_slot")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    verdict(
        EntityKind::Order,
        &served.proof,
        (born_slot, served.proof.seq),
        account,
        differing,
    )
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

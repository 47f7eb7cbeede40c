//! `pedigree listing discard`: a draft is closed from its last edge to its account.

use anyhow::{Result, bail};
use listing::state::{Edge, Listing, RoyaltyTable};
use pedigree_sdk::{api::Api, fetch, instructions::listing as instruction, pda, send::pack::pack};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::Change;
use crate::{commands::wallet::Wallet, session::Session};

pub async fn run(change: Change) -> Result<Value> {
    let wallet = change.signing.open("publisher").await?;
    let address = change.listing;
    let listing = wallet.session.account::<Listing>(&address).await?;
    let edges = edges(&wallet.session, &address, &listing).await?;
    let steps = steps(&wallet, &address, &listing, &edges).await?;
    let mut signatures = Vec::new();
    for transaction in pack(steps.into_iter().map(|step| vec![step]), &wallet.address()) {
        signatures.push(wallet.send(&transaction).await?.signature.to_string());
    }
    Ok(json!({
        "discarded": address.to_string(),
        "edges": edges.len(),
        "signatures": signatures,
    }))
}

/// What closes a draft, in the order in which the program allows it.
async fn steps(
    wallet: &Wallet,
    address: &Pubkey,
    listing: &Listing,
    edges: &[Edge],
) -> Result<Vec<Instruction>> {
    let closer = wallet.address();
    let mut steps = Vec::new();
    for edge in edges {
        let bears_royalty = edge.royalty_ppm > 0;
        let (parent, rent_payer) = (&edge.parent, edge.rent_payer);
        steps.push(instruction::remove_edge(
            closer,
            *address,
            parent,
            bears_royalty,
            rent_payer,
        ));
    }
    let table = pda::royalties(address, listing.generation).0;
    if let Some(table) = fetch::account::<RoyaltyTable>(&wallet.session.rpc, &table).await? {
        steps.push(instruction::close_royalty_table(
            closer,
            *address,
            table.rent_payer,
        ));
    }
    steps.push(instruction::discard_draft(
        closer,
        *address,
        listing.rent_payer,
    ));
    Ok(steps)
}

/// The draft's edges, the last first. The index knows the parents, the chain the rest.
async fn edges(session: &Session, address: &Pubkey, listing: &Listing) -> Result<Vec<Edge>> {
    if listing.edges == 0 {
        return Ok(Vec::new());
    }
    let served = Api::new(&session.endpoints.http)?.listing(address).await?;
    let addresses: Vec<Pubkey> = served
        .edges
        .iter()
        .map(|edge| pda::edge(address, &edge.parent).0)
        .collect();
    let found = fetch::many::<Edge>(&session.rpc, &addresses).await?;
    let mut edges: Vec<Edge> = found.into_iter().flatten().collect();
    if edges.len() != usize::from(listing.edges) {
        let (known, all) = (edges.len(), listing.edges);
        bail!(
            "the index knows {known} of the draft's {all} edges: try again when it has caught up"
        );
    }
    edges.sort_by_key(|edge| std::cmp::Reverse(edge.index));
    Ok(edges)
}

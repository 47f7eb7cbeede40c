//! Cases of edges, and what is done by a ruling on one.

use anyhow::{Result, bail};
use clap::Args;
use dao::state::Docket;
use listing::state::{Config, Edge, Listing, RoyaltyTable};
use pedigree_sdk::{
    instructions::{
        dao as instruction,
        listing::{Ruled, apply_ruling},
    },
    pda,
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use super::court::send;
use crate::commands::{
    values,
    wallet::{Signing, Wallet, with_sent},
};

/// An edge that is false or missing.
#[derive(Debug, Args)]
pub struct Claim {
    /// Address of the child.
    child: Pubkey,
    /// Address of the parent.
    #[arg(long, value_name = "ADDRESS")]
    parent: Pubkey,
    /// The edge is missing, and this relation is what it would have; it is false unless given.
    #[arg(long, value_name = "RELATION", value_parser = values::relation)]
    missing: Option<u8>,
    #[command(flatten)]
    signing: Signing,
}

impl Claim {
    fn edge(&self) -> Pubkey {
        pda::edge(&self.child, &self.parent).0
    }

    /// How many disputes there were of it.
    async fn disputes(&self, wallet: &Wallet) -> Result<u16> {
        let docket = pda::docket(&self.edge()).0;
        let docket = wallet.session.find::<Docket>(&docket).await?;
        Ok(docket.map_or(0, |docket| docket.head.disputes))
    }
}

/// Says that an edge is false, or missing.
pub async fn challenge(claim: Claim) -> Result<Value> {
    let wallet = claim.signing.open("stranger").await?;
    for end in [&claim.child, &claim.parent] {
        wallet.session.account::<Listing>(end).await?;
    }
    let number = claim.disputes(&wallet).await?.saturating_add(1);
    let (opener, source) = (wallet.address(), wallet.reward_tokens().await?);
    let open = instruction::open_edge_case(
        &opener,
        &opener,
        &source,
        &claim.child,
        &claim.parent,
        claim.missing,
        number,
    );
    send(&wallet, &pda::dispute(&claim.edge(), number).0, &[open]).await
}

/// Carries out the last ruling on an edge.
pub async fn apply(claim: Claim) -> Result<Value> {
    let wallet = claim.signing.open("stranger").await?;
    let session = &wallet.session;
    let (child, parent) = (claim.child, claim.parent);
    let of_child = session.account::<Listing>(&child).await?;
    let of_parent = session.account::<Listing>(&parent).await?;
    let number = claim.disputes(&wallet).await?;
    if number == 0 {
        bail!("NoRuling: no edge from {child} to {parent} was ever before the court");
    }
    let ruled = match claim.missing {
        Some(relation) => {
            let config = session.account::<Config>(&pda::listing_config().0).await?;
            Ruled::missing_edge(
                number,
                relation,
                (child, &of_child),
                (parent, &of_parent),
                config.default_royalty_ppm,
            )
        }
        None => {
            let edge = session.account::<Edge>(&claim.edge()).await?;
            let table = pda::royalties(&child, of_child.generation).0;
            let table = session.find::<RoyaltyTable>(&table).await?;
            Ruled::false_edge(number, &edge, &of_child, table.as_ref())
        }
    };
    let sent = wallet
        .send(&[apply_ruling(wallet.address(), &ruled)])
        .await?;
    Ok(with_sent(session.show::<Edge>(&claim.edge()).await?, &sent))
}

use anyhow::Result;
use clap::Args;
use listing::state::{Listing, derivatives};
use pedigree_sdk::{
    instructions::listing::{self as instruction, Licence, NewEdge},
    pda,
};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::send;
use crate::commands::{values, wallet::Signing};

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the draft.
    listing: Pubkey,
    /// Address of the listing that it was made from.
    #[arg(long, value_name = "ADDRESS")]
    parent: Pubkey,
    /// adapted_from, trained_on, merged_from, distilled_from, quantized_from or serves.
    #[arg(long, value_parser = values::relation)]
    relation: u8,
    /// What it owes the parent, in parts per million of its price; what the parent asks unless given.
    #[arg(long, value_name = "PPM")]
    royalty_ppm: Option<u32>,
    /// The most that the parent may ask by the time this is confirmed; the royalty unless given.
    #[arg(long, value_name = "PPM")]
    max_royalty_ppm: Option<u32>,
    /// A paid order of the parent, where it licenses derivatives; its grant to the wallet unless given.
    #[arg(long, value_name = "ORDER")]
    receipt: Option<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let session = &wallet.session;
    session.account::<Listing>(&options.listing).await?;
    let parent = session.account::<Listing>(&options.parent).await?;
    let royalty_ppm = options.royalty_ppm.unwrap_or(parent.derivative_royalty_ppm);
    let authority = wallet.address();
    let licence = match options.receipt {
        _ if parent.derivatives != derivatives::LICENSED => Licence::Open,
        Some(order) => Licence::Receipt(order),
        // Without a grant the program says what is missing.
        None if session
            .missing(&[pda::grant(&options.parent, &authority).0])
            .await?
            .contains(&true) =>
        {
            Licence::Open
        }
        None => Licence::Grant,
    };
    let edge = NewEdge {
        child: options.listing,
        parent: options.parent,
        relation: options.relation,
        royalty_ppm,
        max_royalty_ppm: options.max_royalty_ppm.unwrap_or(royalty_ppm),
        licence,
    };
    let mut added = send(
        &wallet,
        &options.listing,
        &[instruction::add_edge(authority, authority, edge)],
    )
    .await?;
    added["edge"] = json!(pda::edge(&options.listing, &options.parent).0.to_string());
    Ok(added)
}

//! `pedigree review`.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use escrow::state::Order;
use listing::state::Review;
use pedigree_sdk::{
    api::{Api, ReviewFilter},
    instructions::listing as instruction,
    pda, verify,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use super::{
    Page, Target, compared, values,
    wallet::{Signing, with_sent},
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Review what a paid order bought, as its owner, once.
    Post(Post),
    /// Change what a review says, once.
    Edit(Edit),
    /// A review as the chain has it, and whether the index agrees.
    Show(Show),
    /// Reviews in the index, newest first.
    List(List),
}

/// What a review says.
#[derive(Debug, Args)]
struct Words {
    /// 1 to 5.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=5))]
    rating: u8,
    /// File of its text, of which the SHA-256 goes on the chain; keep and show the text where you like.
    #[arg(long, value_name = "FILE", conflicts_with = "hash")]
    text: Option<PathBuf>,
    /// SHA-256 of its text, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    hash: Option<[u8; 32]>,
}

impl Words {
    /// All zero where there is no text.
    fn hash(&self) -> Result<[u8; 32]> {
        match &self.text {
            Some(file) => {
                let text = fs::read(file).with_context(|| file.display().to_string())?;
                Ok(Sha256::digest(text).into())
            }
            None => Ok(self.hash.unwrap_or_default()),
        }
    }
}

#[derive(Debug, Args)]
pub struct Post {
    /// Address of the order.
    order: Pubkey,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Edit {
    /// Address of the review.
    review: Pubkey,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Address of the review.
    review: Pubkey,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct List {
    /// Of this listing.
    #[arg(long, value_name = "ADDRESS")]
    listing: Option<Pubkey>,
    /// By this key.
    #[arg(long, value_name = "ADDRESS")]
    reviewer: Option<Pubkey>,
    /// Of this order's address.
    #[arg(long, value_name = "ADDRESS")]
    order: Option<Pubkey>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Post(options) => post(options).await,
        Command::Edit(options) => edit(options).await,
        Command::Show(options) => show(options).await,
        Command::List(options) => list(options).await,
    }
}

async fn post(options: Post) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let (reviewer, address) = (wallet.address(), options.order);
    let order = wallet.session.account::<Order>(&address).await?.head;
    let post = instruction::post_review(
        reviewer,
        reviewer,
        order.listing,
        address,
        order.born_slot,
        options.words.rating,
        options.words.hash()?,
    );
    let sent = wallet.send(&[post]).await?;
    let review = pda::review(&order.listing, &address, order.born_slot);
    let posted = wallet.session.show::<Review>(&review).await?;
    Ok(with_sent(posted, &sent))
}

async fn edit(options: Edit) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let address = options.review;
    let review = wallet.session.account::<Review>(&address).await?;
    let edit = instruction::edit_review(
        wallet.address(),
        review.listing,
        address,
        options.words.rating,
        options.words.hash()?,
    );
    let sent = wallet.send(&[edit]).await?;
    let edited = wallet.session.show::<Review>(&address).await?;
    Ok(with_sent(edited, &sent))
}

async fn show(options: Show) -> Result<Value> {
    let session = options.target.session().await?;
    let mut shown = session.show::<Review>(&options.review).await?;
    let serve = async |api: Api| api.review(&options.review).await;
    shown["index"] = compared(&session, serve, verify::review).await?;
    Ok(shown)
}

async fn list(options: List) -> Result<Value> {
    let filter = ReviewFilter {
        listing: options.listing,
        reviewer: options.reviewer,
        order: options.order,
        limit: options.page.limit,
        cursor: options.page.cursor,
    };
    Ok(json!(options.target.api()?.reviews(&filter).await?))
}

//! What the seller does with an order.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use escrow::{constants::SEALED_KEY_LEN, state::Order};
use pedigree_sdk::{error::about::order_state, instructions::escrow as instruction};
use serde_json::Value;
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use super::{pay::takes_refund, send};
use crate::commands::{values, wallet::Signing};

#[derive(Debug, Args)]
pub struct Deliver {
    /// Address of the order.
    order: Pubkey,
    /// SHA-256 of the content, in hex; what was ordered unless given.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    content_hash: Option<[u8; 32]>,
    /// The content itself, to be hashed; it stays here.
    #[arg(long, value_name = "FILE", conflicts_with = "content_hash")]
    content: Option<PathBuf>,
    /// The content key sealed for the buyer's delivery key, 80 bytes in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<SEALED_KEY_LEN>)]
    sealed_key: Option<[u8; SEALED_KEY_LEN]>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn deliver(options: Deliver) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let order = wallet.session.account::<Order>(&options.order).await?;
    let content_hash = match (options.content_hash, &options.content) {
        (Some(hash), _) => hash,
        (None, Some(file)) => hash(file).with_context(|| file.display().to_string())?,
        (None, None) if order.content_hash != [0; 32] => order.content_hash,
        (None, None) => bail!(
            "the listing named no content: say what is delivered with --content or --content-hash"
        ),
    };
    let sealed_key = options.sealed_key.unwrap_or([0; SEALED_KEY_LEN]);
    let (seller, listing) = (wallet.address(), &order.head.listing);
    let deliver = instruction::deliver(&seller, listing, &options.order, content_hash, sealed_key);
    send(&wallet, &options.order, &[deliver]).await
}

fn hash(file: &Path) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(hasher.finalize().into())
}

#[derive(Debug, Args)]
pub struct Refund {
    /// Address of the order.
    order: Pubkey,
    /// Base units, by the seller; everything unless given.
    #[arg(long, value_name = "BASE_UNITS")]
    amount: Option<u64>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn refund(options: Refund) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let (address, signer) = (options.order, wallet.address());
    let order = wallet.session.account::<Order>(&address).await?;
    let is_seller = order.seller == signer;
    if !is_seller && options.amount.is_some() {
        bail!(
            "order {address} is {}: NotSeller: only its seller, {}, refunds a part; leave --amount out",
            order_state(&order),
            order.seller
        );
    }
    let create = takes_refund(&wallet, &order).await?;
    let refund = if is_seller {
        instruction::refund_by_seller(&signer, &address, &order, options.amount)
    } else {
        instruction::refund(&signer, &address, &order)
    };
    let instructions: Vec<_> = create.into_iter().chain([refund]).collect();
    send(&wallet, &address, &instructions).await
}

//! Who owns a listing, who is paid, who delivers, who may derive from it.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use listing::state::{LicenseGrant, Listing};
use pedigree_sdk::{instructions::listing as instruction, pda};
use serde_json::Value;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::send;
use crate::commands::{
    values,
    wallet::{Signing, Wallet, with_sent},
};

#[derive(Debug, Args)]
pub struct Transfer {
    /// Address of the listing.
    listing: Pubkey,
    /// The new authority.
    #[arg(
        long,
        value_name = "NAME|ADDRESS",
        required_unless_present = "withdraw"
    )]
    to: Option<String>,
    /// Take an open proposal back.
    #[arg(long, conflicts_with = "to")]
    withdraw: bool,
    #[command(flatten)]
    signing: Signing,
}

pub async fn transfer(options: Transfer) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let new = optional(&wallet, options.to.as_deref())?;
    wallet.session.account::<Listing>(&options.listing).await?;
    let propose = instruction::propose_authority(wallet.address(), options.listing, new);
    send(&wallet, &options.listing, &[propose]).await
}

#[derive(Debug, Args)]
pub struct Accept {
    /// Address of the listing.
    listing: Pubkey,
    /// The wallet that money goes to from now on; the new authority unless given.
    #[arg(long, value_name = "NAME|ADDRESS")]
    payout: Option<String>,
    /// The key that delivers from now on; none but the new authority unless given.
    #[arg(long, value_name = "NAME|ADDRESS")]
    operator: Option<String>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn accept(options: Accept) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let (authority, listing) = (wallet.address(), options.listing);
    wallet.session.account::<Listing>(&listing).await?;
    let mut instructions = vec![instruction::accept_authority(authority, listing)];
    let changes: [(_, fn(_, _, _) -> Instruction); 2] = [
        (options.payout, instruction::set_payout),
        (options.operator, instruction::set_operator),
    ];
    for (name, make) in changes {
        if let Some(name) = name {
            instructions.push(make(authority, listing, wallet.session.address(&name)?));
        }
    }
    send(&wallet, &listing, &instructions).await
}

#[derive(Debug, Args)]
pub struct SetPayout {
    /// Address of the listing.
    listing: Pubkey,
    /// The wallet whose token accounts take its money.
    #[arg(value_name = "NAME|ADDRESS")]
    payout: String,
    #[command(flatten)]
    signing: Signing,
}

pub async fn set_payout(options: SetPayout) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let new = wallet.session.address(&options.payout)?;
    wallet.session.account::<Listing>(&options.listing).await?;
    let change = instruction::set_payout(wallet.address(), options.listing, new);
    send(&wallet, &options.listing, &[change]).await
}

#[derive(Debug, Args)]
pub struct SetOperator {
    /// Address of the listing.
    listing: Pubkey,
    /// The key that delivers.
    #[arg(value_name = "NAME|ADDRESS", required_unless_present = "none")]
    operator: Option<String>,
    /// Nobody but the authority delivers.
    #[arg(long, conflicts_with = "operator")]
    none: bool,
    #[command(flatten)]
    signing: Signing,
}

pub async fn set_operator(options: SetOperator) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let new = optional(&wallet, options.operator.as_deref())?;
    wallet.session.account::<Listing>(&options.listing).await?;
    let change = instruction::set_operator(wallet.address(), options.listing, new);
    send(&wallet, &options.listing, &[change]).await
}

#[derive(Debug, Args)]
pub struct Grant {
    /// Address of the listing to derive from.
    listing: Pubkey,
    /// Authority of the listings that may derive.
    #[arg(long, value_name = "NAME|ADDRESS")]
    to: String,
    /// How long: seconds, or a number with m, h or d.
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    valid_for: Duration,
    #[command(flatten)]
    signing: Signing,
}

pub async fn grant(options: Grant) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let (authority, parent) = (wallet.address(), options.listing);
    let grantee = wallet.session.address(&options.to)?;
    wallet.session.account::<Listing>(&parent).await?;
    let expires_at = wallet.session.after(options.valid_for).await?;
    let grant = instruction::grant_license(authority, authority, parent, grantee, expires_at);
    send_grant(&wallet, &parent, &grantee, grant).await
}

#[derive(Debug, Args)]
pub struct Revoke {
    /// Address of the listing.
    listing: Pubkey,
    /// The key that was let derive.
    #[arg(long, value_name = "NAME|ADDRESS")]
    from: String,
    #[command(flatten)]
    signing: Signing,
}

pub async fn revoke(options: Revoke) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let parent = options.listing;
    let grantee = wallet.session.address(&options.from)?;
    let address = pda::grant(&parent, &grantee).0;
    let found = wallet.session.find::<LicenseGrant>(&address).await?;
    found.with_context(|| format!("{parent} has no grant to {grantee}"))?;
    let revoke = instruction::revoke_license(wallet.address(), parent, &grantee);
    send_grant(&wallet, &parent, &grantee, revoke).await
}

async fn send_grant(
    wallet: &Wallet,
    parent: &Pubkey,
    grantee: &Pubkey,
    instruction: Instruction,
) -> Result<Value> {
    let sent = wallet.send(&[instruction]).await?;
    let address = pda::grant(parent, grantee).0;
    Ok(with_sent(
        wallet.session.show::<LicenseGrant>(&address).await?,
        &sent,
    ))
}

/// All zero for none.
fn optional(wallet: &Wallet, name: Option<&str>) -> Result<Pubkey> {
    let address = name.map(|name| wallet.session.address(name)).transpose()?;
    Ok(address.unwrap_or_default())
}

//! `pedigree session`.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use escrow::{constants::MAX_SESSION_LISTINGS, instructions::SessionArgs, state::Session};
use pedigree_sdk::{
    api::{Api, SessionFilter},
    instructions::escrow as instruction,
    pda, verify,
};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::{
    Page, Target, compared,
    reclaim::reclaim,
    values,
    wallet::{Signing, with_sent},
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a session: what is put into its vault is the most that its key ever spends.
    Open(Open),
    /// Take the key's leave to buy, as the owner; what it bought goes on.
    Revoke(Act),
    /// Close a session, as its owner, or as anyone once it has expired: the rest goes to the owner.
    Close(Close),
    /// Send what a session's account holds above its rent, as after a fall of the network's, to who paid
    /// that, as anyone.
    Reclaim(Act),
    /// A session as the chain has it, what is left in its vault, and whether the index agrees.
    Show(Show),
    /// Sessions in the index, newest first.
    List(List),
}

#[derive(Debug, Args)]
pub struct Open {
    /// Signs its orders.
    #[arg(long, value_name = "NAME|ADDRESS")]
    key: String,
    /// What it may spend, in base units.
    #[arg(long, value_name = "BASE_UNITS")]
    amount: u64,
    /// How long it lives: seconds, or a number with m, h or d; at most 366d.
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    expires_in: Duration,
    /// The settlement mint unless given.
    #[arg(long, value_name = "ADDRESS")]
    mint: Option<Pubkey>,
    /// A listing that it may order, at most eight; any unless given.
    #[arg(long = "listing", value_name = "ADDRESS")]
    listings: Vec<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Act {
    /// Address of the session.
    session: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Close {
    /// Address of the session.
    session: Pubkey,
    /// The owner's token account that takes the rest: where the owner signs, or 30 days after the
    /// expiry. Its associated one unless given.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Address of the session.
    session: Pubkey,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct List {
    /// Of this wallet.
    #[arg(long, value_name = "NAME|ADDRESS")]
    owner: Option<String>,
    /// Of this key.
    #[arg(long, value_name = "NAME|ADDRESS")]
    key: Option<String>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Open(options) => open(options).await,
        Command::Revoke(act) => revoke(act).await,
        Command::Close(options) => close(options).await,
        Command::Reclaim(act) => reclaim_rent(act).await,
        Command::Show(options) => show(options).await,
        Command::List(options) => list(options).await,
    }
}

async fn open(options: Open) -> Result<Value> {
    let mut listings = [Pubkey::default(); MAX_SESSION_LISTINGS];
    let Some(named) = listings.get_mut(..options.listings.len()) else {
        bail!("a session is bound to at most {MAX_SESSION_LISTINGS} listings (--listing)");
    };
    named.copy_from_slice(&options.listings);
    let wallet = options.signing.open("buyer").await?;
    let (session, owner) = (&wallet.session, wallet.address());
    let mint = match options.mint {
        Some(mint) => mint,
        None => session.mint()?,
    };
    let args = SessionArgs {
        key: session.address(&options.key)?,
        amount: options.amount,
        expires_at: session.after(options.expires_in).await?,
        listings,
    };
    let token_program = session.mint_at(&mint).await?.token_program;
    let (source, create) = wallet.token_account(&owner, &mint, &token_program).await?;
    let open = instruction::open_session(&owner, None, &mint, &token_program, &source, args);
    let instructions: Vec<_> = create.into_iter().chain([open]).collect();
    let sent = wallet.send(&instructions).await?;
    let address = pda::session(&owner, &args.key).0;
    Ok(with_sent(session.show::<Session>(&address).await?, &sent))
}

async fn revoke(act: Act) -> Result<Value> {
    let wallet = act.signing.open("buyer").await?;
    // Says that there is none, rather than that an account is wrong.
    wallet.session.account::<Session>(&act.session).await?;
    let revoke = instruction::revoke_session(&wallet.address(), &act.session);
    let sent = wallet.send(&[revoke]).await?;
    let shown = wallet.session.show::<Session>(&act.session).await?;
    Ok(with_sent(shown, &sent))
}

async fn close(options: Close) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let address = options.session;
    let session = wallet.session.account::<Session>(&address).await?;
    let (destination, create) = match options.to {
        Some(to) => (to, None),
        None => {
            wallet
                .token_account(&session.owner, &session.mint, &session.token_program)
                .await?
        }
    };
    let close =
        instruction::close_session(&wallet.address(), &address, &session, Some(destination));
    let instructions: Vec<_> = create.into_iter().chain([close]).collect();
    let sent = wallet.send(&instructions).await?;
    let closed = json!({
        "closed": address.to_string(),
        "rest_to": destination.to_string(),
        "rent_to": session.rent_payer.to_string(),
    });
    Ok(with_sent(closed, &sent))
}

async fn reclaim_rent(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let session = wallet.session.account::<Session>(&act.session).await?;
    reclaim(&wallet, &act.session, &session.rent_payer).await
}

async fn show(options: Show) -> Result<Value> {
    let network = options.target.session().await?;
    let address = options.session;
    let session = network.account::<Session>(&address).await?;
    let mut shown = network.show::<Session>(&address).await?;
    shown["left"] = json!(network.balance(&session.vault).await?.to_string());
    let serve = async |api: Api| api.session(&address).await;
    shown["index"] = compared(&network, serve, verify::session).await?;
    Ok(shown)
}

async fn list(options: List) -> Result<Value> {
    let target = &options.target;
    let filter = SessionFilter {
        owner: target.address(options.owner).await?,
        key: target.address(options.key).await?,
        limit: options.page.limit,
        cursor: options.page.cursor,
    };
    Ok(json!(options.target.api()?.sessions(&filter).await?))
}

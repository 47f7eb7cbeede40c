//! `pedigree order open`.
//!
//! What the command line does not say is taken from the listing as it is now; where the key was used before, from the
//! order that it made, so that the same command again is the same order.

use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use clap::Args;
use common::receipt::{flag, mode};
use escrow::{
    opening::OpenArgs,
    state::{Config, Order, Session, Shares},
};
use listing::{
    constants::UNIT_LEN,
    state::{Listing, PriceTerm},
};
use pedigree_sdk::{
    error::about::order_state,
    instructions::escrow::{self as instruction, OpenOrder},
    names::MODE,
    pda,
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::quote::Wanted;
use crate::{
    commands::{
        royalty, values,
        wallet::{Signing, Wallet, with_sent},
    },
    session::Session as Connected,
};

/// When a metered order ends, unless the command line says.
const ENDS_IN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    wanted: Wanted,
    /// The price seen, in base units per unit; what the listing asks now unless given.
    #[arg(long, value_name = "BASE_UNITS")]
    price: Option<u64>,
    /// The most to pay in all, in base units; price times quantity unless given.
    #[arg(long, value_name = "BASE_UNITS")]
    max_total: Option<u64>,
    /// Idempotency key, 16 bytes in hex: one order for each of a buyer's. Random unless given.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<16>)]
    key: Option<[u8; 16]>,
    /// How long the key stays taken: seconds, or a number with m, h or d; at most 7d.
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "1d")]
    valid_for: Duration,
    /// X25519 key, 32 bytes in hex, that the content key is to be sealed for.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    delivery_key: Option<[u8; 32]>,
    /// Who signs the vouchers of a metered order or sends the heartbeats of a lease; the wallet
    /// unless given.
    #[arg(long, value_name = "NAME|ADDRESS")]
    buyer_key: Option<String>,
    /// When a metered order ends: seconds, or a number with m, h or d; at most 366d. 30d unless
    /// given.
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    ends_in: Option<Duration>,
    /// The session that buys and pays: the wallet is its key.
    #[arg(long, value_name = "ADDRESS")]
    session: Option<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let session = &wallet.session;
    let key = options.key.unwrap_or_else(random_key);
    let address = pda::order(&options.session.unwrap_or(wallet.address()), &key).0;
    let before = session.find::<Order>(&address).await?;
    let listing = session.account::<Listing>(&options.wanted.listing).await?;
    let config = session.account::<Config>(&pda::escrow_config().0).await?;
    let args = args(&options, &wallet, key, &config, &listing, before.as_ref()).await?;
    let instructions = instructions(&wallet, &options, &listing, args, before.as_ref()).await?;
    let sent = match wallet.send(&instructions).await {
        Ok(sent) => sent,
        Err(error) => return Err(taken(session, &key, &address, error).await),
    };
    let order = session.account::<Order>(&address).await?;
    let mut opened = session.show::<Order>(&address).await?;
    opened["already_open"] = json!(before.is_some());
    for (name, amount) in summary(&order)? {
        opened[name] = json!(amount.to_string());
    }
    Ok(with_sent(opened, &sent))
}

/// Why nothing was ordered; where the key has an order, which one.
async fn taken(session: &Connected, key: &[u8; 16], address: &Pubkey, error: Error) -> Error {
    match session.find::<Order>(address).await {
        Ok(Some(order)) => error.context(format!(
            "the key {} has the order {address}, which is {}",
            hex::encode(key),
            order_state(&order)
        )),
        _ => error,
    }
}

/// The order's mode; fails where an option is given that is for another.
fn mode_of(options: &Options, listing: &Listing, before: Option<&Order>) -> Result<u8> {
    let mode = match before {
        Some(order) => order.head.mode,
        None => asked(listing, options.wanted.term)?.map_or(mode::ONE_TIME, |term| term.mode),
    };
    for (given, modes, what) in [
        (
            options.delivery_key.is_some(),
            &[mode::ONE_TIME][..],
            "--delivery-key is for one-time orders",
        ),
        (
            options.buyer_key.is_some(),
            &[mode::METERED, mode::LEASE],
            "--buyer-key is for metered orders and leases",
        ),
        (
            options.ends_in.is_some(),
            &[mode::METERED],
            "--ends-in is for metered orders",
        ),
    ] {
        if given && !modes.contains(&mode) {
            let name = MODE.name(mode).unwrap_or("unknown");
            bail!("{what}: this one's mode is {name}");
        }
    }
    Ok(mode)
}

/// The buyer's key of the order, all zero where it needs none.
fn buyer_key(
    options: &Options,
    wallet: &Wallet,
    mode: u8,
    before: Option<&Order>,
) -> Result<[u8; 32]> {
    if let Some(key) = options.delivery_key {
        return Ok(key);
    }
    if let Some(name) = &options.buyer_key {
        return Ok(wallet.session.address(name)?.to_bytes());
    }
    Ok(match before {
        Some(order) => order.buyer_key,
        None if matches!(mode, mode::METERED | mode::LEASE) => wallet.address().to_bytes(),
        None => [0; 32],
    })
}

async fn args(
    options: &Options,
    wallet: &Wallet,
    key: [u8; 16],
    config: &Config,
    listing: &Listing,
    before: Option<&Order>,
) -> Result<OpenArgs> {
    let Wanted { term, quantity, .. } = options.wanted;
    let mode = mode_of(options, listing, before)?;
    let (asked_price, unit, period) = match before {
        Some(order) => (order.price, order.unit, order.period),
        None => asked(listing, term)?.map_or((0, [0; UNIT_LEN], 0), |term| {
            (term.price, term.unit, term.period)
        }),
    };
    let price = options.price.unwrap_or(asked_price);
    let max_total = match options.max_total {
        Some(most) => most,
        None => price
            .checked_mul(quantity)
            .context("price times quantity is too large")?,
    };
    let valid_until = match before {
        Some(order) => order.valid_until,
        None => wallet.session.after(options.valid_for).await?,
    };
    let ends_at = match before {
        _ if mode != mode::METERED => 0,
        Some(order) => order.booked_until,
        None => {
            let ends_in = options.ends_in.unwrap_or(ENDS_IN);
            wallet.session.after(ends_in).await?
        }
    };
    Ok(OpenArgs {
        key,
        valid_until,
        quantity,
        price,
        max_total,
        version: before.map_or(listing.version, |order| order.head.version),
        term,
        mode,
        unit,
        delivery_window: before.map_or(config.delivery_window, |order| order.delivery_window),
        dispute_window: before.map_or(config.dispute_window, |order| order.dispute_window),
        arbitration_period: before
            .map_or(config.arbitration_period, |order| order.arbitration_period),
        bond_ppm: before.map_or(config.bond_ppm, |order| order.bond_ppm),
        period,
        ends_at,
        manifest_hash: before.map_or(listing.manifest_hash, |order| order.manifest_hash),
        buyer_key: buyer_key(options, wallet, mode, before)?,
    })
}

/// A listing's price term; `None` where it is free.
fn asked(listing: &Listing, term: u8) -> Result<Option<&PriceTerm>> {
    let terms = listing
        .terms
        .get(..usize::from(listing.terms_len))
        .unwrap_or_default();
    match terms.get(usize::from(term)) {
        Some(term) => Ok(Some(term)),
        None if terms.is_empty() => Ok(None),
        None => bail!(
            "NoSuchTerm: the listing has no price term {term}: it has {}",
            terms.len()
        ),
    }
}

async fn instructions(
    wallet: &Wallet,
    options: &Options,
    listing: &Listing,
    args: OpenArgs,
    before: Option<&Order>,
) -> Result<Vec<Instruction>> {
    let (session, wanted) = (&wallet.session, &options.wanted);
    let buyer = wallet.address();
    let mint = match before {
        Some(order) => (order.head.flags & flag::FREE == 0).then_some(order.mint),
        None => asked(listing, wanted.term)?.map(|term| term.mint),
    };
    let Some(mint) = mint else {
        if options.session.is_some() {
            bail!("--session buys nothing that is free: take it with the owner's wallet");
        }
        return Ok(vec![instruction::open_free(
            &buyer,
            None,
            &wanted.listing,
            args,
        )]);
    };
    let token_program = session.mint_at(&mint).await?.token_program;
    let (source, create) = match (&options.session, before) {
        // It may be closed by now.
        (Some(_), Some(order)) => (order.source, None),
        // Says that there is none, rather than that an account is wrong.
        (Some(address), None) => (session.account::<Session>(address).await?.vault, None),
        (None, _) => wallet.token_account(&buyer, &mint, &token_program).await?,
    };
    let mut instructions: Vec<Instruction> = create.into_iter().collect();
    let owed = match before {
        Some(order) => (order.head.royalty_ppm > 0).then_some(order.head.generation),
        None => {
            instructions
                .extend(royalty::missing_pools(wallet, &wanted.listing, listing, &[mint]).await?);
            (listing.royalty_ppm > 0).then_some(listing.generation)
        }
    };
    let accounts = OpenOrder {
        buyer,
        payer: None,
        listing: wanted.listing,
        royalty_generation: owed,
        mint,
        token_program,
        source,
        session: options.session,
    };
    instructions.push(instruction::open_order(&accounts, args));
    Ok(instructions)
}

/// Who gets what of an order once it is settled, in base units.
fn summary(order: &Order) -> Result<[(&'static str, u64); 4]> {
    let shares = Shares::of_sale(order.deposited, order.head.fee_ppm, order.head.royalty_ppm);
    let Ok(shares) = shares else {
        bail!("the order's rates exceed its price");
    };
    Ok([
        ("total", order.deposited),
        ("fee", shares.fee),
        ("royalty", shares.royalty),
        ("net", shares.payee),
    ])
}

fn random_key() -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&Keypair::new().secret_bytes()[..16]);
    key
}

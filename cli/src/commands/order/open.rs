//! Quotes and new orders.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use escrow::{
    opening::OpenArgs,
    state::{Config, MintConfig, Order},
};
use listing::state::{Listing, PoolLedger, RoyaltyTable};
use pedigree_sdk::{
    accounts::Account,
    fetch,
    instructions::{
        escrow::{OpenOrder, open_free, open_order},
        listing::open_pool,
    },
    pda,
    quote::{self, Request, VAULT_LEN},
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::{
    super::{Target, values::hex_bytes},
    told,
};
use crate::session::Session;

/// How long an idempotency key stays taken unless the buyer says otherwise.
const VALID_SECONDS: u64 = 24 * 60 * 60;

#[derive(Debug, Args)]
pub struct Quote {
    listing: Pubkey,
    /// Index of the price term.
    #[arg(long, default_value_t = 0)]
    term: u8,
    #[arg(long, default_value_t = 1)]
    quantity: u64,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Open {
    listing: Pubkey,
    /// Index of the price term.
    #[arg(long, default_value_t = 0)]
    term: u8,
    #[arg(long, default_value_t = 1)]
    quantity: u64,
    /// The price seen, in base units; refused where it is another by now. The current one unless
    /// given.
    #[arg(long)]
    price: Option<u64>,
    /// Most base units to pay in all; price times quantity unless given.
    #[arg(long)]
    max_total: Option<u64>,
    /// 16 bytes in hex that make this order; random unless given.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<16>)]
    key: Option<[u8; 16]>,
    /// Unix seconds until which the key stays taken; a day ahead unless given.
    #[arg(long, value_name = "SECONDS")]
    valid_until: Option<i64>,
    /// X25519 key that the content key is to be sealed for.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<32>)]
    delivery_key: Option<[u8; 32]>,
    /// Signs and pays.
    #[arg(long, value_name = "FILE|NAME", default_value = "buyer")]
    wallet: String,
    #[command(flatten)]
    target: Target,
}

pub async fn quote(options: Quote) -> Result<Value> {
    let session = options.target.session().await?;
    let listing: Listing = session.account(&options.listing).await?;
    let config: Config = session.account(&pda::escrow_config().0).await?;
    let term = listing.terms.get(usize::from(options.term));
    let mint = match term.filter(|_| options.term < listing.terms_len) {
        Some(term) => {
            session
                .find::<MintConfig>(&pda::mint_config(&term.mint).0)
                .await?
        }
        None => None,
    };
    let (table, parents_ppm) = royalties(&session, &options.listing, &listing).await?;
    let rpc = session.sender.rpc();
    let mut rents = HashMap::new();
    for size in [Order::LEN, VAULT_LEN] {
        rents.insert(
            size,
            rpc.get_minimum_balance_for_rent_exemption(size).await?,
        );
    }
    let quote = quote::quote(&Request {
        listing: &listing,
        table: table.as_ref(),
        parents_ppm: &parents_ppm,
        config: &config,
        mint: mint.as_ref(),
        term: options.term,
        quantity: options.quantity,
        rent: &|size| rents.get(&size).copied().unwrap_or_default(),
    })?;
    let shares = quote.shares.iter().map(|share| {
        json!({
            "index": share.index, "parent": share.parent.to_string(), "ppm": share.ppm,
            "amount": share.amount.to_string(), "up": share.up.to_string(),
            "paid": share.paid.to_string(),
        })
    });
    Ok(json!({
        "listing": options.listing.to_string(),
        "version": quote.version,
        "manifest_hash": hex::encode(quote.manifest_hash),
        "term": quote.term,
        "mint": quote.mint.to_string(),
        "decimals": quote.decimals,
        "price": quote.price.to_string(),
        "quantity": quote.quantity.to_string(),
        "total": quote.total.to_string(),
        "fee_ppm": quote.fee_ppm,
        "fee": quote.fee.to_string(),
        "royalty_ppm": quote.royalty_ppm,
        "royalty": quote.royalty.to_string(),
        "shares": shares.collect::<Value>(),
        "net": quote.net.to_string(),
        "rent_order": quote.rent_order.to_string(),
        "rent_vault": quote.rent_vault.to_string(),
    }))
}

/// The royalty table in force, and what its parents owe their own.
async fn royalties(
    session: &Session,
    address: &Pubkey,
    listing: &Listing,
) -> Result<(Option<RoyaltyTable>, HashMap<Pubkey, u32>)> {
    if listing.royalty_ppm == 0 {
        return Ok((None, HashMap::new()));
    }
    let table: RoyaltyTable = session
        .account(&pda::royalties(address, listing.generation).0)
        .await?;
    let entries = table.entries.iter().take(usize::from(table.len));
    let parents: Vec<Pubkey> = entries.map(|entry| entry.parent).collect();
    let found = fetch::many::<Listing>(session.sender.rpc(), &parents).await?;
    let ppm = parents
        .into_iter()
        .zip(found)
        .filter_map(|(parent, listing)| Some((parent, listing?.royalty_ppm)));
    Ok((Some(table), ppm.collect()))
}

pub async fn open(options: Open) -> Result<Value> {
    let session = options.target.session().await?;
    let wallet = session.wallet(&options.wallet)?;
    let buyer = wallet.pubkey();
    let listing: Listing = session.account(&options.listing).await?;
    let key = options.key.unwrap_or_else(random_key);
    let address = pda::order(&buyer, &key).0;
    // An order that is there already is asked for with what it was made of, unless told
    // otherwise: the program answers whether it is the same.
    let before = session.find::<Order>(&address).await?;
    let args = args(&options, key, &listing, before.as_ref())?;

    let mut instructions = Vec::new();
    if listing.terms_len == 0 {
        instructions.push(open_free(&buyer, None, &options.listing, args));
    } else {
        let term = listing.terms.get(usize::from(options.term));
        let term = term
            .filter(|_| options.term < listing.terms_len)
            .with_context(|| {
                format!(
                    "the listing has {} price terms, none with index {}",
                    listing.terms_len, options.term
                )
            })?;
        let settings: MintConfig = session.account(&pda::mint_config(&term.mint).0).await?;
        let token_program = settings.token_program;
        let generation = (listing.royalty_ppm > 0).then_some(listing.generation);
        if let Some(generation) = generation {
            let ledger = pda::ledger(&options.listing, generation, &term.mint).0;
            if session.find::<PoolLedger>(&ledger).await?.is_none() {
                instructions.push(open_pool(
                    buyer,
                    options.listing,
                    generation,
                    term.mint,
                    token_program,
                ));
            }
        }
        let order = OpenOrder {
            buyer,
            payer: None,
            listing: options.listing,
            royalty_generation: generation,
            mint: term.mint,
            token_program,
            source: pda::associated_token(&buyer, &term.mint, &token_program).0,
        };
        instructions.push(open_order(&order, args));
    }
    let sent = session.send(&instructions, &[wallet]).await?;
    let mut result = told(&session, sent, &address).await?;
    result["key"] = json!(hex::encode(key));
    result["repeated"] = json!(before.is_some());
    Ok(result)
}

fn args(
    options: &Open,
    key: [u8; 16],
    listing: &Listing,
    before: Option<&Order>,
) -> Result<OpenArgs> {
    let current = match listing.terms.get(usize::from(options.term)) {
        Some(term) if options.term < listing.terms_len => term.price,
        _ => 0,
    };
    let price = options
        .price
        .or(before.map(|order| order.price))
        .unwrap_or(current);
    let max_total = match options.max_total.or(price.checked_mul(options.quantity)) {
        Some(total) => total,
        None => bail!("price times quantity is too large"),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let a_day_ahead = i64::try_from(now.as_secs().saturating_add(VALID_SECONDS))?;
    let valid_until = options
        .valid_until
        .or(before.map(|order| order.valid_until));
    Ok(OpenArgs {
        key,
        valid_until: valid_until.unwrap_or(a_day_ahead),
        quantity: options.quantity,
        price,
        max_total,
        version: before.map_or(listing.version, |order| order.head.version),
        term: options.term,
        manifest_hash: before.map_or(listing.manifest_hash, |order| order.manifest_hash),
        delivery_key: options.delivery_key.unwrap_or_default(),
    })
}

fn random_key() -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&Keypair::new().secret_bytes()[..16]);
    key
}

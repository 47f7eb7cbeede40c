//! `/v1/quote`: what an order costs and who gets it, before anything is paid.

use std::collections::HashMap;

use axum::{Json, extract::State};
use escrow::state::{Config, MintConfig};
use listing::state::{Listing, RoyaltyTable};
use pedigree_sdk::{
    accounts::{Account, from_bytes},
    api::Quote,
    pda,
    quote::{self, Request},
};
use serde::Serialize;
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{
    Api,
    params::Params,
    problem::{Problem, Result},
    render::Index,
};
use crate::pipeline::ACCOUNT_OVERHEAD;

/// A quote.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndexQuote {
    #[serde(flatten)]
    pub quote: Quote,
    /// The slot as of which it holds: the index's.
    pub slot: Option<i64>,
    pub index: Index,
}

/// What an order costs and who gets it.
#[utoipa::path(
    get, path = "/v1/quote", tag = "orders",
    params(
        ("listing" = String, Query, description = "Address"),
        ("term" = Option<u8>, Query, minimum = 0, maximum = 255, description = "Index of the price term; 0 unless given"),
        ("quantity" = Option<u64>, Query, minimum = 1, description = "Units; 1 unless given"),
    ),
    responses(
        (status = 200, body = IndexQuote),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn quote(State(api): State<Api>, mut params: Params) -> Result<Json<IndexQuote>> {
    let bytes = params
        .address("listing")?
        .ok_or_else(|| Problem::bad("listing", "whose? Give its address"))?;
    let term = params.number("term", 0..=u8::MAX)?.unwrap_or(0);
    let quantity = params.number("quantity", 1..=u64::MAX)?.unwrap_or(1);
    params.end()?;
    let address =
        Pubkey::try_from(&bytes[..]).map_err(|_| Problem::bad("listing", "it is no address"))?;

    let mut tx = api.snapshot().await?;
    let accounts = Accounts::load(&mut tx, &address, term).await?;
    let index = Index::read(&mut tx).await?;
    let rent_per_byte = api.progress().snapshot().rent_per_byte;
    let rent = |len: usize| {
        ACCOUNT_OVERHEAD
            .saturating_add(len as u64)
            .saturating_mul(rent_per_byte.unwrap_or_default())
    };
    let quote = quote::quote(&Request {
        listing: &accounts.listing,
        table: accounts.table.as_ref(),
        parents_ppm: &accounts.parents_ppm,
        config: &accounts.config,
        mint: accounts.mint.as_ref(),
        term,
        quantity,
        rent: &rent,
    })
    .map_err(|error| Problem::unprocessable(blamed(&error), error))?;
    let mut quote = Quote::of(address, &quote);
    quote.rent = quote.rent.filter(|_| rent_per_byte.is_some());
    Ok(Json(IndexQuote {
        quote,
        slot: index.slot,
        index,
    }))
}

/// The parameter that a refusal is about.
fn blamed(error: &quote::QuoteError) -> &'static str {
    use quote::QuoteError::{
        AmountTooLarge, DepositTooLarge, EndOutOfBounds, MintNotAllowed, NoSuchTerm,
        QuantityOutOfBounds,
    };
    match error {
        NoSuchTerm { .. } | MintNotAllowed { .. } => "term",
        QuantityOutOfBounds { .. }
        | EndOutOfBounds { .. }
        | DepositTooLarge { .. }
        | AmountTooLarge => "quantity",
        _ => "listing",
    }
}

/// What a quote is made of, as the index has it.
struct Accounts {
    listing: Listing,
    table: Option<RoyaltyTable>,
    parents_ppm: HashMap<Pubkey, u32>,
    config: Config,
    mint: Option<MintConfig>,
}

impl Accounts {
    async fn load(db: &mut PgConnection, address: &Pubkey, term: u8) -> Result<Self> {
        let listing: Listing = live(db, address).await?.ok_or_else(|| {
            Problem::not_found(format!("there is no listing {address} in this index"))
        })?;
        let config: Config = live(db, &pda::escrow_config().0).await?.ok_or_else(|| {
            Problem::unavailable("the escrow program is not set up on this network")
        })?;
        let table: Option<RoyaltyTable> =
            live(db, &pda::royalties(address, listing.generation).0).await?;
        let mint = match listing.terms.get(usize::from(term)) {
            Some(term) => live(db, &pda::mint_config(&term.mint).0).await?,
            None => None,
        };
        let parents: Vec<(Vec<u8>, i64)> = sqlx::query_as(
            "SELECT l.address, l.royalty_ppm FROM edges e JOIN listings l ON l.address = e.parent
             WHERE e.child = $1 AND e.table_index IS NOT NULL",
        )
        .bind(address.to_bytes().to_vec())
        .fetch_all(db)
        .await?;
        let parent = |(address, ppm): (Vec<u8>, i64)| {
            Some((
                Pubkey::try_from(&address[..]).ok()?,
                u32::try_from(ppm).ok()?,
            ))
        };
        Ok(Self {
            listing,
            table,
            parents_ppm: parents.into_iter().filter_map(parent).collect(),
            config,
            mint,
        })
    }
}

/// The account at an address, unless there is none or it is closed.
async fn live<T: Account>(db: &mut PgConnection, address: &Pubkey) -> Result<Option<T>> {
    let bytes: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT bytes FROM accounts WHERE kind = $1 AND address = $2 AND NOT closed ORDER BY born_slot DESC LIMIT 1",
    )
    .bind(T::KIND.name())
    .bind(address.to_bytes().to_vec())
    .fetch_optional(db)
    .await?;
    Ok(bytes.map(|bytes| from_bytes(&bytes)).transpose()?)
}

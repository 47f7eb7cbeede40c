//! What an order costs and who gets it, to the base unit, before anything is paid. Nothing here asks the network.

use std::collections::HashMap;

use bytemuck::Zeroable;
use common::{receipt::mode, token::TOKEN_ACCOUNT_LEN};
use escrow::{
    constants::MAX_DURATION,
    state::{Config, MintConfig, Order, Shares},
};
use listing::{
    constants::UNIT_LEN,
    state::{Listing, PoolLedger, PriceTerm, RoyaltyTable, status},
};
use solana_program::pubkey::Pubkey;

use crate::accounts::Account;

mod fetch;
mod waterfall;
pub use fetch::{FetchQuoteError, fetch};
pub use waterfall::{Lineage, LineageError, Outcome, children_first, waterfall};

/// Bytes of a vault: a token account without extensions.
pub const VAULT_LEN: usize = TOKEN_ACCOUNT_LEN;

/// What a quote is made of, all of it as the chain has it.
pub struct Request<'a> {
    pub listing: &'a Listing,
    /// The listing's royalty table of the generation in force; needed where its royalty is not zero.
    pub table: Option<&'a RoyaltyTable>,
    /// What each parent in the table owes its own parents: its listing's `royalty_ppm`.
    pub parents_ppm: &'a HashMap<Pubkey, u32>,
    pub config: &'a Config,
    /// The settings of the term's mint; `None` where there are none.
    pub mint: Option<&'a MintConfig>,
    /// Index of the price term.
    pub term: u8,
    /// Units to buy.
    pub quantity: u64,
    /// Lamports that an account of so many bytes has to hold.
    pub rent: &'a dyn Fn(usize) -> u64,
}

/// What an order will cost and who gets it. Amounts are base units of `mint`, rent is in lamports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub version: u32,
    pub generation: u16,
    pub manifest_hash: [u8; 32],
    /// All zero where unknown.
    pub content_hash: [u8; 32],
    pub term: u8,
    pub mint: Pubkey,
    pub decimals: u8,
    /// What one unit is; all zero for a listing without terms.
    pub unit: [u8; UNIT_LEN],
    /// One of [`mode`].
    pub mode: u8,
    /// Seconds that a unit of a subscription or a lease lasts; 0 for other modes.
    pub period: u32,
    /// Of one unit.
    pub price: u64,
    pub quantity: u64,
    /// What the buyer deposits: `price × quantity = fee + royalty + net`.
    pub total: u64,
    pub fee_ppm: u32,
    pub fee: u64,
    pub royalty_ppm: u32,
    /// What goes into the listing's pool.
    pub royalty: u64,
    /// How the pool shares this royalty, were it alone in it.
    pub shares: Vec<Share>,
    /// What the seller's payout wallet gets.
    pub net: u64,
    /// Seconds that the seller has for delivery.
    pub delivery_window: u32,
    /// Seconds that the buyer has to dispute a delivery.
    pub dispute_window: u32,
    /// Seconds from the opening of a dispute until anyone may let it lapse.
    pub arbitration_period: u32,
    /// A dispute's bond, in ppm of what it contests.
    pub bond_ppm: u32,
    /// Lamports that the order's account holds until it is closed.
    pub rent_order: u64,
    /// Lamports that the vault holds until it is empty; 0 for what is free, which has none.
    pub rent_vault: u64,
}

/// One direct parent's share of a royalty, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Entry of the royalty table, as `forward` takes it.
    pub index: u8,
    pub parent: Pubkey,
    pub ppm: u32,
    /// `floor(royalty × ppm / sum of the table)`
    pub amount: u64,
    /// Of it to the parent's own pool: `ceil(amount × the parent's royalty_ppm / 10⁶)`.
    pub up: u64,
    /// Of it to the parent's payout wallet.
    pub paid: u64,
}

/// Why there is no quote: the order would fail the same way. Names are those of the escrow program's errors where it
/// has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    #[error("new orders are paused: try again when the pause is lifted")]
    Paused,
    #[error("the listing is not active: it takes no orders now")]
    ListingNotActive,
    #[error("nobody has claimed this listing, and this network takes no orders for such ones")]
    ListingUnclaimed,
    #[error("the listing has no price term {term}: it has {terms}")]
    NoSuchTerm { term: u8, terms: u8 },
    #[error("the quantity {quantity} is zero or above the term's capacity of {capacity}")]
    QuantityOutOfBounds { quantity: u64, capacity: u64 },
    #[error("an order lasts at most {most} seconds, and this one would {seconds}: order less")]
    EndOutOfBounds { seconds: u64, most: u64 },
    #[error("orders in {mint} are not allowed now")]
    MintNotAllowed { mint: Pubkey },
    #[error("the total of {total} is above the mint's largest deposit of {most}: order less")]
    DepositTooLarge { total: u64, most: u64 },
    #[error(
        "the price term names {term} decimals where its mint has {mint}: the publisher has to correct it"
    )]
    DecimalsDiffer { term: u8, mint: u8 },
    #[error("an amount is too large")]
    AmountTooLarge,
    #[error("fee and royalties together exceed the price")]
    SharesExceedPrice,
    #[error(
        "the listing owes a royalty of {royalty_ppm} ppm, but the royalty table given is not the one in force"
    )]
    WrongRoyaltyTable { royalty_ppm: u32 },
    #[error("the royalty of the parent {0} is not given")]
    ParentMissing(Pubkey),
}

/// The quote for an order, by the programs' own arithmetic: of other modes than one-time, for all of it being earned at once.
/// In parts each is rounded by itself, in the payee's favour. What is free costs the rent of its
/// receipt alone.
pub fn quote(request: &Request<'_>) -> Result<Quote, QuoteError> {
    let Request {
        listing,
        config,
        term,
        quantity,
        ..
    } = *request;
    if config.paused != 0 {
        return Err(QuoteError::Paused);
    }
    if listing.status != status::ACTIVE {
        return Err(QuoteError::ListingNotActive);
    }
    if listing.claimed == 0 && config.allow_unclaimed == 0 {
        return Err(QuoteError::ListingUnclaimed);
    }
    let price = price_term(listing, term)?;
    if quantity == 0 || (price.capacity != 0 && quantity > price.capacity) {
        return Err(QuoteError::QuantityOutOfBounds {
            quantity,
            capacity: price.capacity,
        });
    }
    check_duration(&price, quantity)?;
    let quote = Quote {
        version: listing.version,
        generation: listing.generation,
        manifest_hash: listing.manifest_hash,
        content_hash: listing.content_hash,
        term,
        mint: price.mint,
        decimals: price.decimals,
        unit: price.unit,
        mode: price.mode,
        period: price.period,
        price: price.price,
        quantity,
        total: 0,
        fee_ppm: 0,
        fee: 0,
        royalty_ppm: 0,
        royalty: 0,
        shares: Vec::new(),
        net: 0,
        delivery_window: config.delivery_window,
        dispute_window: config.dispute_window,
        arbitration_period: config.arbitration_period,
        bond_ppm: config.bond_ppm,
        rent_order: (request.rent)(Order::LEN),
        rent_vault: 0,
    };
    if price.price == 0 {
        return Ok(quote);
    }
    let total = deposit(request.mint, &price, quantity)?;
    let parts = Shares::of_sale(total, config.fee_ppm, listing.royalty_ppm)
        .map_err(|_| QuoteError::SharesExceedPrice)?;
    Ok(Quote {
        total,
        fee_ppm: config.fee_ppm,
        fee: parts.fee,
        royalty_ppm: listing.royalty_ppm,
        royalty: parts.royalty,
        shares: shares(request, parts.royalty)?,
        net: parts.payee,
        rent_vault: (request.rent)(VAULT_LEN),
        ..quote
    })
}

/// The term that is bought. A listing without any is free.
fn price_term(listing: &Listing, term: u8) -> Result<PriceTerm, QuoteError> {
    let terms = listing.terms_len;
    if terms == 0 && term == 0 {
        return Ok(PriceTerm {
            mode: mode::ONE_TIME,
            ..PriceTerm::zeroed()
        });
    }
    let price = listing
        .terms
        .get(usize::from(term))
        .filter(|_| term < terms)
        .ok_or(QuoteError::NoSuchTerm { term, terms })?;
    Ok(*price)
}

/// Errors with `EndOutOfBounds` where a subscription or a lease would last longer than the program allows.
fn check_duration(price: &PriceTerm, quantity: u64) -> Result<(), QuoteError> {
    let (seconds, most) = (
        u64::from(price.period).saturating_mul(quantity),
        MAX_DURATION.unsigned_abs(),
    );
    if seconds > most {
        return Err(QuoteError::EndOutOfBounds { seconds, most });
    }
    Ok(())
}

/// What the buyer has to deposit, where the mint takes it.
fn deposit(mint: Option<&MintConfig>, price: &PriceTerm, quantity: u64) -> Result<u64, QuoteError> {
    let mint = mint
        .filter(|mint| mint.enabled != 0 && mint.mint == price.mint)
        .ok_or(QuoteError::MintNotAllowed { mint: price.mint })?;
    if price.decimals != mint.decimals {
        return Err(QuoteError::DecimalsDiffer {
            term: price.decimals,
            mint: mint.decimals,
        });
    }
    let total = price
        .price
        .checked_mul(quantity)
        .ok_or(QuoteError::AmountTooLarge)?;
    if total > mint.max_deposit {
        return Err(QuoteError::DepositTooLarge {
            total,
            most: mint.max_deposit,
        });
    }
    Ok(total)
}

fn shares(request: &Request<'_>, royalty: u64) -> Result<Vec<Share>, QuoteError> {
    let royalty_ppm = request.listing.royalty_ppm;
    if royalty_ppm == 0 {
        return Ok(Vec::new());
    }
    let table = request
        .table
        .filter(|table| {
            table.total_ppm == royalty_ppm && table.generation == request.listing.generation
        })
        .ok_or(QuoteError::WrongRoyaltyTable { royalty_ppm })?;
    // The shares of a pool that holds this royalty and has never held another.
    let pool = PoolLedger::zeroed();
    let entries = table.entries.iter().zip(0..table.len);
    entries
        .map(|(entry, index)| {
            let parent_ppm = *request
                .parents_ppm
                .get(&entry.parent)
                .ok_or(QuoteError::ParentMissing(entry.parent))?;
            let share = pool
                .share(royalty, table, index, parent_ppm)
                .map_err(|_| QuoteError::AmountTooLarge)?;
            Ok(Share {
                index,
                parent: entry.parent,
                ppm: entry.ppm,
                amount: share.credit,
                up: share.up,
                paid: share.keep,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;

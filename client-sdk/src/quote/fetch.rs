use std::collections::HashMap;

use escrow::state::{Config, MintConfig, Order};
use listing::state::{Listing, RoyaltyTable};
use solana_client::{client_error::ClientError, nonblocking::rpc_client::RpcClient};
use solana_program::pubkey::Pubkey;

use super::{Quote, QuoteError, Request, VAULT_LEN, quote};
use crate::{
    accounts::Account,
    fetch::{self as accounts, FetchError},
    pda,
};

/// Why the network's accounts give no quote.
#[derive(Debug, thiserror::Error)]
pub enum FetchQuoteError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("there is no listing at {0} on this network")]
    NoListing(Pubkey),
    #[error("the escrow program is not initialized on this network")]
    NoConfig,
    #[error("the network does not tell the rent: {0}")]
    Rent(#[source] Box<ClientError>),
    #[error(transparent)]
    Quote(#[from] QuoteError),
}

/// The quote for `quantity` units of a listing's price term, from the accounts that the network has now.
pub async fn fetch(
    rpc: &RpcClient,
    listing: &Pubkey,
    term: u8,
    quantity: u64,
) -> Result<Quote, FetchQuoteError> {
    let address = *listing;
    let listing = accounts::account::<Listing>(rpc, &address).await?;
    let listing = listing.ok_or(FetchQuoteError::NoListing(address))?;
    let config = accounts::account::<Config>(rpc, &pda::escrow_config().0).await?;
    let config = config.ok_or(FetchQuoteError::NoConfig)?;
    let mint = match listing.terms.get(usize::from(term)) {
        Some(term) => accounts::account::<MintConfig>(rpc, &pda::mint_config(&term.mint).0).await?,
        None => None,
    };
    let table = match listing.royalty_ppm {
        0 => None,
        _ => {
            let table = pda::royalties(&address, listing.generation).0;
            accounts::account::<RoyaltyTable>(rpc, &table).await?
        }
    };
    let entries = table
        .iter()
        .flat_map(|table| table.entries.iter().zip(0..table.len));
    let parents: Vec<Pubkey> = entries.map(|(entry, _)| entry.parent).collect();
    let found = accounts::many::<Listing>(rpc, &parents).await?;
    let parents_ppm: HashMap<Pubkey, u32> = parents
        .into_iter()
        .zip(found)
        .filter_map(|(parent, listing)| Some((parent, listing?.royalty_ppm)))
        .collect();
    let mut rents = HashMap::new();
    for len in [Order::LEN, VAULT_LEN] {
        let rent = rpc.get_minimum_balance_for_rent_exemption(len).await;
        rents.insert(
            len,
            rent.map_err(|error| FetchQuoteError::Rent(Box::new(error)))?,
        );
    }
    Ok(quote(&Request {
        listing: &listing,
        table: table.as_ref(),
        parents_ppm: &parents_ppm,
        config: &config,
        mint: mint.as_ref(),
        term,
        quantity,
        rent: &|len| rents.get(&len).copied().unwrap_or_default(),
    })?)
}

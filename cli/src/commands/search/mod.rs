//! `pedigree search`.

mod price;
mod text;

use anyhow::{Context, Result};
use clap::Args;
use pedigree_sdk::api::Search;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use self::price::Wanted;
use super::{Page, Target};
use crate::output::Output;

#[derive(Debug, Args)]
pub struct Options {
    /// Words, "phrases", -not, or.
    query: Option<String>,
    /// model, dataset, service, compute or agent; any of several.
    #[arg(long)]
    kind: Vec<String>,
    /// SPDX identifier; any of several.
    #[arg(long)]
    license: Vec<String>,
    /// Of these publishers, each a wallet's name or an address; any of several. What a publisher calls itself is
    /// `--publisher-name`.
    #[arg(long, value_name = "NAME|ADDRESS")]
    publisher: Vec<String>,
    /// What the publisher calls itself, whatever its wallet is named.
    #[arg(long, value_name = "NAME")]
    publisher_name: Option<String>,
    /// The listing's exact name.
    #[arg(long)]
    name: Option<String>,
    /// The asset's key in its manifest.
    #[arg(long)]
    key: Option<String>,
    /// All of several.
    #[arg(long)]
    tag: Vec<String>,
    /// active unless given; any of several.
    #[arg(long)]
    status: Vec<String>,
    /// One of these listings.
    #[arg(long, value_name = "ADDRESS")]
    address: Vec<Pubkey>,
    /// Made from this listing, at any depth.
    #[arg(long, value_name = "ADDRESS")]
    descends_from: Option<Pubkey>,
    /// Leave out what is tainted, by itself or by descent.
    #[arg(long)]
    untainted: bool,
    /// What a sale owes to its lineage at most, in parts per million.
    #[arg(long, value_name = "PPM")]
    max_royalty_ppm: Option<u32>,
    /// Mean of the ratings at least.
    #[arg(long, value_name = "1-5")]
    min_rating: Option<f64>,
    /// What costs nothing.
    #[arg(long)]
    free: bool,
    /// one_time, metered, subscription or lease. One and the same price term has to be all that these five options say.
    #[arg(long)]
    mode: Option<String>,
    /// What one pays for: copy, request, … A price needs it, and a sort by price.
    #[arg(long)]
    unit: Option<String>,
    /// What one pays in; prices are in the settlement mint unless given.
    #[arg(long, value_name = "ADDRESS")]
    mint: Option<Pubkey>,
    /// Base units; lines show decimals.
    #[arg(long, value_name = "AMOUNT")]
    min_price: Option<u64>,
    /// Base units; lines show decimals.
    #[arg(long, value_name = "AMOUNT")]
    max_price: Option<u64>,
    /// An attribute's value, or a bound of it: `--attr layers=12 --attr context.gte=8192`; all of several.
    #[arg(long = "attr", value_name = "NAME[.gte|.lte]=VALUE", value_parser = attribute)]
    attributes: Vec<(String, String)>,
    /// relevance, newest, name, price, -price (the dearest first), rating, sales, trending or quality.
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
    #[command(flatten)]
    page: Page,
    /// Wait, for 2 seconds at most, until the index has read this slot: that of a transaction of one's own.
    #[arg(long, value_name = "SLOT")]
    min_slot: Option<u64>,
    /// Ask for an exact total, however many there are.
    #[arg(long)]
    exact_count: bool,
    /// Count the values of kind, license, tag, publisher, mode, unit; several separated by commas.
    #[arg(long, value_delimiter = ',')]
    facets: Vec<String>,
    /// Values of each of them at most; 20 unless given.
    #[arg(long, value_name = "N", requires = "facets")]
    facet_limit: Option<u32>,
    #[command(flatten)]
    target: Target,
}

/// Prints text itself; what it returns is the whole answer.
pub async fn run(options: Options, output: Output) -> Result<Option<Value>> {
    let (api, target) = (options.target.api()?, options.target);
    let mut publisher = Vec::new();
    for name in options.publisher {
        let address = target.address(Some(name)).await;
        publisher.extend(address.context(
            "--publisher takes the name of a wallet or an address; what a publisher calls itself is --publisher-name",
        )?);
    }
    let search = Search {
        q: options.query,
        kind: options.kind,
        license: options.license,
        publisher,
        publisher_name: options.publisher_name,
        name: options.name,
        key: options.key,
        tag: options.tag,
        status: options.status,
        addresses: options.address,
        descends_from: options.descends_from,
        untainted: options.untainted,
        max_royalty_ppm: options.max_royalty_ppm,
        min_rating: options.min_rating,
        free: options.free.then_some(true),
        mode: options.mode,
        unit: options.unit,
        mint: options.mint,
        min_price: options.min_price,
        max_price: options.max_price,
        attributes: options.attributes,
        sort: options.sort,
        limit: options.page.limit,
        cursor: options.page.cursor,
        min_slot: options.min_slot,
        exact_count: options.exact_count,
        facets: options.facets,
        facet_limit: options.facet_limit,
    };
    match output {
        Output::Json => Ok(Some(api.get(&["v1", "listings"], &search.query()).await?)),
        Output::Text => {
            let wanted = Wanted::of(&search, target.settlement_mint()?);
            output.lines(&text::page(&api.listings(&search).await?, &wanted));
            Ok(None)
        }
    }
}

fn attribute(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write NAME=VALUE, NAME.gte=VALUE or NAME.lte=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_a_name_and_a_value() {
        let of = |text| attribute(text).ok();
        assert_eq!(of("a.gte=1=2"), Some(("a.gte".into(), "1=2".into())));
        assert_eq!(of("a"), None);
    }
}

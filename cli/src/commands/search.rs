//! `pedigree search`.

use std::fmt::Write;

use anyhow::Result;
use clap::Args;
use pedigree_sdk::api::{Listing, Listings, Search};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

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
    /// Of these publishers; any of several.
    #[arg(long, value_name = "NAME|ADDRESS")]
    publisher: Vec<String>,
    /// What the publisher calls itself.
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
    /// Base units.
    #[arg(long, value_name = "AMOUNT")]
    min_price: Option<u64>,
    /// Base units.
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
    /// Count the values of kind, license, tag, publisher, mode; several separated by commas.
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
        publisher.extend(target.address(Some(name)).await?);
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
            output.lines(&text(&api.listings(&search).await?));
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

/// A line for each listing, and each facet; then how many there are, and how to go on.
fn text(page: &Listings) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    for listing in &page.items {
        let _ = writeln!(text, "{}", line(listing));
    }
    for (facet, counts) in &page.facets {
        let counts: Vec<_> = counts
            .iter()
            .map(|of| format!("{} {}", of.label.as_ref().unwrap_or(&of.value), of.count))
            .collect();
        let _ = writeln!(text, "{facet}: {}", counts.join(", "));
    }
    let _ = write!(text, "{} found", page.total);
    if let Some(cursor) = &page.next_cursor {
        let _ = write!(text, "; more: --cursor {cursor}");
    }
    text.push('\n');
    text
}

fn line(listing: &Listing) -> String {
    let publisher = match &listing.publisher_name {
        Some(name) => name.clone(),
        None => listing.publisher.to_string(),
    };
    let mut parts = vec![
        listing.address.to_string(),
        listing.kind.clone(),
        format!("{} by {publisher}", listing.name),
    ];
    parts.push(match &listing.pricing[..] {
        [] => "free".to_owned(),
        [first, others @ ..] => {
            let more = match others.len() {
                0 => String::new(),
                more => format!(" +{more}"),
            };
            format!("{}/{}{more}", first.price, first.unit)
        }
    });
    if let Some(rating) = listing.rating {
        parts.push(format!("{rating} of {}", listing.review_count));
    }
    if listing.sales > 0 {
        parts.push(format!("{} sold", listing.sales));
    }
    if listing.status != "active" {
        parts.push(listing.status.clone());
    }
    if listing.tainted {
        parts.push("tainted".to_owned());
    }
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    const LISTING: &str = r#"{
        "key": "k", "kind": "model", "publisher_name": null, "publisher_name_verified": false, "name": "Llama",
        "summary": null, "source": null, "status": "active", "version": 1, "manifest_uri": "", "manifest_status": "ok",
        "content_hash": null, "license": null, "derivatives": "open", "derivative_royalty_ppm": 0, "royalty_ppm": 0,
        "generation": 0, "parents": 0, "operator": null, "tags": [], "attributes": {}, "pricing": [], "rating": null,
        "review_count": 0, "rating_sum": 0, "sales": 0, "tainted": false, "claimed": true, "created_slot": 1,
        "activated_slot": 1, "updated_slot": 1, "created_at": null
    }"#;

    fn listing(changes: &Value) -> Listing {
        let mut listing: Value = serde_json::from_str(LISTING).unwrap();
        let (key, hash) = (Pubkey::default().to_string(), "00".repeat(32));
        for name in ["address", "publisher", "authority", "payout"] {
            listing[name] = json!(key);
        }
        for name in ["key_hash", "manifest_hash"] {
            listing[name] = json!(hash);
        }
        listing["proof"] = json!({"slot": 1, "seq": 1, "signature": null, "account_hash": hash});
        for (name, value) in changes.as_object().unwrap() {
            listing[name] = value.clone();
        }
        serde_json::from_value(listing).unwrap()
    }

    #[test]
    fn each_listing_is_a_line_and_the_last_one_says_how_to_go_on() {
        let term = json!({"index": 0, "mode": "one_time", "unit": "copy", "price": "7",
            "mint": Pubkey::default().to_string(), "decimals": 6});
        let sold = json!({"publisher_name": "Meta", "pricing": [term, term], "rating": 4.5, "review_count": 12,
            "sales": 31, "tainted": true, "status": "paused"});
        let count = serde_json::from_value(json!({"value": "model", "label": null, "count": 9}));
        let page = Listings {
            items: vec![listing(&sold), listing(&json!({}))],
            next_cursor: Some("abc".to_owned()),
            total: 9,
            total_exact: true,
            facets: BTreeMap::from([("kind".to_owned(), vec![count.unwrap()])]),
            index: serde_json::from_value(json!({"slot": 1, "finalized_slot": 1})).unwrap(),
        };
        let address = Pubkey::default();
        let expected = format!(
            "{address}  model  Llama by Meta  7/copy +1  4.5 of 12  31 sold  paused  tainted\n\
             {address}  model  Llama by {address}  free\n\
             kind: model 9\n\
             9 found; more: --cursor abc\n"
        );
        assert_eq!(text(&page), expected);
    }

    #[test]
    fn an_attribute_is_a_name_and_a_value() {
        let of = |text| attribute(text).ok();
        assert_eq!(of("a.gte=1=2"), Some(("a.gte".into(), "1=2".into())));
        assert_eq!(of("a"), None);
    }
}

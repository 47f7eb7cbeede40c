//! What a search found, in lines.

use std::fmt::Write;

use pedigree_sdk::api::{Listing, Listings};

use super::price::Wanted;
use crate::commands::values::decimal;

/// A line for each listing, and each facet; then how many there are, and how to go on.
pub fn page(page: &Listings, wanted: &Wanted<'_>) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    for listing in &page.items {
        let _ = writeln!(text, "{}", line(listing, wanted));
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

fn line(listing: &Listing, wanted: &Wanted<'_>) -> String {
    let publisher = match &listing.publisher_name {
        Some(name) => name.clone(),
        None => listing.publisher.to_string(),
    };
    let mut parts = vec![
        listing.address.to_string(),
        listing.kind.clone(),
        format!("{} by {publisher}", listing.name),
    ];
    parts.push(match wanted.term(&listing.pricing) {
        None => "free".to_owned(),
        Some(term) => {
            let more = match listing.pricing.len() {
                0 | 1 => String::new(),
                terms => format!(" +{}", terms.saturating_sub(1)),
            };
            format!("{}/{}{more}", decimal(term.price, term.decimals), term.unit)
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

    use pedigree_sdk::api::Search;
    use serde_json::{Value, json};
    use solana_program::pubkey::Pubkey;

    use super::*;

    const LISTING: &str = r#"{
        "key": "k", "kind": "model", "publisher_name": null, "publisher_name_verified": false, "name": "Llama",
        "summary": null, "source": null, "status": "active", "version": 1, "manifest_uri": "", "manifest_status": "ok",
        "content_hash": null, "license": null, "derivatives": "open", "derivative_royalty_ppm": 0, "royalty_ppm": 0,
        "generation": 0, "parents": 0, "operator": null, "tags": [], "attributes": {}, "pricing": [], "rating": null,
        "review_count": 0, "rating_sum": 0, "rating_estimate": 3.0, "sales": 0, "quality": 500, "grade": null, "tainted": false, "claimed": true, "created_slot": 1,
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
        let term = json!({"index": 0, "mode": "one_time", "unit": "copy", "price": "7500000",
            "mint": Pubkey::default().to_string(), "decimals": 6});
        let sold = json!({"publisher_name": "Meta", "pricing": [term, term], "rating": 4.5, "review_count": 12,
            "sales": 31, "tainted": true, "status": "paused"});
        let count = serde_json::from_value(json!({"value": "model", "label": null, "count": 9}));
        let found = Listings {
            items: vec![listing(&sold), listing(&json!({}))],
            next_cursor: Some("abc".to_owned()),
            total: 9,
            total_exact: true,
            facets: BTreeMap::from([("kind".to_owned(), vec![count.unwrap()])]),
            index: serde_json::from_value(json!({"slot": 1, "finalized_slot": 1})).unwrap(),
        };
        let address = Pubkey::default();
        let expected = format!(
            "{address}  model  Llama by Meta  7.5/copy +1  4.5 of 12  31 sold  paused  tainted\n\
             {address}  model  Llama by {address}  free\n\
             kind: model 9\n\
             9 found; more: --cursor abc\n"
        );
        let search = Search::default();
        assert_eq!(page(&found, &Wanted::of(&search, None)), expected);
    }
}

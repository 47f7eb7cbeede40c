//! Rows of listings, accounts and edges as the indexer would write them, by the columns of its tables.

use pedigree_indexer::store::{Table, Texts, copy::CopyIn};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use super::listings::{Listing, address, place};

/// Takes rows of a table of the indexer's.
pub fn into(table: &Table) -> CopyIn {
    CopyIn::into(table.name, table.columns)
}

/// Unix seconds of slot 0.
const BEGUN: i64 = 1_700_000_000;
/// Characters of a description that are shown in a list.
const SUMMARY: usize = 300;
/// Bytes of a listing's account.
const ACCOUNT: usize = 8 + size_of::<listing::state::Listing>();

/// A row of `listings`.
pub fn write_listing(row: &mut CopyIn, listing: &Listing) {
    let publisher = place("publisher", &listing.publisher);
    let hash = place("manifest", listing.number);
    let content = listing.content.then(|| place("content", listing.number));
    let document = Texts {
        name: &listing.name,
        publisher_name: Some(&listing.publisher),
        tags: &listing.tags,
        kind: &listing.kind,
        license: listing.license.as_deref(),
        key: Some(&listing.key),
        source: listing.source.as_deref(),
        description: listing.description.as_deref(),
        attributes: Some(&listing.attributes),
    }
    .document();
    let summary = listing.description.as_ref();
    let summary = summary.map(|text| text.chars().take(SUMMARY).collect::<String>());
    row.bytea(address(listing.number))
        .count(listing.slot)
        .bytea(publisher)
        .bytea(Sha256::digest(&listing.key))
        .bytea(publisher)
        .bytea(publisher)
        .null()
        .text(&listing.kind)
        .text(listing.status)
        .text(&listing.name)
        .or_null(listing.license.as_deref(), CopyIn::text)
        .text("open")
        .count(0u64)
        .count(listing.royalty_ppm)
        .int4(i32::from(!listing.parents.is_empty()))
        .int4(listing.parents.len() as i32)
        .boolean(listing.claimed)
        .count(1u64)
        .bytea(hash)
        .text("cas:sha256")
        .or_null(content, CopyIn::bytea)
        .jsonb(&pricing(listing))
        .count(listing.reviews)
        .count(listing.rating_sum)
        .int8(time(listing.slot))
        .count(listing.slot)
        .or_null(
            (listing.status != "draft").then_some(listing.slot),
            CopyIn::count,
        )
        .count(listing.slot)
        .text(&listing.publisher)
        .boolean(false)
        .text("ok")
        .text(&listing.key)
        .or_null(summary.as_deref(), CopyIn::text)
        .or_null(listing.source.as_deref(), CopyIn::text)
        .text_array(&listing.tags)
        .jsonb(&listing.attributes)
        .tsvector(&document);
}

/// Unix seconds of a slot.
pub fn time(slot: u64) -> i64 {
    BEGUN + (slot * 2 / 5) as i64
}

/// The mint that prices are in.
pub fn mint() -> Pubkey {
    Pubkey::new_from_array(place("mint", "settlement"))
}

fn pricing(listing: &Listing) -> Value {
    let mint = mint().to_string();
    let terms = listing.terms.iter().enumerate().map(|(index, term)| {
        json!({
            "index": index,
            "mode": term.mode,
            "unit": term.unit,
            "price": term.price.to_string(),
            "mint": mint,
            "decimals": 6,
            "capacity": null,
            "period": null,
        })
    });
    terms.collect()
}

/// A row of `accounts`. Its length is a real account's; what is in it nobody reads here.
pub fn write_account(row: &mut CopyIn, listing: &Listing) {
    let signature = [address(listing.number), address(listing.number + 1)];
    row.text("listing")
        .bytea(address(listing.number))
        .count(listing.slot)
        .count(2u64)
        .count(2u64)
        .count(listing.slot)
        .bytea(signature.as_flattened())
        .bytea([0; ACCOUNT])
        .bytea(place("account", listing.number))
        .boolean(false)
        .boolean(true);
}

/// What an edge's status is.
pub fn edge_status(revoked: bool) -> &'static str {
    if revoked { "revoked" } else { "claimed" }
}

/// A row of `edges`.
pub fn write_edge(
    row: &mut CopyIn,
    (child, parent): ([u8; 32], [u8; 32]),
    (relation, status, royalty_ppm): (&str, &str, u32),
    position: i32,
    slot: u64,
) {
    // Where the edge is depends on both; a hash of both would take longer than all the rest.
    let mut place = child;
    place
        .iter_mut()
        .zip(parent)
        .for_each(|(byte, other)| *byte = byte.wrapping_add(other.rotate_left(3)));
    let entry = (royalty_ppm > 0).then_some(position as i16);
    row.bytea(child)
        .bytea(parent)
        .bytea(place)
        .count(slot)
        .text(relation)
        .text(status)
        .count(royalty_ppm)
        .or_null(entry, CopyIn::int2)
        .int4(position)
        .count(1u64)
        .int8(time(slot))
        .null()
        .null()
        .null();
}

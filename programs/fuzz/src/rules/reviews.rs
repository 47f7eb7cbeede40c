//! Each review is of a purchase, by its owner and the only one of it; a listing counts its own, and they alone.

use std::collections::{BTreeMap, BTreeSet};

use common::receipt::{flag, state};
use listing::{
    events::{ReviewEditedV1, ReviewPostedV1},
    state::Review,
};
use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use super::{Taken, Verdict, holds};

pub fn check(taken: &Taken) -> Verdict {
    for event in taken.events {
        match event {
            Event::ReviewPosted(event) => posted(taken, event)?,
            Event::ReviewEdited(event) => edited(taken, event)?,
            _ => {}
        }
    }
    let touched = taken
        .before
        .changed(taken.after)
        .any(|key| taken.after.reviews.contains_key(key) || taken.after.listings.contains_key(key));
    if touched { counted(taken) } else { Ok(()) }
}

fn posted(taken: &Taken, event: &ReviewPostedV1) -> Verdict {
    let (address, review) = (event.head.address, &event.state);
    holds!(
        !taken.before.reviews.contains_key(&address),
        "{address} was posted over another"
    );
    let order = taken.before.orders.get(&review.order);
    let order = order.ok_or_else(|| format!("{address} is of no order"))?;
    let head = &order.head;
    holds!(
        head.state == state::SETTLED && head.flags & (flag::FREE | flag::BELOW_UNIT) == 0,
        "{address} is of an order that nothing was paid for"
    );
    holds!(
        (head.owner, head.listing, head.born_slot, head.version)
            == (
                review.reviewer,
                review.listing,
                review.order_born_slot,
                review.version
            ),
        "{address} is of another purchase than it says"
    );
    let listing = taken.before.listings.get(&review.listing);
    holds!(
        listing.is_some_and(|listing| listing.authority != review.reviewer),
        "{address} is by the listing's own authority"
    );
    holds!(
        (review.seq, review.edits, review.edited_at) == (1, 0, 0)
            && review.created_at == taken.after.now,
        "{address} is not new"
    );
    Ok(())
}

fn edited(taken: &Taken, event: &ReviewEditedV1) -> Verdict {
    let address = event.head.address;
    let before = taken.before.reviews.get(&address);
    let before = before.ok_or_else(|| format!("{address} was edited before it was there"))?;
    holds!(before.edits == 0, "{address} was edited a second time");
    let expected = Review {
        rating: event.state.rating,
        hash: event.state.hash,
        edits: 1,
        edited_at: taken.after.now,
        seq: before.seq + 1,
        ..**before
    };
    holds!(event.state == expected, "{address} is another's now");
    let old = (event.head.old_rating, event.head.old_hash);
    holds!(
        old == (u64::from(before.rating), before.hash),
        "{address} said something else before"
    );
    Ok(())
}

/// Counts and sums of listings are those of their reviews, of which each purchase has one.
fn counted(taken: &Taken) -> Verdict {
    let mut found: BTreeMap<Pubkey, (u64, u64)> = BTreeMap::new();
    let mut purchases = BTreeSet::new();
    for (address, review) in &taken.after.reviews {
        holds!(
            (1..=5).contains(&review.rating) && review.edits <= 1,
            "{address} is out of bounds"
        );
        holds!(
            purchases.insert((review.order, review.order_born_slot)),
            "{address} is a purchase's second review"
        );
        let (count, sum) = found.entry(review.listing).or_default();
        *count += 1;
        *sum += u64::from(review.rating);
    }
    for (address, listing) in &taken.after.listings {
        let expected = found.remove(address).unwrap_or_default();
        holds!(
            (listing.reviews, listing.rating_sum) == expected,
            "{address} counts ({}, {}) of {expected:?}",
            listing.reviews,
            listing.rating_sum
        );
    }
    holds!(found.is_empty(), "reviews of what is no listing");
    Ok(())
}

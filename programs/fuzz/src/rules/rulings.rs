//! Rulings on edges: carried out as the dao's account says, once, and a table that changes is the next generation's.

use common::{dispute::dispute_status, hash::sha256};
use listing::{
    events::{RuledHead, SuspendedHead},
    state::{Edge, Listing, edge_status, status},
};
use pedigree_sdk::{events::Event, pda};
use solana_program::pubkey::Pubkey;

use super::{Taken, Verdict, holds};

/// Most that a table may owe, and its entries.
const CAP: u32 = 800_000;
const ENTRIES: u8 = 16;

pub fn check(taken: &Taken) -> Verdict {
    for event in taken.events {
        let (head, verdict) = match event {
            Event::EdgeRevoked(event) => (&event.head, revoked(taken, &event.head, &event.state)),
            Event::EdgeRuled(event) => (&event.head, added(taken, &event.head, &event.state)),
            Event::ListingSuspended(event) => {
                let verdict = suspended(taken, &event.head, &event.state);
                verdict.map_err(|what| format!("listing {}: {what}", event.head.address))?;
                continue;
            }
            _ => continue,
        };
        verdict.map_err(|what| format!("edge {}: {what}", head.address))?;
    }
    frozen(taken)
}

/// A ruling suspends a listing once, and none after a later one; all but status and that number stays.
fn suspended(taken: &Taken, head: &SuspendedHead, listing: &Listing) -> Verdict {
    let before = taken.before.listings.get(&head.address);
    let before = before.ok_or("it was not there")?;
    let mut number = before.last_ruling;
    if head.dispute != Pubkey::default() {
        let ruling = taken.before.rulings.get(&head.dispute);
        let ruling = ruling.ok_or("the dao has no such dispute")?;
        holds!(
            ruling.status == dispute_status::FINAL
                && ruling.share == 100
                && ruling.subject == head.address
                && ruling.number > number,
            "the dao has not upheld that, or it was carried out before"
        );
        number = ruling.number;
    }
    let expected = Listing {
        status: status::SUSPENDED,
        last_ruling: number,
        seq: before.seq + 1,
        updated_slot: listing.updated_slot,
        ..**before
    };
    holds!(*listing == expected, "it is another listing now");
    Ok(())
}

/// The dao upheld, for good, what a hash says of the edge.
fn upheld(taken: &Taken, head: &RuledHead, said: &[&[u8]]) -> Verdict {
    let ruling = taken.before.rulings.get(&head.dispute);
    let ruling = ruling.ok_or("the dao has no such dispute")?;
    holds!(
        ruling.status == dispute_status::FINAL && ruling.share == 100,
        "the dao has not upheld that"
    );
    holds!(
        ruling.subject == head.address
            && ruling.subject_hash == sha256(said)
            && pda::dispute(&head.address, ruling.number).0 == head.dispute,
        "the dispute is about something else"
    );
    Ok(())
}

fn revoked(taken: &Taken, head: &RuledHead, edge: &Edge) -> Verdict {
    let before = taken.before.edges.get(&head.address);
    let before = before.ok_or("it was not there")?;
    holds!(
        before.status != edge_status::REVOKED,
        "it was revoked a second time"
    );
    let born_slot = before.born_slot.to_le_bytes();
    let (child, parent) = (before.child.as_ref(), before.parent.as_ref());
    upheld(taken, head, &[b"false", &born_slot, child, parent])?;
    let expected = Edge {
        status: edge_status::REVOKED,
        royalty_ppm: 0,
        table_index: u8::MAX,
        seq: before.seq + 1,
        ..**before
    };
    holds!(*edge == expected, "it is another edge now");
    let bore = before.royalty_ppm > 0;
    changed(taken, edge, |listing| {
        listing.royalty_ppm -= before.royalty_ppm;
        listing.royalty_parents -= u8::from(bore);
        listing.generation += u16::from(bore);
    })
}

fn added(taken: &Taken, head: &RuledHead, edge: &Edge) -> Verdict {
    holds!(
        !taken.before.edges.contains_key(&head.address),
        "it was there already"
    );
    let (child, parent) = (edge.child.as_ref(), edge.parent.as_ref());
    upheld(taken, head, &[b"missing", child, parent, &[edge.relation]])?;
    let listing = |address| taken.before.listings.get(address).ok_or("it has no ends");
    let (child, parent) = (listing(&edge.child)?, listing(&edge.parent)?);
    holds!(
        parent.activated_slot > 0 && parent.activated_slot < child.activated_slot,
        "its parent is not older than its child"
    );
    let config = taken.before.listing_config().ok_or("no settings")?;
    let claimed = child.claimed == 1 && parent.claimed == 1;
    let owed = if claimed && child.royalty_parents < ENTRIES {
        config.default_royalty_ppm.min(CAP - child.royalty_ppm)
    } else {
        0
    };
    holds!(
        edge.royalty_ppm == owed && edge.index == child.edges && edge.status == edge_status::RULED,
        "it owes {}, not {owed}, or is not the last one",
        edge.royalty_ppm
    );
    changed(taken, edge, |listing| {
        listing.edges += 1;
        listing.royalty_ppm += owed;
        listing.royalty_parents += u8::from(owed > 0);
        listing.generation += u16::from(owed > 0);
    })
}

/// Of its child nothing else changed.
fn changed(taken: &Taken, edge: &Edge, change: impl FnOnce(&mut Listing)) -> Verdict {
    let find = |listings: &crate::state::Accounts<Listing>| listings.get(&edge.child).cloned();
    let (before, after) = (find(&taken.before.listings), find(&taken.after.listings));
    let (before, after) = before.zip(after).ok_or("it has no child")?;
    let mut expected = *before;
    change(&mut expected);
    expected.seq += 1;
    expected.updated_slot = taken.after.slot;
    holds!(*after == expected, "its child is another listing now");
    Ok(())
}

/// The tables of activated listings stay as they are.
fn frozen(taken: &Taken) -> Verdict {
    for key in taken.before.changed(taken.after) {
        let Some(table) = taken.before.tables.get(key) else {
            continue;
        };
        let listing = taken.before.listings.get(&table.listing);
        let active = listing.is_some_and(|listing| listing.activated_slot > 0);
        holds!(
            !active || taken.before.same_data(taken.after, key),
            "table {key} changed after its listing's activation"
        );
    }
    Ok(())
}

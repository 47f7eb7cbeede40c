//! Rule 3: what is paid, redeemed, confirmed or decided once is so no second time.

use std::collections::BTreeSet;

use pedigree_sdk::events::Event;

use super::{Passage, Taken, Verdict, holds};
use crate::memory::{Happening, What};

pub fn check(taken: &Taken) -> Verdict {
    let mut happened = BTreeSet::new();
    for happening in taken.happenings() {
        let is_new = !taken.memory.happened.contains(&happening) && happened.insert(happening);
        holds!(is_new, "happened a second time: {happening:?}");
    }
    Ok(())
}

/// What of an order's change may happen once in its life.
pub fn happening(passage: &Passage) -> Option<Happening> {
    let Passage { before, after, .. } = passage;
    let (what, number) = match passage.event {
        Event::VoucherRedeemed(event) => (What::Redeemed, event.head.sequence),
        Event::IntervalAuthorised(event) => (What::Authorised, event.head.interval),
        Event::IntervalConfirmed(event) => (What::Confirmed, event.head.interval),
        Event::DisputeConceded(event) => (What::Decided, event.head.number),
        Event::DisputeRuled(event) => (What::Decided, event.head.number),
        Event::DisputeLapsed(event) => (What::Decided, event.head.number),
        Event::OrderFeesRecorded(_) => (What::Recorded, 0),
        _ if after.is_final() && before.is_none_or(|before| !before.is_final()) => {
            (What::Settled, 0)
        }
        _ => return None,
    };
    Some((passage.address, after.head.born_slot, what, number))
}

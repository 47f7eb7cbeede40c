//! Rule 13: every change says so, and each entity counts its changes one by one. That the events rebuild the bytes is
//! checked where transactions are sent.

use std::collections::BTreeMap;

use pedigree_sdk::entity::Change;

use super::{Taken, Verdict, holds};

pub fn check(taken: &Taken) -> Verdict {
    if taken.call.is_none() {
        return Ok(());
    }
    let mut positions = BTreeMap::new();
    for event in taken.events {
        for change in event.entities() {
            let before = positions
                .get(&change.address)
                .copied()
                .unwrap_or_else(|| taken.before.position(&change.address));
            let expected = match before {
                Some((born, seq)) => (born, seq + 1),
                None => (change.born_slot, 1),
            };
            holds!(
                (change.born_slot, change.seq) == expected,
                "{}: {} counts {:?}, not {expected:?}",
                event.name(),
                change.address,
                (change.born_slot, change.seq)
            );
            let closed = matches!(change.change, Change::Closed(_));
            positions.insert(change.address, (!closed).then_some(expected));
        }
    }
    for key in taken.before.changed(taken.after) {
        let ours = taken.before.is_ours(key) || taken.after.is_ours(key);
        let silent = ours && !positions.contains_key(key);
        holds!(
            !silent || taken.before.same_data(taken.after, key),
            "{key} changed in silence"
        );
    }
    Ok(())
}

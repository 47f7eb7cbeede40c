//! When searches first told of a slot: every answer says up to which slot of the chain it is.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// Microseconds since 1970 at which a slot was first told of: processes of one machine share that clock.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(BTreeMap<u64, u64>);

impl Told {
    /// Reads the answer of a search. What it is of comes last in it.
    pub fn see(&mut self, answer: &[u8], at: SystemTime) {
        const END: usize = 256;
        const BEFORE: &str = "\"index\":{\"slot\":";
        let end = String::from_utf8_lossy(&answer[answer.len().saturating_sub(END)..]);
        let slot = end.rsplit_once(BEFORE).and_then(|(_, rest)| {
            let digits = rest
                .split(|character: char| !character.is_ascii_digit())
                .next()?;
            digits.parse().ok()
        });
        if let Some(slot) = slot {
            self.reach(slot, at);
        }
    }

    pub fn reach(&mut self, slot: u64, at: SystemTime) {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.first(slot, since.as_micros() as u64);
    }

    pub fn merge(&mut self, other: Self) {
        for (slot, at) in other.0 {
            self.first(slot, at);
        }
    }

    fn first(&mut self, slot: u64, at: u64) {
        let first = self.0.entry(slot).or_insert(at);
        *first = at.min(*first);
    }

    /// When anybody was told of this slot, or of a later one.
    pub fn reached(&self, slot: u64) -> Option<SystemTime> {
        let at = self.0.range(slot..).map(|(_, at)| *at).min()?;
        Some(UNIX_EPOCH + Duration::from_micros(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_reached_by_the_first_answer_of_it_or_of_a_later_one() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let answer = |slot: &str| {
            format!(
                r#"{{"items":[],"index":{{"slot":{slot},"finalized_slot":1,"taint_slot":null}}}}"#
            )
        };
        let (mut told, mut other) = (Told::default(), Told::default());
        told.see(answer("7").as_bytes(), at(9));
        told.see(answer("5").as_bytes(), at(8));
        told.see(answer("null").as_bytes(), at(1));
        other.see(answer("7").as_bytes(), at(7));
        told.merge(other);
        assert_eq!(told.reached(5), Some(at(7)));
        assert_eq!(told.reached(8), None);
    }
}

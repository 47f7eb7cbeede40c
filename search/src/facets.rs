//! How many of what matches have each value.

use std::cmp::Reverse;

use roaring::RoaringBitmap;

use crate::{Count, Facet, Index, Value};

impl Index {
    /// The most frequent values first.
    pub(crate) fn counts(&self, facet: Facet, matches: &RoaringBitmap, limit: usize) -> Vec<Count> {
        let text = |values: &crate::index::Values<Box<str>>, id| {
            values.key(id).map(|key| Value::Text(key.to_string()))
        };
        match facet {
            Facet::Kind => {
                let counts = count(matches, self.kinds.values.bound(), |id| self.kinds.id(id));
                most(counts, limit, |id| text(&self.kinds.values, id))
            }
            Facet::License => {
                let bound = self.licenses.values.bound();
                let counts = count(matches, bound, |id| self.licenses.id(id));
                most(counts, limit, |id| text(&self.licenses.values, id))
            }
            Facet::Tag => {
                let counts = count(matches, self.tags.values.bound(), |id| {
                    self.tags.ids(id).iter().copied()
                });
                most(counts, limit, |id| text(&self.tags.values, id))
            }
            Facet::Publisher => {
                let bound = self.publishers.values.bound();
                let counts = count(matches, bound, |id| self.publishers.id(id));
                let value = |id| self.publishers.values.key(id).copied().map(Value::Address);
                let mut counts = most(counts, limit, value);
                for count in &mut counts {
                    count.label = self.label(&count.value, matches);
                }
                counts
            }
            Facet::Mode => {
                let modes = self.terms.modes();
                let counts = modes.iter().map(|(_, set)| set.intersection_len(matches));
                most(counts.collect(), limit, |id| {
                    let (mode, _) = modes.get(id as usize)?;
                    Some(Value::Text((*mode).to_owned()))
                })
            }
        }
    }

    /// What a publisher is called by those of its listings that match: the same by all, but for moments.
    fn label(&self, publisher: &Value, matches: &RoaringBitmap) -> Option<String> {
        let Value::Address(address) = publisher else {
            return None;
        };
        let listings = self.publishers.values.listings(address)?;
        let mut names: Vec<u32> = (&*listings.bitmap() & matches)
            .iter()
            .filter_map(|id| self.publisher_names.id(id))
            .collect();
        names.sort_unstable();
        names.dedup();
        let texts = names
            .iter()
            .filter_map(|id| self.publisher_names.values.key(*id));
        texts.min().map(ToString::to_string)
    }
}

/// How often each of `bound` ids is a match's.
fn count<I: IntoIterator<Item = u32>>(
    matches: &RoaringBitmap,
    bound: usize,
    ids: impl Fn(u32) -> I,
) -> Vec<u64> {
    let mut counts = vec![0u64; bound];
    matches.iter().for_each(|listing| {
        for id in ids(listing) {
            if let Some(count) = counts.get_mut(id as usize) {
                *count = count.saturating_add(1);
            }
        }
    });
    counts
}

/// The most frequent of what occurs at all, by their ids' counts.
fn most(counts: Vec<u64>, limit: usize, value: impl Fn(u32) -> Option<Value>) -> Vec<Count> {
    let mut frequent: Vec<(Reverse<u64>, u32)> = (0..)
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(id, count)| (Reverse(count), id))
        .collect();
    // Values are read of those only that are frequent enough.
    if let Some(last) = limit.checked_sub(1).filter(|last| *last < frequent.len()) {
        let (_, (least, _), _) = frequent.select_nth_unstable(last);
        let least = *least;
        frequent.retain(|(count, _)| *count <= least);
    }
    let mut counts: Vec<Count> = frequent
        .into_iter()
        .filter_map(|(Reverse(count), id)| {
            Some(Count {
                value: value(id)?,
                label: None,
                count,
            })
        })
        .collect();
    counts.sort_unstable_by(|one, other| {
        let order = other.count.cmp(&one.count);
        order.then_with(|| one.value.cmp(&other.value))
    });
    counts.truncate(limit);
    counts
}

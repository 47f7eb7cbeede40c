//! How many of what matches have each value.

use std::{cmp::Reverse, collections::BinaryHeap};

use roaring::RoaringBitmap;

use crate::{Address, Count, Facet, Index, Value, deadline::Steps, index::Values};

/// How many times as many values as matches there have to be for the matches' own to be listed, instead of counting for all.
const SPARSE: u64 = if cfg!(test) { 1 } else { 64 };

impl Index {
    /// The most frequent values first.
    pub(crate) fn counts(&self, facet: Facet, matches: &RoaringBitmap, limit: usize) -> Vec<Count> {
        match facet {
            Facet::Kind => texts(&self.kinds.values, matches, limit, |id| self.kinds.id(id)),
            Facet::License => {
                let of = |id| self.licenses.id(id);
                texts(&self.licenses.values, matches, limit, of)
            }
            Facet::Tag => {
                let of = |id| self.tags.ids(id).iter().copied();
                texts(&self.tags.values, matches, limit, of)
            }
            Facet::Publisher => {
                let values = &self.publishers.values;
                let counts = count(matches, values.bound(), |id| self.publishers.id(id));
                let most = most(counts, limit, |id| values.key(id)).into_iter();
                most.map(|(address, count)| Count {
                    value: Value::Address(*address),
                    label: self.label(address, matches),
                    count,
                })
                .collect()
            }
            Facet::Mode => sets(&self.terms.modes(), matches, limit),
            Facet::Unit => sets(&self.terms.units(), matches, limit),
        }
    }

    /// What a publisher is called by those of its listings that match: the same by all, but for moments.
    fn label(&self, publisher: &Address, matches: &RoaringBitmap) -> Option<String> {
        let listings = self.publishers.values.listings(publisher)?;
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

fn texts<I: IntoIterator<Item = u32>>(
    values: &Values<Box<str>>,
    matches: &RoaringBitmap,
    limit: usize,
    ids: impl Fn(u32) -> I,
) -> Vec<Count> {
    let counts = count(matches, values.bound(), ids);
    let most = most(counts, limit, |id| values.key(id).map(|text| &**text));
    most.into_iter().map(counted).collect()
}

fn sets(sets: &[(&str, RoaringBitmap)], matches: &RoaringBitmap, limit: usize) -> Vec<Count> {
    let mut steps = Steps::default();
    let counts = sets.iter().map(|(_, set)| match steps.are_over() {
        true => 0,
        false => set.intersection_len(matches),
    });
    let text = |id: u32| sets.get(id as usize).map(|(text, _)| *text);
    let most = most((0..).zip(counts), limit, text).into_iter();
    most.map(counted).collect()
}

fn counted((text, count): (&str, u64)) -> Count {
    Count {
        value: Value::Text(text.to_owned()),
        label: None,
        count,
    }
}

/// How often each of `bound` ids is a match's, of those that are at all.
fn count<I: IntoIterator<Item = u32>>(
    matches: &RoaringBitmap,
    bound: usize,
    ids: impl Fn(u32) -> I,
) -> impl Iterator<Item = (u32, u64)> {
    let is_sparse = matches.len().saturating_mul(SPARSE) < bound as u64;
    let mut counts = vec![0u32; if is_sparse { 0 } else { bound }];
    let mut own = Vec::new();
    let mut steps = Steps::default();
    matches.iter().for_each(|listing| {
        if steps.are_over() {
            return;
        }
        for id in ids(listing) {
            if is_sparse {
                own.push(id);
            } else if let Some(count) = counts.get_mut(id as usize) {
                *count = count.saturating_add(1);
            }
        }
    });
    own.sort_unstable();
    let own: Vec<(u32, u64)> = own
        .chunk_by(|one, other| one == other)
        .filter_map(|same| Some((*same.first()?, same.len() as u64)))
        .collect();
    let counts = (0..).zip(counts.into_iter().map(u64::from));
    counts.filter(|(_, count)| *count > 0).chain(own)
}

/// The most frequent of what occurs at all, of what is equally frequent the least. No more than `limit` of them are ever kept,
/// however many there are.
fn most<K: Ord>(
    counts: impl Iterator<Item = (u32, u64)>,
    limit: usize,
    key: impl Fn(u32) -> Option<K>,
) -> Vec<(K, u64)> {
    // The last of them on top.
    let mut kept: BinaryHeap<(Reverse<u64>, K)> = BinaryHeap::new();
    for (id, count) in counts.filter(|(_, count)| *count > 0) {
        let is_full = kept.len() >= limit;
        if is_full && kept.peek().is_none_or(|(Reverse(least), _)| count < *least) {
            continue;
        }
        let Some(key) = key(id) else { continue };
        let one = (Reverse(count), key);
        if !is_full {
            kept.push(one);
        } else if let Some(mut last) = kept.peek_mut()
            && one < *last
        {
            *last = one;
        }
    }
    let sorted = kept.into_sorted_vec().into_iter();
    sorted.map(|(Reverse(count), key)| (key, count)).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    #[test]
    fn of_a_long_tail_of_ties_the_least_are_kept_and_of_the_rare_not_even_the_names_are_read() {
        let read = Cell::new(0);
        let most = |counts: &[u64], limit| {
            read.set(0);
            let name = |id: u32| {
                read.set(read.get() + 1);
                Some(format!("{:05}", 99_999 - id))
            };
            let counts = (0..).zip(counts.iter().copied());
            let most = super::most(counts, limit, name).into_iter();
            most.map(|(name, count)| format!("{name} {count}"))
                .collect::<Vec<_>>()
        };
        let mut counts = vec![1; 10_000];
        assert_eq!(most(&counts, 2), ["90000 1", "90001 1"]);
        counts[0] = 7;
        counts[1] = 7;
        counts[2] = 0;
        assert_eq!(most(&counts, 2), ["99998 7", "99999 7"]);
        assert_eq!(read.get(), 2);
        assert_eq!(most(&counts, 3), ["99998 7", "99999 7", "90000 1"]);
        assert_eq!(most(&[0, 2, 0], 3), ["99998 2"]);
        assert_eq!(most(&[1], 0), [""; 0]);
    }
}

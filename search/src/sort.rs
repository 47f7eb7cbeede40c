//! The page of what matches.

use std::{borrow::Cow, cmp::Ordering};

use roaring::RoaringBitmap;

use crate::{
    Address, Hit, Index, Key, Place, Request, Sort, Text,
    filter::Tests,
    index::{Part, Selection, Set},
};

/// Matches from which on a sample of them tells first which are too far behind to be of the page.
const MANY: u64 = if cfg!(test) { 40 } else { 20_000 };
/// Size of that sample.
const SAMPLE: u32 = if cfg!(test) { 20 } else { 256 };

/// Ranks under [`Sort::Relevance`], each with its own keys.
const RANKS: u64 = 6;
const RANK: u64 = 256;

/// A match and what its sort compares.
type Ranked = (u64, u32);

impl Index {
    /// The hits of a page, and whether more follow.
    pub(crate) fn page(
        &self,
        request: &Request,
        matches: &RoaringBitmap,
        terms: &Selection<'_>,
    ) -> (Vec<Hit>, bool) {
        let wanted = request.limit.saturating_add(1);
        let after = request.after.as_ref();
        let mut found = match (request.sort, &request.filter.text) {
            (Sort::Name, _) => self.by_name(matches, after, wanted),
            (Sort::Relevance, Some(text)) => self.by_rank(text, matches, after, wanted),
            (Sort::Relevance, None) => self.by_key(matches, |_| 0, after, wanted),
            (Sort::Price, _) => {
                let key = |id| terms.prices(id).min().unwrap_or(u64::MAX);
                self.by_key(matches, key, after, wanted)
            }
            (Sort::PriceDescending, _) => {
                let highest = |id| terms.prices(id).max();
                let key = |id| highest(id).map_or(u64::MAX, |price| u64::MAX - price);
                self.by_key(matches, key, after, wanted)
            }
            (sort, _) => self.by_number(sort, 0, matches, after, wanted),
        };
        let more = found.len() > request.limit;
        found.truncate(request.limit);
        let hits = found.into_iter().map(|(key, id)| Hit {
            place: Place {
                key: match request.sort {
                    Sort::Name => Key::Text(self.names.text(id).to_owned()),
                    _ => Key::Number(key),
                },
                address: self.lineage.address(id),
            },
            change: self.columns.change.get(id),
        });
        (hits.collect(), more)
    }

    /// By a key that depends on what is searched for.
    fn by_key(
        &self,
        matches: &RoaringBitmap,
        key: impl Fn(u32) -> u64,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let tie = |one: u32, other: u32| self.by_address(one, other);
        match after {
            None => first(matches, key, |_| true, tie, wanted),
            Some(Place {
                key: Key::Number(number),
                address,
            }) => {
                let is_after = |(key, id): Ranked| self.is_after(key, id, *number, address);
                first(matches, key, is_after, tie, wanted)
            }
            // Numbers are before texts.
            Some(_) => Vec::new(),
        }
    }

    /// By a number that a listing has, and that comes after `base`.
    fn by_number(
        &self,
        sort: Sort,
        base: u64,
        matches: &RoaringBitmap,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let key = |id| base.saturating_add(self.columns.key(sort, id));
        let from = match after {
            Some(Place {
                key: Key::Number(number),
                address,
            }) => number.checked_sub(base).map(|number| (number, *address)),
            _ => None,
        };
        match self.orders.by_number(sort, from) {
            Some(bins) if matches.len() >= MANY => {
                let bins = bins.iter().map(|bin| &bin.listings);
                walk(bins, matches, wanted, |ids, wanted| {
                    self.by_key(ids, key, after, wanted)
                })
            }
            _ => self.by_key(matches, key, after, wanted),
        }
    }

    fn by_name(
        &self,
        matches: &RoaringBitmap,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        // Texts are after numbers.
        let after = after.and_then(|after| match &after.key {
            Key::Text(name) => Some((name.as_str(), after.address)),
            Key::Number(_) => None,
        });
        if matches.len() < MANY {
            return self.by_label(matches, after, wanted);
        }
        let from = after.map(|(name, address)| (name.into(), address));
        let bins = self.orders.by_name(from).iter().map(|bin| &bin.listings);
        walk(bins, matches, wanted, |ids, wanted| {
            self.by_label(ids, after, wanted)
        })
    }

    fn by_label(
        &self,
        matches: &RoaringBitmap,
        after: Option<(&str, Address)>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let names = &self.names;
        let key = |id| names.label(id);
        let tie = |one: u32, other: u32| {
            let texts = names.text(one).cmp(names.text(other));
            texts.then_with(|| self.by_address(one, other))
        };
        let label = after.and_then(|(name, _)| names.label_up_to(name));
        let (Some((name, address)), Some(label)) = (after, label) else {
            return first(matches, key, |_| true, tie, wanted);
        };
        let is_after = |(key, id): Ranked| match key.cmp(&label) {
            Ordering::Equal => {
                let own = names.text(id).cmp(name);
                own.then_with(|| self.lineage.address(id).cmp(&address))
                    .is_gt()
            }
            order => order.is_gt(),
        };
        first(matches, key, is_after, tie, wanted)
    }

    /// Rank by rank: what is of a better one needs not be compared with what is of the others.
    fn by_rank(
        &self,
        text: &Text,
        matches: &RoaringBitmap,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let from = match after.map(|after| &after.key) {
            Some(Key::Number(key)) => key / RANK,
            _ => 0,
        };
        let mut left = Cow::Borrowed(matches);
        let mut found = Vec::new();
        for rank in 0..RANKS {
            let rest = {
                let own = self.of_rank(text, rank, &left);
                if rank >= from {
                    let base = rank.saturating_mul(RANK);
                    let missing = wanted.saturating_sub(found.len());
                    found.extend(self.by_number(Sort::Relevance, base, &own, after, missing));
                }
                if found.len() >= wanted || own.len() == left.len() {
                    break;
                }
                &*left - &*own
            };
            left = Cow::Owned(rest);
        }
        found
    }

    /// Those of what is `left` of the matches that have a rank.
    fn of_rank<'a>(
        &self,
        text: &Text,
        rank: u64,
        left: &'a RoaringBitmap,
    ) -> Cow<'a, RoaringBitmap> {
        let named = |set: Option<&Set>| match set {
            Some(set) => Cow::Owned(&*set.bitmap() & left),
            None => Cow::default(),
        };
        let holding = |part| match &text.words {
            Some(words) => Cow::Owned(self.holding(words, part, left, &Tests::default())),
            None => Cow::default(),
        };
        match rank {
            0 => named(self.names.listings(&text.name)),
            1 => named(
                self.lower_names
                    .values
                    .listings(text.name.to_lowercase().as_str()),
            ),
            2 => holding(Part::Name),
            3 => holding(Part::Publisher),
            4 => holding(Part::Tags),
            _ => Cow::Borrowed(left),
        }
    }

    fn by_address(&self, one: u32, other: u32) -> Ordering {
        self.lineage.address(one).cmp(&self.lineage.address(other))
    }

    fn is_after(&self, key: u64, id: u32, other: u64, address: &Address) -> bool {
        key > other || key == other && self.lineage.address(id) > *address
    }
}

/// The first of what is in bins, each of which comes after the one before: as `first` finds them in one of them.
fn walk<'a>(
    bins: impl Iterator<Item = &'a RoaringBitmap>,
    ids: &RoaringBitmap,
    wanted: usize,
    first: impl Fn(&RoaringBitmap, usize) -> Vec<Ranked>,
) -> Vec<Ranked> {
    let mut found = Vec::new();
    for bin in bins {
        let missing = wanted.saturating_sub(found.len());
        if missing == 0 {
            break;
        }
        found.extend(first(&(bin & ids), missing));
    }
    found
}

/// The first of those that `is_after` lets pass, by their keys, and by `tie` where these are equal.
fn first(
    ids: &RoaringBitmap,
    key: impl Fn(u32) -> u64,
    is_after: impl Fn(Ranked) -> bool,
    tie: impl Fn(u32, u32) -> Ordering,
    wanted: usize,
) -> Vec<Ranked> {
    let order =
        |one: &Ranked, other: &Ranked| one.0.cmp(&other.0).then_with(|| tie(one.1, other.1));
    let ranked = |id| (key(id), id);
    let limit = threshold(
        ids,
        wanted,
        |id| Some(ranked(id)).filter(|one| is_after(*one)),
        order,
    );
    let found = collect(ids, ranked, &is_after, order, wanted, limit);
    if limit.is_some() && found.len() < wanted {
        // The sample was no fair one.
        return collect(ids, ranked, &is_after, order, wanted, None);
    }
    found
}

/// A match that most likely has all of those that are wanted before it, yet few others.
fn threshold(
    ids: &RoaringBitmap,
    wanted: usize,
    ranked: impl Fn(u32) -> Option<Ranked>,
    order: impl Fn(&Ranked, &Ranked) -> Ordering,
) -> Option<Ranked> {
    let count = ids.len();
    if count < MANY {
        return None;
    }
    let step = u32::try_from(count / u64::from(SAMPLE)).ok()?;
    let picks = (0..SAMPLE).filter_map(|pick| ids.select(pick.saturating_mul(step)));
    let mut sample: Vec<Ranked> = picks.filter_map(ranked).collect();
    sample.sort_unstable_by(&order);
    // Each of the sample stands for `step`; some more, as it is a sample.
    let needed = wanted / step as usize;
    sample
        .get(needed.saturating_mul(2).saturating_add(8))
        .copied()
}

fn collect(
    ids: &RoaringBitmap,
    ranked: impl Fn(u32) -> Ranked,
    is_after: impl Fn(Ranked) -> bool,
    order: impl Fn(&Ranked, &Ranked) -> Ordering,
    wanted: usize,
    mut limit: Option<Ranked>,
) -> Vec<Ranked> {
    let room = wanted.saturating_mul(4).max(1_024);
    let mut found = Vec::with_capacity(room.min(ids.len() as usize));
    let mut best = limit.map_or(u64::MAX, |limit| limit.0);
    for id in ids {
        let one = ranked(id);
        if one.0 > best
            || limit.is_some_and(|limit| one.0 == best && order(&one, &limit).is_gt())
            || !is_after(one)
        {
            continue;
        }
        found.push(one);
        if found.len() >= room {
            found.select_nth_unstable_by(wanted.saturating_sub(1), &order);
            found.truncate(wanted);
            limit = found.last().copied();
            best = limit.map_or(best, |limit| limit.0);
        }
    }
    found.sort_unstable_by(order);
    found.truncate(wanted);
    found
}

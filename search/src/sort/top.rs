//! The first of many.

use std::cmp::Ordering;

use roaring::RoaringBitmap;

use super::{MANY, Ranked};
use crate::deadline::Steps;

/// Size of that sample.
const SAMPLE: u32 = if cfg!(test) { 20 } else { 256 };

/// The first of those that `is_after` lets pass, by their keys, and by `tie` where these are equal.
pub fn first(
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
    let mut steps = Steps::default();
    ids.iter().for_each(|id| {
        if steps.are_over() {
            return;
        }
        let one = ranked(id);
        let is_behind =
            one.0 > best || limit.is_some_and(|limit| one.0 == best && order(&one, &limit).is_gt());
        if is_behind || !is_after(one) {
            return;
        }
        found.push(one);
        if found.len() >= room {
            found.select_nth_unstable_by(wanted.saturating_sub(1), &order);
            found.truncate(wanted);
            limit = found.last().copied();
            best = limit.map_or(best, |limit| limit.0);
        }
    });
    found.sort_unstable_by(order);
    found.truncate(wanted);
    found
}

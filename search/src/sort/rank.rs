//! By relevance.

use std::borrow::Cow;

use roaring::RoaringBitmap;

use super::Ranked;
use crate::{
    Index, Key, Place, Sort, Text, deadline,
    filter::Tests,
    index::{Part, Set},
};

/// Ranks under [`Sort::Relevance`], each with its own keys.
const RANKS: u64 = 6;
const RANK: u64 = 256;

impl Index {
    /// Rank by rank: what is of a better one needs not be compared with what is of the others.
    pub(super) fn by_rank(
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
                let is_all = found.len() >= wanted || own.len() == left.len();
                if is_all || deadline::is_over() {
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
}

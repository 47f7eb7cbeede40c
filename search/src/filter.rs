//! Which listings are all that is asked for.

use std::{borrow::Cow, hash::Hash};

use hashbrown::Equivalent;
use roaring::RoaringBitmap;

use crate::{
    Filter, Index, Terms, Text, deadline,
    index::{Part, Selection, Set, Values, intersection, retain, union},
    text::{Query, Term},
};

/// What each listing has to be looked at for.
#[derive(Debug, Default)]
pub struct Tests {
    max_royalty: Option<u32>,
    min_rating: Option<u64>,
}

impl Index {
    /// `terms` is what the filter asks of terms.
    pub(crate) fn matches(&self, filter: &Filter, terms: &Selection<'_>) -> RoaringBitmap {
        let mut sets = vec![Cow::Borrowed(self.graph.listed())];
        self.push_values(filter, &mut sets);
        if let Some(free) = filter.free {
            let with_terms = || self.graph.listed() - &self.columns.free;
            sets.push(match free {
                true => Cow::Borrowed(&self.columns.free),
                false => Cow::Owned(with_terms()),
            });
        }
        if filter.term != Terms::default() {
            sets.push(Cow::Owned(terms.listings()));
        }
        if let Some(root) = &filter.descends_from {
            sets.push(Cow::Owned(self.graph.descendants(root)));
        }
        let mut all = intersection(sets);
        if filter.untainted {
            all -= &self.columns.tainted;
        }
        let tests = Tests {
            max_royalty: filter.max_royalty_ppm,
            min_rating: filter.min_rating,
        };
        match &filter.text {
            Some(text) => self.answering(text, &all, &tests),
            None => self.passing(all, &tests),
        }
    }

    fn push_values<'a>(&'a self, filter: &Filter, sets: &mut Vec<Cow<'a, RoaringBitmap>>) {
        let texts = [
            (&self.kinds, &filter.kinds),
            (&self.licenses, &filter.licenses),
            (&self.statuses, &filter.statuses),
        ];
        for (own, wanted) in texts {
            push_any(&own.values, wanted.iter().map(String::as_str), sets);
        }
        push_any(&self.publishers.values, &filter.publishers, sets);
        push_any(&self.keys.values, &filter.key, sets);
        push_any(
            &self.publisher_names.values,
            filter.publisher_name.as_deref(),
            sets,
        );
        for tag in &filter.tags {
            push_any(&self.tags.values, [tag.as_str()], sets);
        }
        if let Some(name) = &filter.name {
            sets.push(
                self.names
                    .listings(name)
                    .map_or_else(Cow::default, Set::bitmap),
            );
        }
        if !filter.addresses.is_empty() {
            let ids = filter.addresses.iter();
            let ids = ids.filter_map(|address| self.graph.find(address));
            sets.push(Cow::Owned(ids.collect()));
        }
        let attributes = filter.attributes.iter();
        let attributes = attributes.take_while(|_| !deadline::is_over());
        sets.extend(attributes.map(|attribute| self.attributes.listings(attribute)));
    }

    fn passing(&self, ids: RoaringBitmap, tests: &Tests) -> RoaringBitmap {
        match tests.is_none() {
            true => ids,
            false => retain(&ids, |id| tests.pass(self, id)),
        }
    }

    /// Those of `within` that have the name or hold the words.
    fn answering(&self, text: &Text, within: &RoaringBitmap, tests: &Tests) -> RoaringBitmap {
        let lower = text.name.to_lowercase();
        let named = self.lower_names.values.listings(lower.as_str());
        let named = named.map_or_else(Cow::default, Set::bitmap);
        let mut found = self.passing(&*named & within, tests);
        if let Some(words) = &text.words {
            found |= self.holding(words, Part::Any, within, tests);
        }
        found
    }

    /// Those of `within` that answer a query, all wanted words standing in one part.
    pub(crate) fn holding(
        &self,
        query: &Query,
        part: Part,
        within: &RoaringBitmap,
        tests: &Tests,
    ) -> RoaringBitmap {
        let mut alternatives = query.alternatives().iter();
        let first = alternatives
            .next()
            .map(|all| self.holding_all(all, part, within, tests));
        alternatives
            .take_while(|_| !deadline::is_over())
            .fold(first.unwrap_or_default(), |found, all| {
                found | self.holding_all(all, part, within, tests)
            })
    }

    fn holding_all(
        &self,
        terms: &[Term],
        part: Part,
        within: &RoaringBitmap,
        tests: &Tests,
    ) -> RoaringBitmap {
        let mut sets = vec![Cow::Borrowed(within)];
        let mut unwanted = Vec::new();
        let mut phrases = Vec::new();
        for term in terms {
            let words: Option<Vec<u32>> = term
                .words
                .iter()
                .map(|word| self.words.find(word))
                .collect();
            match (words, term.negated) {
                (Some(words), true) => unwanted.push(words),
                (Some(words), false) => {
                    self.push_words(&words, part, &mut sets);
                    phrases.extend(Some(words).filter(|words| !self.is_known(words)));
                }
                // No listing holds it.
                (None, true) => {}
                (None, false) => return RoaringBitmap::new(),
            }
        }
        let mut found = intersection(sets);
        for words in unwanted {
            if deadline::is_over() {
                break;
            }
            let mut sets = vec![Cow::Borrowed(&found)];
            self.push_words(&words, Part::Any, &mut sets);
            let mut holding = intersection(sets);
            if !self.is_known(&words) {
                holding = self.following(&words, Part::Any, &holding);
            }
            found -= holding;
        }
        found = self.passing(found, tests);
        for words in phrases {
            found = self.following(&words, part, &found);
        }
        found
    }

    /// Those of `within` that hold a phrase. All of them have its words.
    fn following(&self, words: &[u32], part: Part, within: &RoaringBitmap) -> RoaringBitmap {
        self.words.following(words, part, within, || {
            let mut sets = Vec::new();
            self.push_words(words, part, &mut sets);
            intersection(sets)
        })
    }

    /// Whether one set tells which listings hold a phrase.
    fn is_known(&self, words: &[u32]) -> bool {
        match words {
            [_] => true,
            [first, second] => self.words.is_common(*first) && self.words.is_common(*second),
            _ => false,
        }
    }

    /// Sets that a listing with a phrase is in.
    fn push_words<'a>(&'a self, words: &[u32], part: Part, sets: &mut Vec<Cow<'a, RoaringBitmap>>) {
        if let [word] = words {
            sets.push(self.words.listings(*word, part).unwrap_or_default());
        }
        for pair in words.windows(2) {
            let [first, second] = pair else { continue };
            if self.is_known(pair) {
                sets.push(self.words.pair(*first, *second, part));
            } else {
                sets.extend(
                    [first, second]
                        .map(|word| self.words.listings(*word, part).unwrap_or_default()),
                );
            }
        }
    }
}

/// Adds the listings with any of the values, if there are values.
fn push_any<'a, 'q, K, Q>(
    values: &'a Values<K>,
    wanted: impl IntoIterator<Item = &'q Q>,
    sets: &mut Vec<Cow<'a, RoaringBitmap>>,
) where
    K: Hash + Eq,
    Q: Hash + Equivalent<K> + ?Sized + 'q,
{
    let mut wanted = wanted.into_iter().peekable();
    if wanted.peek().is_some() {
        sets.push(union(wanted.filter_map(|value| values.listings(value))));
    }
}

impl Tests {
    fn is_none(&self) -> bool {
        self.max_royalty.is_none() && self.min_rating.is_none()
    }

    fn pass(&self, index: &Index, id: u32) -> bool {
        self.max_royalty
            .is_none_or(|most| index.columns.royalty.get(id) <= most)
            && self
                .min_rating
                .is_none_or(|least| index.columns.mean.get(id) > least)
    }
}

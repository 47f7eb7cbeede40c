//! Words: which listings hold them, in which field, and where.

use std::borrow::Cow;

use hashbrown::HashMap;
use roaring::RoaringBitmap;

use super::{
    dictionary::{Dictionary, boxed},
    phrases::{MANY, Phrases},
    rows::{Prints, Rows},
    set::{Set, retain},
    values::{Change, ordered},
};
use crate::{deadline, text::Document};

/// Listings from which on a word is common: of two common words, those listings are kept where one follows the other, as to look
/// at that many for it would take long.
const COMMON: u64 = if cfg!(test) { 20 } else { 8_192 };

#[derive(Debug, Default)]
pub struct Words {
    words: Dictionary<Box<str>, Word>,
    rows: Rows<Token>,
    prints: Prints,
    pairs: HashMap<(u32, u32), Parts>,
    phrases: Phrases,
}

#[derive(Debug, Default)]
struct Word {
    parts: Parts,
    is_common: bool,
}

/// Which part of a document something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Any,
    Name,
    Publisher,
    Tags,
}

/// Listings by the part of their document.
#[derive(Debug, Default)]
struct Parts([Set; 4]);

impl Parts {
    fn of(&self, part: Part) -> Option<&Set> {
        self.0.get(part as usize)
    }

    fn insert(&mut self, part: Part, listing: u32) {
        if let Some(set) = self.0.get_mut(part as usize) {
            set.insert(listing);
        }
    }

    /// Whether nothing is left.
    fn remove(&mut self, part: Part, listing: u32) -> bool {
        if let Some(set) = self.0.get_mut(part as usize) {
            set.remove(listing);
        }
        self.0.iter().all(Set::is_empty)
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(Set::bytes).sum()
    }
}

/// A word at a position, in six bytes: the word's upper and lower half, and `position << 2 | field`. In order, a word's
/// positions stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Token([u16; 3]);

impl Token {
    fn new(word: u32, position: u16, weight: char) -> Self {
        let field = match weight {
            'A' => 1,
            'B' => 2,
            'C' => 3,
            _ => 0,
        };
        Self([(word >> 16) as u16, word as u16, position << 2 | field])
    }

    fn word(self) -> u32 {
        let [high, low, _] = self.0;
        u32::from(high) << 16 | u32::from(low)
    }

    fn position(self) -> u16 {
        self.0[2] >> 2
    }

    fn part(self) -> Part {
        match self.0[2] & 3 {
            1 => Part::Name,
            2 => Part::Publisher,
            3 => Part::Tags,
            _ => Part::Any,
        }
    }

    fn is_in(self, part: Part) -> bool {
        part == Part::Any || part == self.part()
    }
}

impl Words {
    pub fn put(&mut self, listing: u32, document: &Document) {
        if !self.prints.change(listing, document) {
            return;
        }
        let mut row = Vec::with_capacity(document.words().len());
        for (word, positions) in document.words() {
            let id = self.words.intern(word, boxed);
            row.extend(
                positions
                    .iter()
                    .map(|(position, weight)| Token::new(id, *position, *weight)),
            );
        }
        row.sort_unstable();
        let old = self.rows.get(listing);
        if row == old {
            return;
        }
        let words = Change::between(&parts(old), &parts(&row));
        let pairs = Change::between(&self.common_pairs(old), &self.common_pairs(&row));
        self.rows.set(listing, &row);
        self.phrases
            .put(listing, |words, part| follow(&row, words, part));

        for (first, second, part) in pairs.added {
            let parts = self.pairs.entry((first, second)).or_default();
            parts.insert(part, listing);
        }
        for (first, second, part) in pairs.removed {
            if let Some(parts) = self.pairs.get_mut(&(first, second))
                && parts.remove(part, listing)
            {
                self.pairs.remove(&(first, second));
            }
        }
        for (word, part) in words.removed {
            if let Some(own) = self.words.get_mut(word)
                && own.parts.remove(part, listing)
            {
                self.words.forget(word);
            }
        }
        let mut common = Vec::new();
        for (word, part) in words.added {
            if let Some(own) = self.words.get_mut(word) {
                own.parts.insert(part, listing);
                let listings = own.parts.of(Part::Any).map_or(0, Set::len);
                if part == Part::Any && !own.is_common && listings >= COMMON {
                    own.is_common = true;
                    common.push(word);
                }
            }
        }
        for word in common {
            self.pair_up(word);
        }
    }

    /// Pairs of common words that follow one another.
    fn common_pairs(&self, row: &[Token]) -> Vec<(u32, u32, Part)> {
        let mut places: Vec<(u16, u32, Part)> = Vec::new();
        for tokens in row.chunk_by(|one, other| one.word() == other.word()) {
            let word = tokens.first().map_or(0, |token| token.word());
            if self.is_common(word) {
                places.extend(
                    tokens
                        .iter()
                        .map(|token| (token.position(), word, token.part())),
                );
            }
        }
        places.sort_unstable();
        let mut pairs = Vec::new();
        let mut after = places.as_slice();
        for (position, word, part) in &places {
            let next = position.saturating_add(1);
            let skipped = after.partition_point(|(other, ..)| *other < next);
            after = after.get(skipped..).unwrap_or_default();
            for (_, other, other_part) in after.iter().take_while(|(other, ..)| *other == next) {
                pairs.push((*word, *other, Part::Any));
                if part == other_part && *part != Part::Any {
                    pairs.push((*word, *other, *part));
                }
            }
        }
        ordered(pairs)
    }

    /// Notes of a word that has become common where it stands beside the others that are.
    fn pair_up(&mut self, word: u32) {
        let Some(listings) = self.listings(word, Part::Any).map(Cow::into_owned) else {
            return;
        };
        for listing in listings {
            for (first, second, part) in self.common_pairs(self.rows.get(listing)) {
                if first == word || second == word {
                    let parts = self.pairs.entry((first, second)).or_default();
                    parts.insert(part, listing);
                }
            }
        }
    }

    pub fn find(&self, word: &str) -> Option<u32> {
        self.words.find(word)
    }

    pub fn is_common(&self, word: u32) -> bool {
        self.words.get(word).is_some_and(|word| word.is_common)
    }

    pub fn listings(&self, word: u32, part: Part) -> Option<Cow<'_, RoaringBitmap>> {
        Some(self.words.get(word)?.parts.of(part)?.bitmap())
    }

    /// Where a common word follows another.
    pub fn pair(&self, first: u32, second: u32, part: Part) -> Cow<'_, RoaringBitmap> {
        let parts = self.pairs.get(&(first, second));
        let set = parts.and_then(|parts| parts.of(part));
        set.map_or_else(Cow::default, Set::bitmap)
    }

    /// Whether words follow one another in a listing, all of them in one part.
    pub fn follow(&self, listing: u32, words: &[u32], part: Part) -> bool {
        follow(self.rows.get(listing), words, part)
    }

    /// Those of some listings in which words follow one another, all in one part. `candidates` knows all that it may be: where most
    /// of them are asked about, and they are many, which of them it is is found out once.
    pub fn following(
        &self,
        words: &[u32],
        part: Part,
        within: &RoaringBitmap,
        candidates: impl FnOnce() -> RoaringBitmap,
    ) -> RoaringBitmap {
        if let Some(known) = self.phrases.find(words, part) {
            return &*known & within;
        }
        let is_in = |id| self.follow(id, words, part);
        if within.len() < MANY {
            return retain(within, is_in);
        }
        let candidates = candidates();
        if within.len() < candidates.len() / 4 {
            return retain(within, is_in);
        }
        let found = retain(&candidates, is_in);
        let of_within = &found & within;
        if !deadline::is_over() {
            self.phrases.keep(words, part, found);
        }
        of_within
    }

    pub fn bytes(&self) -> usize {
        let words = self.words.bytes(|text, word| {
            text.len()
                .saturating_add(16)
                .saturating_add(word.parts.bytes())
        });
        let pairs: usize = self.pairs.values().map(Parts::bytes).sum();
        let table = size_of::<((u32, u32), Parts)>().saturating_mul(self.pairs.capacity());
        words
            .saturating_add(pairs)
            .saturating_add(table)
            .saturating_add(self.rows.bytes())
            .saturating_add(self.prints.bytes())
            .saturating_add(self.phrases.bytes())
    }
}

fn follow(row: &[Token], words: &[u32], part: Part) -> bool {
    let Some((first, others)) = words.split_first() else {
        return false;
    };
    let starts = row.get(row.partition_point(|token| token.word() < *first)..);
    let mut starts = starts
        .unwrap_or_default()
        .iter()
        .take_while(|token| token.word() == *first);
    starts.any(|start| {
        start.is_in(part)
            && (start.position().saturating_add(1)..)
                .zip(others)
                .all(|(position, word)| stands(row, *word, position, part))
    })
}

fn stands(row: &[Token], word: u32, position: u16, part: Part) -> bool {
    let wanted = Token::new(word, position, 'D');
    let token = row.get(row.partition_point(|token| *token < wanted));
    token.is_some_and(|token| {
        token.word() == word && token.position() == position && token.is_in(part)
    })
}

/// Words of a row with the parts that they stand in.
fn parts(row: &[Token]) -> Vec<(u32, Part)> {
    let parts = row.iter().flat_map(|token| {
        let word = token.word();
        [(word, Part::Any), (word, token.part())]
    });
    ordered(parts)
}

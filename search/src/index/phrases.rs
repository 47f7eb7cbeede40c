//! Phrases that many listings might hold: which do.
//!
//! A licence's name, say, is a phrase of words that each are hundreds of thousands of listings': to look at each of these whether they
//! follow one another takes many times as long as a search. So what was looked up is kept, and kept up to date.

use std::sync::{Arc, Mutex, PoisonError};

use roaring::RoaringBitmap;

use super::words::Part;

/// Listings from which on it is worth it.
pub const MANY: u64 = if cfg!(test) { 4 } else { 20_000 };
/// Phrases kept: of each some kilobytes to a hundred and more. Whichever was not asked for the longest goes first.
const KEPT: usize = if cfg!(test) { 3 } else { 64 };

#[derive(Debug, Default)]
pub struct Phrases(Mutex<Vec<Phrase>>);

#[derive(Debug)]
struct Phrase {
    words: Box<[u32]>,
    part: Part,
    listings: Arc<RoaringBitmap>,
}

impl Phrases {
    /// Which listings hold a phrase, if that is known.
    pub fn find(&self, words: &[u32], part: Part) -> Option<Arc<RoaringBitmap>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|phrase| phrase.is(words, part))?;
        // The last one was asked for last.
        kept.get_mut(place..)?.rotate_left(1);
        Some(kept.last()?.listings.clone())
    }

    /// Keeps which listings do, as they are now: whoever searches keeps them from changing.
    pub fn keep(&self, words: &[u32], part: Part, listings: RoaringBitmap) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|phrase| !phrase.is(words, part));
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Phrase {
            words: words.into(),
            part,
            listings: Arc::new(listings),
        });
    }

    /// Notes of a listing which phrases it holds by now. A word's number may become another's once nobody has the word: then nobody
    /// holds its phrases either.
    pub fn put(&mut self, listing: u32, holds: impl Fn(&[u32], Part) -> bool) {
        let kept = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for phrase in kept {
            let is_so = holds(&phrase.words, phrase.part);
            if is_so != phrase.listings.contains(listing) {
                let listings = Arc::make_mut(&mut phrase.listings);
                match is_so {
                    true => listings.insert(listing),
                    false => listings.remove(listing),
                };
            }
        }
    }

    pub fn bytes(&self) -> usize {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sizes = kept.iter().map(|phrase| phrase.listings.serialized_size());
        sizes.sum()
    }
}

impl Phrase {
    fn is(&self, words: &[u32], part: Part) -> bool {
        self.part == part && *self.words == *words
    }
}

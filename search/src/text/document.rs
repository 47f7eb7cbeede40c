//! Words of a listing, as a weighted text vector.

use std::{collections::BTreeMap, fmt::Write};

use super::{Field, lower, parts, runs};

/// Postgres stores no greater position.
const MAX_POSITION: u16 = 16_383;
/// Postgres stores no more positions of one word.
const MAX_POSITIONS: usize = 255;

/// A text vector in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Document {
    words: BTreeMap<String, Vec<(u16, char)>>,
    position: u16,
}

impl Document {
    /// Adds a text. No phrase reaches from one text into the next.
    pub fn add(&mut self, field: Field, text: &str) {
        for run in runs(text) {
            self.position = self.position.saturating_add(1).min(MAX_POSITION);
            self.put(field, lower(&run));
            // In the same place: phrases that are typed with the whole word are found still.
            for part in parts(&run) {
                self.put(field, lower(part));
            }
        }
        self.position = self.position.saturating_add(1).min(MAX_POSITION);
    }

    fn put(&mut self, field: Field, word: String) {
        let positions = self.words.entry(word).or_default();
        let is_new = positions
            .last()
            .is_none_or(|(last, _)| *last != self.position);
        if positions.len() < MAX_POSITIONS && is_new {
            positions.push((self.position, field.weight()));
        }
    }

    /// Its words in their order, each with its positions and the weights that it has there.
    pub fn words(&self) -> impl ExactSizeIterator<Item = (&str, &[(u16, char)])> {
        self.words
            .iter()
            .map(|(word, positions)| (word.as_str(), positions.as_slice()))
    }

    /// Where a word stands.
    pub fn positions(&self, word: &str) -> &[(u16, char)] {
        self.words.get(word).map_or(&[], Vec::as_slice)
    }

    /// Reads what [`Document::to_binary`] writes and Postgres sends. `None` where it is anything else. Texts added
    /// afterwards come after all that it holds.
    pub fn from_binary(bytes: &[u8]) -> Option<Self> {
        let mut document = Self::default();
        let (count, mut rest) = bytes.split_first_chunk()?;
        for _ in 0..u32::from_be_bytes(*count) {
            let end = rest.iter().position(|byte| *byte == 0)?;
            let (word, after) = rest.split_at_checked(end)?;
            let word = std::str::from_utf8(word).ok()?.to_owned();
            let (places, after) = after.get(1..)?.split_first_chunk()?;
            let length = usize::from(u16::from_be_bytes(*places)).checked_mul(2)?;
            let (places, after) = after.split_at_checked(length)?;
            let places: Vec<_> = places.chunks_exact(2).map(place).collect::<Option<_>>()?;
            document.position = document.position.max(places.last()?.0);
            document.words.insert(word, places);
            rest = after;
        }
        document.position = document.position.saturating_add(1).min(MAX_POSITION);
        rest.is_empty().then_some(document)
    }

    /// As Postgres receives a `tsvector`: the number of words, and of each its text and its positions.
    pub fn to_binary(&self) -> Vec<u8> {
        let mut bytes = (self.words.len() as u32).to_be_bytes().to_vec();
        for (word, positions) in &self.words {
            bytes.extend(word.as_bytes());
            bytes.push(0);
            bytes.extend((positions.len() as u16).to_be_bytes());
            for (position, weight) in positions {
                // D weighs 0, A weighs 3.
                let weight = u16::from(b'D'.saturating_sub(*weight as u8));
                bytes.extend((weight << 14 | position).to_be_bytes());
            }
        }
        bytes
    }

    /// As Postgres reads a `tsvector`.
    pub fn to_tsvector(&self) -> String {
        let mut text = String::new();
        for (word, positions) in &self.words {
            let places: Vec<_> = positions
                .iter()
                .map(|(position, weight)| format!("{position}{weight}"))
                .collect();
            // A word is letters and digits only: nothing to escape.
            let _ = write!(text, "'{word}':{} ", places.join(","));
        }
        text
    }
}

/// A position and its weight, of two bytes.
fn place(bytes: &[u8]) -> Option<(u16, char)> {
    let bits = u16::from_be_bytes(bytes.try_into().ok()?);
    let weight = match bits >> 14 {
        3 => 'A',
        2 => 'B',
        1 => 'C',
        _ => 'D',
    };
    Some((bits & MAX_POSITION, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_the_field_of_each_word_and_a_gap_between_texts() {
        let mut document = Document::default();
        document.add(Field::Name, "Llama 3");
        document.add(Field::Tags, "llama");
        assert_eq!(document.to_tsvector(), "'3':2A 'llama':1A,4C ");
        let mut parts = Document::default();
        parts.add(Field::Name, "AmazonQA data");
        assert_eq!(
            parts.to_tsvector(),
            "'amazon':1A 'amazonqa':1A 'data':2A 'qa':1A "
        );
        let mut long = Document::default();
        long.add(Field::Rest, &"a ".repeat(100_000));
        assert!(long.to_tsvector().len() < 4_000);
    }
    #[test]
    fn a_document_is_read_back_from_what_postgres_stores() {
        let mut document = Document::default();
        for (field, text) in [
            (Field::Name, "Llama 3 模型"),
            (Field::Publisher, "llama"),
            (Field::Tags, "chat"),
            (Field::Rest, "a model to chat with"),
        ] {
            document.add(field, text);
        }
        let bytes = document.to_binary();
        assert_eq!(Document::from_binary(&bytes), Some(document));
        let empty = Document::default().to_binary();
        assert_eq!(Document::from_binary(&empty).unwrap().words().len(), 0);
        for end in 0..bytes.len() {
            assert_eq!(Document::from_binary(&bytes[..end]), None);
        }
        assert_eq!(Document::from_binary(&[bytes, vec![0]].concat()), None);
    }
}

//! Words: of a listing, as a weighted text vector, and of a query in web-search syntax.
//!
//! Both sides are cut into words here and not by Postgres, whose parser takes `gpt-4` for a number and a path for one
//! word, and depends on the database's locale.

use std::{collections::BTreeMap, fmt::Write};

/// Longest word kept; Postgres allows 2 KB.
const MAX_WORD: usize = 100;
/// Postgres stores no greater position.
const MAX_POSITION: u16 = 16_383;
/// Postgres stores no more positions of one word.
const MAX_POSITIONS: usize = 255;
/// Words of one query.
const MAX_QUERY_WORDS: usize = 32;

/// Which part of a listing a word comes from; the best field comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Publisher,
    Tags,
    Rest,
}

impl Field {
    fn weight(self) -> char {
        match self {
            Field::Name => 'A',
            Field::Publisher => 'B',
            Field::Tags => 'C',
            Field::Rest => 'D',
        }
    }
}

/// Runs of letters and digits, in lower case. Ideographs and kana are words by themselves, as nothing stands between
/// them.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        let alone = matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
        if (alone || !character.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if alone {
            words.push(character.to_string());
        } else if character.is_alphanumeric() && word.len() < MAX_WORD {
            word.extend(character.to_lowercase());
        }
    }
    words
}

/// A text vector in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    words: BTreeMap<String, Vec<(u16, char)>>,
    position: u16,
}

impl Document {
    /// Adds a text. No phrase reaches from one text into the next.
    pub fn add(&mut self, field: Field, text: &str) {
        for word in words(text) {
            self.position = self.position.saturating_add(1).min(MAX_POSITION);
            let positions = self.words.entry(word).or_default();
            if positions.len() < MAX_POSITIONS
                && positions
                    .last()
                    .is_none_or(|(last, _)| *last != self.position)
            {
                positions.push((self.position, field.weight()));
            }
        }
        self.position = self.position.saturating_add(1).min(MAX_POSITION);
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

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("holds no word to search for")]
    NoWord,
    #[error("holds more than {MAX_QUERY_WORDS} words")]
    TooLong,
}

/// A parsed query: any of several, each all of its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<Vec<Term>>);

/// Words that follow one another, wanted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    words: Vec<String>,
    negated: bool,
}

impl Query {
    /// Reads words, `"phrases"`, `-not` and `or`. Whatever else is written separates words.
    ///
    /// # Errors
    /// Where there is nothing to look for, or too much.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut any = vec![Vec::new()];
        let mut count = 0usize;
        for (piece, quoted, negated) in pieces(text) {
            if !quoted && !negated && piece.eq_ignore_ascii_case("or") {
                any.push(Vec::new());
                continue;
            }
            let words = words(piece);
            count = count.saturating_add(words.len());
            if let (false, Some(all)) = (words.is_empty(), any.last_mut()) {
                all.push(Term { words, negated });
            }
        }
        any.retain(|all| !all.is_empty());
        match (any.is_empty(), count > MAX_QUERY_WORDS) {
            (true, _) => Err(QueryError::NoWord),
            (_, true) => Err(QueryError::TooLong),
            _ => Ok(Self(any)),
        }
    }

    /// As Postgres reads a `tsquery`; with a field, all wanted words must stand in that one.
    pub fn to_tsquery(&self, field: Option<Field>) -> String {
        let any: Vec<_> = self
            .0
            .iter()
            .map(|all| {
                let terms: Vec<_> = all.iter().map(|term| term.to_tsquery(field)).collect();
                format!("({})", terms.join(" & "))
            })
            .collect();
        any.join(" | ")
    }
}

impl Term {
    fn to_tsquery(&self, field: Option<Field>) -> String {
        let weight = match field {
            Some(field) if !self.negated => format!(":{}", field.weight()),
            _ => String::new(),
        };
        let words: Vec<_> = self
            .words
            .iter()
            .map(|word| format!("'{word}'{weight}"))
            .collect();
        format!(
            "{}({})",
            if self.negated { "!" } else { "" },
            words.join(" <-> ")
        )
    }
}

/// Pieces of a query with whether each was quoted and negated.
fn pieces(text: &str) -> Vec<(&str, bool, bool)> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let negated = rest.starts_with('-');
        let body = rest.strip_prefix('-').unwrap_or(rest);
        let (piece, quoted, after) = match body.strip_prefix('"') {
            Some(phrase) => {
                let (piece, after) = phrase.split_once('"').unwrap_or((phrase, ""));
                (piece, true, after)
            }
            None => {
                let end = body
                    .find(|c: char| c.is_whitespace() || c == '"')
                    .unwrap_or(body.len());
                let (piece, after) = body.split_at(end);
                (piece, false, after)
            }
        };
        pieces.push((piece, quoted, negated));
        rest = after.trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tsquery(text: &str) -> String {
        Query::parse(text).unwrap().to_tsquery(None)
    }

    #[test]
    fn names_with_punctuation_are_cut_into_the_words_that_people_type() {
        assert_eq!(
            words("meta-llama/Llama-3.1-8B"),
            ["meta", "llama", "llama", "3", "1", "8b"]
        );
        assert_eq!(words("GPT-4o"), ["gpt", "4o"]);
        assert_eq!(words("模型Ä"), ["模", "型", "ä"]);
        assert!(words(" -/\\':*&|!").is_empty());
    }

    #[test]
    fn web_search_syntax_is_read() {
        assert_eq!(tsquery("llama chat"), "(('llama') & ('chat'))");
        assert_eq!(
            tsquery("\"llama chat\" -code"),
            "(('llama' <-> 'chat') & !('code'))"
        );
        assert_eq!(tsquery("a b or c"), "(('a') & ('b')) | (('c'))");
        assert_eq!(tsquery("gpt-4o"), "(('gpt' <-> '4o'))");
        assert_eq!(tsquery("-\"a b\" c"), "(!('a' <-> 'b') & ('c'))");
    }

    #[test]
    fn i19_wild_queries_are_read_or_refused_never_passed_on() {
        for text in [
            "'", "\"", "-", "or", "or or", "!!&|", "a\"", "''':*", "- - -", "-\"\"", "\u{0}",
        ] {
            match Query::parse(text) {
                Ok(query) => assert!(
                    query
                        .to_tsquery(None)
                        .chars()
                        .all(|c| c.is_alphanumeric() || "()'&|!<->: ".contains(c))
                ),
                Err(error) => assert_eq!(error, QueryError::NoWord, "{text}"),
            }
        }
        assert_eq!(Query::parse(&"a ".repeat(33)), Err(QueryError::TooLong));
    }

    #[test]
    fn a_document_keeps_the_field_of_each_word_and_a_gap_between_texts() {
        let mut document = Document::default();
        document.add(Field::Name, "Llama 3");
        document.add(Field::Tags, "llama");
        assert_eq!(document.to_tsvector(), "'3':2A 'llama':1A,4C ");
        let mut long = Document::default();
        long.add(Field::Rest, &"a ".repeat(100_000));
        assert!(long.to_tsvector().len() < 4_000);
    }
}

//! Words: of a listing, as a weighted text vector, and of a query in web-search syntax.
//!
//! Both sides are cut into words here and not by Postgres, whose parser takes `gpt-4` for a number and a path for one
//! word, and depends on the database's locale.

mod document;
mod query;

pub use document::Document;
pub(crate) use query::Term;
pub use query::{Query, QueryError};

/// Longest word kept; Postgres allows 2 KB.
const MAX_WORD: usize = 100;

/// Which part of a listing a word comes from; the best field comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Publisher,
    Tags,
    Rest,
}

impl Field {
    pub(crate) fn weight(self) -> char {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}

//! Words: of a listing, as a weighted text vector, and of a query in web-search syntax.
//!
//! Both sides are cut into words here and not by Postgres, whose parser takes `gpt-4` for a number and a path for one
//! word, and depends on the database's locale.

mod document;
mod query;

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

pub use document::Document;
pub(crate) use query::Term;
pub use query::{Query, QueryError};

/// Longest word kept, in bytes; Postgres allows 2 KB.
const MAX_WORD: usize = 100;
/// Combining marks of Latin, Greek and Cyrillic letters. Those of other scripts tell words apart.
const ACCENTS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

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

/// A text without the accents of its letters, which many people do not type, and with one form of each letter.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let letters = text.nfkd().filter(|letter| !ACCENTS.contains(letter));
    Cow::Owned(letters.nfc().collect())
}

/// Of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    runs(text).iter().map(|run| lower(run)).collect()
}

fn lower(run: &str) -> String {
    run.chars().flat_map(char::to_lowercase).collect()
}

/// Runs of letters and digits. Ideographs and kana are words by themselves, as nothing stands between them.
fn runs(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in fold(text).chars().chain([' ']) {
        let alone = matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
        if (alone || !character.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if alone {
            words.push(character.to_string());
        } else if character.is_alphanumeric() && word.len() < MAX_WORD {
            word.push(character);
        }
    }
    words
}

/// What people take a word for that is written as one: `AmazonQA`, `BERTScore`, `Llama3`. None where it is one throughout.
fn parts(run: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    if run.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return parts;
    }
    let mut begun = 0;
    let letters: Vec<(usize, char)> = run.char_indices().collect();
    for (place, around) in (1..).zip(letters.windows(2)) {
        let &[(_, before), (at, letter)] = around else {
            continue;
        };
        let next = letters.get(place + 1).map(|(_, next)| *next);
        let rises = before.is_lowercase() && letter.is_uppercase();
        let last_capital =
            before.is_uppercase() && letter.is_uppercase() && next.is_some_and(char::is_lowercase);
        let part = run.get(begun..at).unwrap_or_default();
        // Not of `4o` or `8B`: a letter beside a number is no word.
        let counts = part.chars().nth(1).is_some() && before.is_alphabetic() && letter.is_numeric();
        if rises || last_capital || counts {
            parts.push(part);
            begun = at;
        }
    }
    if begun > 0 {
        parts.push(run.get(begun..).unwrap_or_default());
    }
    let is_word = |part: &&str| part.chars().nth(1).is_some() || part.starts_with(char::is_numeric);
    parts.retain(is_word);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_written_as_one_have_parts() {
        assert_eq!(parts("AmazonQA"), ["Amazon", "QA"]);
        assert_eq!(
            parts("MassiveScenarioClassification"),
            ["Massive", "Scenario", "Classification"]
        );
        assert_eq!(parts("BERTScore"), ["BERT", "Score"]);
        assert_eq!(parts("Llama3"), ["Llama", "3"]);
        assert_eq!(parts("iPhone"), ["Phone"]);
        assert_eq!(parts("ÉcoleÉté"), ["École", "Été"]);
        for one in ["amazon", "4o", "8B", "QA", "Bert", "x", "", "模"] {
            assert!(parts(one).is_empty(), "{one}");
        }
    }

    #[test]
    fn accents_and_forms_of_letters_do_not_tell_words_apart_and_vowel_signs_do() {
        assert_eq!(
            words("Naïve nai\u{308}ve ＧＰＴ"),
            ["naive", "naive", "gpt"]
        );
        assert_ne!(words("कि"), words("का"));
        assert_eq!(words("한국어"), ["한국어"]);
    }

    #[test]
    fn names_with_punctuation_are_cut_into_the_words_that_people_type() {
        assert_eq!(
            words("meta-llama/Llama-3.1-8B"),
            ["meta", "llama", "llama", "3", "1", "8b"]
        );
        assert_eq!(words("GPT-4o"), ["gpt", "4o"]);
        assert_eq!(words("模型Ä"), ["模", "型", "a"]);
        assert!(words(" -/\\':*&|!").is_empty());
    }
}

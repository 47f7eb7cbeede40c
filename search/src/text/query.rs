//! Words of a query in web-search syntax.

use super::words;

/// Words of one query.
const MAX_QUERY_WORDS: usize = 32;

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    pub words: Vec<String>,
    pub negated: bool,
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
            let term = Term { words, negated };
            // What is said twice is looked for once.
            if let (false, Some(all)) = (term.words.is_empty(), any.last_mut())
                && !all.contains(&term)
            {
                all.push(term);
            }
        }
        any.retain(|all| !all.is_empty());
        any.sort_unstable();
        any.dedup();
        match (any.is_empty(), count > MAX_QUERY_WORDS) {
            (true, _) => Err(QueryError::NoWord),
            (_, true) => Err(QueryError::TooLong),
            _ => Ok(Self(any)),
        }
    }

    /// Of several, each all of its terms.
    pub(crate) fn alternatives(&self) -> &[Vec<Term>] {
        &self.0
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
        Query::parse(text).unwrap().to_tsquery()
    }

    impl Query {
        /// As Postgres reads a `tsquery`.
        fn to_tsquery(&self) -> String {
            let all = |terms: &Vec<Term>| {
                let terms: Vec<_> = terms.iter().map(Term::to_tsquery).collect();
                format!("({})", terms.join(" & "))
            };
            self.0.iter().map(all).collect::<Vec<_>>().join(" | ")
        }
    }

    impl Term {
        fn to_tsquery(&self) -> String {
            let words: Vec<_> = self.words.iter().map(|word| format!("'{word}'")).collect();
            format!(
                "{}({})",
                if self.negated { "!" } else { "" },
                words.join(" <-> ")
            )
        }
    }

    #[test]
    fn web_search_syntax_is_read() {
        assert_eq!(tsquery("llama chat"), "(('llama') & ('chat'))");
        assert_eq!(
            tsquery("\"llama chat\" -code"),
            "(('llama' <-> 'chat') & !('code'))"
        );
        assert_eq!(tsquery("a b or c"), "(('a') & ('b')) | (('c'))");
        assert_eq!(
            tsquery("a a -b a or c or c or a -b"),
            "(('a') & !('b')) | (('c'))"
        );
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
                        .to_tsquery()
                        .chars()
                        .all(|c| c.is_alphanumeric() || "()'&|!<->: ".contains(c))
                ),
                Err(error) => assert_eq!(error, QueryError::NoWord, "{text}"),
            }
        }
        assert_eq!(Query::parse(&"a ".repeat(33)), Err(QueryError::TooLong));
    }
}

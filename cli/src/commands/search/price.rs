//! Which of a listing's price terms a search asked about.

use pedigree_sdk::api::{Price, Search};
use solana_program::pubkey::Pubkey;

/// What a search says of price terms.
pub struct Wanted<'a> {
    search: &'a Search,
    mint: Option<Pubkey>,
}

impl<'a> Wanted<'a> {
    /// `settlement` is the mint in which prices are compared unless the search names one.
    pub fn of(search: &'a Search, settlement: Option<Pubkey>) -> Self {
        let sorted = matches!(search.sort.as_deref(), Some("price" | "-price"));
        let compared = sorted || search.min_price.is_some() || search.max_price.is_some();
        let mint = search.mint.or(settlement.filter(|_| compared));
        Self { search, mint }
    }

    /// The term for which a listing was found: of several the one that a sort by price went by, otherwise the first. The
    /// listing's first where none is known to match, as the index may have compared in another mint; `None` for what is free.
    pub fn term<'p>(&self, pricing: &'p [Price]) -> Option<&'p Price> {
        let mut matching = pricing.iter().filter(|term| self.matches(term));
        let found = match self.search.sort.as_deref() {
            Some("price") => matching.min_by_key(|term| term.price),
            Some("-price") => matching.max_by_key(|term| term.price),
            _ => matching.next(),
        };
        found.or(pricing.first())
    }

    fn matches(&self, term: &Price) -> bool {
        let search = self.search;
        let is = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|one| one == is);
        is(&search.mode, &term.mode)
            && is(&search.unit, &term.unit)
            && self.mint.is_none_or(|mint| mint == term.mint)
            && search.min_price.is_none_or(|least| term.price >= least)
            && search.max_price.is_none_or(|most| term.price <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLEMENT: Pubkey = Pubkey::new_from_array([1; 32]);
    const OTHER: Pubkey = Pubkey::new_from_array([2; 32]);

    fn price(mode: &str, unit: &str, price: u64, mint: Pubkey) -> Price {
        Price {
            index: 0,
            mode: mode.to_owned(),
            unit: unit.to_owned(),
            price,
            mint,
            decimals: 6,
            capacity: None,
            period: None,
        }
    }

    #[test]
    fn the_term_that_was_asked_for_is_shown_and_not_the_first() {
        let pricing = [
            price("one_time", "copy", 50, SETTLEMENT),
            price("metered", "request", 7, SETTLEMENT),
            price("metered", "request", 9, SETTLEMENT),
            price("metered", "request", 1, OTHER),
        ];
        let unit = Some("request".to_owned());
        let requests = Search {
            unit,
            ..Search::default()
        };
        let sorted = |sort: &str| Search {
            sort: Some(sort.to_owned()),
            ..requests.clone()
        };
        for (search, place) in [
            (Search::default(), 0),
            (requests.clone(), 1),
            (sorted("name"), 1),
            // In the settlement mint, as nobody said in which.
            (sorted("price"), 1),
            (sorted("-price"), 2),
            (
                Search {
                    mint: Some(OTHER),
                    ..sorted("-price")
                },
                3,
            ),
            (
                Search {
                    mode: Some("metered".to_owned()),
                    ..Search::default()
                },
                1,
            ),
            (
                Search {
                    min_price: Some(8),
                    ..requests.clone()
                },
                2,
            ),
            (
                Search {
                    max_price: Some(6),
                    ..requests.clone()
                },
                // None that is known to match.
                0,
            ),
        ] {
            let wanted = Wanted::of(&search, Some(SETTLEMENT));
            assert_eq!(wanted.term(&pricing), Some(&pricing[place]), "{search:?}");
        }
        assert_eq!(Wanted::of(&requests, None).term(&[]), None);
    }
}

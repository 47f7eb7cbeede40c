//! A search: what matches, its page and its facets.

use std::time::Instant;

use crate::{Answer, Index, Request, deadline};

impl Index {
    /// The same, where it takes no longer than until `deadline`; it ends soon after that in any case.
    pub fn search_by(&self, request: &Request, deadline: Instant) -> Option<Answer> {
        deadline::by(deadline, || self.search(request))
    }

    /// Of the listings as they are: what [`crate::scan`] answers, without reading each.
    pub fn search(&self, request: &Request) -> Answer {
        let terms = self.terms.select(&request.filter.term);
        let matches = self.matches(&request.filter, &terms);
        let (hits, more) = self.page(request, &matches, &terms);
        let facets = request.facets.iter();
        Answer {
            hits,
            more,
            total: matches.len(),
            facets: facets
                .map(|facet| (*facet, self.counts(*facet, &matches, request.facet_limit)))
                .collect(),
        }
    }
}

//! A search: what matches, its page and its facets.

use crate::{Answer, Index, Request};

impl Index {
    /// Of the listings as they are: what [`crate::scan`] answers, without reading each. Within [`crate::deadline::by`] it ends
    /// soon after the deadline.
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

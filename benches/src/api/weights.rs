//! What sixteen clients ask for at once.
//!
//! Written down before anything was tuned, and not changed since: a share that followed what is fast would say nothing.
//! Half are words that people type, most of them with one filter or none; a quarter is browsing, by filters and sorts; the
//! rest are pages behind the first, totals, facets, and lineage.

/// How many of a thousand requests are of each kind. The names are those of
/// `queries::KINDS` and of the pages that `pages::of` follows.
pub const WEIGHTS: [(&str, u32); 43] = [
    ("word_rare", 70),
    ("word_middling", 100),
    ("word_common", 60),
    ("words_two", 110),
    ("words_three", 50),
    ("phrase", 40),
    ("word_not", 10),
    ("word_or", 10),
    ("word_kind", 40),
    ("filter_kind", 30),
    ("filter_license", 15),
    ("filter_publisher", 25),
    ("filter_publisher_name", 10),
    ("filter_name", 15),
    ("filter_key", 15),
    ("filter_tag", 25),
    ("filter_tags_two", 15),
    ("filter_status", 5),
    ("filter_addresses", 20),
    ("filter_untainted", 10),
    ("filter_max_royalty", 5),
    ("filter_min_rating", 5),
    ("filter_free", 10),
    ("filter_mode", 5),
    ("filter_price", 20),
    ("filter_attribute", 10),
    ("filter_attribute_range", 10),
    ("sort_newest", 30),
    ("sort_name", 10),
    ("sort_price", 20),
    ("sort_price_descending", 5),
    ("sort_rating", 15),
    ("sort_sales", 15),
    ("sort_trending", 15),
    ("sort_quality", 10),
    ("pages_followed", 30),
    ("page_far", 5),
    ("descends_from", 15),
    ("count_exact", 10),
    ("facets", 35),
    ("facets_wide", 5),
    ("ancestors", 20),
    ("descendants", 20),
];

#[cfg(test)]
mod tests {
    use super::WEIGHTS;

    #[test]
    fn the_weights_are_shares_of_a_thousand_and_name_each_kind_once() {
        assert_eq!(WEIGHTS.iter().map(|(_, weight)| weight).sum::<u32>(), 1_000);
        let names: std::collections::BTreeSet<_> = WEIGHTS.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), WEIGHTS.len());
    }
}

//! Search over all listings, in memory: sets of listings as compressed bitmaps, one for each word, tag, licence and whatever
//! else a search filters by.
//!
//! Nothing here reads or writes anything. Whoever holds the tables puts each listing into an index as it is now, and again
//! whenever it changes; [`Index::search`] then answers of exactly these listings: the same order, the same totals and the same
//! facets as reading all of them one by one would give ([`scan`]), and [`Index::lineage`] of what they say they were made of.

pub mod date;
pub mod deadline;
mod decimal;
mod facets;
mod filter;
mod index;
mod lineage;
mod listing;
mod request;
mod scan;
mod search;
mod sort;
#[cfg(test)]
mod tests;
pub mod text;

pub use decimal::Decimal;
pub use index::Index;
pub use lineage::*;
pub use listing::*;
pub use request::*;
pub use scan::scan;

//! The index against the scan of all listings.

mod exact;
mod lineage;
mod world;

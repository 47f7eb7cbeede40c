//! The index against the scan of all listings.

mod exact;
mod late;
mod lineage;
mod phrases;
mod world;

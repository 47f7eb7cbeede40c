//! The compiled program in LiteSVM. One module per subject; `pNN` in a name is a numbered threat.

mod world;

mod accounts;
mod config;
mod drafts;
mod edges;
mod licenses;
mod lifecycle;
mod lineage;
mod pools;
mod profiles;
mod register;

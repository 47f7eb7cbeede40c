//! The compiled program in LiteSVM. One module per subject; `pNN` in a name is a numbered threat.

mod world;

mod accounts;
mod addresses;
mod config;
mod drafts;
mod edges;
mod generations;
mod guards;
mod licenses;
mod lifecycle;
mod lineage;
mod pools;
mod profiles;
mod proofs;
mod register;
mod rent;
mod reviews;
mod rulings;
mod suspensions;

//! End to end, on the real network, the real Postgres and the built command.

mod agave;
mod books;
mod calls;
mod catalogue_is_listed;
mod court;
mod database_away;
mod imports;
mod index_commands;
mod killed_indexer;
mod lasting_network;
mod leases;
mod life;
mod lost_database;
mod modes;
mod node_away;
mod offer;
mod orders;
mod proposals;
mod reviews;
mod rewards;
mod shop;
mod subscriptions;
mod verbs;
mod verified;
mod wrong_inputs;

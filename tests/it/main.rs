//! End to end, on the real network, the real Postgres and the built command.

mod agave;
mod catalogue_is_listed;
mod database_away;
mod imports;
mod index_commands;
mod killed_indexer;
mod lasting_network;
mod life;
mod modes;
mod orders;
mod reviews;
mod shop;
mod verbs;
mod wrong_inputs;

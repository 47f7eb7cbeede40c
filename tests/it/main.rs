//! End to end, on the real network, the real Postgres and the built command.

mod catalogue_is_listed;
mod database_away;
mod imports;
mod index_commands;
mod killed_indexer;
mod life;
mod orders;
mod shop;
mod verbs;
mod wrong_inputs;

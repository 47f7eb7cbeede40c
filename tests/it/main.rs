//! End to end, on the real network, the real Postgres and the built command.

mod catalogue_is_listed;
mod index_commands;
mod killed_indexer;
mod orders;
mod shop;
mod up_again;
mod wrong_inputs_are_refused;

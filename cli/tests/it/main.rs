//! The `pedigree` command as a user runs it.

mod import;
mod life;
mod running;
mod wrong_inputs;

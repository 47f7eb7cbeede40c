//! One file per instruction: its arguments, its accounts, what it checks, what it does.
//!
//! Accounts are told by owner and discriminator. Those of a program are made at their canonical addresses only and say
//! there what they belong to, so comparing that needs no derivation. There is one config, and reward has one stake.

mod appeal_ruling;
mod close_dispute;
mod commit_vote;
mod finish_dispute;
mod initialize_config;
mod open_edge_case;
mod open_order_case;
mod open_version_case;
mod pay_bond;
mod reclaim_excess;
mod reveal_vote;
mod settle_juror;
mod submit_evidence;
mod tally_round;
mod update_config;

pub use {
    appeal_ruling::*, close_dispute::*, commit_vote::*, finish_dispute::*, initialize_config::*,
    open_edge_case::*, open_order_case::*, open_version_case::*, pay_bond::*, reclaim_excess::*,
    reveal_vote::*, settle_juror::*, submit_evidence::*, tally_round::*, update_config::*,
};

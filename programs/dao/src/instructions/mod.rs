//! One file per instruction: its arguments, its accounts, what it checks, what it does.
//!
//! Accounts are told by owner and discriminator. Those of a program are made at their canonical addresses only and say
//! there what they belong to, so comparing that needs no derivation. There is one config, one governance, and reward has
//! one stake.

mod accept_authority;
mod appeal_ruling;
mod cast_vote;
mod change_vote;
mod close_dispute;
mod close_proposal;
mod close_vote;
mod commit_vote;
mod conclude_vote;
mod decree_action;
mod execute_proposal;
mod expire_proposal;
mod finish_dispute;
mod hand_over;
mod initialize_config;
mod initialize_governance;
mod open_edge_case;
mod open_order_case;
mod open_version_case;
mod pause_program;
mod pay_bond;
mod pay_deposit;
mod propose_action;
mod reclaim_excess;
mod reveal_vote;
mod settle_juror;
mod submit_evidence;
mod tally_round;
mod update_config;
mod veto_proposal;

pub use {
    accept_authority::*, appeal_ruling::*, cast_vote::*, change_vote::*, close_dispute::*,
    close_proposal::*, close_vote::*, commit_vote::*, conclude_vote::*, decree_action::*,
    execute_proposal::*, expire_proposal::*, finish_dispute::*, hand_over::*, initialize_config::*,
    initialize_governance::*, open_edge_case::*, open_order_case::*, open_version_case::*,
    pause_program::*, pay_bond::*, pay_deposit::*, propose_action::*, reclaim_excess::*,
    reveal_vote::*, settle_juror::*, submit_evidence::*, tally_round::*, update_config::*,
    veto_proposal::*,
};

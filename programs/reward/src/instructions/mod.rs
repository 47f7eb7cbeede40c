//! One file per instruction: its arguments, its accounts, what it checks, what it does.
//!
//! Accounts are told by owner and discriminator. Those of a program are made at their canonical addresses only and say
//! there what they belong to, so comparing that needs no derivation. There is one config, one emission and one stake.

mod attest_version;
mod claim_points;
mod close_attestation;
mod close_points;
mod expire_epoch;
mod finish_epoch;
mod initialize_config;
mod lock_position;
mod open_epoch;
mod reclaim_excess;
mod record_fees;
mod request_unlock;
mod set_rate;
mod slash_attestation;
mod update_config;
mod withdraw_position;

pub use {
    attest_version::*, claim_points::*, close_attestation::*, close_points::*, expire_epoch::*,
    finish_epoch::*, initialize_config::*, lock_position::*, open_epoch::*, reclaim_excess::*,
    record_fees::*, request_unlock::*, set_rate::*, slash_attestation::*, update_config::*,
    withdraw_position::*,
};

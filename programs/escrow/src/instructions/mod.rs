//! One file per instruction: its arguments, its accounts, what it checks, what it does.
//!
//! Accounts are told by owner and discriminator. Those of a program are made at their canonical addresses only and say
//! there what they belong to, so comparing that needs no derivation.

mod accept_config_authority;
mod allow_mint;
mod close_order;
mod deliver;
mod initialize;
mod open_free;
mod open_order;
mod refund;
mod settle;
mod update_config;
mod update_mint;
mod withdraw;
mod withdraw_treasury;

pub use {
    accept_config_authority::*, allow_mint::*, close_order::*, deliver::*, initialize::*, open_free::*,
    open_order::*, refund::*, settle::*, update_config::*, update_mint::*, withdraw::*, withdraw_treasury::*,
};

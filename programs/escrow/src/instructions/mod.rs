//! One file per instruction: its arguments, its accounts, what it checks, what it does.
//!
//! Accounts are told by owner and discriminator. Those of a program are made at their canonical addresses only and say
//! there what they belong to, so comparing that needs no derivation.

mod accept_config_authority;
mod allow_mint;
mod close_order;
mod deliver_order;
mod initialize_config;
mod open_free;
mod open_order;
mod refund_order;
mod settle_order;
mod update_config;
mod update_mint;
mod withdraw_due;
mod withdraw_treasury;

pub use {
    accept_config_authority::*, allow_mint::*, close_order::*, deliver_order::*,
    initialize_config::*, open_free::*, open_order::*, refund_order::*, settle_order::*,
    update_config::*, update_mint::*, withdraw_due::*, withdraw_treasury::*,
};

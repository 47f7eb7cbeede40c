//! One file per instruction: its arguments, its accounts, what it checks, what it does.
//!
//! Accounts are told by owner and discriminator. Those of a program are made at their canonical addresses only and say
//! there what they belong to, so comparing that needs no derivation.

mod accept_config_authority;
mod allow_mint;
mod close_order;
mod decide_dispute;
mod deliver_order;
mod end_order;
mod heartbeat;
mod initialize_config;
mod open_dispute;
mod open_free;
mod open_order;
mod reclaim_excess;
mod record_fees;
mod redeem_voucher;
mod refund_order;
mod session;
mod settle_order;
mod top_up_order;
mod update_config;
mod update_mint;
mod withdraw_due;
mod withdraw_treasury;

pub use {
    accept_config_authority::*, allow_mint::*, close_order::*, decide_dispute::*, deliver_order::*,
    end_order::*, heartbeat::*, initialize_config::*, open_dispute::*, open_free::*, open_order::*,
    reclaim_excess::*, record_fees::*, redeem_voucher::*, refund_order::*, session::*,
    settle_order::*, top_up_order::*, update_config::*, update_mint::*, withdraw_due::*,
    withdraw_treasury::*,
};

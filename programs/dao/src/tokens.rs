//! How the reward program's token moves, in which all bonds and deposits are.

use anchor_lang::{Id, prelude::*, programs::Token};
use common::token::Deposit;
use reward::constants::DECIMALS;

/// Sends base units with the signature of `authority`: the transaction carries it, or it is the PDA of `seeds`. No account takes
/// another mint's.
///
/// Not inlined: one copy for all instructions.
#[inline(never)]
pub fn send(
    from: &AccountView,
    to: &AccountView,
    amount: u64,
    authority: &AccountView,
    seeds: &[&[u8]],
) {
    let deposit = Deposit {
        from,
        authority,
        amount,
        decimals: DECIMALS,
        seeds,
    };
    deposit.transfer_plain(&Token::id(), to);
}

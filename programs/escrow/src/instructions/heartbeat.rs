use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::events::{Emitter, StateEvent};
use listing::state::Listing;

use super::deliver_order::is_seller;
use crate::{
    constants::MAX_HEARTBEATS,
    error::EscrowError,
    events::{IntervalAuthorisedV1, IntervalConfirmedV1, IntervalHead},
    state::{Order, Shares},
};

/// The leases follow as further accounts, writable, 1 to 20 different ones.
#[event_cpi]
#[derive(Accounts)]
pub struct Authorise {
    pub key: Signer,
}

/// The leases follow as further accounts, writable, 1 to 20 different ones, all of this listing.
#[event_cpi]
#[derive(Accounts)]
pub struct Confirm {
    pub seller: Signer,
    pub listing: Account<Listing>,
}

/// **Specification:**
/// - Signed by the `buyer_key` of each lease given, 1 to 20 of them.
/// - Each authorises the interval after the one that runs: once, before it starts, and before the lease ends.
/// - One lease that cannot fails them all.
pub fn authorise(ctx: &mut Context<Authorise>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let leases = ctx.remaining_accounts()?;
    check_batch(&leases)?;
    let key = ctx.accounts.key.address();
    let emitter = common::emitter!(ctx);
    for lease in leases {
        let mut order = load(lease)?;
        require!(key.as_array() == &order.buyer_key, EscrowError::NotBuyer);
        let interval = order.authorise(now)?;
        emit::<IntervalAuthorisedV1>(&emitter, &mut order, interval, 0, &Shares::default())?;
    }
    Ok(())
}

/// **Specification:**
/// - Signed by the authority or operator of the listing that all leases given are of, 1 to 20 of them, or by the seller of
///   them all.
/// - Each confirms the interval before the one that runs: once, where the buyer authorised it and the lease did not end
///   in it; its price accrues. What was pending and is mature becomes due; what accrues becomes pending next.
/// - One lease that cannot fails them all. Nothing leaves a vault.
pub fn confirm(ctx: &mut Context<Confirm>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let leases = ctx.remaining_accounts()?;
    check_batch(&leases)?;
    let Confirm {
        seller, listing, ..
    } = &ctx.accounts;
    let emitter = common::emitter!(ctx);
    for lease in leases {
        let mut order = load(lease)?;
        require!(
            address_eq(&order.head.listing, listing.address()),
            EscrowError::WrongAccount
        );
        require!(
            is_seller(listing, seller.address(), &order),
            EscrowError::NotSeller
        );
        let (interval, accrued, shares) = order.confirm(now)?;
        emit::<IntervalConfirmedV1>(&emitter, &mut order, interval, accrued, &shares)?;
    }
    Ok(())
}

fn check_batch(leases: &[AccountView]) -> Result<()> {
    let bounds = 1..=MAX_HEARTBEATS;
    require!(
        bounds.contains(&leases.len()),
        EscrowError::BatchOutOfBounds
    );
    Ok(())
}

/// One of the further accounts, which the dispatcher has not looked at.
fn load(view: AccountView) -> Result<Account<Order>> {
    require!(view.is_writable(), EscrowError::WrongAccount);
    // SAFETY: one lease is loaded at a time, so one that is given twice is no second reference; it fails, as its
    // interval was named already.
    unsafe { Account::load_mut(view) }
}

fn emit<E>(
    emitter: &Emitter<'_>,
    order: &mut Account<Order>,
    interval: u64,
    accrued: u64,
    shares: &Shares,
) -> Result<()>
where
    E: StateEvent<Head = IntervalHead, State = Order>,
{
    order.advance()?;
    order.invariant()?;
    let head = IntervalHead {
        address: *order.address(),
        interval,
        accrued,
        paid: shares.payee,
        fee: shares.fee,
        royalty: shares.royalty,
    };
    emitter.state::<E>(&head, order);
    Ok(())
}

use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    emitter,
    pda::Payer,
    receipt::{flag, mode, state},
};
use listing::{constants::UNIT_LEN, state::Listing};

use crate::{
    constants::ORDER_SEED,
    error::EscrowError,
    events::{OrderHead, OrderOpenedV1},
    opening::{Made, OpenArgs},
    state::{Config, Order},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenFree {
    #[account(mut)]
    pub buyer: Signer,
    /// Pays the rent; the buyer where none is given.
    #[account(mut)]
    pub payer: Option<Signer>,
    pub config: Account<Config>,
    pub listing: Account<Listing>,
    /// CHECK: made here, or compared.
    #[account(mut)]
    pub order: UncheckedAccount,
    pub system_program: Program<System>,
}

impl OpenFree {
    fn validate(&self, args: &OpenArgs, now: i64) -> Result<()> {
        args.check(&self.config, &self.listing, now)?;
        require!(self.listing.terms_len == 0, EscrowError::ListingNotFree);
        require!(args.term == 0, EscrowError::NoSuchTerm);
        require!(args.mode == mode::ONE_TIME, EscrowError::ModeChanged);
        require!(args.period == 0, EscrowError::PeriodChanged);
        require!(
            args.price == 0 && args.unit == [0; UNIT_LEN],
            EscrowError::PriceChanged
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the buyer; the rent may be paid by another signer.
/// - The same arguments again, and other arguments under the same key: as in `open_order`.
/// - New orders are not paused; the listing is active, and claimed unless the settings allow others; version and
///   manifest are those seen; `valid_until` is in the future, at most 7 days ahead.
/// - The listing has no price terms, since a term's price is never zero.
/// - Makes a receipt that is settled at once, marked free, without vault, mint or shares.
pub fn open_free(ctx: &mut Context<OpenFree>, args: &OpenArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    let (buyer, listing) = (accounts.buyer.address(), &accounts.listing);
    let (order_view, mint) = (accounts.order.account(), Address::default());
    if args.made(order_view, buyer, listing.address(), &mint)? {
        return Ok(());
    }
    let clock = Clock::get()?;
    accounts.validate(args, clock.unix_timestamp)?;

    let payer = Payer::new(accounts.payer.as_ref().unwrap_or(&accounts.buyer).account())?;
    let (mut order, bump) =
        payer.init::<Order>(order_view, &[ORDER_SEED, buyer.as_ref(), &args.key])?;
    let made = Made {
        bump,
        buyer,
        owner: buyer,
        payer: payer.address(),
        listing_address: listing.address(),
        mint: &mint,
        clock: &clock,
    };
    args.write(&mut order, &made, &accounts.config, listing)?;
    order.head.state = state::SETTLED;
    order.head.flags |= flag::FREE;
    order.closed_at = clock.unix_timestamp;
    // not mutated: of a new order nothing has moved yet
    order.invariant()?;
    let head = OrderHead {
        address: *order_view.address(),
        old_state: 0,
    };
    emitter!(ctx).state::<OrderOpenedV1>(&head, &order);
    Ok(())
}

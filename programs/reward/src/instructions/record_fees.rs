use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{ESCROW_CONFIG, emitter, pda::Payer, receipt::PaidFee};

use crate::{
    constants::{LAYOUT, POINTS_SEED},
    error::RewardError,
    events::{FeesHead, FeesRecordedV1},
    math,
    state::{Config, Epoch, Points, Rate, plus},
};

#[event_cpi]
#[derive(Accounts)]
pub struct RecordFees {
    /// Escrow's config: escrow marked the order as recorded.
    pub recorder: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    pub rate: Account<Rate>,
    /// CHECK: read as escrow's order.
    pub order: UncheckedAccount,
    #[account(mut)]
    pub epoch: Account<Epoch>,
    /// CHECK: made here, or loaded and compared with the order's payee.
    #[account(mut)]
    pub publisher_points: UncheckedAccount,
    /// CHECK: made here, or loaded and compared with the order's owner.
    #[account(mut)]
    pub buyer_points: UncheckedAccount,
    pub system_program: Program<System>,
}

impl RecordFees {
    /// Returns what the order says, and what is credited to the publisher and to the buyer.
    fn validate(&self, now: i64) -> Result<(PaidFee, u64, u64)> {
        let Self {
            config,
            rate,
            epoch,
            ..
        } = self;
        require!(
            address_eq(self.recorder.address(), &ESCROW_CONFIG),
            RewardError::NotRecorder
        );
        config.check_running()?;
        epoch.check_current(now)?;
        let order = PaidFee::read(self.order.account()).ok_or(RewardError::NotReceipt)?;
        require!(
            order.head.is_paid_receipt() && order.fee_due == 0,
            RewardError::NotReceipt
        );
        require!(
            !address_eq(&order.head.owner, &order.payee),
            RewardError::SelfDealt
        );
        require!(
            address_eq(&rate.mint, &order.mint),
            RewardError::WrongAccount
        );
        let credit = math::credit(order.fee_paid, rate.rate).ok_or(RewardError::AmountTooLarge)?;
        require!(credit > 0, RewardError::NothingToCredit);
        let split = math::split(credit, config.buyer_share_ppm);
        let (publisher, buyer) = split.ok_or(RewardError::AmountTooLarge)?;
        Ok((order, publisher, buyer))
    }
}

/// **Specification:**
/// - Called by escrow alone, which marks the order so that this happens once; by anyone through it.
/// - The order is settled and paid, of a claimed listing, its fee arrived. Not while paused.
/// - Credits, in the epoch in which now is, at most the fee times its mint's rate to publisher and buyer together: the
///   order's payee and its owner. To nobody where these are the same wallet.
/// - Makes their points where there are none; `payer` gets that rent back when they are closed.
pub fn record_fees(ctx: &mut Context<RecordFees>) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &mut ctx.accounts;
    let (order, publisher_credit, buyer_credit) = accounts.validate(clock.unix_timestamp)?;
    let epoch = &mut accounts.epoch;
    let payer = Payer::new(accounts.payer.account())?;
    let publisher = credit(
        &payer,
        &accounts.publisher_points,
        &order.payee,
        epoch.index,
        publisher_credit,
        clock.slot,
    )?;
    let buyer = credit(
        &payer,
        &accounts.buyer_points,
        &order.head.owner,
        epoch.index,
        buyer_credit,
        clock.slot,
    )?;
    epoch.credit(plus(publisher_credit, buyer_credit)?)?;
    epoch.advance()?;
    let head = FeesHead {
        address: *publisher.address(),
        buyer_points_address: *buyer.address(),
        epoch_address: *epoch.address(),
        order: *accounts.order.address(),
        mint: order.mint,
        fee: order.fee_paid,
        publisher_credit,
        buyer_credit,
        buyer_points: *buyer,
        epoch: **epoch,
    };
    emitter!(ctx).state::<FeesRecordedV1>(&head, &publisher);
    Ok(())
}

/// Adds to the points of `owner` in the epoch of this index.
///
/// Not inlined: one copy for both parties.
#[inline(never)]
fn credit(
    payer: &Payer,
    target: &UncheckedAccount,
    owner: &Address,
    index: u32,
    amount: u64,
    slot: u64,
) -> Result<Account<Points>> {
    let seeds: [&[u8]; 3] = [POINTS_SEED, owner.as_ref(), &index.to_le_bytes()];
    let (mut points, made) = payer.init_if_needed::<Points>(target.account(), &seeds)?;
    if let Some(bump) = made {
        points.layout = LAYOUT;
        points.bump = bump;
        points.epoch = index;
        points.born_slot = slot;
        points.owner = *owner;
        points.rent_payer = *payer.address();
    }
    require!(
        address_eq(&points.owner, owner) && points.epoch == index,
        RewardError::WrongAccount
    );
    points.points = plus(points.points, amount)?;
    points.advance()?;
    Ok(points)
}

use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    dispute::{DisputeHead, dispute_status},
    emitter,
};

use crate::{
    error::EscrowError,
    events::{DecisionHead, DisputeConcededV1, DisputeLapsedV1, DisputeRuledV1},
    state::{Order, Shares},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Concede {
    pub cranker: Signer,
    #[account(mut)]
    pub order: Account<Order>,
}

#[event_cpi]
#[derive(Accounts)]
pub struct Decide {
    pub cranker: Signer,
    #[account(mut)]
    pub order: Account<Order>,
    /// CHECK: read as the dao's account of the order's last dispute.
    pub dispute: UncheckedAccount,
}

impl Decide {
    /// What the dao says of the order's last dispute. A final ruling for a share that there is not says nothing, or it
    /// could neither be carried out nor passed over.
    fn ruling(&self) -> Option<DisputeHead> {
        let Self { order, dispute, .. } = self;
        DisputeHead::read(
            dispute.account(),
            order.address(),
            order.disputes,
            &order.params_hash,
        )
        .filter(|ruling| ruling.status != dispute_status::FINAL || SHARES.contains(&ruling.share))
    }
}

/// What a ruling may give the buyer, in percent.
const SHARES: [u8; 5] = [0, 25, 50, 75, 100];

/// **Specification:**
/// - Signed by the order's seller: what is contested goes back to the buyer; or by its owner: it is the seller's.
/// - The bond returns to the owner, who opened the dispute, where the seller concedes; an owner that concedes what it
///   disputed loses it to the treasury, so that nobody freezes money for nothing.
/// - What is given becomes due; `withdraw` pays it.
pub fn concede(ctx: &mut Context<Concede>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let Concede { cranker, order, .. } = &mut ctx.accounts;
    let by_seller = address_eq(cranker.address(), &order.seller);
    let by_owner = address_eq(cranker.address(), &order.head.owner);
    require!(by_seller || by_owner, EscrowError::NotParty);
    let percent = if by_seller { 100 } else { 0 };
    let contested = order.contested;
    let shares = order.decide(now, percent, !by_seller)?;
    let head = finish(order, contested, percent, &shares)?;
    emitter!(ctx).state::<DisputeConcededV1>(&head, &ctx.accounts.order);
    Ok(())
}

/// **Specification:**
/// - By anyone, once: the dao's account of this order's last dispute, at its own address, carries a final ruling.
/// - The buyer's share of what is contested goes back, rounded down; the rest is the seller's. The bond returns to who
///   opened the dispute, or goes to the treasury where the ruling says that its side got below half.
/// - Where no round had a quorum, as `lapse_dispute`, without waiting.
/// - What is given becomes due; `withdraw` pays it.
pub fn apply_ruling(ctx: &mut Context<Decide>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let ruling = ctx.accounts.ruling().ok_or(EscrowError::NoRuling)?;
    let order = &mut ctx.accounts.order;
    let (percent, lost) = match ruling.status {
        dispute_status::FINAL => (ruling.share, ruling.opener_lost != 0),
        dispute_status::UNDECIDED => (0, false),
        _ => return Err(EscrowError::NoRuling.into()),
    };
    let contested = order.contested;
    let shares = order.decide(now, percent, lost)?;
    let head = finish(order, contested, percent, &shares)?;
    emitter!(ctx).state::<DisputeRuledV1>(&head, &ctx.accounts.order);
    Ok(())
}

/// **Specification:**
/// - By anyone once the time for a ruling is over, where there is no final one: that is applied, not passed over.
/// - What is contested is the seller's, as though it had never been, and the bond returns to who opened the dispute.
/// - What is given becomes due; `withdraw` pays it.
pub fn lapse_dispute(ctx: &mut Context<Decide>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let Decide { order, dispute, .. } = &ctx.accounts;
    require!(
        DisputeHead::is_at(dispute.account(), order.address(), order.disputes),
        EscrowError::NoRuling
    );
    let ruling = ctx.accounts.ruling();
    require!(
        ruling.is_none_or(|ruling| ruling.status != dispute_status::FINAL),
        EscrowError::RulingStands
    );
    let order = &mut ctx.accounts.order;
    let contested = order.contested;
    let shares = order.lapse(now)?;
    let head = finish(order, contested, 0, &shares)?;
    emitter!(ctx).state::<DisputeLapsedV1>(&head, &ctx.accounts.order);
    Ok(())
}

fn finish(
    order: &mut Account<Order>,
    contested: u64,
    percent: u8,
    shares: &Shares,
) -> Result<DecisionHead> {
    order.advance()?;
    order.invariant()?;
    Ok(DecisionHead {
        address: *order.address(),
        number: u64::from(order.disputes),
        contested,
        percent: u64::from(percent),
        paid: shares.payee,
        fee: shares.fee,
        royalty: shares.royalty,
        refunded: shares.buyer,
    })
}

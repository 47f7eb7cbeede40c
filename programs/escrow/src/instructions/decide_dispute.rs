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

/// What a ruling may give the buyer, in percent.
const SHARES: [u8; 5] = [0, 25, 50, 75, 100];

/// What the dao says of the order's last dispute.
fn read(dispute: &AccountView, order: &Account<Order>) -> Option<DisputeHead> {
    DisputeHead::read(dispute, order.address(), order.disputes, &order.params_hash)
}

/// Whether that is a final ruling, which can be carried out.
fn is_ruling(head: &DisputeHead) -> bool {
    head.status == dispute_status::FINAL && SHARES.contains(&head.share)
}

/// The dao has not ruled on the order's last dispute, whose account there `dispute` is or would be.
///
/// Fails with `NoRuling` for another account, and with `RulingStands`.
pub(super) fn check_not_ruled(dispute: &AccountView, order: &Account<Order>) -> Result<()> {
    require!(
        DisputeHead::is_at(dispute, order.address(), order.disputes),
        EscrowError::NoRuling
    );
    let ruled = read(dispute, order).is_some_and(|head| is_ruling(&head));
    require!(!ruled, EscrowError::RulingStands);
    Ok(())
}

/// **Specification:**
/// - Signed by the order's seller: what is contested goes back to the buyer; or by its owner: it is the seller's.
/// - `seen` is the order's `seq` as the signer saw it: what was contested since, or who contests it, is not conceded
///   unseen.
/// - The bond returns to the opener where the other side concedes; who concedes what it disputed itself loses it to the
///   treasury, so that nobody freezes money for nothing.
/// - What is given becomes due; `withdraw` pays it.
pub fn concede(ctx: &mut Context<Concede>, seen: u64) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let Concede { cranker, order, .. } = &mut ctx.accounts;
    let by_seller = address_eq(cranker.address(), &order.seller);
    let by_owner = address_eq(cranker.address(), &order.head.owner);
    require!(by_seller || by_owner, EscrowError::NotParty);
    require!(order.contested > 0, EscrowError::NothingContested);
    require!(seen == order.head.seq, EscrowError::OrderChanged);
    let percent = if by_seller { 100 } else { 0 };
    let contested = order.contested;
    let shares = order.decide(now, Some(percent))?;
    let head = finish(order, contested, percent, &shares)?;
    emitter!(ctx).state::<DisputeConcededV1>(&head, &ctx.accounts.order);
    Ok(())
}

/// **Specification:**
/// - By anyone, once: the dao's account of this order's last dispute, at its own address, carries a final ruling.
/// - The buyer's share of what is contested goes back, rounded down; the rest is the seller's. The bond returns to who
///   opened the dispute, or goes to the treasury where its side got below half.
/// - Where no round had a quorum, as `lapse_dispute`, without waiting.
/// - What is given becomes due; `withdraw` pays it.
pub fn apply_ruling(ctx: &mut Context<Decide>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let Decide { order, dispute, .. } = &mut ctx.accounts;
    let head = read(dispute.account(), order).ok_or(EscrowError::NoRuling)?;
    let share = if is_ruling(&head) {
        Some(head.share)
    } else {
        let undecided = head.status == dispute_status::UNDECIDED;
        require!(undecided, EscrowError::NoRuling);
        None
    };
    let contested = order.contested;
    let shares = order.decide(now, share)?;
    let head = finish(order, contested, share.unwrap_or(0), &shares)?;
    emitter!(ctx).state::<DisputeRuledV1>(&head, &ctx.accounts.order);
    Ok(())
}

/// **Specification:**
/// - By anyone once the time for a ruling is over, where there is no final one: that is applied, not passed over.
/// - What is contested is the seller's, as though it had never been, and the bond returns to who opened the dispute.
/// - What is given becomes due; `withdraw` pays it.
pub fn lapse_dispute(ctx: &mut Context<Decide>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let Decide { order, dispute, .. } = &mut ctx.accounts;
    check_not_ruled(dispute.account(), order)?;
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

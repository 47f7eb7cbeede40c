use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use crate::{
    error::DaoError,
    events::{DisputeFinishedV1, FinishedHead},
    state::{Dispute, Docket},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Finish {
    #[account(mut)]
    pub docket: Cold<Account<Docket>>,
    #[account(mut)]
    pub dispute: Cold<Account<Dispute>>,
}

/// **Specification:**
/// - By anyone, once: when nobody can appeal any more, or past the deadline, whatever was counted by then.
/// - The last ruling is final; where there is none, the dispute ends as though it had never been opened.
/// - The opener loses its bond where its side got below half, an appellant where its round ruled and did not move the ruling
///   its way; what is lost is shared by jurors.
pub fn finish(ctx: &mut Context<Finish>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let Finish {
        docket, dispute, ..
    } = &mut ctx.accounts;
    require!(
        address_eq(&docket.head.subject, &dispute.head.subject),
        DaoError::WrongAccount
    );
    dispute.finish(now)?;
    dispute.advance()?;
    docket.end(now)?;
    let head = FinishedHead {
        address: *dispute.address(),
        docket_address: *docket.address(),
        docket: ***docket,
    };
    emitter!(ctx).state::<DisputeFinishedV1>(&head, &ctx.accounts.dispute);
    Ok(())
}

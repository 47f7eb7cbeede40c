use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use crate::{
    error::DaoError,
    events::{AppealedHead, RulingAppealedV1},
    state::Dispute,
    tokens,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Appeal {
    pub appellant: Signer,
    #[account(mut)]
    pub dispute: Cold<Account<Dispute>>,
    /// A token account that the appellant may take from.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: the token program compares it with both token accounts.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the dispute.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

/// **Specification:**
/// - Signed by anyone, once against a round, from the end of its reveals until the end of its time to appeal, where it ruled
///   and is not the last one.
/// - Says where the ruling is to move, and pays a bond that doubles with each appeal. It is lost where the next round rules
///   and does not move it that way.
/// - Begins the next round, which needs twice the quorum.
pub fn appeal(ctx: &mut Context<Appeal>, direction: u8) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let (appellant, dispute) = (accounts.appellant.account(), &mut accounts.dispute);
    require!(
        address_eq(accounts.vault.address(), &dispute.vault),
        DaoError::WrongAccount
    );
    let round = u64::from(dispute.round);
    let bond = dispute.appeal(appellant.address(), direction, now)?;
    dispute.advance()?;
    let (source, vault) = (accounts.source.account(), accounts.vault.account());
    tokens::send(source, vault, bond, appellant, &[]);
    let head = AppealedHead {
        address: *dispute.address(),
        appellant: *appellant.address(),
        round,
        direction: u64::from(direction),
        bond,
    };
    emitter!(ctx).state::<RulingAppealedV1>(&head, &ctx.accounts.dispute);
    Ok(())
}

use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter, receipt::Contest};
use reward::state::Stake;

use crate::{
    error::DaoError,
    events::{DisputeOpenedV1, OpenedHead},
    opening::{Opening, open},
    state::{Config, case},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenOrderCase {
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Cold<Account<Config>>,
    pub stake: Cold<Account<Stake>>,
    /// CHECK: read as escrow's order.
    pub order: UncheckedAccount,
    /// CHECK: made here, or loaded and compared with the order.
    #[account(mut)]
    pub docket: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub dispute: UncheckedAccount,
    /// CHECK: compared with the config.
    pub mint: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - By anyone, once: an order's last dispute that lasts. It carries the order's number of it and the hash of what was
///   ordered, by which escrow knows it again. Nobody pays a bond here: its opener did in escrow.
/// - Its deadline is the order's; all rounds end before it (`TooLate`).
pub fn open_order_case(ctx: &mut Context<OpenOrderCase>) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let contest = Contest::read(accounts.order.account())
        .filter(|contest| contest.contested > 0)
        .ok_or(DaoError::NotDisputed)?;
    require!(
        address_eq(accounts.mint.address(), &accounts.config.mint),
        DaoError::WrongAccount
    );
    let active = accounts.stake.settled(clock.unix_timestamp);
    let (dispute, docket) = open(&Opening {
        payer: accounts.payer.account(),
        config: &accounts.config,
        active,
        docket: accounts.docket.account(),
        dispute: accounts.dispute.account(),
        mint: accounts.mint.account(),
        vault: accounts.vault.account(),
        case: case::ORDER,
        subject: accounts.order.address(),
        subject_hash: contest.params_hash,
        number: Some(contest.disputes),
        version: 0,
        deadline: contest.arbitrate_by,
        clock: &clock,
    })?;
    let head = OpenedHead {
        address: *dispute.address(),
        docket_address: *docket.address(),
        active,
        docket: *docket,
    };
    emitter!(ctx).state::<DisputeOpenedV1>(&head, &dispute);
    Ok(())
}

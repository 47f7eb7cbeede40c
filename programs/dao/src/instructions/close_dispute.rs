use anchor_lang::{Id, address_eq, pinocchio::sysvars::Sysvar, prelude::*, programs::Token};
use common::{
    cold::Cold,
    emitter, rent,
    token::{self, Transfer, Vault},
};
use reward::constants::DECIMALS;

use crate::{
    constants::DISPUTE_SEED,
    error::DaoError,
    events::{ClosedHead, DisputeClosedV1},
    state::{Config, Dispute, copied},
};

#[event_cpi]
#[derive(Accounts)]
pub struct CloseDispute {
    #[account(unsafe(dup))]
    pub closer: Signer,
    pub config: Cold<Account<Config>>,
    #[account(mut)]
    pub dispute: Cold<Account<Dispute>>,
    /// CHECK: compared with the config.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the dispute.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The treasury's associated token account, which takes donations.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub treasury: UncheckedAccount,
    /// CHECK: compared with the dispute.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

impl CloseDispute {
    /// Returns what strangers donated to the vault.
    fn validate(&self, now: i64) -> Result<u64> {
        let (config, dispute) = (&self.config, &self.dispute);
        dispute.check_closable(now)?;
        require!(
            address_eq(self.mint.address(), &config.mint)
                && address_eq(self.vault.address(), &dispute.vault),
            DaoError::WrongAccount
        );
        require!(
            address_eq(self.rent_payer.address(), &dispute.rent_payer),
            DaoError::WrongRentPayer
        );
        let held = token::balance(self.vault.account()).ok_or(DaoError::LedgerBroken)?;
        let (treasury, token_program) = (self.treasury.account(), Token::id());
        require!(
            held == 0
                || (token::is_associated(treasury, &config.mint, &config.treasury, &token_program)
                    && token::payable(treasury, &config.mint, &config.treasury, &token_program)),
            DaoError::WrongTokenAccount
        );
        Ok(held)
    }
}

/// **Specification:**
/// - By anyone, 180 days after the dispute ended, when all bonds have left: until then its ruling is carried out.
/// - Donations go to the treasury; vault and account are closed, their rent goes to who paid it, less a tenth of the account's
///   to a stranger.
pub fn close_dispute(ctx: &mut Context<CloseDispute>) -> Result<()> {
    let swept = ctx.accounts.validate(Clock::get()?.unix_timestamp)?;
    let accounts = &mut ctx.accounts;
    let (closer, rent_payer) = (accounts.closer.account(), accounts.rent_payer.account());
    let dispute = &mut accounts.dispute;
    let (number, bump) = (dispute.head.number.to_le_bytes(), [dispute.head.bump]);
    let (subject, authority) = (dispute.head.subject, *dispute.account());
    let vault = Vault {
        token_program: &Token::id(),
        account: accounts.vault.account(),
        mint: accounts.mint.account(),
        decimals: DECIMALS,
        authority: &authority,
        seeds: &[DISPUTE_SEED, subject.as_ref(), &number, &bump],
    };
    let transfer = Transfer {
        to: accounts.treasury.account(),
        amount: swept,
    };
    // The network takes no lamports in a call for an account that became a program: they go with the dispute's then.
    let vault_rent = match rent_payer.executable() {
        true => &authority,
        false => rent_payer,
    };
    vault.pay_out(&[transfer], Some(vault_rent))?;
    dispute.advance()?;
    let (address, last) = (*dispute.address(), copied(&***dispute));
    let party = address_eq(closer.address(), rent_payer.address());
    let closed = rent::close(dispute, rent_payer, (!party).then_some(closer))?;
    let head = ClosedHead {
        address,
        rent_to: *rent_payer.address(),
        swept,
        rent: closed.rent,
        reward: closed.reward,
    };
    emitter!(ctx).state::<DisputeClosedV1>(&head, &last);
    Ok(())
}

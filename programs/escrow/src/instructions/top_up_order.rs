use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    emitter,
    receipt::flag,
    token::{self, Deposit},
};
use listing::state::{Listing, status};

use crate::{
    error::EscrowError,
    events::{OrderToppedUpV1, ToppedUpHead},
    state::{Config, MintConfig, Order, Session},
};

#[event_cpi]
#[derive(Accounts)]
pub struct TopUp {
    /// The order's owner, or, where a session bought, its key.
    pub payer: Signer,
    pub config: Account<Config>,
    pub mint_config: Account<MintConfig>,
    pub listing: Account<Listing>,
    #[account(mut)]
    pub order: Account<Order>,
    /// CHECK: compared with the order.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the order.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The owner's token account, or the session's vault.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the order.
    pub token_program: UncheckedAccount,
    /// The session that bought, where its key signs.
    pub session: Option<Account<Session>>,
}

impl TopUp {
    fn validate(&self, now: i64) -> Result<()> {
        let order = &self.order;
        require!(self.config.paused == 0, EscrowError::Paused);
        order.check_vault(
            self.vault.address(),
            self.mint.address(),
            self.token_program.address(),
        )?;
        require!(
            address_eq(&self.mint_config.mint, &order.mint)
                && address_eq(self.listing.address(), &order.head.listing),
            EscrowError::WrongAccount
        );
        require!(
            self.listing.status != status::SUSPENDED,
            EscrowError::ListingSuspended
        );
        require!(self.mint_config.enabled != 0, EscrowError::MintNotAllowed);
        let (signer, source) = (self.payer.address(), self.source.account());
        match &self.session {
            Some(session) => {
                require!(
                    address_eq(session.address(), &order.head.buyer)
                        && address_eq(signer, &session.key),
                    EscrowError::SessionForbids
                );
                let (listing, mint) = (&order.head.listing, &order.mint);
                session.check_spending(now, listing, mint, source.address())?;
            }
            None => {
                require!(address_eq(signer, &order.head.owner), EscrowError::NotBuyer);
                // What comes back goes where it came from, and an order has one such place.
                require!(
                    order.head.flags & flag::SESSION == 0,
                    EscrowError::SessionForbids
                );
                require!(
                    token::names_owner(source, signer, &order.token_program),
                    EscrowError::WrongTokenAccount
                );
            }
        }
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the order's owner, or, where a session bought, by its key while it may spend: what is given back goes to
///   its vault, which the owner's own money has no business in.
/// - The order is metered and has not ended; its listing is not suspended; new business is not paused; the mint is allowed,
///   and the order's deposits are at most its largest in all.
/// - The vault takes the amount from the owner's own token account, or the session's vault.
pub fn top_up(ctx: &mut Context<TopUp>, amount: u64) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    ctx.accounts.validate(now)?;
    let accounts = &mut ctx.accounts;
    let old_deposited = accounts.order.deposited;
    let most = accounts.mint_config.max_deposit;
    accounts.order.add_deposit(now, amount, most)?;
    let session = accounts.session.as_ref();
    let of_session;
    let seeds: &[&[u8]] = match session {
        Some(session) => {
            of_session = session.seeds();
            &of_session
        }
        None => &[],
    };
    let deposit = Deposit {
        from: accounts.source.account(),
        authority: session.map_or(accounts.payer.account(), |session| session.account()),
        amount,
        decimals: accounts.order.head.decimals,
        seeds,
    };
    deposit.transfer(
        accounts.token_program.address(),
        accounts.mint.account(),
        accounts.vault.account(),
    );
    let order = &mut accounts.order;
    order.advance()?;
    order.invariant()?;
    let head = ToppedUpHead {
        address: *order.address(),
        amount,
        old_deposited,
    };
    emitter!(ctx).state::<OrderToppedUpV1>(&head, &ctx.accounts.order);
    Ok(())
}

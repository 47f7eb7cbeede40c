use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    emitter,
    pda::{self, Payer},
    rent,
    token::{self, Deposit, Transfer, Vault},
};

use crate::{
    constants::{LAYOUT, MAX_SESSION_LISTINGS, SESSION_SEED},
    error::EscrowError,
    events::{EntityHead, SessionClosedHead, SessionClosedV1, SessionOpenedV1, SessionRevokedV1},
    state::{Config, MintConfig, Session},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenSession {
    #[account(mut)]
    pub owner: Signer,
    /// Pays the rent; the owner where none is given.
    #[account(mut)]
    pub payer: Option<Signer>,
    pub config: Account<Config>,
    pub mint_config: Account<MintConfig>,
    /// CHECK: compared with the settings.
    pub mint: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub session: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The owner's token account.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the settings.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct SessionArgs {
    /// Signs its orders.
    pub key: Address,
    /// Base units that it may spend.
    pub amount: u64,
    /// Unix seconds; in the future, at most 366 days ahead.
    pub expires_at: i64,
    /// The listings that it may order, the rest all zero; none: any.
    pub listings: [Address; MAX_SESSION_LISTINGS],
}

/// **Specification:**
/// - Signed by the owner; the rent may be paid by another signer. New business is not paused, and the mint is allowed.
/// - Makes the session of this owner and key, once while it lives, and its vault, which takes the amount from the owner's
///   own token account: the most that it will ever spend.
#[inline(never)]
pub fn open_session(ctx: &mut Context<OpenSession>, args: &SessionArgs) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let mint_config = &accounts.mint_config;
    require!(accounts.config.paused == 0, EscrowError::Paused);
    require!(mint_config.enabled != 0, EscrowError::MintNotAllowed);
    require!(
        address_eq(&mint_config.mint, accounts.mint.address())
            && address_eq(&mint_config.token_program, accounts.token_program.address()),
        EscrowError::WrongTokenProgram
    );
    let (owner, source) = (accounts.owner.address(), accounts.source.account());
    require!(
        token::names_owner(source, owner, &mint_config.token_program),
        EscrowError::WrongTokenAccount
    );
    Session::check_expiry(args.expires_at, clock.unix_timestamp)?;

    let payer = Payer::new(accounts.payer.as_ref().unwrap_or(&accounts.owner).account())?;
    let seeds: [&[u8]; 3] = [SESSION_SEED, owner.as_ref(), args.key.as_ref()];
    let (mut session, bump) = payer.init::<Session>(accounts.session.account(), &seeds)?;
    let (vault, mint) = (accounts.vault.account(), accounts.mint.account());
    let deposit = Deposit {
        from: source,
        authority: accounts.owner.account(),
        amount: args.amount,
        decimals: mint_config.decimals,
        seeds: &[],
    };
    let [name, owner_seed, key_seed] = seeds;
    token::create_vault(
        &payer,
        vault,
        mint,
        &mint_config.token_program,
        session.account(),
        &[name, owner_seed, key_seed, pda::bump_seed(bump)],
        &deposit,
    )?;
    session.layout = LAYOUT;
    session.bump = bump;
    session.decimals = mint_config.decimals;
    session.born_slot = clock.slot;
    session.expires_at = args.expires_at;
    session.owner = *owner;
    session.key = args.key;
    session.mint = mint_config.mint;
    session.token_program = mint_config.token_program;
    session.vault = *vault.address();
    session.rent_payer = *payer.address();
    session.bind(&args.listings);
    session.advance()?;
    let head = EntityHead {
        address: *session.address(),
    };
    emitter!(ctx).state::<SessionOpenedV1>(&head, &session);
    Ok(())
}

#[event_cpi]
#[derive(Accounts)]
pub struct RevokeSession {
    pub owner: Signer,
    #[account(mut)]
    pub session: Account<Session>,
}

/// **Specification:**
/// - Signed by the owner. The session opens and tops up nothing any more; what it bought goes on, vouchers included.
pub fn revoke_session(ctx: &mut Context<RevokeSession>) -> Result<()> {
    let session = &mut ctx.accounts.session;
    require!(
        address_eq(ctx.accounts.owner.address(), &session.owner),
        EscrowError::NotSessionOwner
    );
    require!(session.revoked == 0, EscrowError::SessionOver);
    session.revoked = 1;
    session.advance()?;
    let head = EntityHead {
        address: *session.address(),
    };
    emitter!(ctx).state::<SessionRevokedV1>(&head, &ctx.accounts.session);
    Ok(())
}

#[event_cpi]
#[derive(Accounts)]
pub struct CloseSession {
    #[account(mut, unsafe(dup))]
    pub closer: Signer,
    #[account(mut)]
    pub session: Account<Session>,
    /// CHECK: compared with the session.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the session.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The owner's associated token account, or any of its own where it signs or the session expired long ago.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the session.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: compared with the session.
    pub token_program: UncheckedAccount,
}

impl CloseSession {
    fn validate(&self, now: i64) -> Result<()> {
        let Self {
            session,
            destination,
            closer,
            ..
        } = self;
        session.check_closable(now, closer.address())?;
        require!(
            address_eq(self.mint.address(), &session.mint)
                && address_eq(self.vault.address(), &session.vault)
                && address_eq(self.token_program.address(), &session.token_program),
            EscrowError::WrongAccount
        );
        require!(
            address_eq(self.rent_payer.address(), &session.rent_payer),
            EscrowError::WrongRentPayer
        );
        let (owner, program) = (&session.owner, &session.token_program);
        let given = destination.account();
        let is_right = address_eq(closer.address(), owner)
            || session.takes_any_account(now)
            || token::is_associated(given, &session.mint, owner, program);
        require!(
            is_right && token::payable(given, &session.mint, owner, program),
            EscrowError::WrongTokenAccount
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the owner at any time, or by anyone once it has expired.
/// - What its vault holds goes to the owner's associated token account, or to any of the owner's where it signs; 30 days
///   after the expiry to any of the owner's, whoever closes: an owner that gave its own away keeps nobody's rent for longer.
/// - Vault and account are closed; their rent goes to who paid it, less a tenth of the account's to a stranger; to the
///   closer where the payer became a program, to which the network credits nothing.
/// - Not in the slot that it was opened in: two at one address are told apart by that.
/// - What it bought goes on; what is given back later goes to the owner's associated token account.
pub fn close_session(ctx: &mut Context<CloseSession>) -> Result<()> {
    let clock = Clock::get()?;
    ctx.accounts.validate(clock.unix_timestamp)?;
    let accounts = &mut ctx.accounts;
    require!(
        clock.slot > accounts.session.born_slot,
        EscrowError::SessionSameSlot
    );
    let rent_payer = accounts.rent_payer.account();
    let rent_to = if rent_payer.executable() {
        *accounts.closer.account()
    } else {
        *rent_payer
    };
    let vault_view = accounts.vault.account();
    let held = token::holding(vault_view, accounts.token_program.address());
    let held = held.ok_or(EscrowError::NothingDue)?;
    require!(!held.frozen, EscrowError::VaultFrozen);
    let authority = *accounts.session.account();
    let seeds = accounts.session.seeds();
    let vault = Vault {
        token_program: accounts.token_program.address(),
        account: vault_view,
        mint: accounts.mint.account(),
        decimals: accounts.session.decimals,
        authority: &authority,
        seeds: &seeds,
    };
    let transfer = Transfer {
        to: accounts.destination.account(),
        amount: held.amount,
    };
    vault.pay_out(&[transfer], Some(&rent_to))?;
    accounts.session.advance()?;
    let last = *accounts.session;
    let closer = accounts.closer.address();
    let party = address_eq(closer, &last.owner) || address_eq(closer, &last.rent_payer);
    let stranger = (!party).then_some(accounts.closer.account());
    let closed = rent::close(&mut accounts.session, &rent_to, stranger)?;
    let head = SessionClosedHead {
        address: *authority.address(),
        destination: *accounts.destination.address(),
        amount: held.amount,
        rent_to: *rent_to.address(),
        rent: closed.rent,
        reward: closed.reward,
    };
    emitter!(ctx).state::<SessionClosedV1>(&head, &last);
    Ok(())
}

use anchor_lang::prelude::*;
use common::{
    emitter,
    pda::Payer,
    token::{self, CleanMint},
};

use crate::{
    constants::{LAYOUT, MINT_SEED, TREASURY_SEED},
    error::EscrowError,
    events::{EntityHead, MintAllowedV1},
    state::{Config, MintConfig},
};

#[event_cpi]
#[derive(Accounts)]
pub struct AllowMint {
    pub authority: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    /// CHECK: read as a mint.
    pub mint: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub mint_config: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub treasury: UncheckedAccount,
    /// CHECK: the one that owns the mint.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

impl AllowMint {
    fn validate(&self) -> Result<CleanMint> {
        require!(
            *self.authority.address() == self.config.authority,
            EscrowError::NotConfigAuthority
        );
        let mint = token::clean_mint(self.mint.account()).ok_or(EscrowError::MintNotClean)?;
        require!(
            *self.token_program.address() == mint.token_program,
            EscrowError::WrongTokenProgram
        );
        Ok(mint)
    }
}

/// **Specification:**
/// - Signed by the config's authority.
/// - The mint is clean: SPL Token, or Token-2022 with metadata and group extensions only; not a native one.
/// - Makes the mint's settings, once, enabled, and its treasury: a token account that the config owns.
pub fn allow_mint(ctx: &mut Context<AllowMint>, max_deposit: u64) -> Result<()> {
    let clean = ctx.accounts.validate()?;
    let accounts = &ctx.accounts;
    let (payer, mint, treasury) = (
        Payer::new(accounts.payer.account())?,
        accounts.mint.account(),
        accounts.treasury.account(),
    );
    let treasury_bump = token::create_at_pda(
        &payer,
        treasury,
        mint,
        accounts.config.address(),
        &clean.token_program,
        &crate::ID,
        &[TREASURY_SEED, mint.address().as_ref()],
    )?;
    let (mut mint_config, bump) = payer.init::<MintConfig>(
        accounts.mint_config.account(),
        &[MINT_SEED, mint.address().as_ref()],
    )?;
    mint_config.layout = LAYOUT;
    mint_config.bump = bump;
    mint_config.enabled = 1;
    mint_config.decimals = clean.decimals;
    mint_config.treasury_bump = treasury_bump;
    mint_config.max_deposit = max_deposit;
    mint_config.mint = *mint.address();
    mint_config.token_program = clean.token_program;
    mint_config.treasury = *treasury.address();
    mint_config.rent_payer = *payer.address();
    mint_config.advance()?;
    let head = EntityHead {
        address: *mint_config.address(),
    };
    emitter!(ctx).state::<MintAllowedV1>(&head, &mint_config);
    Ok(())
}

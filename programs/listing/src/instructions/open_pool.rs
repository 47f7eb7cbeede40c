use anchor_lang::{event_cpi, prelude::*};
use common::{cold::Cold, emitter, pda::Payer, token};

use super::slot;
use crate::{
    constants::{LAYOUT, LEDGER_SEED, POOL_SEED},
    error::ListingError,
    events::{EntityHead, PoolOpenedV1},
    state::{Listing, PoolLedger},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenPool {
    #[account(mut)]
    pub payer: Signer,
    pub listing: Cold<Account<Listing>>,
    /// CHECK: read as a mint of either token program
    pub mint: UncheckedAccount,
    /// CHECK: made at its address: what accounts for the pool and owns it
    #[account(mut)]
    pub ledger: UncheckedAccount,
    /// CHECK: made at its address: the token account
    #[account(mut)]
    pub pool: UncheckedAccount,
    /// CHECK: the one that owns the mint
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - Anyone pays for it. The listing was activated and owes royalties (`NotActive`, `NoRoyalties`).
/// - The mint is clean, so not a native one, and belongs to the token program given (`MintNotClean`, `WrongTokenProgram`).
/// - The pool takes royalties of the generation in force; there is one for each mint. Its ledger owns it.
pub fn open_pool(ctx: &mut Context<OpenPool>) -> Result<()> {
    let accounts = &ctx.accounts;
    let listing = &accounts.listing;
    require!(listing.activated_slot != 0, ListingError::NotActive);
    require!(listing.royalty_parents > 0, ListingError::NoRoyalties);
    let mint = token::clean_mint(accounts.mint.account()).ok_or(ListingError::MintNotClean)?;
    require!(
        mint.token_program == *accounts.token_program.address(),
        ListingError::WrongTokenProgram
    );

    let payer = Payer::new(accounts.payer.account())?;
    let generation = listing.generation.to_le_bytes();
    let seeds = |kind: &'static [u8]| -> [&[u8]; 4] {
        [
            kind,
            listing.address().as_ref(),
            &generation,
            accounts.mint.address().as_ref(),
        ]
    };
    let (mut ledger, bump) =
        payer.init::<PoolLedger>(accounts.ledger.account(), &seeds(LEDGER_SEED))?;
    let pool_bump = token::create_at_pda(
        &payer,
        accounts.pool.account(),
        accounts.mint.account(),
        accounts.ledger.address(),
        &mint.token_program,
        ctx.program_id,
        &seeds(POOL_SEED),
    )?;
    ledger.layout = LAYOUT;
    ledger.bump = bump;
    ledger.pool_bump = pool_bump;
    ledger.decimals = mint.decimals;
    ledger.generation = listing.generation;
    ledger.seq = 1;
    ledger.born_slot = slot()?;
    ledger.listing = *listing.address();
    ledger.mint = *accounts.mint.address();
    ledger.token_program = mint.token_program;
    ledger.pool = *accounts.pool.address();
    ledger.rent_payer = *accounts.payer.address();
    emitter!(ctx).state::<PoolOpenedV1>(
        &EntityHead {
            address: *ledger.address(),
        },
        &ledger,
    );
    Ok(())
}

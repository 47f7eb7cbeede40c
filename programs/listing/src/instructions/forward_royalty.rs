use anchor_lang::{event_cpi, prelude::*};
use common::{
    emitter,
    token::{self, Transfer, Vault},
};

use crate::{
    error::ListingError,
    events::{ForwardHead, RoyaltyForwardedV1},
    state::{Listing, PoolLedger, RoyaltyTable},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Forward {
    #[account(mut)]
    pub ledger: Account<PoolLedger>,
    /// CHECK: the ledger's token account
    #[account(mut)]
    pub pool: UncheckedAccount,
    pub royalty_table: Account<RoyaltyTable>,
    pub parent: Account<Listing>,
    /// CHECK: the associated token account of the parent's payout wallet, which takes the parent's own part
    #[account(mut)]
    pub payout: UncheckedAccount,
    /// Of the parent's generation in force and the same mint, where the parent owes royalties itself.
    pub parent_ledger: Option<Account<PoolLedger>>,
    /// CHECK: the parent ledger's token account
    #[account(mut)]
    pub parent_pool: Option<UncheckedAccount>,
    /// CHECK: the ledger's mint
    pub mint: UncheckedAccount,
    /// CHECK: the ledger's token program
    pub token_program: UncheckedAccount,
}

impl Forward {
    fn validate(&self, index: u8) -> Result<()> {
        let (ledger, table, parent) = (&self.ledger, &self.royalty_table, &self.parent);
        require!(
            ledger.pool == *self.pool.address(),
            ListingError::WrongAccount
        );
        require!(
            ledger.mint == *self.mint.address(),
            ListingError::WrongAccount
        );
        require!(
            ledger.token_program == *self.token_program.address(),
            ListingError::WrongTokenProgram
        );
        let is_ledgers = table.listing == ledger.listing && table.generation == ledger.generation;
        require!(is_ledgers, ListingError::WrongRoyaltyTable);
        require!(
            table.entry(index)?.parent == *parent.address(),
            ListingError::WrongParent
        );
        require!(
            token::is_associated(
                self.payout.account(),
                &ledger.mint,
                &parent.payout,
                &ledger.token_program
            ),
            ListingError::WrongPayoutAccount
        );
        match (&self.parent_ledger, &self.parent_pool) {
            (Some(up), Some(pool)) => {
                let is_parents = up.listing == *parent.address()
                    && up.generation == parent.generation
                    && up.mint == ledger.mint
                    && up.pool == *pool.address();
                require!(is_parents, ListingError::WrongParentPool);
            }
            (None, None) if parent.royalty_ppm == 0 => {}
            _ => return Err(ListingError::WrongParentPool.into()),
        }
        Ok(())
    }
}

/// **Specification:**
/// - Anyone sends entry `index` of the table what it is due of all that the pool ever received, rounded down:
///   nobody's share depends on when or how often this is done, and fewer units stay behind than there are entries.
/// - Of what is newly due, the parent's own royalty, rounded up, goes to the parent's pool of its generation in
///   force; it has to be given, and opened if it is missing (`WrongParentPool`).
/// - The rest, and what was owed from before, goes to the associated token account of the parent's payout wallet
///   (`WrongPayoutAccount`). Where it cannot take it, the rest stays owed to this parent alone.
/// - Fails where nothing moves (`NothingToForward`).
/// - Every account is the ledger's, the table's, the parent's (`WrongAccount`, `WrongTokenProgram`,
///   `WrongRoyaltyTable`, `NoSuchEntry`, `WrongParent`).
pub fn forward(ctx: &mut Context<Forward>, index: u8) -> Result<()> {
    ctx.accounts.validate(index)?;
    let Forward {
        ledger,
        pool,
        royalty_table,
        parent,
        payout,
        parent_pool,
        mint,
        token_program,
        ..
    } = &mut ctx.accounts;
    let balance = token::balance(pool.account()).ok_or(ListingError::WrongAccount)?;
    let share = ledger.share(balance, royalty_table, index, parent.royalty_ppm)?;
    let payable = share.keep > 0
        && token::payable(
            payout.account(),
            &ledger.mint,
            &parent.payout,
            &ledger.token_program,
        );
    let paid = if payable { share.keep } else { 0 };
    require!(
        share.up > 0 || paid > 0 || share.credit > 0,
        ListingError::NothingToForward
    );

    let old_owed = ledger.owed[usize::from(index)];
    ledger.book(index, &share, payable)?;
    let address = *ledger.address();
    let vault = Vault {
        token_program: token_program.address(),
        account: pool.account(),
        mint: mint.account(),
        decimals: ledger.decimals,
        authority: ledger.account(),
        seeds: &ledger.seeds(),
    };
    let own = Transfer {
        to: payout.account(),
        amount: paid,
    };
    match parent_pool.as_ref() {
        Some(up) => vault.pay_out(
            &[
                Transfer {
                    to: up.account(),
                    amount: share.up,
                },
                own,
            ],
            None,
        )?,
        None => vault.pay_out(&[own], None)?,
    }
    let head = ForwardHead {
        address,
        parent: *parent.address(),
        parent_pool: parent_pool
            .as_ref()
            .map(|up| *up.address())
            .unwrap_or_default(),
        payout_account: *payout.address(),
        index: u64::from(index),
        received: share.received,
        credited: share.credit,
        forwarded: share.up,
        paid,
        owed: ledger.owed[usize::from(index)],
        old_owed,
    };
    emitter!(ctx).state::<RoyaltyForwardedV1>(&head, &ctx.accounts.ledger);
    Ok(())
}

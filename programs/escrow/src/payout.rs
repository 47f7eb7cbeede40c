//! Money leaves a vault here and nowhere else: to whom it is due, as far as their token accounts can take it.

use anchor_lang::{address_eq, prelude::*};
use common::token::{self, TokenAccount, Transfer, Vault};

use crate::{
    constants::{ORDER_SEED, VAULT_SEED},
    error::EscrowError,
    events::PayoutHead,
    state::{MintConfig, Order, Shares},
};

/// Accounts of `settle`, `refund` and `withdraw`.
#[event_cpi]
#[derive(Accounts)]
pub struct PayOut {
    pub cranker: Signer,
    #[account(mut)]
    pub order: Account<Order>,
    pub mint_config: Account<MintConfig>,
    /// CHECK: compared with the order.
    pub mint: UncheckedAccount,
    /// CHECK: derived from the order.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// A token account of the payee; without one, or with any other account, its part waits.
    /// CHECK: read as a token account.
    #[account(unsafe(dup))]
    pub payee_account: Option<UncheckedAccount>,
    /// A token account of the buyer; without one, or with any other account, its part waits.
    /// CHECK: read as a token account.
    #[account(unsafe(dup))]
    pub buyer_account: Option<UncheckedAccount>,
    /// CHECK: compared with the settings of the mint.
    #[account(unsafe(dup))]
    pub treasury: UncheckedAccount,
    /// The order's pool; without it the royalties wait.
    /// CHECK: compared with the order.
    #[account(unsafe(dup))]
    pub pool: Option<UncheckedAccount>,
    /// CHECK: compared with the order.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: compared with the order.
    pub token_program: UncheckedAccount,
}

impl PayOut {
    /// Every account is the order's own, but for those given for the payee and the buyer, which may be any.
    #[inline(never)]
    pub fn validate(&self) -> Result<()> {
        let Self {
            order, mint_config, ..
        } = self;
        require!(
            address_eq(self.mint.address(), &order.mint)
                && address_eq(&mint_config.mint, &order.mint)
                && address_eq(self.token_program.address(), &order.token_program),
            EscrowError::WrongAccount
        );
        require!(
            address_eq(self.rent_payer.address(), &order.rent_payer),
            EscrowError::WrongRentPayer
        );
        let pool_is_right = self
            .pool
            .as_ref()
            .is_none_or(|pool| address_eq(pool.address(), &order.pool));
        require!(
            pool_is_right && address_eq(self.treasury.address(), &mint_config.treasury),
            EscrowError::WrongTokenAccount
        );
        check_vault(order, self.vault.address())
    }

    /// Pays each part that is due and whose token account can take it.
    ///
    /// When nothing is left of a final order, what strangers donated to the vault goes to the treasury and the vault's
    /// rent to its payer. A treasury that cannot take the donation keeps the vault open, until `withdraw`, and nothing
    /// else.
    ///
    /// Fails with `VaultFrozen` where the mint's issuer froze the vault, `NothingDue` where it is closed already.
    #[inline(never)]
    pub fn pay(&mut self) -> Result<Paid> {
        let authority = *self.order.account();
        let order: &mut Order = &mut self.order;
        let token_program = self.token_program.address();
        let account = self.vault.account();
        let vault = TokenAccount::read(account, token_program).ok_or(EscrowError::NothingDue)?;
        require!(!vault.frozen, EscrowError::VaultFrozen);
        let donated = vault
            .amount
            .checked_sub(order.held()?)
            .ok_or(EscrowError::LedgerBroken)?;

        let [payee, buyer, pool] = [&self.payee_account, &self.buyer_account, &self.pool]
            .map(|account| account.as_ref().map(UncheckedAccount::account));
        let treasury = self.treasury.account();
        let payable = |account: Option<&AccountView>, owner: &Address| {
            account
                .is_some_and(|account| token::payable(account, &order.mint, owner, token_program))
        };
        // Treasury and pool are the programs' own: nobody but the issuer can keep them from taking money.
        let takes = |account: &AccountView| {
            TokenAccount::read(account, token_program).is_some_and(|account| !account.frozen)
        };
        let treasury_takes = takes(treasury);
        let shares = Shares {
            payee: if payable(payee, &order.payee) {
                order.paid_due
            } else {
                0
            },
            fee: if treasury_takes { order.fee_due } else { 0 },
            royalty: if pool.is_some_and(takes) {
                order.royalty_due
            } else {
                0
            },
            buyer: if payable(buyer, &order.head.buyer) {
                order.refund_due
            } else {
                0
            },
        };
        order.pay(&shares)?;
        let closes = order.is_final() && order.due()? == 0 && (donated == 0 || treasury_takes);
        let swept = if closes { donated } else { 0 };
        let to_treasury = shares
            .fee
            .checked_add(swept)
            .ok_or(EscrowError::LedgerBroken)?;

        let bump = [order.head.bump];
        let vault = Vault {
            token_program,
            account,
            mint: self.mint.account(),
            decimals: order.head.decimals,
            authority: &authority,
            seeds: &[
                ORDER_SEED,
                order.head.buyer.as_ref(),
                &order.head.key,
                &bump,
            ],
        };
        // An account that was not given gets nothing, and a transfer of nothing is left out.
        let transfers = [
            Transfer {
                to: payee.unwrap_or(account),
                amount: shares.payee,
            },
            Transfer {
                to: treasury,
                amount: to_treasury,
            },
            Transfer {
                to: pool.unwrap_or(account),
                amount: shares.royalty,
            },
            Transfer {
                to: buyer.unwrap_or(account),
                amount: shares.buyer,
            },
        ];
        vault.pay_out(&transfers, closes.then_some(self.rent_payer.account()))?;
        Ok(Paid { shares, swept })
    }

    /// The head of the event: `shares` are what the instruction gave to each.
    pub fn head(&self, old_state: u8, shares: &Shares, swept: u64) -> PayoutHead {
        PayoutHead {
            address: *self.order.address(),
            old_state: u64::from(old_state),
            paid: shares.payee,
            fee: shares.fee,
            royalty: shares.royalty,
            refunded: shares.buyer,
            swept,
        }
    }
}

/// Whether `vault` is the order's.
pub fn check_vault(order: &Account<Order>, vault: &Address) -> Result<()> {
    let bump = [order.head.vault_bump];
    let seeds: [&[u8]; 3] = [VAULT_SEED, order.address().as_ref(), &bump];
    anchor_lang::verify_program_address(&seeds, &crate::ID, vault)
        .map_err(|_| EscrowError::WrongTokenAccount.into())
}

/// What left a vault, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    pub shares: Shares,
    /// What strangers had donated, to the treasury.
    pub swept: u64,
}

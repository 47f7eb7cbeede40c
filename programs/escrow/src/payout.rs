//! Money leaves a vault here and nowhere else: to whom it is due, as far as their token accounts can take it.

use anchor_lang::{address_eq, prelude::*};
use common::{
    receipt::flag,
    token::{self, Transfer, Vault},
};

use crate::{
    constants::ORDER_SEED,
    error::EscrowError,
    events::PayoutHead,
    state::{Bonds, MintConfig, Order, Shares, sum},
};

/// Accounts of every instruction that pays out of an order's vault.
#[event_cpi]
#[derive(Accounts)]
pub struct PayOut {
    pub cranker: Signer,
    #[account(mut)]
    pub order: Account<Order>,
    pub mint_config: Account<MintConfig>,
    /// CHECK: compared with the order.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the order.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The payee's associated token account, or any of its own where it cranks itself; needed where it is due something.
    /// CHECK: read as a token account.
    #[account(unsafe(dup))]
    pub payee_account: Option<UncheckedAccount>,
    /// The token account that the order was paid from, or, where its owner cranks, any of the owner's; needed where the
    /// buyer is due something.
    /// CHECK: read as a token account.
    #[account(unsafe(dup))]
    pub buyer_account: Option<UncheckedAccount>,
    /// CHECK: compared with the settings of the mint.
    #[account(unsafe(dup))]
    pub treasury: UncheckedAccount,
    /// The order's pool; needed where it is due something.
    /// CHECK: compared with the order.
    #[account(unsafe(dup))]
    pub pool: Option<UncheckedAccount>,
    /// The owner's associated token account, or any of its own where it cranks itself; needed where a bond is due to it,
    /// and where the session's vault that an order was paid from is gone and the buyer is due something.
    /// CHECK: read as a token account.
    #[account(unsafe(dup))]
    pub owner_account: Option<UncheckedAccount>,
    /// The seller's associated token account, or any of its own where it cranks itself; needed where a bond is due to it.
    /// CHECK: read as a token account.
    #[account(unsafe(dup))]
    pub seller_account: Option<UncheckedAccount>,
    /// CHECK: compared with the order.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: compared with the order.
    pub token_program: UncheckedAccount,
}

impl PayOut {
    /// Every account is the order's own, but for those given for the parties, which [`Self::pay`] checks where they are
    /// due something.
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
        require!(
            address_eq(self.vault.address(), &order.vault)
                && address_eq(self.treasury.address(), &mint_config.treasury),
            EscrowError::WrongTokenAccount
        );
        Ok(())
    }

    /// Pays each part that is due and whose token account can take it.
    ///
    /// Nobody but the party itself chooses where its part goes, or that it has to wait: a stranger names the payee's
    /// associated account, the account that the buyer paid from, the order's pool, and for bonds their openers' associated
    /// accounts. What the right account cannot take stays due. What is given back by an order whose session's vault is
    /// gone goes to the owner's associated account. With `any_account` whatever can take it for the party will do, whoever
    /// cranks; for the buyer only where the account that it paid from cannot.
    ///
    /// When nothing is left of a final order, what strangers donated to the vault goes to the treasury and the vault's
    /// rent to its payer. A treasury that cannot take the donation keeps the vault open, until `withdraw`, and nothing
    /// else. Nothing leaves a vault that the mint's issuer froze, until `withdraw`.
    ///
    /// Fails with `WrongTokenAccount` for any other account, `NothingDue` where the vault is closed already.
    #[inline(never)]
    pub fn pay(&mut self, any_account: bool) -> Result<Paid> {
        let token_program = self.token_program.address();
        let account = self.vault.account();
        let vault = token::holding(account, token_program).ok_or(EscrowError::NothingDue)?;
        if vault.frozen {
            return Ok(Paid {
                frozen: true,
                ..Paid::default()
            });
        }
        let order = &self.order;
        let donated = vault
            .amount
            .checked_sub(order.held()?)
            .and_then(|rest| rest.checked_sub(order.bonds().ok()?))
            .ok_or(EscrowError::LedgerBroken)?;
        let payee = self.account_of(
            &self.payee_account,
            order.paid_due,
            &order.payee,
            any_account,
        )?;
        let buyer = self.buyers_account(any_account)?;
        let owner = self.account_of(
            &self.owner_account,
            order.owner_bond_due,
            &order.head.owner,
            any_account,
        )?;
        let seller = self.account_of(
            &self.seller_account,
            order.seller_bond_due,
            &order.seller,
            any_account,
        )?;
        let pool = self.pool.as_ref().map(UncheckedAccount::account);
        require!(
            order.royalty_due == 0
                || pool.is_some_and(|pool| address_eq(pool.address(), &order.pool)),
            EscrowError::WrongTokenAccount
        );
        let treasury = self.treasury.account();
        // Treasury and pool are the programs' own: nobody but the issuer can keep them from taking money.
        let takes = |account: &AccountView| {
            token::holding(account, token_program).is_some_and(|holding| !holding.frozen)
        };
        let treasury_takes = takes(treasury);
        let part = |due: u64, payable: bool| if payable { due } else { 0 };
        let shares = Shares {
            payee: part(order.paid_due, payee.is_some()),
            fee: part(order.fee_due, treasury_takes),
            royalty: part(
                order.royalty_due,
                order.royalty_due > 0 && pool.is_some_and(takes),
            ),
            buyer: part(order.refund_due, buyer.is_some()),
        };
        let authority = *self.order.account();
        let order: &mut Order = &mut self.order;
        order.pay(&shares)?;
        let bonds = order.pay_bonds(owner.is_some(), seller.is_some(), treasury_takes);
        let nothing_left = order.is_final() && order.due()? == 0 && order.bonds()? == 0;
        let closes = nothing_left && (donated == 0 || treasury_takes);
        let swept = if closes { donated } else { 0 };
        // The network takes no lamports for an account that became a program. They wait in the order then, so that
        // nobody's money hangs on what a payer of rent does with its key.
        let rent_payer = self.rent_payer.account();
        let rent_to = if rent_payer.executable() {
            &authority
        } else {
            rent_payer
        };

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
                to: payee.as_ref().unwrap_or(account),
                amount: shares.payee,
            },
            Transfer {
                to: treasury,
                amount: sum([shares.fee, swept, bonds.lost])?,
            },
            Transfer {
                to: pool.unwrap_or(account),
                amount: shares.royalty,
            },
            Transfer {
                to: buyer.as_ref().unwrap_or(account),
                amount: shares.buyer,
            },
            Transfer {
                to: owner.as_ref().unwrap_or(account),
                amount: bonds.owner,
            },
            Transfer {
                to: seller.as_ref().unwrap_or(account),
                amount: bonds.seller,
            },
        ];
        vault.pay_out(&transfers, closes.then_some(rent_to))?;
        Ok(Paid {
            shares,
            bonds,
            swept,
            closed: closes,
            frozen: false,
        })
    }

    /// Where a part of `due` base units goes: to the account given, which is `owner`'s associated one, or any of its where
    /// it cranks itself or `any_account` will do. `None` where that cannot take it.
    fn account_of(
        &self,
        given: &Option<UncheckedAccount>,
        due: u64,
        owner: &Address,
        any_account: bool,
    ) -> Result<Option<AccountView>> {
        if due == 0 {
            return Ok(None);
        }
        let (mint, token_program) = (&self.order.mint, self.token_program.address());
        let given = given.as_ref().map(|given| *given.account());
        let takes = given.filter(|given| token::payable(given, mint, owner, token_program));
        let is_right = address_eq(self.cranker.address(), owner)
            || (any_account && takes.is_some())
            || given.is_some_and(|given| token::is_associated(&given, mint, owner, token_program));
        require!(is_right, EscrowError::WrongTokenAccount);
        Ok(takes)
    }

    /// Where what is given back goes: to the account that paid, or any of the owner's where it cranks itself.
    fn buyers_account(&self, any_account: bool) -> Result<Option<AccountView>> {
        let order = &self.order;
        if order.refund_due == 0 {
            return Ok(None);
        }
        let (mint, token_program) = (&order.mint, self.token_program.address());
        let takes =
            |given: &AccountView, holder| token::payable(given, mint, holder, token_program);
        let given = self.buyer_account.as_ref().map(|given| *given.account());
        let source = given.filter(|given| address_eq(given.address(), &order.source));
        // Of a session no account but the one that paid: nothing gets out of any other.
        if let Some(source) = source.filter(|source| takes(source, &order.head.buyer)) {
            return Ok(Some(source));
        }
        if address_eq(self.cranker.address(), &order.head.owner) {
            return Ok(given.filter(|given| takes(given, &order.head.owner)));
        }
        let source = source.ok_or(EscrowError::WrongTokenAccount)?;
        // The session was closed; one that was opened anew may have its vault there, of another mint.
        let is_gone = order.head.flags & flag::SESSION != 0 && !token::names_mint(&source, mint);
        if is_gone || any_account {
            return self.account_of(
                &self.owner_account,
                order.refund_due,
                &order.head.owner,
                any_account,
            );
        }
        Ok(None)
    }

    /// The head of the event: `shares` are what the instruction gave to each.
    pub fn head(&self, old_state: u8, shares: &Shares, paid: &Paid) -> PayoutHead {
        PayoutHead {
            address: *self.order.address(),
            old_state: u64::from(old_state),
            paid: shares.payee,
            fee: shares.fee,
            royalty: shares.royalty,
            refunded: shares.buyer,
            swept: paid.swept,
            bond: paid
                .bonds
                .owner
                .saturating_add(paid.bonds.seller)
                .saturating_add(paid.bonds.lost),
        }
    }
}

/// What left a vault, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    pub shares: Shares,
    pub bonds: Bonds,
    /// What strangers had donated, to the treasury.
    pub swept: u64,
    /// Nothing is left, and the vault is gone.
    pub closed: bool,
    /// Nothing: the mint's issuer froze the vault.
    pub frozen: bool,
}

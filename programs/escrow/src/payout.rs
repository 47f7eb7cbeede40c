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
    state::{MintConfig, Order, Shares, bond_to, sum},
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
    /// buyer is due something. Where a session's vault is gone: the owner's associated token account.
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
    /// CHECK: compared with the order.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: compared with the order.
    pub token_program: UncheckedAccount,
}

impl PayOut {
    /// Every account is the order's own, but for those given for the payee and the buyer, which [`Self::pay`] checks
    /// where they are due something.
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
    /// associated account, the account that the buyer paid from (of a session that was closed, its owner's associated
    /// one), the order's pool. What the right account cannot take stays due. A dispute's bond that is due goes with the
    /// part of who gets it. With `any_account` whatever can take it for the party will do, whoever cranks.
    ///
    /// When nothing is left of a final order, what strangers donated to the vault goes to the treasury and the vault's
    /// rent to its payer. A treasury that cannot take the donation keeps the vault open, until `withdraw`, and nothing
    /// else.
    ///
    /// Fails with `WrongTokenAccount` for any other account, `VaultFrozen` where the mint's issuer froze the vault,
    /// `NothingDue` where it is closed already.
    #[inline(never)]
    pub fn pay(&mut self, any_account: bool) -> Result<Paid> {
        let authority = *self.order.account();
        let order: &mut Order = &mut self.order;
        let token_program = self.token_program.address();
        let account = self.vault.account();
        let vault = token::holding(account, token_program).ok_or(EscrowError::NothingDue)?;
        require!(!vault.frozen, EscrowError::VaultFrozen);
        let donated = vault
            .amount
            .checked_sub(order.held()?)
            .and_then(|rest| rest.checked_sub(order.bond))
            .ok_or(EscrowError::LedgerBroken)?;
        let (owners_bond, lost_bond) = match order.bond_to {
            bond_to::TREASURY => (0, order.bond_due()),
            _ => (order.bond_due(), 0),
        };

        let cranker = self.cranker.address();
        let party = |given: &Option<UncheckedAccount>,
                     due: u64,
                     owner: &Address,
                     takes: &dyn Fn(&AccountView) -> bool,
                     is_known: &dyn Fn(&AccountView) -> bool|
         -> Result<Option<AccountView>> {
            if due == 0 {
                return Ok(None);
            }
            let given = given.as_ref().map(|given| *given.account());
            let is_right = address_eq(cranker, owner)
                || given
                    .as_ref()
                    .is_some_and(|given| is_known(given) || (any_account && takes(given)));
            require!(is_right, EscrowError::WrongTokenAccount);
            Ok(given.filter(takes))
        };
        let payee = party(
            &self.payee_account,
            order.paid_due,
            &order.payee,
            &|given| token::payable(given, &order.mint, &order.payee, token_program),
            &|given| token::is_associated(given, &order.mint, &order.payee, token_program),
        )?;
        let buyer = party(
            &self.buyer_account,
            sum([order.refund_due, owners_bond])?,
            &order.head.owner,
            &|given| {
                let holds = |holder| token::payable(given, &order.mint, holder, token_program);
                // Of a session no account but the one that paid: nothing gets out of any other.
                holds(&order.head.owner)
                    || (address_eq(given.address(), &order.source) && holds(&order.head.buyer))
            },
            &|given| {
                address_eq(given.address(), &order.source)
                    || (order.head.flags & flag::SESSION != 0
                        && token::is_associated(
                            given,
                            &order.mint,
                            &order.head.owner,
                            token_program,
                        ))
            },
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
        let owners_bond = part(owners_bond, buyer.is_some());
        let lost_bond = part(lost_bond, treasury_takes);
        let bond = sum([owners_bond, lost_bond])?;
        order.pay(&shares)?;
        if bond > 0 {
            order.bond = 0;
            order.bond_to = 0;
        }
        let nothing_left = order.is_final() && order.due()? == 0 && order.bond == 0;
        let closes = nothing_left && (donated == 0 || treasury_takes);
        let swept = if closes { donated } else { 0 };
        let to_treasury = sum([shares.fee, swept, lost_bond])?;
        let to_buyer = sum([shares.buyer, owners_bond])?;
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
                amount: to_treasury,
            },
            Transfer {
                to: pool.unwrap_or(account),
                amount: shares.royalty,
            },
            Transfer {
                to: buyer.as_ref().unwrap_or(account),
                amount: to_buyer,
            },
        ];
        vault.pay_out(&transfers, closes.then_some(rent_to))?;
        Ok(Paid {
            shares,
            swept,
            bond,
        })
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
            bond: paid.bond,
        }
    }
}

/// What left a vault, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    pub shares: Shares,
    /// What strangers had donated, to the treasury.
    pub swept: u64,
    /// A dispute's.
    pub bond: u64,
}

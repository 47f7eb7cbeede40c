use anchor_lang::prelude::*;
use common::receipt::{ReceiptHead, state};
use listing::constants::UNIT_LEN;

use crate::{
    constants::{ANY_ACCOUNT_AFTER, SEALED_KEY_LEN},
    error::EscrowError,
    state::Shares,
};

/// One purchase, PDA `["order", buyer, key]`. Settled and paid, it is the receipt.
///
/// At every moment `deposited = vault + paid + fee_paid + royalty_paid + refunded`, where the vault holds what nobody
/// was given yet and the four `…_due` parts of it that could not be paid when they fell due.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    pub head: ReceiptHead,
    /// The listing's authority when it was opened: it alone gives back what nobody was given yet.
    pub seller: Address,
    /// The wallet that the seller's part goes to: to its associated token account, or to one that it names itself.
    pub payee: Address,
    /// The buyer's token account that paid, which takes what is given back, unless the buyer names another.
    pub source: Address,
    /// The token account PDA `["vault", order]`; all zero for a free receipt.
    pub vault: Address,
    pub mint: Address,
    pub token_program: Address,
    /// The listing's royalty pool of the generation and mint in force; all zero where it owes no royalty.
    pub pool: Address,
    pub rent_payer: Address,
    pub manifest_hash: [u8; 32],
    /// Hash of the content as the listing had it at opening; all zero where unknown, until delivery says it.
    pub content_hash: [u8; 32],
    /// SHA-256 of everything the buyer asked for.
    pub params_hash: [u8; 32],
    /// The buyer's X25519 key that the content key is sealed for; all zero where none is needed.
    pub delivery_key: [u8; 32],
    /// The content key, sealed; all zero until delivered or where none is needed.
    pub sealed_key: [u8; SEALED_KEY_LEN],
    /// What one unit is, as the price term said.
    pub unit: [u8; UNIT_LEN],
    /// Units bought.
    pub quantity: u64,
    /// Base units per unit.
    pub price: u64,
    pub deposited: u64,
    pub paid: u64,
    pub fee_paid: u64,
    pub royalty_paid: u64,
    pub refunded: u64,
    pub paid_due: u64,
    pub fee_due: u64,
    pub royalty_due: u64,
    pub refund_due: u64,
    /// Unix seconds, as all times below.
    pub opened_at: i64,
    /// Until then the idempotency key stays taken.
    pub valid_until: i64,
    /// Past it an undelivered order is refunded by anyone.
    pub deliver_by: i64,
    /// 0 until delivered.
    pub delivered_at: i64,
    /// Past it a delivered order is settled by anyone; 0 until delivered.
    pub settle_after: i64,
    /// When it reached its final state; 0 before.
    pub closed_at: i64,
    /// Seconds; fixed at opening.
    pub dispute_window: u32,
    pub reserved: [u8; 4],
    pub spare: [u8; 96],
}

/// What an order does. Each transition checks that it may happen, and changes nothing where it may not. Those that end
/// it only say who is owed what: the parts become due, and whoever can be paid is paid at once.
impl Order {
    /// Base units that its vault holds by its ledger, due ones included.
    pub fn held(&self) -> Result<u64> {
        let gone = sum([self.paid, self.fee_paid, self.royalty_paid, self.refunded])?;
        self.deposited
            .checked_sub(gone)
            .ok_or_else(|| EscrowError::LedgerBroken.into())
    }

    /// Base units of it that await a token account that can take them.
    pub fn due(&self) -> Result<u64> {
        sum([
            self.paid_due,
            self.fee_due,
            self.royalty_due,
            self.refund_due,
        ])
    }

    /// Base units of it that nobody was given yet.
    pub fn undecided(&self) -> Result<u64> {
        self.held()?
            .checked_sub(self.due()?)
            .ok_or_else(|| EscrowError::LedgerBroken.into())
    }

    /// Whether nothing but paying what is due can happen any more.
    pub fn is_final(&self) -> bool {
        matches!(self.head.state, state::SETTLED | state::REFUNDED)
    }

    /// Whether it ended so long ago that any token account of a party will do for what it still waits for.
    pub fn takes_any_account(&self, now: i64) -> bool {
        self.is_final() && now.saturating_sub(self.closed_at) > ANY_ACCOUNT_AFTER
    }

    /// Conservation: no more left or is due than was deposited, and a final order has given everything to somebody.
    pub fn invariant(&self) -> Result<()> {
        let undecided = self.undecided()?;
        require!(
            self.is_final() == (undecided == 0),
            EscrowError::LedgerBroken
        );
        Ok(())
    }

    /// `FUNDED → DELIVERED`, until `deliver_by` inclusive.
    pub fn deliver(
        &mut self,
        now: i64,
        content_hash: [u8; 32],
        sealed_key: [u8; SEALED_KEY_LEN],
    ) -> Result<()> {
        require!(self.head.state == state::FUNDED, EscrowError::WrongState);
        require!(now <= self.deliver_by, EscrowError::DeliveryTooLate);
        require!(content_hash != [0; 32], EscrowError::ContentHashMissing);
        let known = self.content_hash != [0; 32];
        require!(
            !known || content_hash == self.content_hash,
            EscrowError::ContentDiffers
        );
        let wants_key = self.delivery_key != [0; 32];
        require!(
            wants_key == (sealed_key != [0; SEALED_KEY_LEN]),
            EscrowError::KeyMissing
        );
        let window = i64::from(self.dispute_window);
        self.settle_after = now.checked_add(window).ok_or(EscrowError::AmountTooLarge)?;
        self.delivered_at = now;
        self.content_hash = content_hash;
        self.sealed_key = sealed_key;
        self.head.state = state::DELIVERED;
        Ok(())
    }

    /// `DELIVERED → SETTLED`, by the buyer at any time, by anyone after `settle_after`. Returns what became due.
    pub fn settle(&mut self, now: i64, by_buyer: bool) -> Result<Shares> {
        require!(self.head.state == state::DELIVERED, EscrowError::WrongState);
        require!(
            by_buyer || now > self.settle_after,
            EscrowError::WindowStillOpen
        );
        let shares = Shares::of_sale(self.undecided()?, self.head.fee_ppm, self.head.royalty_ppm)?;
        self.paid_due = shares.payee;
        self.fee_due = shares.fee;
        self.royalty_due = shares.royalty;
        self.head.state = state::SETTLED;
        self.closed_at = now;
        Ok(shares)
    }

    /// Gives `amount`, or everything undecided, back to the buyer: by the seller while it is not final, by anyone,
    /// everything, while `FUNDED` after `deliver_by`. Without anything left it is `REFUNDED`. Returns what became due.
    pub fn give_back(&mut self, now: i64, by_seller: bool, amount: Option<u64>) -> Result<u64> {
        require!(!self.is_final(), EscrowError::WrongState);
        let undecided = self.undecided()?;
        let amount = amount.unwrap_or(undecided);
        require!(
            amount > 0 && amount <= undecided,
            EscrowError::RefundOutOfBounds
        );
        if !by_seller {
            require!(
                self.head.state == state::FUNDED && amount == undecided,
                EscrowError::NotSeller
            );
            require!(now > self.deliver_by, EscrowError::DeadlineNotReached);
        }
        self.refund_due = sum([self.refund_due, amount])?;
        if amount == undecided {
            self.head.state = state::REFUNDED;
            self.closed_at = now;
        }
        Ok(amount)
    }

    /// Of what is due, `shares` leave the vault.
    pub fn pay(&mut self, shares: &Shares) -> Result<()> {
        for (due, paid, share) in [
            (&mut self.paid_due, &mut self.paid, shares.payee),
            (&mut self.fee_due, &mut self.fee_paid, shares.fee),
            (
                &mut self.royalty_due,
                &mut self.royalty_paid,
                shares.royalty,
            ),
            (&mut self.refund_due, &mut self.refunded, shares.buyer),
        ] {
            *due = due.checked_sub(share).ok_or(EscrowError::LedgerBroken)?;
            *paid = paid.checked_add(share).ok_or(EscrowError::LedgerBroken)?;
        }
        Ok(())
    }

    /// Whether its account may be closed: final, nothing due, its key expired; by the buyer, or by anyone where it is
    /// no receipt.
    pub fn check_closable(&self, now: i64, by_buyer: bool) -> Result<()> {
        require!(self.is_final(), EscrowError::WrongState);
        require!(
            by_buyer || self.head.state == state::REFUNDED,
            EscrowError::NotBuyer
        );
        require!(self.due()? == 0, EscrowError::StillDue);
        require!(now > self.valid_until, EscrowError::StillValid);
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.head.seq = self
            .head
            .seq
            .checked_add(1)
            .ok_or(EscrowError::AmountTooLarge)?;
        Ok(())
    }
}

fn sum<const N: usize>(amounts: [u64; N]) -> Result<u64> {
    amounts
        .into_iter()
        .try_fold(0u64, |sum, amount| sum.checked_add(amount))
        .ok_or_else(|| EscrowError::LedgerBroken.into())
}

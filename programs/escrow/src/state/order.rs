use anchor_lang::{address_eq, prelude::*};
use common::receipt::{ReceiptHead, flag, mode, state};
use listing::constants::UNIT_LEN;

use crate::{
    constants::{ANY_ACCOUNT_AFTER, SEALED_KEY_LEN},
    error::EscrowError,
    state::{Bonds, Shares},
};

/// One purchase, PDA `["order", buyer or session, key]`. Settled and paid, it is the receipt.
///
/// At every moment `deposited = held + paid + fee_paid + royalty_paid + refunded`, and its vault holds that and all bonds.
/// What is held is the four `…_due` parts that await a token account, what is contested, what the seller has earned
/// but is pending or accruing, and the rest, which nobody has earned.
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
    /// The token account of [`common::token::create_vault`]; all zero for a free receipt.
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
    /// The buyer's key for this order. One-time: the X25519 key that the content key is sealed for, all zero where none
    /// is needed. Metered: the Ed25519 key that signs vouchers. Lease: the key that sends heartbeats.
    pub buyer_key: [u8; 32],
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
    /// Past it an undelivered one-time order is refunded by anyone.
    pub deliver_by: i64,
    /// 0 until delivered.
    pub delivered_at: i64,
    /// Past it a delivered order is settled by anyone; 0 until delivered.
    pub settle_after: i64,
    /// When it reached its final state; 0 before.
    pub closed_at: i64,
    /// Seconds; fixed at opening, as the two bounds of a dispute below.
    pub dispute_window: u32,
    /// Seconds from the opening of a dispute until anyone may let it lapse.
    pub arbitration_period: u32,
    /// When an order of another mode than one-time is over, itself no longer within; 0 for one-time. An earlier end may
    /// be set, never a later one.
    pub ends_at: i64,
    /// When it was to be over at its opening.
    pub booked_until: i64,
    /// What the seller has earned so far, disputed parts and those still pending included. Metered: the cumulative
    /// amount of the last voucher.
    pub earned: u64,
    /// Metered: the sequence of the last voucher.
    pub sequence: u64,
    /// Earned, disputable until `matures_at`.
    pub pending: u64,
    /// From then on `pending` is the seller's; 0 while nothing is pending.
    pub matures_at: i64,
    /// Earned by a lease while `pending` was not mature: becomes pending next.
    pub accruing: u64,
    /// In dispute.
    pub contested: u64,
    /// What the opener of the dispute that lasts deposited.
    pub bond: u64,
    /// Bonds that are the owner's again, and await its token account.
    pub owner_bond_due: u64,
    /// Bonds that are the seller's again, and await its token account.
    pub seller_bond_due: u64,
    /// Bonds that their openers lost, and await the treasury.
    pub lost_bond_due: u64,
    /// From then on anyone may let the dispute lapse; 0 while there is none.
    pub arbitrate_by: i64,
    /// Lease: intervals up to the last one that the buyer authorised.
    pub authorised: u64,
    /// Seconds of a subscription's period or a lease's interval; 0 for other modes.
    pub period: u32,
    /// A dispute's bond, in ppm of what it contests.
    pub bond_ppm: u32,
    /// Disputes so far.
    pub disputes: u16,
    /// Who opened the dispute that lasts, one of [`party`]; 0 while there is none.
    pub opener: u8,
    /// Lease: bit `k` is set where interval `authorised − 1 − k` was authorised and is not yet confirmed.
    pub unconfirmed: u8,
    /// Seconds for delivery, as the settings had them at its opening.
    pub delivery_window: u32,
    /// 1 once its fee was recorded at the reward program.
    pub fees_recorded: u8,
    pub spare: [u8; 31],
}

/// A party to an order.
pub mod party {
    pub const OWNER: u8 = 1;
    pub const SELLER: u8 = 2;
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

    /// Base units of it that nobody was given yet and that nobody contests, those earned but pending included.
    pub fn undecided(&self) -> Result<u64> {
        sum([self.rest()?, self.pending, self.accruing])
    }

    /// Base units that nobody has earned yet: what is left of the deposit by all other parts.
    #[inline(never)]
    pub fn rest(&self) -> Result<u64> {
        let rest = self
            .deposited
            .checked_sub(self.paid)
            .and_then(|rest| rest.checked_sub(self.fee_paid))
            .and_then(|rest| rest.checked_sub(self.royalty_paid))
            .and_then(|rest| rest.checked_sub(self.refunded))
            .and_then(|rest| rest.checked_sub(self.paid_due))
            .and_then(|rest| rest.checked_sub(self.fee_due))
            .and_then(|rest| rest.checked_sub(self.royalty_due))
            .and_then(|rest| rest.checked_sub(self.refund_due))
            .and_then(|rest| rest.checked_sub(self.contested))
            .and_then(|rest| rest.checked_sub(self.pending))
            .and_then(|rest| rest.checked_sub(self.accruing));
        rest.ok_or_else(|| EscrowError::LedgerBroken.into())
    }

    /// Errors with `WrongAccount` where these are not its vault, its mint and that mint's program.
    pub fn check_vault(
        &self,
        vault: &Address,
        mint: &Address,
        token_program: &Address,
    ) -> Result<()> {
        require!(
            address_eq(vault, &self.vault)
                && address_eq(mint, &self.mint)
                && address_eq(token_program, &self.token_program),
            EscrowError::WrongAccount
        );
        Ok(())
    }

    /// Base units of all bonds that its vault holds besides: that of the dispute that lasts, and those that are due.
    pub fn bonds(&self) -> Result<u64> {
        sum([self.bond, self.bonds_due()?])
    }

    /// Base units of bonds that await a token account that can take them.
    pub fn bonds_due(&self) -> Result<u64> {
        sum([
            self.owner_bond_due,
            self.seller_bond_due,
            self.lost_bond_due,
        ])
    }

    /// Whether nothing but paying what is due can happen any more.
    pub fn is_final(&self) -> bool {
        matches!(self.head.state, state::SETTLED | state::REFUNDED)
    }

    /// Whether it ended so long ago that any token account of a party will do for what it still waits for.
    pub fn takes_any_account(&self, now: i64) -> bool {
        self.is_final() && now.saturating_sub(self.closed_at) > ANY_ACCOUNT_AFTER
    }

    /// Conservation: no more left, is due, earned or contested than was deposited; a final order has given everything
    /// to somebody, and a one-time order that has is final. What is pending has a time to mature, and only a lease's
    /// accrues behind it; what is contested has an opener and a deadline, and nothing else has a bond that is not due.
    pub fn invariant(&self) -> Result<()> {
        let decided = self.rest()? | self.pending | self.accruing | self.contested == 0;
        let disputed = self.contested > 0;
        let of_mode = if self.head.mode == mode::ONE_TIME {
            self.is_final() == decided
                && disputed == (self.head.state == state::DISPUTED)
                && self.earned == 0
        } else {
            let running = self.head.state == state::FUNDED;
            running != self.is_final() && (running || decided)
        };
        let sound = of_mode
            && self.earned <= self.deposited
            && self.ends_at <= self.booked_until
            && (self.pending > 0) == (self.matures_at > 0)
            && (self.accruing == 0 || (self.pending > 0 && self.head.mode == mode::LEASE))
            && disputed == (self.arbitrate_by > 0)
            && disputed == (self.opener > 0)
            && (disputed || self.bond == 0);
        require!(sound, EscrowError::LedgerBroken);
        Ok(())
    }

    /// Of the bonds that are due, those of the owner's, of the seller's, and lost ones leave the vault where they can.
    /// Returns how much does.
    pub fn pay_bonds(&mut self, to_owner: bool, to_seller: bool, to_treasury: bool) -> Bonds {
        let take = |due: &mut u64, payable: bool| if payable { core::mem::take(due) } else { 0 };
        Bonds {
            owner: take(&mut self.owner_bond_due, to_owner),
            seller: take(&mut self.seller_bond_due, to_seller),
            lost: take(&mut self.lost_bond_due, to_treasury),
        }
    }

    /// Makes `amount` of the seller's due, shared.
    pub(super) fn give_seller(&mut self, amount: u64) -> Result<Shares> {
        let shares = Shares::of_sale(amount, self.head.fee_ppm, self.head.royalty_ppm)?;
        self.paid_due = sum([self.paid_due, shares.payee])?;
        self.fee_due = sum([self.fee_due, shares.fee])?;
        self.royalty_due = sum([self.royalty_due, shares.royalty])?;
        Ok(shares)
    }

    /// Ends an order of which nothing is left to decide: `SETTLED` where the seller was given anything, else `REFUNDED`.
    /// Given less than the price of a unit it is no paid receipt: of a one-time order the seller's own consent or a ruling
    /// left it so little, of another an end a second after the opening does.
    pub(super) fn conclude(&mut self, now: i64) -> Result<()> {
        let given = sum([
            self.paid,
            self.paid_due,
            self.fee_paid,
            self.fee_due,
            self.royalty_paid,
            self.royalty_due,
        ])?;
        self.head.state = if given > 0 {
            state::SETTLED
        } else {
            state::REFUNDED
        };
        let by_unit = self.head.mode != mode::ONE_TIME;
        if by_unit && given > 0 && given < self.price {
            self.head.flags |= flag::BELOW_UNIT;
        }
        self.closed_at = now;
        Ok(())
    }

    /// Gives `amount`, or everything that is neither due nor contested, back to the buyer: by the seller while it is not
    /// final, and of a one-time order by anyone, everything, while `FUNDED` after `deliver_by`. What nobody has earned
    /// goes first, then what is accruing, then what is pending. Without anything left it is over. Returns what became
    /// due.
    pub fn give_back(&mut self, now: i64, by_seller: bool, amount: Option<u64>) -> Result<u64> {
        let open = matches!(self.head.state, state::FUNDED | state::DELIVERED);
        require!(open, EscrowError::WrongState);
        let undecided = self.undecided()?;
        let amount = amount.unwrap_or(undecided);
        require!(
            amount > 0 && amount <= undecided,
            EscrowError::RefundOutOfBounds
        );
        if !by_seller {
            let undelivered = self.head.mode == mode::ONE_TIME && self.head.state == state::FUNDED;
            require!(undelivered && amount == undecided, EscrowError::NotSeller);
            require!(now > self.deliver_by, EscrowError::DeadlineNotReached);
        }
        let mut earned = amount.saturating_sub(self.rest()?);
        for part in [&mut self.accruing, &mut self.pending] {
            let taken = earned.min(*part);
            *part = part.saturating_sub(taken);
            earned = earned.saturating_sub(taken);
        }
        if self.pending == 0 {
            self.matures_at = 0;
        }
        self.refund_due = sum([self.refund_due, amount])?;
        if amount == undecided {
            self.ends_at = self.ends_at.min(now);
            self.finish_if_nothing_is_left(now)?;
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

    /// Whether its account may be closed: final, nothing due, its key expired; by its owner, or by anyone where it is no
    /// receipt.
    pub fn check_closable(&self, now: i64, by_owner: bool) -> Result<()> {
        require!(self.is_final(), EscrowError::WrongState);
        require!(
            by_owner || self.head.state == state::REFUNDED,
            EscrowError::NotBuyer
        );
        require!(
            self.due()? == 0 && self.bonds()? == 0,
            EscrowError::StillDue
        );
        require!(now > self.valid_until, EscrowError::StillValid);
        Ok(())
    }

    /// Marks its fee as recorded, once, and returns it: of a paid receipt of a claimed listing, all of whose fee arrived.
    pub fn record_fees(&mut self) -> Result<u64> {
        require!(
            self.head.is_paid_receipt() && self.fee_due == 0,
            EscrowError::NothingToRecord
        );
        require!(self.fees_recorded == 0, EscrowError::AlreadyRecorded);
        self.fees_recorded = 1;
        Ok(self.fee_paid)
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

/// The sum of amounts; errors with `LedgerBroken` where that is more than 64 bits.
#[inline(always)]
pub fn sum<const N: usize>(amounts: [u64; N]) -> Result<u64> {
    amounts
        .into_iter()
        .try_fold(0u64, |sum, amount| sum.checked_add(amount))
        .ok_or_else(|| EscrowError::LedgerBroken.into())
}

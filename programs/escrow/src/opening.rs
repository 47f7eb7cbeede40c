//! What a buyer asks for, and what of it holds for every new order, with or without a deposit.

use anchor_lang::{address_eq, prelude::*};
use common::{
    hash,
    receipt::{ReceiptHead, flag, mode},
};
use listing::{
    constants::UNIT_LEN,
    state::{Listing, PriceTerm, status},
};

use crate::{
    constants::{LAYOUT, MAX_DURATION, MAX_VALIDITY},
    error::EscrowError,
    state::{Config, Order},
};

/// What a buyer saw and wants. Anything else than what it saw fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct OpenArgs {
    /// Idempotency key: one order for each of the buyer's.
    pub key: [u8; 16],
    /// Unix seconds; in the future, at most 7 days ahead. Until then the key stays taken.
    pub valid_until: i64,
    /// Units wanted.
    pub quantity: u64,
    /// The price seen, in base units per unit.
    pub price: u64,
    /// Most base units to pay in all.
    pub max_total: u64,
    /// The listing's version seen.
    pub version: u32,
    /// Index of the price term; 0 for a listing without terms.
    pub term: u8,
    /// The price term's mode seen, one of [`mode`]; one-time for a listing without terms.
    pub mode: u8,
    /// What one unit is, as the price term said; all zero for a listing without terms.
    pub unit: [u8; UNIT_LEN],
    /// Seconds for delivery, as the settings had them.
    pub delivery_window: u32,
    /// Seconds to dispute a delivery, as the settings had them.
    pub dispute_window: u32,
    /// Seconds for a ruling on a dispute, as the settings had them.
    pub arbitration_period: u32,
    /// A dispute's bond in ppm of what it contests, as the settings had it.
    pub bond_ppm: u32,
    /// Hash of the manifest seen.
    pub manifest_hash: [u8; 32],
    /// One-time: the X25519 key that a content key is to be sealed for, all zero where none is needed. Metered: the
    /// Ed25519 key that will sign vouchers. Lease: the key that will send heartbeats. Subscription: all zero.
    pub buyer_key: [u8; 32],
    /// Seconds that a unit of a subscription or a lease lasts, as the price term said; 0 for other modes.
    pub period: u32,
    /// Metered: unix seconds from which nothing more is redeemed; 0 for other modes.
    pub ends_at: i64,
}

impl OpenArgs {
    /// SHA-256 of everything that makes this order and no other. `mint` is all zero where nothing is paid.
    pub fn params_hash(&self, buyer: &Address, listing: &Address, mint: &Address) -> [u8; 32] {
        let mut numbers = [0; 66];
        numbers[..8].copy_from_slice(&self.valid_until.to_le_bytes());
        numbers[8..16].copy_from_slice(&self.quantity.to_le_bytes());
        numbers[16..24].copy_from_slice(&self.price.to_le_bytes());
        numbers[24..32].copy_from_slice(&self.max_total.to_le_bytes());
        numbers[32..40].copy_from_slice(&self.ends_at.to_le_bytes());
        numbers[40..44].copy_from_slice(&self.version.to_le_bytes());
        numbers[44..48].copy_from_slice(&self.delivery_window.to_le_bytes());
        numbers[48..52].copy_from_slice(&self.dispute_window.to_le_bytes());
        numbers[52..56].copy_from_slice(&self.period.to_le_bytes());
        numbers[56..60].copy_from_slice(&self.arbitration_period.to_le_bytes());
        numbers[60..64].copy_from_slice(&self.bond_ppm.to_le_bytes());
        numbers[64] = self.term;
        numbers[65] = self.mode;
        hash::sha256(&[
            buyer.as_ref(),
            listing.as_ref(),
            mint.as_ref(),
            &self.manifest_hash,
            &self.buyer_key,
            &self.unit,
            &self.key,
            &numbers,
        ])
    }

    /// Whether `order` is there already: `Ok(true)` where these arguments made it, whatever happened to it since;
    /// `Ok(false)` where it has to be made.
    ///
    /// Fails with `IdempotencyConflict` where other arguments made it, `WrongAccount` where it is none of this key.
    pub fn made(
        &self,
        order: &AccountView,
        buyer: &Address,
        listing: &Address,
        mint: &Address,
    ) -> Result<bool> {
        if !order.owned_by(&crate::ID) {
            return Ok(false);
        }
        let order = Account::<Order>::load(*order)?;
        require!(
            address_eq(&order.head.buyer, buyer) && order.head.key == self.key,
            EscrowError::WrongAccount
        );
        require!(
            order.params_hash == self.params_hash(buyer, listing, mint),
            EscrowError::IdempotencyConflict
        );
        Ok(true)
    }

    /// What of a new order has nothing to do with its price.
    pub fn check(&self, config: &Config, listing: &Listing, now: i64) -> Result<()> {
        require!(config.paused == 0, EscrowError::Paused);
        require!(
            listing.status == status::ACTIVE,
            EscrowError::ListingNotActive
        );
        require!(
            listing.claimed != 0 || config.allow_unclaimed != 0,
            EscrowError::ListingUnclaimed
        );
        require!(
            listing.version == self.version && listing.manifest_hash == self.manifest_hash,
            EscrowError::VersionChanged
        );
        let latest = now
            .checked_add(MAX_VALIDITY)
            .ok_or(EscrowError::ValidUntilOutOfBounds)?;
        require!(
            self.valid_until > now && self.valid_until <= latest,
            EscrowError::ValidUntilOutOfBounds
        );
        require!(self.quantity > 0, EscrowError::QuantityOutOfBounds);
        require!(
            self.delivery_window == config.delivery_window
                && self.dispute_window == config.dispute_window,
            EscrowError::WindowsChanged
        );
        require!(
            self.arbitration_period == config.arbitration_period
                && self.bond_ppm == config.bond_ppm,
            EscrowError::DisputeTermsChanged
        );
        Ok(())
    }

    /// The price term that was seen, which still asks for the same and allows the quantity.
    pub fn term<'a>(&self, listing: &'a Listing) -> Result<&'a PriceTerm> {
        let terms = listing
            .terms
            .get(..usize::from(listing.terms_len))
            .unwrap_or_default();
        let term = terms
            .get(usize::from(self.term))
            .ok_or(EscrowError::NoSuchTerm)?;
        require!(
            term.price == self.price && term.unit == self.unit,
            EscrowError::PriceChanged
        );
        require!(term.mode == self.mode, EscrowError::ModeChanged);
        require!(term.period == self.period, EscrowError::PeriodChanged);
        require!(
            term.capacity == 0 || self.quantity <= term.capacity,
            EscrowError::QuantityOutOfBounds
        );
        Ok(term)
    }

    /// Writes into a new order what has nothing to do with its price.
    pub fn write(
        &self,
        order: &mut Order,
        made: &Made,
        config: &Config,
        listing: &Listing,
    ) -> Result<()> {
        let Made {
            bump,
            buyer,
            owner,
            payer,
            listing_address,
            mint,
            clock,
        } = *made;
        let now = clock.unix_timestamp;
        order.head = ReceiptHead {
            layout: LAYOUT,
            bump,
            mode: self.mode,
            flags: if listing.claimed == 0 {
                flag::UNCLAIMED
            } else {
                0
            },
            term: self.term,
            version: self.version,
            generation: listing.generation,
            seq: 1,
            born_slot: clock.slot,
            key: self.key,
            buyer: *buyer,
            owner: *owner,
            listing: *listing_address,
            ..order.head
        };
        order.seller = listing.authority;
        order.payee = listing.payout;
        order.mint = *mint;
        order.rent_payer = *payer;
        order.manifest_hash = self.manifest_hash;
        order.content_hash = listing.content_hash;
        order.params_hash = self.params_hash(buyer, listing_address, mint);
        order.buyer_key = self.buyer_key;
        order.unit = self.unit;
        order.quantity = self.quantity;
        order.price = self.price;
        order.opened_at = now;
        order.valid_until = self.valid_until;
        order.delivery_window = config.delivery_window;
        order.dispute_window = config.dispute_window;
        order.arbitration_period = config.arbitration_period;
        order.bond_ppm = config.bond_ppm;
        order.period = self.period;
        self.write_mode(order, now, i64::from(config.delivery_window))
    }

    /// What the mode alone decides: the time for delivery, or the end and who speaks for the buyer.
    ///
    /// Fails with `EndOutOfBounds`, `BuyerKeyMissing`.
    fn write_mode(&self, order: &mut Order, now: i64, delivery_window: i64) -> Result<()> {
        let after = |seconds: i64| now.checked_add(seconds).ok_or(EscrowError::AmountTooLarge);
        let mode = order.head.mode;
        let speaks = matches!(mode, mode::METERED | mode::LEASE);
        require!(
            !speaks || self.buyer_key != [0; 32],
            EscrowError::BuyerKeyMissing
        );
        require!(
            mode == mode::METERED || self.ends_at == 0,
            EscrowError::EndOutOfBounds
        );
        if mode == mode::ONE_TIME {
            order.deliver_by = after(delivery_window)?;
            return Ok(());
        }
        order.ends_at = if mode == mode::METERED {
            require!(
                self.ends_at > order.notice_from(now)?,
                EscrowError::EndOutOfBounds
            );
            self.ends_at
        } else {
            let seconds = u64::from(self.period).checked_mul(self.quantity);
            let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
            after(seconds.ok_or(EscrowError::EndOutOfBounds)?)?
        };
        require!(
            order.ends_at <= after(MAX_DURATION)?,
            EscrowError::EndOutOfBounds
        );
        order.booked_until = order.ends_at;
        if mode == mode::LEASE {
            // Opening it authorises its first interval.
            order.authorised = 1;
            order.unconfirmed = 1;
        }
        Ok(())
    }
}

/// Where and by whom a new order is made.
#[derive(Clone, Copy)]
pub struct Made<'a> {
    pub bump: u8,
    /// In the order's address: a wallet, or a session.
    pub buyer: &'a Address,
    /// The wallet, or the session's owner.
    pub owner: &'a Address,
    /// Who pays the rent.
    pub payer: &'a Address,
    pub listing_address: &'a Address,
    /// All zero where nothing is paid.
    pub mint: &'a Address,
    pub clock: &'a Clock,
}

use anchor_lang::{address_eq, prelude::*};
use common::pda;

use crate::{
    constants::{ANY_ACCOUNT_AFTER, MAX_SESSION, MAX_SESSION_LISTINGS, SESSION_SEED},
    error::EscrowError,
};

/// A key that may spend what its vault holds, and nothing else, until it expires: PDA `["session", owner, key]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    pub layout: u8,
    pub bump: u8,
    /// 1 once its owner took it back: it opens and tops up nothing any more.
    pub revoked: u8,
    /// Listings in use; none: it may order any.
    pub listings_len: u8,
    pub decimals: u8,
    pub reserved: [u8; 3],
    pub seq: u64,
    pub born_slot: u64,
    /// Unix seconds; from then on it is over.
    pub expires_at: i64,
    pub owner: Address,
    /// Signs its orders.
    pub key: Address,
    pub mint: Address,
    pub token_program: Address,
    /// The token account of [`common::token::create_vault`].
    pub vault: Address,
    pub rent_payer: Address,
    pub listings: [Address; MAX_SESSION_LISTINGS],
    pub spare: [u8; 32],
}

impl Session {
    /// When it may expire, at `now`: in the future, at most 366 days ahead.
    pub fn check_expiry(expires_at: i64, now: i64) -> Result<()> {
        let latest = now.saturating_add(MAX_SESSION);
        require!(
            expires_at > now && expires_at <= latest,
            EscrowError::SessionExpiryOutOfBounds
        );
        Ok(())
    }

    /// Binds it to the listings given, all-zero ones left out.
    pub fn bind(&mut self, listings: &[Address; MAX_SESSION_LISTINGS]) {
        let given = listings.iter().filter(|one| !is_zero(one));
        for (slot, listing) in self.listings.iter_mut().zip(given) {
            *slot = *listing;
            self.listings_len = self.listings_len.saturating_add(1);
        }
    }

    /// Whether it may spend on `listing` in `mint` at `now` out of `source`, which has to be its vault: nothing that goes
    /// back to another account of the session would ever get out of it.
    ///
    /// Fails with `SessionOver`, `SessionForbids`, `WrongTokenAccount`.
    pub fn check_spending(
        &self,
        now: i64,
        listing: &Address,
        mint: &Address,
        source: &Address,
    ) -> Result<()> {
        let lives = self.revoked == 0 && now < self.expires_at;
        require!(lives, EscrowError::SessionOver);
        let listings = self
            .listings
            .get(..usize::from(self.listings_len))
            .unwrap_or_default();
        let allowed = listings.is_empty() || listings.iter().any(|one| address_eq(one, listing));
        require!(
            allowed && address_eq(mint, &self.mint),
            EscrowError::SessionForbids
        );
        require!(
            address_eq(source, &self.vault),
            EscrowError::WrongTokenAccount
        );
        Ok(())
    }

    /// Whether `closer` may close it at `now`: its owner at any time, anyone once it has expired.
    pub fn check_closable(&self, now: i64, closer: &Address) -> Result<()> {
        let may = address_eq(closer, &self.owner) || now >= self.expires_at;
        require!(may, EscrowError::NotSessionOwner);
        Ok(())
    }

    /// Whether it expired so long ago that any token account of its owner will do for what its vault holds.
    pub fn takes_any_account(&self, now: i64) -> bool {
        now.saturating_sub(self.expires_at) > ANY_ACCOUNT_AFTER
    }

    /// What its PDA signs with.
    pub fn seeds(&self) -> [&[u8]; 4] {
        [
            SESSION_SEED,
            self.owner.as_ref(),
            self.key.as_ref(),
            pda::bump_seed(self.bump),
        ]
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = self.seq.checked_add(1).ok_or(EscrowError::AmountTooLarge)?;
        Ok(())
    }
}

/// Whether an address is all zero, told by four words rather than by comparing with one that is.
fn is_zero(address: &Address) -> bool {
    let (words, _) = address.as_array().as_chunks::<8>();
    let all = words
        .iter()
        .fold(0, |all, word| all | u64::from_le_bytes(*word));
    all == 0
}

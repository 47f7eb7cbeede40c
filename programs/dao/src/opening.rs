//! How a dispute comes into being, whatever it is about.

use anchor_lang::{
    Id, accounts::Account, address_eq, pinocchio::sysvars::clock::Clock, prelude::*,
    programs::Token,
};
use common::{pda::Payer, token};

use crate::{
    constants::{CASE_PERIOD, DISPUTE_SEED, DOCKET_SEED, LAYOUT, VAULT_SEED},
    error::DaoError,
    state::{Config, Dispute, Docket, direction},
    tokens,
};

/// What it is about, and the accounts that it needs.
pub struct Opening<'a> {
    pub payer: &'a AccountView,
    pub config: &'a Config,
    /// The active weight now.
    pub active: u64,
    pub docket: &'a AccountView,
    pub dispute: &'a AccountView,
    pub mint: &'a AccountView,
    pub vault: &'a AccountView,
    pub case: u8,
    pub subject: &'a Address,
    pub subject_hash: [u8; 32],
    /// The subject's own number of it; else it is the docket's.
    pub number: Option<u16>,
    pub version: u32,
    pub deadline: i64,
    pub clock: &'a Clock,
}

/// Makes the dispute, its vault, and its subject's docket where there is none.
///
/// Fails with `TooLate`, and as [`Payer::create`] does where the dispute is open already.
#[inline(never)]
pub fn open(opening: &Opening<'_>) -> Result<(Account<Dispute>, Account<Docket>)> {
    let payer = Payer::new(opening.payer)?;
    let subject = opening.subject;
    let seeds: [&[u8]; 2] = [DOCKET_SEED, subject.as_ref()];
    let (mut docket, made) = payer.init_if_needed::<Docket>(opening.docket, &seeds)?;
    if let Some(bump) = made {
        docket.head.layout = LAYOUT;
        docket.head.bump = bump;
        docket.head.subject = *subject;
        docket.rent_payer = *payer.address();
    }
    require!(
        address_eq(&docket.head.subject, subject),
        DaoError::WrongAccount
    );
    docket.open()?;
    let number = opening.number.unwrap_or(docket.head.disputes);
    let (mut dispute, bump) = payer.init::<Dispute>(
        opening.dispute,
        &[DISPUTE_SEED, subject.as_ref(), &number.to_le_bytes()],
    )?;
    let address = *dispute.address();
    dispute.vault_bump = token::create_at_pda(
        &payer,
        opening.vault,
        opening.mint,
        &address,
        &Token::id(),
        &crate::ID,
        &[VAULT_SEED, address.as_ref()],
    )?;
    dispute.head.layout = LAYOUT;
    dispute.head.bump = bump;
    dispute.head.number = number;
    dispute.head.born_slot = opening.clock.slot;
    dispute.head.subject = *subject;
    dispute.head.subject_hash = opening.subject_hash;
    dispute.case = opening.case;
    dispute.version = opening.version;
    dispute.vault = *opening.vault.address();
    dispute.rent_payer = *payer.address();
    let now = opening.clock.unix_timestamp;
    dispute.begin(opening.config, opening.active, now, opening.deadline)?;
    dispute.advance()?;
    Ok((dispute, docket))
}

/// When a case that is no order's ends at the latest.
pub fn deadline(clock: &Clock) -> Result<i64> {
    clock
        .unix_timestamp
        .checked_add(CASE_PERIOD)
        .ok_or_else(|| DaoError::AmountTooLarge.into())
}

/// Takes the bond of such a case, out of the opener's `source`: lost where the complaint is rejected.
pub fn take_bond(
    opening: &Opening<'_>,
    dispute: &mut Dispute,
    opener: &AccountView,
    source: &AccountView,
) -> Result<()> {
    let amount = opening.config.case_bond;
    dispute.bond(0, opener.address(), direction::UP, amount)?;
    tokens::send(source, opening.vault, amount, opener, &[]);
    Ok(())
}

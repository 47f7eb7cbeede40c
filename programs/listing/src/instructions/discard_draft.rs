use anchor_lang::{
    event_cpi, find_program_address,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{cold::Cold, emitter, rent};

use crate::{
    constants::ROYALTIES_SEED,
    error::ListingError,
    events::{ClosedHead, DraftDiscardedV1},
    state::Listing,
};

#[event_cpi]
#[derive(Accounts)]
pub struct DiscardDraft {
    /// The draft's authority, or a stranger once it expired, who gets a tenth of the rent.
    #[account(mut, unsafe(dup))]
    pub closer: Signer,
    #[account(mut)]
    pub listing: Cold<Account<Listing>>,
    /// CHECK: where the draft's royalty table would be; nothing may be there
    pub royalty_table: UncheckedAccount,
    /// CHECK: the one that paid the draft's rent
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

impl DiscardDraft {
    /// Returns whether a stranger closes it.
    fn validate(&self, clock: &Clock) -> Result<bool> {
        let listing = &self.listing;
        let by_stranger =
            listing.closed_by_stranger(self.closer.address(), clock.unix_timestamp)?;
        let generation = listing.generation.to_le_bytes();
        let seeds: [&[u8]; 3] = [ROYALTIES_SEED, listing.address().as_ref(), &generation];
        let (table, _) = find_program_address(&seeds, &crate::ID);
        require!(
            *self.royalty_table.address() == table,
            ListingError::WrongRoyaltyTable
        );
        let is_empty = listing.edges == 0 && !self.royalty_table.account().owned_by(&crate::ID);
        require!(is_empty, ListingError::DraftNotEmpty);
        require!(listing.born_slot != clock.slot, ListingError::SameSlot);
        require!(
            self.rent_payer.address() == &listing.rent_payer,
            ListingError::WrongRentPayer
        );
        Ok(by_stranger)
    }
}

/// **Specification:**
/// - The authority of a draft signs, or anyone once the draft expired (`NotDraft`, `DraftNotExpired`). What was ever
///   activated never closes.
/// - Its edges and its royalty table are closed (`DraftNotEmpty`), so that nothing is left for a later draft at the
///   same address to inherit.
/// - Not in the slot in which the draft was made (`SameSlot`): another at its address is told apart by its slot.
/// - The rent goes back to its payer, less a tenth to a stranger (`WrongRentPayer`).
pub fn discard_draft(ctx: &mut Context<DiscardDraft>) -> Result<()> {
    let clock = Clock::get()?;
    let by_stranger = ctx.accounts.validate(&clock)?;
    let DiscardDraft {
        closer,
        listing,
        rent_payer,
        ..
    } = &mut ctx.accounts;
    listing.touch(clock.slot)?;
    let state = ***listing;
    let address = *listing.address();
    let rent_to = *rent_payer.address();
    let closed = rent::close(
        listing,
        rent_payer.account(),
        by_stranger.then_some(closer.account()),
    )?;
    let head = ClosedHead {
        address,
        rent_to,
        rent: closed.rent,
        reward: closed.reward,
    };
    emitter!(ctx).state::<DraftDiscardedV1>(&head, &state);
    Ok(())
}

use anchor_lang::{
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{cold::Cold, emitter, rent};

use crate::{
    error::ListingError,
    events::{ClosedHead, RoyaltyTableClosedV1},
    state::{Listing, RoyaltyTable},
};

#[event_cpi]
#[derive(Accounts)]
pub struct CloseRoyaltyTable {
    /// The draft's authority, or a stranger once it expired, who gets a tenth of the rent.
    #[account(mut, unsafe(dup))]
    pub closer: Signer,
    pub listing: Cold<Account<Listing>>,
    #[account(mut)]
    pub royalty_table: Cold<Account<RoyaltyTable>>,
    /// CHECK: the one that paid the table's rent
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

/// **Specification:**
/// - The authority of a draft signs, or anyone once the draft expired (`NotDraft`, `DraftNotExpired`).
/// - The table is the draft's and empty (`WrongRoyaltyTable`, `DraftNotEmpty`), and not of this slot (`SameSlot`).
/// - The rent goes back to its payer, less a tenth to a stranger (`WrongRentPayer`).
pub fn close_royalty_table(ctx: &mut Context<CloseRoyaltyTable>) -> Result<()> {
    let clock = Clock::get()?;
    let CloseRoyaltyTable {
        closer,
        listing,
        royalty_table: table,
        rent_payer,
        ..
    } = &mut ctx.accounts;
    let by_stranger = listing.closed_by_stranger(closer.address(), clock.unix_timestamp)?;
    require!(
        table.listing == *listing.address(),
        ListingError::WrongRoyaltyTable
    );
    require!(table.len == 0, ListingError::DraftNotEmpty);
    require!(table.born_slot != clock.slot, ListingError::SameSlot);
    require!(
        rent_payer.address() == &table.rent_payer,
        ListingError::WrongRentPayer
    );
    table.touch()?;
    let state = ***table;
    let address = *table.address();
    let rent_to = *rent_payer.address();
    let closed = rent::close(
        table,
        rent_payer.account(),
        by_stranger.then_some(closer.account()),
    )?;
    let head = ClosedHead {
        address,
        rent_to,
        rent: closed.rent,
        reward: closed.reward,
    };
    emitter!(ctx).state::<RoyaltyTableClosedV1>(&head, &state);
    Ok(())
}

use anchor_lang::{
    bytemuck::Zeroable,
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{cold::Cold, emitter, rent};

use crate::{
    constants::NO_TABLE_INDEX,
    error::ListingError,
    events::{EdgeHead, EdgeRemovedV1},
    state::{Edge, Listing, RoyaltyTable},
};

#[event_cpi]
#[derive(Accounts)]
pub struct RemoveEdge {
    /// The draft's authority, or a stranger once it expired, who gets a tenth of the rent.
    #[account(mut, unsafe(dup))]
    pub closer: Signer,
    #[account(mut)]
    pub child: Cold<Account<Listing>>,
    #[account(mut)]
    pub edge: Account<Edge>,
    /// The child's royalty table, for an edge that bears a royalty alone.
    #[account(mut)]
    pub royalty_table: Option<Account<RoyaltyTable>>,
    /// CHECK: the one that paid the edge's rent
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

impl RemoveEdge {
    /// Returns whether a stranger closes it.
    fn validate(&self, clock: &Clock) -> Result<bool> {
        let by_stranger = self
            .child
            .closed_by_stranger(self.closer.address(), clock.unix_timestamp)?;
        require!(
            self.edge.child == *self.child.address(),
            ListingError::WrongAccount
        );
        require!(
            self.edge.index.checked_add(1) == Some(self.child.edges),
            ListingError::NotLastEdge
        );
        require!(self.edge.born_slot != clock.slot, ListingError::SameSlot);
        require!(
            self.rent_payer.address() == &self.edge.rent_payer,
            ListingError::WrongRentPayer
        );
        let bears_royalty = self.edge.table_index != NO_TABLE_INDEX;
        require!(
            self.royalty_table.is_some() == bears_royalty,
            ListingError::WrongRoyaltyTable
        );
        if let Some(table) = &self.royalty_table {
            require!(
                table.listing == *self.child.address(),
                ListingError::WrongRoyaltyTable
            );
        }
        Ok(by_stranger)
    }
}

/// **Specification:**
/// - The authority of a draft signs, or anyone once the draft expired (`NotDraft`, `DraftNotExpired`).
/// - Edges go from the last one down (`NotLastEdge`), with their entry of the royalty table, which is the last too.
/// - Not in the slot in which the edge was made (`SameSlot`): another at its address is told apart by its slot.
/// - The rent goes back to its payer, less a tenth to a stranger (`WrongRentPayer`).
pub fn remove_edge(ctx: &mut Context<RemoveEdge>) -> Result<()> {
    let clock = Clock::get()?;
    let by_stranger = ctx.accounts.validate(&clock)?;
    let RemoveEdge {
        child,
        edge,
        royalty_table,
        ..
    } = &mut ctx.accounts;

    let mut head = EdgeHead {
        address: *edge.address(),
        listing_born_slot: child.born_slot,
        updated_slot: clock.slot,
        old_listing_edges: child.edges,
        old_listing_royalty_ppm: child.royalty_ppm,
        ..EdgeHead::zeroed()
    };
    if let Some(table) = royalty_table {
        head.entry = table.pop(&edge.parent)?;
        child.royalty_parents = table.len;
        child.royalty_ppm = table.total_ppm;
        head.describe_table(table)?;
    }
    child.edges = edge.index;
    child.touch(clock.slot)?;
    child.invariant()?;
    head.describe_child(child);
    edge.advance()?;
    emitter!(ctx).state::<EdgeRemovedV1>(&head, &ctx.accounts.edge);
    let RemoveEdge {
        closer,
        edge,
        rent_payer,
        ..
    } = &mut ctx.accounts;
    rent::close(
        edge,
        rent_payer.account(),
        by_stranger.then_some(closer.account()),
    )?;
    Ok(())
}

use anchor_lang::{
    address_eq,
    bytemuck::Zeroable,
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{
    dispute::{DisputeHead, dispute_status, false_edge_hash, missing_edge_hash},
    emitter,
    pda::Payer,
};

use crate::{
    constants::{EDGE_SEED, LAYOUT, NO_TABLE_INDEX, ROYALTIES_SEED},
    error::ListingError,
    events::{EdgeRevokedV1, EdgeRuledV1, RuledTo},
    state::{Config, Edge, Listing, RoyaltyTable, edge_status},
};

#[event_cpi]
#[derive(Accounts)]
pub struct ApplyRuling {
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub child: Account<Listing>,
    pub parent: Account<Listing>,
    /// CHECK: read as the dao's dispute of the edge
    pub dispute: UncheckedAccount,
    /// CHECK: the child's edge to the parent, or made at its address
    #[account(mut)]
    pub edge: UncheckedAccount,
    /// The child's royalty table in force, where it has one and the ruling changes it.
    pub royalty_table: Option<Account<RoyaltyTable>>,
    /// CHECK: that of the next generation, made at its address where the ruling leaves it any entries
    #[account(mut)]
    pub next_table: Option<UncheckedAccount>,
    /// The edge of the table's last entry, where that takes the place of the one that goes.
    #[account(mut)]
    pub last_edge: Option<Account<Edge>>,
    pub system_program: Program<System>,
}

/// What an event says where there is no such account.
// SAFETY: it is made of numbers and bytes, each of which may be zero.
static NO_TABLE: RoyaltyTable = unsafe { core::mem::zeroed() };
// SAFETY: as above.
static NO_EDGE: Edge = unsafe { core::mem::zeroed() };

/// What a ruling left: the edge, and the table of the next generation where there is one.
type Left = (Account<Edge>, Option<Account<RoyaltyTable>>);

/// **Specification:**
/// - By anyone, once (`RulingApplied`), whether or not new business is paused: the dao's account of the `number`th dispute at
///   the edge's address upholds that this edge of an activated listing (`NotActive`) is false or, by the relation that it
///   would have, `missing` (`NoRuling`).
/// - A false one is `REVOKED` and stays, with no royalty; its entry leaves the child's table. Whatever was pooled before is
///   still shared out by the table that it was pooled under.
/// - A missing one is added, if its parent was activated before the child (`ParentNotOlder`): at the config's default
///   royalty, at most what the table leaves; 0 where that is full or either side is unclaimed.
/// - A table that changes is the next generation's, with pools of its own; the old one stays as it is.
/// - The tables are given where they change, and only then (`WrongRoyaltyTable`), as is the edge of the last entry where that
///   moves (`WrongAccount`).
pub fn apply_ruling(
    ctx: &mut Context<ApplyRuling>,
    number: u16,
    missing: Option<u8>,
) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &mut ctx.accounts;
    let payer = Payer::new(accounts.payer.account())?;
    require!(accounts.child.activated_slot > 0, ListingError::NotActive);
    let mut head = RuledTo {
        address: *accounts.edge.address(),
        dispute: *accounts.dispute.address(),
        listing_born_slot: accounts.child.born_slot,
        updated_slot: clock.slot,
        old_listing_royalty_ppm: accounts.child.royalty_ppm,
        old_listing_generation: accounts.child.generation,
        ..RuledTo::zeroed()
    };
    let (edge, table) = match missing {
        None => accounts.revoke(&payer, number, clock.slot, &mut head.old_status)?,
        Some(relation) => accounts.add(&payer, number, relation, &clock)?,
    };
    let child = &mut accounts.child;
    child.touch(clock.slot)?;
    child.invariant()?;
    head.listing_seq = child.seq;
    head.listing_royalty_ppm = child.royalty_ppm;
    head.listing_edges = child.edges;
    head.listing_generation = child.generation;
    head.listing_royalty_parents = child.royalty_parents;
    let (mut next, mut moved) = (&NO_TABLE, &NO_EDGE);
    if let Some(table) = &table {
        head.table_address = *table.address();
        next = table;
    }
    if let Some(last) = &ctx.accounts.last_edge {
        head.moved_address = *last.address();
        moved = last;
    }
    let emitter = emitter!(ctx);
    match missing {
        None => emitter.three_states::<EdgeRevokedV1, _, _, _>(&head, next, moved, &edge),
        Some(_) => emitter.three_states::<EdgeRuledV1, _, _, _>(&head, next, moved, &edge),
    }
    Ok(())
}

/// Errors with `NoRuling` unless the dao's account of the `number`th dispute of `subject`, which is about what `hash` says,
/// upholds that for good.
///
/// Not inlined: one copy for all kinds of rulings.
#[inline(never)]
pub(super) fn check_ruling(
    dispute: &AccountView,
    subject: &Address,
    number: u16,
    hash: &[u8; 32],
) -> Result<()> {
    let upheld = DisputeHead::read(dispute, subject, number, hash)
        .is_some_and(|head| head.status == dispute_status::FINAL && head.share == 100);
    require!(upheld, ListingError::NoRuling);
    Ok(())
}

impl ApplyRuling {
    fn check_ruling(&self, number: u16, hash: &[u8; 32]) -> Result<()> {
        check_ruling(self.dispute.account(), self.edge.address(), number, hash)
    }

    #[inline(never)]
    fn revoke(
        &mut self,
        payer: &Payer,
        number: u16,
        slot: u64,
        old_status: &mut u8,
    ) -> Result<Left> {
        // SAFETY: the dispatcher refuses an account that is given twice where one of them is written to.
        let mut edge = unsafe { Account::<Edge>::load_mut(*self.edge.account())? };
        let (child, parent) = (self.child.address(), self.parent.address());
        require!(
            address_eq(&edge.child, child) && address_eq(&edge.parent, parent),
            ListingError::WrongAccount
        );
        self.check_ruling(number, &false_edge_hash(edge.born_slot, child, parent))?;
        require!(
            edge.status != edge_status::REVOKED,
            ListingError::RulingApplied
        );
        *old_status = edge.status;
        let index = edge.table_index;
        edge.status = edge_status::REVOKED;
        edge.royalty_ppm = 0;
        edge.table_index = NO_TABLE_INDEX;
        edge.advance()?;
        if index == NO_TABLE_INDEX {
            self.keep_generation()?;
            return Ok((edge, None));
        }
        let left = self.child.royalty_parents.saturating_sub(1);
        let mut table = self.begin_generation(payer, left, slot)?;
        require!(
            self.last_edge.is_some() == (index < left),
            ListingError::WrongAccount
        );
        if let Some(last) = &mut self.last_edge {
            let is_last = address_eq(&last.child, &edge.child) && last.table_index == left;
            require!(is_last, ListingError::WrongAccount);
            last.table_index = index;
            last.advance()?;
        }
        if let Some(table) = &mut table {
            table.swap_remove(index)?;
        }
        self.child.royalty_parents = left;
        self.child.royalty_ppm = table.as_ref().map_or(0, |table| table.total_ppm);
        Ok((edge, table))
    }

    #[inline(never)]
    fn add(&mut self, payer: &Payer, number: u16, relation: u8, clock: &Clock) -> Result<Left> {
        let (child, parent) = (*self.child.address(), *self.parent.address());
        self.check_ruling(number, &missing_edge_hash(&child, &parent, relation))?;
        require!(
            !self.edge.account().owned_by(&crate::ID),
            ListingError::RulingApplied
        );
        let activated = self.parent.activated_slot;
        require!(
            activated > 0 && activated < self.child.activated_slot,
            ListingError::ParentNotOlder
        );
        let royalty_ppm = self
            .child
            .ruled_royalty(&self.parent, self.config.default_royalty_ppm);
        let mut table = None;
        let mut table_index = NO_TABLE_INDEX;
        if royalty_ppm == 0 {
            self.keep_generation()?;
        } else {
            require!(self.last_edge.is_none(), ListingError::WrongAccount);
            let len = self.child.royalty_parents.saturating_add(1);
            table = self.begin_generation(payer, len, clock.slot)?;
        }
        if let Some(table) = &mut table {
            table_index = table.push(parent, royalty_ppm)?;
            self.child.royalty_parents = table.len;
            self.child.royalty_ppm = table.total_ppm;
        }
        let seeds: [&[u8]; 3] = [EDGE_SEED, child.as_ref(), parent.as_ref()];
        let (mut edge, bump) = payer.init::<Edge>(self.edge.account(), &seeds)?;
        edge.layout = LAYOUT;
        edge.bump = bump;
        edge.relation = relation;
        edge.status = edge_status::RULED;
        edge.table_index = table_index;
        edge.index = self.child.edges;
        edge.royalty_ppm = royalty_ppm;
        edge.parent_version = self.parent.version;
        edge.seq = 1;
        edge.born_slot = clock.slot;
        edge.created_at = clock.unix_timestamp;
        edge.child = child;
        edge.parent = parent;
        edge.rent_payer = *payer.address();
        self.child.edges = self
            .child
            .edges
            .checked_add(1)
            .ok_or(ListingError::TooManyEdges)?;
        Ok((edge, table))
    }

    /// No royalty changes, so no table is given.
    fn keep_generation(&self) -> Result<()> {
        require!(
            self.royalty_table.is_none() && self.next_table.is_none(),
            ListingError::WrongRoyaltyTable
        );
        require!(self.last_edge.is_none(), ListingError::WrongAccount);
        Ok(())
    }

    /// Puts the child's next generation in force, and makes its table where that is to have entries, `len` of them: for now
    /// they are those of the one before.
    #[inline(never)]
    fn begin_generation(
        &mut self,
        payer: &Payer,
        len: u8,
        slot: u64,
    ) -> Result<Option<Account<RoyaltyTable>>> {
        let child = &mut self.child;
        let old = self.royalty_table.as_ref();
        let is_childs = old.is_none_or(|old| {
            address_eq(&old.listing, child.address()) && old.generation == child.generation
        });
        require!(
            is_childs
                && old.is_some() == (child.royalty_parents > 0)
                && self.next_table.is_some() == (len > 0),
            ListingError::WrongRoyaltyTable
        );
        child.generation = child
            .generation
            .checked_add(1)
            .ok_or(ListingError::AmountTooLarge)?;
        let Some(view) = &self.next_table else {
            return Ok(None);
        };
        let generation = child.generation.to_le_bytes();
        let seeds: [&[u8]; 3] = [ROYALTIES_SEED, child.address().as_ref(), &generation];
        let (mut table, bump) = payer.init::<RoyaltyTable>(view.account(), &seeds)?;
        table.layout = LAYOUT;
        table.bump = bump;
        table.generation = child.generation;
        table.born_slot = slot;
        table.listing = *child.address();
        table.rent_payer = *payer.address();
        if let Some(old) = old {
            table.inherit(old);
        }
        Ok(Some(table))
    }
}

use anchor_lang::{
    bytemuck::Zeroable,
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{emitter, pda::Payer, receipt::ReceiptHead};

use crate::{
    constants::{EDGE_SEED, LAYOUT, MAX_EDGES, NO_TABLE_INDEX, ROYALTIES_SEED},
    error::ListingError,
    events::{EdgeAddedV1, EdgeHead},
    state::{
        Config, Edge, LicenseGrant, Listing, RoyaltyTable, derivatives, edge_status, relation,
    },
};

#[event_cpi]
#[derive(Accounts)]
pub struct AddEdge {
    pub authority: Signer,
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    #[account(mut, unsafe(dup))]
    pub child: Account<Listing>,
    /// CHECK: read as a listing once it is known not to be the child
    pub parent: UncheckedAccount,
    /// CHECK: made at its address
    #[account(mut)]
    pub edge: UncheckedAccount,
    /// CHECK: the child's royalty table, made with the first royalty; given with a royalty alone
    #[account(mut)]
    pub royalty_table: Option<UncheckedAccount>,
    /// The parent's leave for the authority, where its licence asks for one.
    pub grant: Option<Account<LicenseGrant>>,
    /// CHECK: the authority's order of the parent, settled and paid, in place of a grant; read as escrow lays it out
    pub receipt: Option<UncheckedAccount>,
    pub system_program: Program<System>,
}

impl AddEdge {
    fn validate(
        &self,
        relation: u8,
        royalty_ppm: u32,
        max_royalty_ppm: u32,
        now: i64,
    ) -> Result<Account<Listing>> {
        self.config.check_running()?;
        let child = &self.child;
        child.check_authority(self.authority.address())?;
        child.check_draft()?;
        require!(!child.is_expired_draft(now), ListingError::DraftExpired);
        require!(child.edges < MAX_EDGES, ListingError::TooManyEdges);
        require!(
            (relation::ADAPTED_FROM..=relation::SERVES).contains(&relation),
            ListingError::UnknownRelation
        );
        require!(
            self.parent.address() != child.address(),
            ListingError::SelfParent
        );
        let parent = Account::<Listing>::load(*self.parent.account())?;
        require!(parent.activated_slot != 0, ListingError::ParentNotActivated);
        require!(
            parent.derivative_royalty_ppm <= max_royalty_ppm,
            ListingError::RoyaltyAboveAccepted
        );
        require!(
            royalty_ppm >= parent.derivative_royalty_ppm,
            ListingError::RoyaltyBelowLicense
        );
        require!(
            royalty_ppm == 0 || (child.claimed == 1 && parent.claimed == 1),
            ListingError::UnclaimedRoyalty
        );
        require!(
            self.royalty_table.is_some() == (royalty_ppm > 0),
            ListingError::WrongRoyaltyTable
        );
        require!(
            parent.derivatives != derivatives::FORBIDDEN,
            ListingError::DerivativesForbidden
        );
        if parent.derivatives == derivatives::LICENSED {
            require!(self.is_licensed(now), ListingError::LicenseRequired);
        }
        Ok(parent)
    }

    /// Whether a grant in force or a paid receipt shows that the authority may derive from the parent.
    fn is_licensed(&self, now: i64) -> bool {
        let (parent, authority) = (self.parent.address(), self.authority.address());
        let granted = self.grant.as_ref().is_some_and(|grant| {
            grant.parent == *parent && grant.grantee == *authority && grant.expires_at > now
        });
        let bought = || {
            let receipt = self
                .receipt
                .as_ref()
                .and_then(|order| ReceiptHead::read(order.account()));
            receipt.is_some_and(|receipt| {
                receipt.is_paid_receipt()
                    && receipt.owner == *authority
                    && receipt.listing == *parent
            })
        };
        granted || bought()
    }
}

/// **Specification:**
/// - The child's authority signs; the child is a draft that has not expired, with fewer than 128 parents. Refused
///   while the config is paused. (`NotListingAuthority`, `NotDraft`, `DraftExpired`, `TooManyEdges`, `Paused`)
/// - The parent is another listing that was activated at some time: lineage cannot become a cycle, since a draft is
///   nobody's parent (`SelfParent`, `ParentNotActivated`). One edge for a pair: its address is taken afterwards.
/// - `royalty_ppm` is at least what the parent asks, and the parent asks at most `max_royalty_ppm`: what the child
///   saw is what it owes. (`RoyaltyBelowLicense`, `RoyaltyAboveAccepted`)
/// - No royalty where either side is unclaimed (`UnclaimedRoyalty`).
/// - A parent that forbids derivatives has none; one that licenses them needs a grant in force or a paid receipt of
///   the child's authority. (`DerivativesForbidden`, `LicenseRequired`)
/// - A royalty takes the next entry of the child's table, which is made with the first: at most 16 entries, at most
///   800,000 ppm. (`WrongRoyaltyTable`, `TooManyRoyaltyParents`, `RoyaltyTooHigh`)
pub fn add_edge(
    ctx: &mut Context<AddEdge>,
    relation: u8,
    royalty_ppm: u32,
    max_royalty_ppm: u32,
) -> Result<()> {
    let clock = Clock::get()?;
    let parent =
        ctx.accounts
            .validate(relation, royalty_ppm, max_royalty_ppm, clock.unix_timestamp)?;
    let payer = Payer::new(ctx.accounts.payer.account())?;
    let AddEdge {
        child,
        edge,
        royalty_table,
        ..
    } = &mut ctx.accounts;
    let child_address = *child.address();
    let seeds: [&[u8]; 3] = [EDGE_SEED, child_address.as_ref(), parent.address().as_ref()];
    let (mut edge, bump) = payer.init::<Edge>(edge.account(), &seeds)?;
    let (old_edges, old_royalty_ppm) = (child.edges, child.royalty_ppm);

    let mut head = EdgeHead {
        address: *edge.address(),
        listing_born_slot: child.born_slot,
        updated_slot: clock.slot,
        old_listing_edges: old_edges,
        old_listing_royalty_ppm: old_royalty_ppm,
        ..EdgeHead::zeroed()
    };
    let mut table_index = NO_TABLE_INDEX;
    if let Some(view) = royalty_table {
        let mut table = open_table(&payer, view.account(), child, clock.slot)?;
        table_index = table.push(*parent.address(), royalty_ppm)?;
        child.royalty_parents = table.len;
        child.royalty_ppm = table.total_ppm;
        head.describe_table(&table)?;
        head.entry = table.entry(table_index)?;
    }
    edge.layout = LAYOUT;
    edge.bump = bump;
    edge.relation = relation;
    edge.status = edge_status::CLAIMED;
    edge.table_index = table_index;
    edge.index = old_edges;
    edge.royalty_ppm = royalty_ppm;
    edge.parent_version = parent.version;
    edge.seq = 1;
    edge.born_slot = clock.slot;
    edge.created_at = clock.unix_timestamp;
    edge.child = child_address;
    edge.parent = *parent.address();
    edge.rent_payer = *payer.address();

    child.edges = old_edges.checked_add(1).ok_or(ListingError::TooManyEdges)?;
    child.touch(clock.slot)?;
    child.invariant()?;
    head.describe_child(child);
    emitter!(ctx).state::<EdgeAddedV1>(&head, &edge);
    Ok(())
}

/// The child's royalty table, made where the child has none yet.
fn open_table(
    payer: &Payer,
    view: &AccountView,
    child: &Account<Listing>,
    slot: u64,
) -> Result<Account<RoyaltyTable>> {
    let generation = child.generation.to_le_bytes();
    let seeds: [&[u8]; 3] = [ROYALTIES_SEED, child.address().as_ref(), &generation];
    let (mut table, made) = payer.init_if_needed::<RoyaltyTable>(view, &seeds)?;
    if let Some(bump) = made {
        table.layout = LAYOUT;
        table.bump = bump;
        table.generation = child.generation;
        table.born_slot = slot;
        table.listing = *child.address();
        table.rent_payer = *payer.address();
    }
    let is_childs = table.listing == *child.address() && table.generation == child.generation;
    require!(is_childs, ListingError::WrongRoyaltyTable);
    Ok(table)
}

impl EdgeHead {
    /// What became of the child.
    pub(crate) fn describe_child(&mut self, child: &Listing) {
        self.listing_seq = child.seq;
        self.listing_edges = child.edges;
        self.listing_royalty_ppm = child.royalty_ppm;
        self.listing_royalty_parents = child.royalty_parents;
    }

    /// What became of the royalty table.
    pub(crate) fn describe_table(&mut self, table: &Account<RoyaltyTable>) -> Result<()> {
        self.table = *table.address();
        self.table_len = table.len;
        self.table_bump = table.bump;
        self.table_seq = table.seq;
        self.table_born_slot = table.born_slot;
        self.table_rent_payer = table.rent_payer;
        Ok(())
    }
}

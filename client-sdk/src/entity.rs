//! What an event does to the accounts it touches, and the fold that rebuilds an account's bytes.

use bytemuck::Zeroable;
use dao::state::{Dispute, Round};
use listing::{
    events::{EdgeHead, ReviewHead, RuledHead},
    state::{Edge, Listing, Review, RoyaltyEntry, RoyaltyTable},
};
use solana_program::pubkey::Pubkey;

pub use crate::accounts::EntityKind;
use crate::accounts::{Account, AccountError, from_bytes, to_bytes};

/// A change of one account. `(born_slot, seq)` orders the changes of an address: the greater is the newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityChange {
    pub kind: EntityKind,
    pub address: Pubkey,
    /// Slot in which the account was made; 0 for accounts that never close.
    pub born_slot: u64,
    /// Number of this change in the account's life, from 1 without gaps.
    pub seq: u64,
    pub change: Change,
}

/// What became of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its bytes after the change, discriminator included.
    State(Vec<u8>),
    /// Some of its fields; needs the bytes before.
    Patch(Patch),
    /// It was closed; these are its last bytes.
    Closed(Vec<u8>),
}

/// The fields that an edge changes of its child and of the child's royalty table, and a vote of its dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    /// The child's counters.
    ListingEdges {
        updated_slot: u64,
        edges: u16,
        royalty_parents: u8,
        royalty_ppm: u32,
        /// Where a ruling changed it, the generation of the royalty table in force.
        generation: Option<u16>,
    },
    /// The entry at `index` was set, or cleared where it is all zero. `created` where this made the table.
    TableEntry {
        index: u8,
        len: u8,
        total_ppm: u32,
        entry: RoyaltyEntry,
        created: Option<TableCreated>,
    },
    /// A round of a dispute.
    DisputeRound { index: u8, round: Round },
}

impl EntityKind {
    /// Whether a change of such an account may be a [`Change::Patch`]: only then are the bytes before it needed.
    pub fn is_patched(self) -> bool {
        matches!(
            self,
            EntityKind::Listing | EntityKind::RoyaltyTable | EntityKind::Dispute
        )
    }
}

/// What a royalty table holds from the beginning on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableCreated {
    pub bump: u8,
    pub listing: Pubkey,
    pub rent_payer: Pubkey,
}

/// Why a change cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    #[error(
        "{kind} {address}: an earlier event is missing: change {seq} needs the account before it"
    )]
    Missing {
        kind: EntityKind,
        address: Pubkey,
        seq: u64,
    },
    #[error(
        "{kind} {address}: change {seq} of slot {born_slot} does not follow change {found_seq} of slot {found_born_slot}"
    )]
    OutOfOrder {
        kind: EntityKind,
        address: Pubkey,
        born_slot: u64,
        seq: u64,
        found_born_slot: u64,
        found_seq: u64,
    },
    #[error("{kind} {address}: entry {index} is outside a royalty table")]
    NoSuchEntry {
        kind: EntityKind,
        address: Pubkey,
        index: u8,
    },
    #[error("{kind} {address}: there is no round {index}")]
    NoSuchRound {
        kind: EntityKind,
        address: Pubkey,
        index: u8,
    },
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// The account's bytes after `change`; its last ones where that closed it.
///
/// A state needs no previous bytes; a patch needs those of the change just before it.
pub fn fold(previous: Option<&[u8]>, change: &EntityChange) -> Result<Vec<u8>, FoldError> {
    match &change.change {
        Change::State(bytes) | Change::Closed(bytes) => Ok(bytes.clone()),
        Change::Patch(Patch::ListingEdges {
            updated_slot,
            edges,
            royalty_parents,
            royalty_ppm,
            generation,
        }) => {
            let mut listing: Listing = before(previous, change)?;
            listing.seq = change.seq;
            listing.updated_slot = *updated_slot;
            listing.edges = *edges;
            listing.royalty_parents = *royalty_parents;
            listing.royalty_ppm = *royalty_ppm;
            listing.generation = generation.unwrap_or(listing.generation);
            Ok(to_bytes(&listing))
        }
        Change::Patch(Patch::TableEntry {
            index,
            len,
            total_ppm,
            entry,
            created,
        }) => {
            let mut table = match created {
                Some(created) => created.table(change.born_slot),
                None => before(previous, change)?,
            };
            let EntityChange { kind, address, .. } = *change;
            let slot =
                table
                    .entries
                    .get_mut(usize::from(*index))
                    .ok_or(FoldError::NoSuchEntry {
                        kind,
                        address,
                        index: *index,
                    })?;
            *slot = *entry;
            table.len = *len;
            table.total_ppm = *total_ppm;
            table.seq = change.seq;
            Ok(to_bytes(&table))
        }
        Change::Patch(Patch::DisputeRound { index, round }) => {
            let mut dispute: Dispute = before(previous, change)?;
            let EntityChange { kind, address, .. } = *change;
            let slot =
                dispute
                    .rounds
                    .get_mut(usize::from(*index))
                    .ok_or(FoldError::NoSuchRound {
                        kind,
                        address,
                        index: *index,
                    })?;
            *slot = *round;
            dispute.head.seq = change.seq;
            Ok(to_bytes(&dispute))
        }
    }
}

/// The account as the change just before this one left it.
fn before<T: Account>(previous: Option<&[u8]>, change: &EntityChange) -> Result<T, FoldError> {
    let EntityChange {
        kind,
        address,
        born_slot,
        seq,
        ..
    } = *change;
    let Some(bytes) = previous else {
        return Err(FoldError::Missing { kind, address, seq });
    };
    let account: T = from_bytes(bytes)?;
    let (found_born_slot, found_seq) = (account.born_slot(), account.seq());
    if found_born_slot != born_slot || found_seq.checked_add(1) != Some(seq) {
        return Err(FoldError::OutOfOrder {
            kind,
            address,
            born_slot,
            seq,
            found_born_slot,
            found_seq,
        });
    }
    Ok(account)
}

impl TableCreated {
    fn table(&self, born_slot: u64) -> RoyaltyTable {
        RoyaltyTable {
            layout: RoyaltyTable::LAYOUT,
            bump: self.bump,
            // Only a draft's first edge makes a table, and a draft is of generation 0.
            generation: 0,
            born_slot,
            listing: self.listing,
            rent_payer: self.rent_payer,
            ..RoyaltyTable::zeroed()
        }
    }
}

/// The change of an account whose whole state an event carries.
pub(crate) fn whole<T: Account>(address: Pubkey, state: &T, closed: bool) -> EntityChange {
    let bytes = to_bytes(state);
    EntityChange {
        kind: T::KIND,
        address,
        born_slot: state.born_slot(),
        seq: state.seq(),
        change: if closed {
            Change::Closed(bytes)
        } else {
            Change::State(bytes)
        },
    }
}

/// The change of a round of a dispute.
pub(crate) fn round(
    address: Pubkey,
    born_slot: u64,
    seq: u64,
    index: u64,
    round: Round,
) -> EntityChange {
    EntityChange {
        kind: EntityKind::Dispute,
        address,
        born_slot,
        seq,
        change: Change::Patch(Patch::DisputeRound {
            // An index that no round has is refused where it is folded.
            index: u8::try_from(index).unwrap_or(u8::MAX),
            round,
        }),
    }
}

/// The changes of a review and of the listing that counts it.
pub(crate) fn review(head: &ReviewHead, review: &Review) -> Vec<EntityChange> {
    vec![
        whole(head.address, review, false),
        whole(review.listing, &head.listing, false),
    ]
}

/// The changes of an edge, of its child, and, where it bears a royalty, of the child's royalty table.
pub(crate) fn edge(head: &EdgeHead, edge: &Edge, removed: bool) -> Vec<EntityChange> {
    let mut changes = vec![
        whole(head.address, edge, removed),
        EntityChange {
            kind: EntityKind::Listing,
            address: edge.child,
            born_slot: head.listing_born_slot,
            seq: head.listing_seq,
            change: Change::Patch(Patch::ListingEdges {
                updated_slot: head.updated_slot,
                edges: head.listing_edges,
                royalty_parents: head.listing_royalty_parents,
                royalty_ppm: head.listing_royalty_ppm,
                generation: None,
            }),
        },
    ];
    if head.table != Pubkey::default() {
        let created = (!removed && head.table_seq == 1).then_some(TableCreated {
            bump: head.table_bump,
            listing: edge.child,
            rent_payer: head.table_rent_payer,
        });
        changes.push(EntityChange {
            kind: EntityKind::RoyaltyTable,
            address: head.table,
            born_slot: head.table_born_slot,
            seq: head.table_seq,
            change: Change::Patch(Patch::TableEntry {
                index: edge.table_index,
                len: head.table_len,
                total_ppm: head.listing_royalty_ppm,
                entry: if removed {
                    RoyaltyEntry::zeroed()
                } else {
                    head.entry
                },
                created,
            }),
        });
    }
    changes
}

/// The changes of an edge that was ruled on, of its child, and, where royalties changed, of the child's next table and of the
/// edge whose entry moved.
pub(crate) fn ruled(head: &RuledHead, edge: &Edge) -> Vec<EntityChange> {
    let mut changes = vec![
        whole(head.address, edge, false),
        EntityChange {
            kind: EntityKind::Listing,
            address: edge.child,
            born_slot: head.listing_born_slot,
            seq: head.listing_seq,
            change: Change::Patch(Patch::ListingEdges {
                updated_slot: head.updated_slot,
                edges: head.listing_edges,
                royalty_parents: head.listing_royalty_parents,
                royalty_ppm: head.listing_royalty_ppm,
                generation: Some(head.listing_generation),
            }),
        },
    ];
    if head.table_address != Pubkey::default() {
        changes.push(whole(head.table_address, &head.table, false));
    }
    if head.moved_address != Pubkey::default() {
        changes.push(whole(head.moved_address, &head.moved, false));
    }
    changes
}

#[cfg(test)]
mod tests;

//! What the program says of every change, in the past tense, by self-CPI. An event never changes; a new need gets a
//! new version. Each carries the entity's whole state after the change (`state`), so that its account's bytes can be
//! rebuilt from the newest event alone (`EdgeHead` says where not), and in its head the values that the change replaced.

use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
use common::{heads, state_events};

use crate::{
    constants::{MAX_TERMS, URI_LEN},
    state::{
        Config, Edge, LicenseGrant, Listing, PoolLedger, PriceTerm, Profile, Review, RoyaltyEntry,
        RoyaltyTable,
    },
};

heads! {
    /// The entity's address, where nothing was replaced.
    EntityHead { address: Address, }
    /// The settings before.
    ConfigHead { address: Address, old_authority: Address, old_pending_authority: Address, old_paused: u64, }
    /// The profile before.
    ProfileHead { address: Address, old: Profile, }
    /// The status before.
    StatusHead { address: Address, old_status: u64, }
    /// The dispute whose ruling was carried out, all zero where the dao voted on it, and status and last ruling before.
    SuspendedHead { address: Address, dispute: Address, old_status: u64, old_last_ruling: u64, }
    /// The terms before.
    TermsHead { address: Address, old_terms_len: u64, old_terms: [PriceTerm; MAX_TERMS], }
    /// The version before.
    VersionHead {
        address: Address,
        old_version: u64,
        old_manifest_hash: [u8; 32],
        old_content_hash: [u8; 32],
        old_uri: [u8; URI_LEN],
    }
    /// The key before: a pending authority, a payout wallet or an operator.
    KeyHead { address: Address, old: Address, }
    /// The keys before, all of which passed to the new authority or went, and whether the listing was claimed.
    AuthorityHead {
        address: Address,
        old_authority: Address,
        old_pending_authority: Address,
        old_payout: Address,
        old_operator: Address,
        old_claimed: u64,
    }
    /// An edge's address and what the same instruction changed of the child: the listing's `seq`, `edges`,
    /// `royalty_parents`, `royalty_ppm` and `updated_slot` as they are after it, the two counts before it, and the
    /// royalty table's new entry. The table's fields are zero where the edge bears no royalty.
    EdgeHead {
        address: Address,
        listing_seq: u64,
        listing_born_slot: u64,
        updated_slot: u64,
        listing_edges: u16,
        old_listing_edges: u16,
        listing_royalty_ppm: u32,
        old_listing_royalty_ppm: u32,
        listing_royalty_parents: u8,
        table_len: u8,
        table_bump: u8,
        reserved: [u8; 1],
        table: Address,
        table_seq: u64,
        table_born_slot: u64,
        table_rent_payer: Address,
        entry: RoyaltyEntry,
    }
    /// Where the rent of a closed account went.
    ClosedHead { address: Address, rent_to: Address, rent: u64, reward: u64, }
    /// Who gave a grant before, and its expiry then, in Unix seconds; zero where there was none.
    GrantHead { address: Address, old_granted_by: Address, old_expires_at: i64, }
    /// One share sent on. Amounts are base units; `received = balance + credited − owed`, taken before the change.
    ForwardHead {
        address: Address,
        parent: Address,
        /// The parent's pool that took `forwarded`; all zero where the parent owes no royalty.
        parent_pool: Address,
        /// The token account that took `paid`.
        payout_account: Address,
        index: u64,
        received: u64,
        /// Newly credited to the parent.
        credited: u64,
        /// Of it to the parent's own parents.
        forwarded: u64,
        /// Paid to the parent's payout account, what was owed from before included.
        paid: u64,
        /// Still owed to it after this.
        owed: u64,
        old_owed: u64,
    }
    /// The review before, all zero where it is new.
    ReviewedHead { address: Address, old_rating: u64, old_hash: [u8; 32], }
    /// The same, and the listing as it is after: an account that the event rebuilds too.
    ReviewHead { address: Address, old_rating: u64, old_hash: [u8; 32], listing: Listing, }
    /// The edge's status before.
    EdgeProvedHead { address: Address, old_status: u64, }
    /// The default royalty before.
    RoyaltyHead { address: Address, old_default_royalty_ppm: u64, }
    /// An edge that was ruled on and its dispute; the listing's `seq`, `edges`, `generation`, `royalty_parents`, `royalty_ppm`
    /// and `updated_slot` as they are after it, and two of them before; the next generation's royalty table whole; and the
    /// edge whose entry took the place of one that went, whole. A table's or an edge's address is all zero where there is none.
    RuledHead {
        address: Address,
        dispute: Address,
        listing_seq: u64,
        listing_born_slot: u64,
        updated_slot: u64,
        listing_royalty_ppm: u32,
        old_listing_royalty_ppm: u32,
        listing_edges: u16,
        listing_generation: u16,
        old_listing_generation: u16,
        listing_royalty_parents: u8,
        old_status: u8,
        table_address: Address,
        moved_address: Address,
        table: RoyaltyTable,
        moved: Edge,
    }
    /// The same without the accounts that it carries whole, which are sent from where they lie.
    RuledTo {
        address: Address,
        dispute: Address,
        listing_seq: u64,
        listing_born_slot: u64,
        updated_slot: u64,
        listing_royalty_ppm: u32,
        old_listing_royalty_ppm: u32,
        listing_edges: u16,
        listing_generation: u16,
        old_listing_generation: u16,
        listing_royalty_parents: u8,
        old_status: u8,
        table_address: Address,
        moved_address: Address,
    }
}

state_events! {
    ConfigInitializedV1 { EntityHead, Config }
    ConfigUpdatedV1 { ConfigHead, Config }
    ProfileCreatedV1 { EntityHead, Profile }
    ProfileUpdatedV1 { ProfileHead, Profile }
    ListingRegisteredV1 { EntityHead, Listing }
    /// A draft's parent was claimed.
    EdgeAddedV1 { EdgeHead, Edge }
    /// A discarded draft's edge was closed; `state` is its last.
    EdgeRemovedV1 { EdgeHead, Edge }
    ListingActivatedV1 { StatusHead, Listing }
    ListingPausedV1 { StatusHead, Listing }
    ListingResumedV1 { StatusHead, Listing }
    ListingRetiredV1 { StatusHead, Listing }
    TermsUpdatedV1 { TermsHead, Listing }
    VersionPublishedV1 { VersionHead, Listing }
    /// `old` is the pending authority before.
    AuthorityProposedV1 { KeyHead, Listing }
    AuthorityAcceptedV1 { AuthorityHead, Listing }
    PayoutChangedV1 { KeyHead, Listing }
    OperatorChangedV1 { KeyHead, Listing }
    /// A draft was closed; `state` is its last.
    DraftDiscardedV1 { ClosedHead, Listing }
    /// The royalty table of a discarded draft was closed; `state` is its last.
    RoyaltyTableClosedV1 { ClosedHead, RoyaltyTable }
    LicenseGrantedV1 { GrantHead, LicenseGrant }
    LicenseRevokedV1 { GrantHead, LicenseGrant }
    PoolOpenedV1 { EntityHead, PoolLedger }
    RoyaltyForwardedV1 { ForwardHead, PoolLedger }
    ReviewPostedV1 { ReviewHead, Review }
    ReviewEditedV1 { ReviewHead, Review }
    EdgeProvedV1 { EdgeProvedHead, Edge }
    DefaultRoyaltySetV1 { RoyaltyHead, Config }
    /// A ruling that the edge is false was carried out.
    EdgeRevokedV1 { RuledHead, Edge }
    /// A ruling that the edge was missing was carried out.
    EdgeRuledV1 { RuledHead, Edge }
    /// By a ruling on a version of it, or by a vote.
    ListingSuspendedV1 { SuspendedHead, Listing }
    /// By a vote.
    ListingRestoredV1 { StatusHead, Listing }
}

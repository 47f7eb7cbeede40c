//! What the API answers. Fields that a newer API adds are ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use solana_program::pubkey::Pubkey;
use solana_transaction::Signature;

use super::wire::{Sha256, text, text_or_null};
use crate::{names::MODE, quote};

/// One asset on sale. `summary`, `source`, `tags` and `attributes` are facts of its manifest, given only while
/// `manifest_status` is `ok`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// The text of the key where the manifest proves it, otherwise `key_hash`.
    pub key: String,
    /// The 32-byte key in the listing's address.
    #[serde(with = "text")]
    pub key_hash: Sha256,
    pub kind: String,
    #[serde(with = "text")]
    pub publisher: Pubkey,
    pub publisher_name: Option<String>,
    pub publisher_name_verified: bool,
    pub name: String,
    pub summary: Option<String>,
    pub source: Option<String>,
    pub status: String,
    pub version: u32,
    #[serde(with = "text")]
    pub manifest_hash: Sha256,
    pub manifest_uri: String,
    pub manifest_status: String,
    #[serde(with = "text_or_null")]
    pub content_hash: Option<Sha256>,
    pub license: Option<String>,
    pub derivatives: String,
    /// In ppm of a derivative's price.
    pub derivative_royalty_ppm: u32,
    /// In ppm of the seller's part.
    pub royalty_ppm: u32,
    pub generation: u16,
    /// Number of parents in the lineage.
    pub parents: u16,
    #[serde(with = "text")]
    pub authority: Pubkey,
    #[serde(with = "text")]
    pub payout: Pubkey,
    #[serde(with = "text_or_null")]
    pub operator: Option<Pubkey>,
    pub tags: Vec<String>,
    pub attributes: Value,
    pub pricing: Vec<Price>,
    /// Mean of the ratings, to a hundredth; `None` before the first.
    pub rating: Option<f64>,
    /// Reviews by those who paid for it.
    pub review_count: u64,
    /// Sum of their ratings.
    pub rating_sum: u64,
    /// The mean as if five more had rated it 3: `sort=rating` sorts by it.
    pub rating_estimate: f64,
    /// Paid receipts.
    pub sales: u64,
    /// Out of 1,000, by what happened: `sort=quality` sorts by it; 500 where nothing did.
    pub quality: u32,
    /// `A` to `E`, by `quality`; `None` where nothing happened that it could tell of.
    pub grade: Option<String>,
    /// By itself, or by descent as of [`Index::taint_slot`].
    pub tainted: bool,
    pub claimed: bool,
    pub created_slot: u64,
    pub activated_slot: Option<u64>,
    pub updated_slot: u64,
    /// RFC 3339.
    pub created_at: Option<String>,
    pub proof: Proof,
}

/// The mean of so many ratings, to a hundredth; `None` where there are none.
pub fn mean_rating(sum: u64, reviews: u64) -> Option<f64> {
    let (sum, reviews) = (u128::from(sum), u128::from(reviews));
    let hundredths = (sum * 100 + reviews / 2).checked_div(reviews)?;
    Some(hundredths as f64 / 100.0)
}

/// One price term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub index: u8,
    pub mode: String,
    pub unit: String,
    /// Base units of `mint` per unit.
    #[serde(with = "text")]
    pub price: u64,
    #[serde(with = "text")]
    pub mint: Pubkey,
    pub decimals: u8,
    /// Most units in one order; `None` for no limit.
    #[serde(default, with = "text_or_null")]
    pub capacity: Option<u64>,
    /// Seconds that a unit of a subscription or a lease lasts; `None` for other modes.
    #[serde(default)]
    pub period: Option<u32>,
}

/// What the index claims of an account: [`crate::verify`] compares it with the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Slot of the account's last event.
    pub slot: u64,
    /// Number of that event; the account stores it.
    pub seq: u64,
    /// Of that event's transaction; `None` where the index took the account from the network, as its events are missing.
    #[serde(with = "text_or_null", default)]
    pub signature: Option<Signature>,
    /// Of the account's bytes as rebuilt from its events.
    #[serde(with = "text")]
    pub account_hash: Sha256,
}

/// Up to where the index has read the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// `None` before the first block.
    pub slot: Option<u64>,
    pub finalized_slot: Option<u64>,
    /// Up to here taint is spread to all descendants; `None` while that is not known.
    #[serde(default)]
    pub taint_slot: Option<u64>,
}

/// A page of listings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listings {
    pub items: Vec<Listing>,
    /// Of the next page; `None` on the last.
    pub next_cursor: Option<String>,
    /// How many match; at least so many where it is not exact.
    pub total: u64,
    pub total_exact: bool,
    /// Of each facet that was asked for its most frequent values.
    #[serde(default)]
    pub facets: BTreeMap<String, Vec<FacetCount>>,
    pub index: Index,
}

/// How many of what matches have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetCount {
    /// Of publishers, the address.
    pub value: String,
    /// A publisher's name, where it has one.
    pub label: Option<String>,
    pub count: u64,
}

/// A listing with its history, parents, royalty table, pools and reviews.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListingDetail {
    #[serde(flatten)]
    pub listing: Listing,
    /// Newest first.
    pub versions: Vec<Version>,
    /// To its parents, in the order in which they were claimed.
    pub edges: Vec<DetailedEdge>,
    /// `None` where it owes no royalty.
    pub royalty_table: Option<RoyaltyTable>,
    pub pools: Vec<Pool>,
    /// The newest 100.
    pub reviews: Vec<Review>,
    pub index: Index,
}

/// What the owner of a paid order says of what it bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    #[serde(with = "text")]
    pub address: Pubkey,
    pub proof: Proof,
    /// `rating`, `hash`, `listing`, `order`, `reviewer` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// A page of reviews, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reviews {
    pub items: Vec<Review>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

/// One version of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub version: u32,
    #[serde(with = "text")]
    pub manifest_hash: Sha256,
    pub manifest_uri: String,
    #[serde(with = "text_or_null")]
    pub content_hash: Option<Sha256>,
    pub slot: u64,
    /// `None` where a snapshot of the account told of it.
    #[serde(with = "text_or_null", default)]
    pub signature: Option<Signature>,
}

/// A lineage claim of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailedEdge {
    #[serde(with = "text")]
    pub address: Pubkey,
    #[serde(with = "text")]
    pub child: Pubkey,
    #[serde(with = "text")]
    pub parent: Pubkey,
    pub parent_name: Option<String>,
    pub relation: String,
    pub status: String,
    /// In ppm of the child's price.
    pub royalty_ppm: u32,
    /// The parent's version when it was claimed.
    pub parent_version: u32,
    /// Root of the training manifest that the parent's content was proved to be in; `None` until proved, as the two below.
    #[serde(with = "text_or_null", default)]
    pub manifest_root: Option<Sha256>,
    #[serde(default)]
    pub proved_slot: Option<u64>,
    /// The parent's version whose content that is.
    #[serde(default)]
    pub proved_version: Option<u32>,
    pub created_at: Option<String>,
}

/// A listing's royalty table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoyaltyTable {
    #[serde(with = "text")]
    pub address: Pubkey,
    pub generation: u16,
    pub total_ppm: u32,
    pub entries: Vec<RoyaltyEntry>,
}

/// A direct parent's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoyaltyEntry {
    #[serde(with = "text")]
    pub parent: Pubkey,
    pub royalty_ppm: u32,
}

/// A pool of royalties in one mint. Amounts are base units, one for each entry of its generation's royalty table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// The account that accounts for it.
    #[serde(with = "text")]
    pub ledger: Pubkey,
    /// The token account.
    #[serde(with = "text")]
    pub address: Pubkey,
    pub generation: u16,
    #[serde(with = "text")]
    pub mint: Pubkey,
    pub decimals: u8,
    /// Credited so far, as text.
    pub credited: Vec<String>,
    /// Of it still in the pool for want of an account to pay to, as text.
    pub owed: Vec<String>,
}

/// Part of the lineage of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    #[serde(with = "text")]
    pub root: Pubkey,
    /// By depth, the root first.
    pub nodes: Vec<Node>,
    /// Between those nodes.
    pub edges: Vec<Edge>,
    /// Whether there is more than is given.
    pub truncated: bool,
    /// What it is of.
    pub index: Index,
}

/// A listing in a lineage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Length of the shortest way from the root.
    pub depth: u32,
    pub kind: String,
    pub name: String,
    pub publisher_name: Option<String>,
    pub status: String,
    /// As of a listing.
    pub tainted: bool,
}

/// A claim in a lineage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    #[serde(with = "text")]
    pub child: Pubkey,
    #[serde(with = "text")]
    pub parent: Pubkey,
    pub relation: String,
    pub royalty_ppm: u32,
    pub status: String,
}

/// A publisher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publisher {
    /// Its key.
    #[serde(with = "text")]
    pub address: Pubkey,
    /// `None` where it never made one.
    pub profile: Option<Profile>,
    /// Live listings of any status.
    pub listings: u64,
    pub statuses: Vec<Count>,
    /// Paid receipts of all of its listings, as the figures below.
    pub sales: u64,
    /// Mean of the ratings, to a hundredth; `None` before the first.
    pub rating: Option<f64>,
    /// Reviews by those who paid.
    pub review_count: u64,
    /// Sum of their ratings.
    pub rating_sum: u64,
    pub index: Index,
}

/// What a publisher says of itself: a claim, but for `verified`. The key is the identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    #[serde(with = "text")]
    pub address: Pubkey,
    pub proof: Proof,
    /// `publisher`, `name`, `uri`, `verified` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// An order, or the receipt that it became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Whether its account is closed; the fields are its last then.
    pub closed: bool,
    /// Nothing was paid for it.
    pub free: bool,
    /// What nobody has earned yet, in base units: of a metered order the most that further vouchers add.
    #[serde(with = "text")]
    pub rest: u64,
    pub proof: Proof,
    /// `state`, `mode`, `buyer`, `seller`, `listing` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// An account of any kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// What it is: the name of an [`EntityKind`](crate::accounts::EntityKind).
    pub kind: String,
    /// Whether it is closed; the fields are its last then.
    pub closed: bool,
    /// Its fields, as [`accounts::json`](crate::accounts::json) gives them.
    pub account: Map<String, Value>,
    pub proof: Proof,
}

/// A spending session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Whether its account is closed; the fields are its last then.
    pub closed: bool,
    pub proof: Proof,
    /// `owner`, `key`, `mint`, `vault`, `expires_at`, `revoked`, `listings` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// A page of sessions, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sessions {
    pub items: Vec<Session>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

/// A dispute before the court.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Whether its account is closed; the fields are its last then.
    pub closed: bool,
    /// Who complained of a listing; `None` for an order, whose dispute escrow tells of.
    #[serde(with = "text_or_null")]
    pub opener: Option<Pubkey>,
    /// What the last round with a quorum decided, in percent: of an order the buyer's share, of a version 100 where the
    /// complaint is upheld. It may be appealed against while `status` is `open`; `None` where no round has ruled.
    pub ruling: Option<u8>,
    pub proof: Proof,
    /// `case`, `subject`, `status`, `share`, `bonds`, `rounds`, `deadline` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// A page of disputes, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disputes {
    pub items: Vec<Dispute>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

/// A dispute with its jurors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisputeDetail {
    /// The newest 100 that committed a vote, the newest first.
    pub jurors: Vec<Juror>,
    pub index: Index,
    #[serde(flatten)]
    pub dispute: Dispute,
}

/// A vote that a position committed in a round of a dispute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Juror {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Whether it is settled and its account closed; the fields are its last then.
    pub closed: bool,
    pub proof: Proof,
    /// `owner`, `round`, `choice`, `weight` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// Locked tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Whether its account is closed; the fields are its last then.
    pub closed: bool,
    pub proof: Proof,
    /// `owner`, `id`, `amount`, `staked`, `locked_at`, `unlock_at` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// A page of positions, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    pub items: Vec<Position>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

/// An action that was proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Whether its account is closed; the fields are its last then.
    pub closed: bool,
    /// What its payload says, by name; `None` where the index does not know the action.
    pub arguments: Option<Map<String, Value>>,
    pub proof: Proof,
    /// `number`, `status`, `action`, `target`, `proposer`, `yes`, `no`, `abstain`, `quorum`, `ends_at` and all other fields of
    /// the account, as [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// A page of proposals, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposals {
    pub items: Vec<Proposal>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

/// A proposal with its votes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalDetail {
    /// The newest 100 that were cast, the newest first.
    pub voters: Vec<Vote>,
    pub index: Index,
    #[serde(flatten)]
    pub proposal: Proposal,
}

/// A position's vote on a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    #[serde(with = "text")]
    pub address: Pubkey,
    /// Whether its account is closed; the fields are its last then.
    pub closed: bool,
    pub proof: Proof,
    /// `choice`, `weight`, `owner` and all other fields of the account, as [`accounts::json`](crate::accounts::json) gives
    /// them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// A reward period in which fees could be recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    #[serde(with = "text")]
    pub address: Pubkey,
    pub proof: Proof,
    /// `epoch` (the account's `index`), `status`, `total`, `allotted`, `claimed` and all other fields of the account, as
    /// [`accounts::json`](crate::accounts::json) gives them.
    #[serde(flatten)]
    pub account: Map<String, Value>,
}

/// A page of reward periods, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epochs {
    pub items: Vec<Epoch>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

/// A page of orders, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    pub items: Vec<Order>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

/// What an order of one price term costs and who gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub listing: Pubkey,
    pub version: u32,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub manifest_hash: Sha256,
    #[serde(with = "text_or_null")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub content_hash: Option<Sha256>,
    /// Of the royalty table in force.
    pub generation: u16,
    pub term: u8,
    /// Null for what is free.
    #[serde(with = "text_or_null")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub mint: Option<Pubkey>,
    pub decimals: u8,
    /// `one_time`, `metered`, `subscription` or `lease`.
    pub mode: String,
    /// What one unit is.
    pub unit: String,
    /// Seconds that a unit of a subscription or a lease lasts; 0 for other modes.
    pub period: u32,
    /// Base units of one unit.
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub price: u64,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub quantity: u64,
    /// What the buyer deposits, in base units: fee, royalty and net.
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub total: u64,
    pub fee_ppm: u32,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub fee: u64,
    pub royalty_ppm: u32,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub royalty: u64,
    /// How the pool shares the royalty among the direct parents.
    pub royalties: Vec<RoyaltyShare>,
    /// What the seller's payout wallet gets.
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub net: u64,
    /// Seconds that the seller has for delivery.
    pub delivery_window: u32,
    /// Seconds to dispute a delivery, or what was earned.
    pub dispute_window: u32,
    /// Seconds from the opening of a dispute until anyone may let it lapse.
    pub arbitration_period: u32,
    /// A dispute's bond, in ppm of what it contests.
    pub bond_ppm: u32,
    /// Null where whoever answers does not know what rent the network takes.
    pub rent: Option<Rent>,
}

impl Quote {
    /// A quote as it is shown.
    pub fn of(listing: Pubkey, quote: &quote::Quote) -> Self {
        let known = |hash: [u8; 32]| (hash != [0; 32]).then_some(Sha256(hash));
        Self {
            listing,
            version: quote.version,
            manifest_hash: Sha256(quote.manifest_hash),
            content_hash: known(quote.content_hash),
            generation: quote.generation,
            term: quote.term,
            mint: (quote.mint != Pubkey::default()).then_some(quote.mint),
            decimals: quote.decimals,
            mode: MODE.name(quote.mode).unwrap_or_default().to_owned(),
            unit: common::text::read(&quote.unit),
            period: quote.period,
            price: quote.price,
            quantity: quote.quantity,
            total: quote.total,
            fee_ppm: quote.fee_ppm,
            fee: quote.fee,
            royalty_ppm: quote.royalty_ppm,
            royalty: quote.royalty,
            royalties: quote.shares.iter().map(RoyaltyShare::from).collect(),
            net: quote.net,
            delivery_window: quote.delivery_window,
            dispute_window: quote.dispute_window,
            arbitration_period: quote.arbitration_period,
            bond_ppm: quote.bond_ppm,
            rent: Some(Rent {
                order: quote.rent_order,
                vault: quote.rent_vault,
                total: quote.rent_order.saturating_add(quote.rent_vault),
            }),
        }
    }
}

/// A quote by the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexQuote {
    #[serde(flatten)]
    pub quote: Quote,
    /// The slot as of which it holds: the index's.
    pub slot: Option<u64>,
    pub index: Index,
}

/// A direct parent's share of a royalty, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoyaltyShare {
    /// Entry of the royalty table.
    pub index: u8,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub parent: Pubkey,
    pub royalty_ppm: u32,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub amount: u64,
    /// Of it on to the parent's own parents.
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub up: u64,
    /// Of it to the parent's payout wallet.
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub paid: u64,
}

impl From<&quote::Share> for RoyaltyShare {
    fn from(share: &quote::Share) -> Self {
        Self {
            index: share.index,
            parent: share.parent,
            royalty_ppm: share.ppm,
            amount: share.amount,
            up: share.up,
            paid: share.paid,
        }
    }
}

/// Lamports that come back when the accounts close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rent {
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order: u64,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub vault: u64,
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub total: u64,
}

/// Counts and sums over everything in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Live listings of any status.
    pub listings: u64,
    pub statuses: Vec<Count>,
    /// Of active listings, as all counts below.
    pub kinds: Vec<Count>,
    pub licenses: Vec<Count>,
    /// By key, labelled with the name that it goes by.
    pub publishers: Vec<Count>,
    pub manifests: Vec<Count>,
    /// Lineage claims.
    pub edges: u64,
    /// Of them proved by a training manifest.
    pub proved_edges: u64,
    pub reviews: u64,
    /// By state.
    pub orders: Vec<Count>,
    /// In how many of them something is in dispute now.
    pub disputed: u64,
    /// Before the court, by status.
    #[serde(default)]
    pub disputes: Vec<Count>,
    /// By mint.
    pub settled: Vec<Settled>,
    pub index: Index,
}

/// How many have a value; without one, those that have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub value: Option<String>,
    #[serde(default)]
    pub label: Option<String>,
    pub count: u64,
}

/// What all orders in one mint have paid for good so far. Amounts are base units, as text, as they may be larger than any one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    #[serde(with = "text")]
    pub mint: Pubkey,
    /// How many of them are settled.
    pub orders: u64,
    /// What sellers were given, fees and royalties included.
    pub volume: String,
    pub fees: String,
    pub royalties: String,
}

/// The state of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Of the network that it follows, base58.
    pub genesis_hash: Option<String>,
    /// Newest slot stored.
    pub slot: Option<u64>,
    pub finalized_slot: Option<u64>,
    /// Newest slot that its node reported.
    pub tip_slot: Option<u64>,
    pub lag_slots: Option<i64>,
    pub events: u64,
    pub accounts: u64,
    /// Accounts of which events are missing.
    pub gaps: u64,
    /// Events that could not be read.
    pub dead_letters: u64,
}

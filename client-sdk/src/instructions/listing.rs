//! Instructions of the listing program. `payer` pays rent and may be the signer or another key. Errors are
//! [`ListingError`](listing::error::ListingError)s unless said otherwise; making what exists already fails with the
//! system program's error 0.

use anchor_lang::{Discriminator, InstructionData, ToAccountMetas};
use borsh::BorshSerialize;
use listing::{
    accounts,
    constants::NO_TABLE_INDEX,
    instruction,
    state::{Edge, Listing, RoyaltyTable},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    merkle::Proof,
    pda,
    programs::{LISTING, SYSTEM},
};

/// What a listing begins with: the owned form of what the program reads in place.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct RegisterArgs {
    /// The publisher's own name for it, part of the address. For a catalogue asset the SHA-256 of its key.
    pub key: [u8; 32],
    /// One of [`kind`](listing::state::kind).
    pub kind: u8,
    /// False for a listing made for a publisher who did not ask.
    pub claimed: bool,
    /// One of [`derivatives`](listing::state::derivatives).
    pub derivatives: u8,
    /// Least royalty that a derivative owes, in ppm of its price; 0 where not claimed.
    pub derivative_royalty_ppm: u32,
    /// SHA-256 of the canonical manifest.
    pub manifest_hash: [u8; 32],
    /// Hash of the content itself, where known.
    pub content_hash: Option<[u8; 32]>,
    /// The wallet that its money goes to; the publisher where none is given.
    pub payout: Option<Pubkey>,
    /// The hot key that delivers.
    pub operator: Option<Pubkey>,
    /// At most 96 bytes.
    pub name: String,
    /// At most 128 bytes.
    pub uri: String,
    /// SPDX identifier of at most 40 bytes, empty where unknown.
    pub license: String,
    /// At most 4.
    pub terms: Vec<TermArgs>,
}

/// One price, as a publisher gives it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct TermArgs {
    /// 1 one-time, 2 metered, 3 subscription, 4 lease.
    pub mode: u8,
    /// Decimals of the mint, which an order compares with the mint's own.
    pub decimals: u8,
    /// Base units of `mint` per unit.
    pub price: u64,
    /// Most units in one order; 0 is no limit.
    pub capacity: u64,
    pub mint: Pubkey,
    /// What one unit is, in at most 32 bytes.
    pub unit: String,
    /// Seconds that a unit of a subscription or a lease lasts, 60 to 366 days; 0 for other modes.
    pub period: u32,
}

/// A version of a listing's manifest.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct VersionArgs {
    /// SHA-256 of the canonical manifest.
    pub manifest_hash: [u8; 32],
    /// Hash of the content itself, where known.
    pub content_hash: Option<[u8; 32]>,
    /// At most 128 bytes.
    pub uri: String,
}

/// An instruction `I` whose arguments are given in their owned form.
fn with_args<I: Discriminator>(
    accounts: impl ToAccountMetas,
    args: &impl BorshSerialize,
) -> Instruction {
    let mut data = I::DISCRIMINATOR.to_vec();
    // A vector takes everything.
    let _ = args.serialize(&mut data);
    Instruction {
        program_id: LISTING,
        accounts: accounts.to_account_metas(None),
        data,
    }
}

fn instruction(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction {
        program_id: LISTING,
        accounts: accounts.to_account_metas(None),
        data: data.data(),
    }
}

fn event_authority() -> Pubkey {
    pda::event_authority(&LISTING).0
}

/// Makes the config. Signed by the program's upgrade authority; `authority` runs the config from then on.
///
/// Errors: `NotUpgradeAuthority`.
pub fn initialize(upgrade_authority: Pubkey, payer: Pubkey, authority: Pubkey) -> Instruction {
    let accounts = accounts::Initialize {
        upgrade_authority,
        payer,
        program_data: pda::program_data(&LISTING).0,
        config: pda::listing_config().0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::Initialize { authority })
}

/// Stops or resumes new business and proposes a new authority; all zero proposes none.
///
/// Errors: `NotConfigAuthority`.
pub fn update_config(authority: Pubkey, paused: bool, pending_authority: Pubkey) -> Instruction {
    instruction(
        config(authority),
        instruction::UpdateConfig {
            paused,
            pending_authority,
        },
    )
}

/// Takes the config's authority over. Signed by the pending one.
///
/// Errors: `NotPendingAuthority`.
pub fn accept_config_authority(pending_authority: Pubkey) -> Instruction {
    instruction(
        config(pending_authority),
        instruction::AcceptConfigAuthority {},
    )
}

fn config(authority: Pubkey) -> accounts::UpdateConfig {
    accounts::UpdateConfig {
        authority,
        config: pda::listing_config().0,
        event_authority: event_authority(),
        program: LISTING,
    }
}

/// Makes or changes the publisher's profile.
///
/// Errors: `NameMissing`, `TextTooLong`, `TextHasControlCharacter`.
pub fn set_profile(publisher: Pubkey, payer: Pubkey, name: &str, uri: &str) -> Instruction {
    let accounts = accounts::SetProfile {
        publisher,
        payer,
        profile: pda::profile(&publisher).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    with_args::<instruction::SetProfile>(accounts, &(name, uri))
}

/// Vouches for the name of a profile that hashes to this ([`Profile::is_named`]), or withdraws that. Signed by the config's
/// authority.
///
/// Errors: `NotConfigAuthority`, `NameChanged`.
///
/// [`Profile::is_named`]: listing::state::Profile::is_named
pub fn verify_profile(
    authority: Pubkey,
    publisher: &Pubkey,
    verified: bool,
    name_hash: [u8; 32],
) -> Instruction {
    let accounts = accounts::VerifyProfile {
        authority,
        config: pda::listing_config().0,
        profile: pda::profile(publisher).0,
        event_authority: event_authority(),
        program: LISTING,
    };
    let arguments = instruction::VerifyProfile {
        verified,
        name_hash,
    };
    instruction(accounts, arguments)
}

/// Makes a draft at [`pda::listing`] of publisher and `args.key`. With the longest texts and four of the longest terms
/// it fits into a transaction that two keys sign, not three: where two others than the publisher pay the rent and the fee,
/// register with three terms and set all four by [`update_terms`].
///
/// Errors: `Paused`, `UnknownKind`, `UnknownDerivatives`, `RoyaltyTooHigh`, `UnclaimedRoyalty`, `PayoutMissing`,
/// `NameMissing`, `TooManyTerms`, `BadPriceTerm`, `TextTooLong`, `TextHasControlCharacter`.
pub fn register(publisher: Pubkey, payer: Pubkey, args: RegisterArgs) -> Instruction {
    let accounts = accounts::Register {
        publisher,
        payer,
        config: pda::listing_config().0,
        listing: pda::listing(&publisher, &args.key).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    with_args::<instruction::Register>(accounts, &args)
}

/// A lineage claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEdge {
    pub child: Pubkey,
    pub parent: Pubkey,
    /// One of [`relation`](listing::state::relation).
    pub relation: u8,
    /// What the child owes the parent, in ppm of its price.
    pub royalty_ppm: u32,
    /// The most that the parent may ask by now.
    pub max_royalty_ppm: u32,
    /// What shows that the authority may derive from a parent that licenses it.
    pub licence: Licence,
}

/// What shows that a key may derive from a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Licence {
    /// Nothing: the parent's derivatives are open.
    Open,
    /// The parent's grant to the key.
    Grant,
    /// The key's own order of the parent, settled and paid: its address.
    Receipt(Pubkey),
}

/// Claims a parent for a draft.
///
/// Errors: `Paused`, `NotListingAuthority`, `NotDraft`, `DraftExpired`, `TooManyEdges`, `UnknownRelation`,
/// `SelfParent`, `ParentNotActivated`, `RoyaltyAboveAccepted`, `RoyaltyBelowLicense`, `UnclaimedRoyalty`,
/// `DerivativesForbidden`, `LicenseRequired`, `TooManyRoyaltyParents`, `RoyaltyTooHigh`.
pub fn add_edge(authority: Pubkey, payer: Pubkey, edge: NewEdge) -> Instruction {
    let NewEdge {
        child,
        parent,
        relation,
        royalty_ppm,
        max_royalty_ppm,
        licence,
    } = edge;
    let accounts = accounts::AddEdge {
        authority,
        payer,
        config: pda::listing_config().0,
        child,
        parent,
        edge: pda::edge(&child, &parent).0,
        royalty_table: (royalty_ppm > 0).then(|| pda::royalties(&child, 0).0),
        grant: (licence == Licence::Grant).then(|| pda::grant(&parent, &authority).0),
        receipt: if let Licence::Receipt(order) = licence {
            Some(order)
        } else {
            None
        },
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(
        accounts,
        instruction::AddEdge {
            relation,
            royalty_ppm,
            max_royalty_ppm,
        },
    )
}

/// Closes a draft's last edge. `closer` is the draft's authority, or anyone once it expired.
///
/// `bears_royalty` as the edge does; `rent_payer` as the edge stores it. Errors: `NotDraft`, `DraftNotExpired`,
/// `WrongAccount`, `NotLastEdge`, `SameSlot`, `WrongRoyaltyTable`, `WrongRentPayer`.
pub fn remove_edge(
    closer: Pubkey,
    child: Pubkey,
    parent: &Pubkey,
    bears_royalty: bool,
    rent_payer: Pubkey,
) -> Instruction {
    let accounts = accounts::RemoveEdge {
        closer,
        child,
        edge: pda::edge(&child, parent).0,
        royalty_table: bears_royalty.then(|| pda::royalties(&child, 0).0),
        rent_payer,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::RemoveEdge {})
}

/// Closes a draft's empty royalty table. `closer` is the draft's authority, or anyone once it expired.
///
/// Errors: `NotDraft`, `DraftNotExpired`, `WrongRoyaltyTable`, `DraftNotEmpty`, `SameSlot`, `WrongRentPayer`.
pub fn close_royalty_table(closer: Pubkey, listing: Pubkey, rent_payer: Pubkey) -> Instruction {
    let accounts = accounts::CloseRoyaltyTable {
        closer,
        listing,
        royalty_table: pda::royalties(&listing, 0).0,
        rent_payer,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::CloseRoyaltyTable {})
}

/// Closes an empty draft. `closer` is its authority, or anyone once it expired.
///
/// Errors: `NotDraft`, `DraftNotExpired`, `DraftNotEmpty`, `SameSlot`, `WrongRentPayer`.
pub fn discard_draft(closer: Pubkey, listing: Pubkey, rent_payer: Pubkey) -> Instruction {
    let accounts = accounts::DiscardDraft {
        closer,
        listing,
        royalty_table: pda::royalties(&listing, 0).0,
        rent_payer,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::DiscardDraft {})
}

/// Freezes a draft's lineage and puts it on sale.
///
/// Errors: `NotListingAuthority`, `NotDraft`, `DraftExpired`.
pub fn activate(authority: Pubkey, listing: Pubkey) -> Instruction {
    instruction(manage(authority, listing), instruction::Activate {})
}

/// Replaces the price terms; none makes the listing free.
///
/// Errors: `Paused`, `NotListingAuthority`, `Retired`, `TooManyTerms`, `BadPriceTerm`, `TextTooLong`,
/// `TextHasControlCharacter`.
pub fn update_terms(authority: Pubkey, listing: Pubkey, terms: Vec<TermArgs>) -> Instruction {
    with_args::<instruction::UpdateTerms>(change(authority, listing), &terms)
}

/// Replaces the manifest and bumps the version.
///
/// Errors: `Paused`, `NotListingAuthority`, `Retired`, `SameVersion`, `TextTooLong`, `TextHasControlCharacter`.
pub fn publish_version(authority: Pubkey, listing: Pubkey, args: VersionArgs) -> Instruction {
    with_args::<instruction::PublishVersion>(change(authority, listing), &args)
}

fn change(authority: Pubkey, listing: Pubkey) -> accounts::ChangeListing {
    accounts::ChangeListing {
        authority,
        config: pda::listing_config().0,
        listing,
        event_authority: event_authority(),
        program: LISTING,
    }
}

/// Stops new orders.
///
/// Errors: `NotListingAuthority`, `NotActive`, `Retired`, `Suspended`.
pub fn pause(authority: Pubkey, listing: Pubkey) -> Instruction {
    instruction(manage(authority, listing), instruction::Pause {})
}

/// Takes orders again.
///
/// Errors: `NotListingAuthority`, `NotPaused`, `Retired`, `Suspended`.
pub fn resume(authority: Pubkey, listing: Pubkey) -> Instruction {
    instruction(manage(authority, listing), instruction::Resume {})
}

/// Takes the listing off sale for good.
///
/// Errors: `NotListingAuthority`, `NotActive`, `Retired`, `Suspended`.
pub fn retire(authority: Pubkey, listing: Pubkey) -> Instruction {
    instruction(manage(authority, listing), instruction::Retire {})
}

/// Proposes a new authority; all zero proposes none.
///
/// Errors: `NotListingAuthority`, `Retired`.
pub fn propose_authority(authority: Pubkey, listing: Pubkey, new: Pubkey) -> Instruction {
    instruction(
        manage(authority, listing),
        instruction::ProposeAuthority { new },
    )
}

/// Takes a listing over, and claims it where nobody had. The new authority becomes the payout wallet, and there is no
/// operator: send [`set_payout`] and [`set_operator`] along for others.
///
/// Errors: `NotPendingAuthority`.
pub fn accept_authority(pending_authority: Pubkey, listing: Pubkey) -> Instruction {
    let accounts = accounts::AcceptAuthority {
        pending_authority,
        listing,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::AcceptAuthority {})
}

/// Changes the wallet that money goes to.
///
/// Errors: `NotListingAuthority`, `PayoutMissing`.
pub fn set_payout(authority: Pubkey, listing: Pubkey, new: Pubkey) -> Instruction {
    instruction(manage(authority, listing), instruction::SetPayout { new })
}

/// Changes the key that delivers; all zero for none.
///
/// Errors: `NotListingAuthority`.
pub fn set_operator(authority: Pubkey, listing: Pubkey, new: Pubkey) -> Instruction {
    instruction(manage(authority, listing), instruction::SetOperator { new })
}

fn manage(authority: Pubkey, listing: Pubkey) -> accounts::ManageListing {
    accounts::ManageListing {
        authority,
        listing,
        event_authority: event_authority(),
        program: LISTING,
    }
}

/// Lets `grantee` derive from `parent` until `expires_at` (Unix seconds).
///
/// Errors: `NotListingAuthority`, `ExpiryInThePast`.
pub fn grant_license(
    authority: Pubkey,
    payer: Pubkey,
    parent: Pubkey,
    grantee: Pubkey,
    expires_at: i64,
) -> Instruction {
    let accounts = accounts::GrantLicense {
        authority,
        payer,
        parent,
        grantee,
        grant: pda::grant(&parent, &grantee).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::GrantLicense { expires_at })
}

/// Ends a grant now. Edges that were added with it stay.
///
/// Errors: `NotListingAuthority`, `WrongAccount`.
pub fn revoke_license(authority: Pubkey, parent: Pubkey, grantee: &Pubkey) -> Instruction {
    let accounts = accounts::RevokeLicense {
        authority,
        parent,
        grant: pda::grant(&parent, grantee).0,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::RevokeLicense {})
}

/// Makes a listing's pool for a mint. `generation` as the listing stores it; `token_program` owns the mint.
///
/// Errors: `NotActive`, `NoRoyalties`, `MintNotClean`, `WrongTokenProgram`.
pub fn open_pool(
    payer: Pubkey,
    listing: Pubkey,
    generation: u16,
    mint: Pubkey,
    token_program: Pubkey,
) -> Instruction {
    let accounts = accounts::OpenPool {
        payer,
        listing,
        mint,
        ledger: pda::ledger(&listing, generation, &mint).0,
        pool: pda::pool(&listing, generation, &mint).0,
        token_program,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::OpenPool {})
}

/// A share of a pool to send on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forwarding {
    pub listing: Pubkey,
    /// The pool's generation.
    pub generation: u16,
    pub mint: Pubkey,
    pub token_program: Pubkey,
    /// Place in the royalty table, and the parent that stands there.
    pub index: u8,
    pub parent: Pubkey,
    /// A token account of the parent's payout wallet. Anything else leaves that part owed.
    pub payout: Pubkey,
    /// The parent's generation in force, where it owes royalties itself; its pool has to be open.
    pub parent_generation: Option<u16>,
}

/// Sends a parent its share of a pool, its own royalty going on to its pool. Anyone may.
///
/// Errors: `NothingToForward`, `WrongParentPool`, `NoSuchEntry`, `WrongParent`, `WrongAccount`, `WrongTokenProgram`,
/// `WrongRoyaltyTable`, `AmountTooLarge`.
pub fn forward(forwarding: Forwarding) -> Instruction {
    let Forwarding {
        listing,
        generation,
        mint,
        token_program,
        index,
        parent,
        payout,
        parent_generation,
    } = forwarding;
    let accounts = accounts::Forward {
        ledger: pda::ledger(&listing, generation, &mint).0,
        pool: pda::pool(&listing, generation, &mint).0,
        royalty_table: pda::royalties(&listing, generation).0,
        parent,
        payout,
        parent_ledger: parent_generation
            .map(|generation| pda::ledger(&parent, generation, &mint).0),
        parent_pool: parent_generation.map(|generation| pda::pool(&parent, generation, &mint).0),
        mint,
        token_program,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::Forward { index })
}

/// Reviews what a paid order of a listing bought. Signed by the order's owner; `born_slot` as the order stores it, `hash`
/// the SHA-256 of a text, all zero for none.
///
/// Errors: `RatingOutOfBounds`, `OwnListing`, `ReceiptMissing`, `NotReviewer`.
pub fn post_review(
    reviewer: Pubkey,
    payer: Pubkey,
    listing: Pubkey,
    order: Pubkey,
    born_slot: u64,
    rating: u8,
    hash: [u8; 32],
) -> Instruction {
    let accounts = accounts::PostReview {
        reviewer,
        payer,
        listing,
        order,
        review: pda::review(&listing, &order, born_slot),
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::PostReview { rating, hash })
}

/// Replaces what a review says, once.
///
/// Errors: `RatingOutOfBounds`, `OwnListing`, `NotReviewer`, `WrongAccount`, `AlreadyEdited`.
pub fn edit_review(
    reviewer: Pubkey,
    listing: Pubkey,
    review: Pubkey,
    rating: u8,
    hash: [u8; 32],
) -> Instruction {
    let accounts = accounts::EditReview {
        reviewer,
        listing,
        review,
        event_authority: event_authority(),
        program: LISTING,
    };
    instruction(accounts, instruction::EditReview { rating, hash })
}

/// Proves that a parent's content is in the child's training manifest. Signed by the child's authority. A proof of 20
/// hashes, the longest, still fits into a transaction that two keys sign.
///
/// Errors: `NotListingAuthority`, `EdgeNotClaimed`, `ContentHashUnknown`, `ProofTooLong`, `ProofMismatch`.
pub fn prove_edge(authority: Pubkey, child: Pubkey, parent: Pubkey, proof: &Proof) -> Instruction {
    let accounts = accounts::ProveEdge {
        authority,
        child,
        parent,
        edge: pda::edge(&child, &parent).0,
        event_authority: event_authority(),
        program: LISTING,
    };
    with_args::<instruction::ProveEdge>(accounts, proof)
}

/// Sets what an edge that a ruling adds owes its parent, in ppm.
///
/// Errors: `NotConfigAuthority`, `RoyaltyTooHigh`.
pub fn set_default_royalty(authority: Pubkey, default_royalty_ppm: u32) -> Instruction {
    instruction(
        config(authority),
        instruction::SetDefaultRoyalty {
            default_royalty_ppm,
        },
    )
}

/// A ruling on an edge, as it is to be carried out on the accounts as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruled {
    pub child: Pubkey,
    pub parent: Pubkey,
    /// Of the dispute at the edge's address.
    pub number: u16,
    /// Of an edge that was missing the relation that it has from now on.
    pub missing: Option<u8>,
    /// The child's generation in force.
    pub generation: u16,
    /// Whether there is a royalty table in force that changes.
    pub table: bool,
    /// Whether the next generation has one.
    pub next_table: bool,
    /// The parent of the table's last entry, where that takes the place of the one that goes.
    pub last_parent: Option<Pubkey>,
}

impl Ruled {
    /// That an edge is false. `table` is the child's in force, where the child has one.
    pub fn false_edge(
        number: u16,
        edge: &Edge,
        child: &Listing,
        table: Option<&RoyaltyTable>,
    ) -> Self {
        let bears = edge.table_index != NO_TABLE_INDEX;
        let left = child.royalty_parents.saturating_sub(1);
        let last = table.and_then(|table| table.entry(left).ok());
        Self {
            child: edge.child,
            parent: edge.parent,
            number,
            missing: None,
            generation: child.generation,
            table: bears,
            next_table: bears && left > 0,
            last_parent: last
                .filter(|_| bears && edge.table_index < left)
                .map(|entry| entry.parent),
        }
    }

    /// That an edge by this relation is missing between two listings, each with its address; `default_royalty_ppm` as the
    /// config has it.
    pub fn missing_edge(
        number: u16,
        relation: u8,
        (child, of_child): (Pubkey, &Listing),
        (parent, of_parent): (Pubkey, &Listing),
        default_royalty_ppm: u32,
    ) -> Self {
        let owes = of_child.ruled_royalty(of_parent, default_royalty_ppm) > 0;
        Self {
            child,
            parent,
            number,
            missing: Some(relation),
            generation: of_child.generation,
            table: owes && of_child.royalty_parents > 0,
            next_table: owes,
            last_parent: None,
        }
    }
}

/// Carries out a ruling on an edge. Anyone may, once; `payer` pays the rent of what is new.
///
/// Errors: `NoRuling`, `RulingApplied`, `ParentNotOlder`, `NotActive`, `WrongRoyaltyTable`, `WrongAccount`.
pub fn apply_ruling(payer: Pubkey, ruled: &Ruled) -> Instruction {
    let Ruled { child, parent, .. } = *ruled;
    let edge = pda::edge(&child, &parent).0;
    let table = |generation| pda::royalties(&child, generation).0;
    let accounts = accounts::ApplyRuling {
        payer,
        config: pda::listing_config().0,
        child,
        parent,
        dispute: pda::dispute(&edge, ruled.number).0,
        edge,
        royalty_table: ruled.table.then(|| table(ruled.generation)),
        next_table: ruled
            .next_table
            .then(|| table(ruled.generation.saturating_add(1))),
        last_edge: ruled.last_parent.map(|last| pda::edge(&child, &last).0),
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: LISTING,
    };
    let Ruled {
        number, missing, ..
    } = *ruled;
    instruction(accounts, instruction::ApplyRuling { number, missing })
}

/// Carries out the ruling in the `number`th dispute of a version of a listing: suspends it. Anyone may, once.
///
/// Errors: `NoRuling`, `RulingApplied`, `NotActive`, `Retired`.
pub fn apply_version_ruling(
    listing: Pubkey,
    number: u16,
    version: u32,
    manifest_hash: [u8; 32],
) -> Instruction {
    let accounts = accounts::ApplyVersionRuling {
        listing,
        dispute: pda::dispute(&listing, number).0,
        event_authority: event_authority(),
        program: LISTING,
    };
    let arguments = instruction::ApplyVersionRuling {
        number,
        version,
        manifest_hash,
    };
    instruction(accounts, arguments)
}

/// Suspends a listing, or restores it; the config's authority signs.
///
/// Errors: `NotConfigAuthority`, `Suspended`, `NotSuspended`, `NotActive`, `Retired`.
pub fn set_suspended(authority: Pubkey, listing: Pubkey, suspends: bool) -> Instruction {
    let arguments = instruction::SetSuspended { suspends };
    instruction(change(authority, listing), arguments)
}

/// Sends what an account of the listing program holds above its rent to who paid that. Anyone may.
///
/// `rent_payer` as the account stores it; `pool` is a ledger's token account and its program, whose excess goes the same
/// way. Errors: `NoRentPayer`, `WrongRentPayer`, `WrongAccount`, `WrongTokenProgram`, `NothingToReclaim`.
pub fn reclaim_excess(
    account: Pubkey,
    rent_payer: Pubkey,
    pool: Option<(Pubkey, Pubkey)>,
) -> Instruction {
    let accounts = accounts::ReclaimExcess {
        account,
        rent_payer,
        pool: pool.map(|(pool, _)| pool),
        token_program: pool.map(|(_, program)| program),
    };
    instruction(accounts, instruction::ReclaimExcess {})
}

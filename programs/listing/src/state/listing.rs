use anchor_lang::{
    address_eq,
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
// In the interface description a text is a string; its bytes are checked where they are stored.
use common::text::{self, Text as String};

use crate::{
    constants::{
        DRAFT_LIFETIME, LICENSE_LEN, MAX_EDGES, MAX_ROYALTY_PARENTS, MAX_ROYALTY_PPM, MAX_TERMS,
        NAME_LEN, PERIOD, RATINGS, UNIT_LEN, URI_LEN,
    },
    error::ListingError,
};

/// Kind of a listing.
pub mod kind {
    pub const MODEL: u8 = 1;
    pub const DATASET: u8 = 2;
    pub const SERVICE: u8 = 3;
    pub const COMPUTE: u8 = 4;
    pub const AGENT: u8 = 5;
}

/// Status of a listing: `DRAFT → ACTIVE ⇄ PAUSED → RETIRED`, and `ACTIVE`, `PAUSED` → `SUSPENDED` → `PAUSED`.
pub mod status {
    pub const DRAFT: u8 = 1;
    pub const ACTIVE: u8 = 2;
    pub const PAUSED: u8 = 3;
    pub const RETIRED: u8 = 4;
    /// By a ruling or a vote: new orders and top-ups stop, nothing else does.
    pub const SUSPENDED: u8 = 5;
}

/// What a listing's licence says of derivatives.
pub mod derivatives {
    pub const OPEN: u8 = 1;
    pub const LICENSED: u8 = 2;
    pub const FORBIDDEN: u8 = 3;
}

/// One price of a listing.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct PriceTerm {
    /// 1 one-time, 2 metered, 3 subscription, 4 lease.
    pub mode: u8,
    /// Decimals of the mint as the publisher gave them. No order is opened where the mint has others.
    pub decimals: u8,
    pub reserved: [u8; 2],
    /// Seconds that a unit lasts: a subscription's period or a lease's interval; 0 for other modes.
    pub period: u32,
    /// Base units of `mint` per unit.
    pub price: u64,
    /// Most units in one order; 0 is no limit.
    pub capacity: u64,
    pub mint: Address,
    /// What one unit is, such as `million_input_tokens`.
    pub unit: [u8; UNIT_LEN],
}

/// One asset on sale, PDA `["listing", publisher, key]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    pub layout: u8,
    pub bump: u8,
    /// One of [`kind`].
    pub kind: u8,
    /// One of [`status`].
    pub status: u8,
    /// One of [`derivatives`].
    pub derivatives: u8,
    /// 0 where it was listed for a publisher who did not ask: then it neither owes nor earns royalties.
    pub claimed: u8,
    /// Price terms in use.
    pub terms_len: u8,
    /// Parents that bear a royalty.
    pub royalty_parents: u8,
    /// Parents.
    pub edges: u16,
    /// Generation of the royalty table in force.
    pub generation: u16,
    /// Version of the manifest, from 1.
    pub version: u32,
    /// Sum of the royalty table, in ppm of the seller's part of every sale.
    pub royalty_ppm: u32,
    /// Least royalty that a derivative owes, in ppm of the derivative's price.
    pub derivative_royalty_ppm: u32,
    pub seq: u64,
    /// Slot in which the account was made: tells two drafts at one address apart.
    pub born_slot: u64,
    /// Unix seconds.
    pub created_at: i64,
    /// 0 until activated.
    pub activated_slot: u64,
    pub updated_slot: u64,
    /// In the address; never changes.
    pub publisher: Address,
    /// In the address; never changes. For a catalogue asset the SHA-256 of its key.
    pub key: [u8; 32],
    pub authority: Address,
    /// All zero unless a transfer was proposed.
    pub pending_authority: Address,
    /// The wallet whose token accounts its money goes to.
    pub payout: Address,
    /// The hot key that delivers; all zero for none.
    pub operator: Address,
    pub rent_payer: Address,
    pub manifest_hash: [u8; 32],
    /// Hash of the content itself; all zero where unknown.
    pub content_hash: [u8; 32],
    pub name: [u8; NAME_LEN],
    pub uri: [u8; URI_LEN],
    /// SPDX identifier; empty where unknown.
    pub license: [u8; LICENSE_LEN],
    pub terms: [PriceTerm; MAX_TERMS],
    /// Reviews by those who paid for it.
    pub reviews: u64,
    /// Sum of their ratings.
    pub rating_sum: u64,
    /// Number of the last dispute of a version whose ruling was carried out; 0 where none was.
    pub last_ruling: u16,
    pub reserved: [u8; 6],
    pub spare: [u8; 104],
}

impl Listing {
    /// Errors with `NotListingAuthority` for any other key.
    pub fn check_authority(&self, key: &Address) -> Result<()> {
        require!(
            address_eq(&self.authority, key),
            ListingError::NotListingAuthority
        );
        Ok(())
    }

    /// Errors with `NotDraft` once lineage is frozen.
    pub fn check_draft(&self) -> Result<()> {
        require!(self.status == status::DRAFT, ListingError::NotDraft);
        Ok(())
    }

    /// Errors with `Retired` for a listing that takes no more changes.
    pub fn check_not_retired(&self) -> Result<()> {
        require!(self.status != status::RETIRED, ListingError::Retired);
        Ok(())
    }

    /// Whether a draft's time is over at `now` (Unix seconds): past its last second, not in it.
    pub fn is_expired_draft(&self, now: i64) -> bool {
        self.status == status::DRAFT && now.saturating_sub(self.created_at) > DRAFT_LIFETIME
    }

    /// Whether who closes parts of this draft is a stranger, who earns a reward for it. Errors with `NotDraft`, and
    /// with `DraftNotExpired` for a stranger who comes too early.
    pub fn closed_by_stranger(&self, closer: &Address, now: i64) -> Result<bool> {
        self.check_draft()?;
        if address_eq(&self.authority, closer) {
            return Ok(false);
        }
        require!(self.is_expired_draft(now), ListingError::DraftNotExpired);
        Ok(true)
    }

    /// Moves between `ACTIVE`, `PAUSED` and `RETIRED`.
    ///
    /// Pausing needs `ACTIVE`, resuming `PAUSED`, retiring either. Errors name what the listing is instead.
    pub fn change_status(&mut self, to: u8) -> Result<()> {
        match self.status {
            status::RETIRED => return Err(ListingError::Retired.into()),
            status::SUSPENDED => return Err(ListingError::Suspended.into()),
            _ => {}
        }
        if to == status::ACTIVE {
            require!(self.status == status::PAUSED, ListingError::NotPaused);
        } else {
            let retires = to == status::RETIRED && self.status == status::PAUSED;
            require!(
                self.status == status::ACTIVE || retires,
                ListingError::NotActive
            );
        }
        self.status = to;
        Ok(())
    }

    /// Stops new orders until the dao restores it. Errors name what the listing is instead of `ACTIVE` or `PAUSED`.
    pub fn suspend(&mut self) -> Result<()> {
        match self.status {
            status::ACTIVE | status::PAUSED => self.status = status::SUSPENDED,
            status::SUSPENDED => return Err(ListingError::Suspended.into()),
            status::RETIRED => return Err(ListingError::Retired.into()),
            _ => return Err(ListingError::NotActive.into()),
        }
        Ok(())
    }

    /// The same by the ruling in the `number`th dispute of a version, once, though it be suspended already. Errors with
    /// `RulingApplied` for that number and all before it.
    pub fn suspend_by(&mut self, number: u16) -> Result<()> {
        require!(number > self.last_ruling, ListingError::RulingApplied);
        self.last_ruling = number;
        if self.status == status::SUSPENDED {
            return Ok(());
        }
        self.suspend()
    }

    /// Ends a suspension: it is its authority's to resume. Errors with `NotSuspended`.
    pub fn restore(&mut self) -> Result<()> {
        require!(self.status == status::SUSPENDED, ListingError::NotSuspended);
        self.status = status::PAUSED;
        Ok(())
    }

    /// What it owes a parent that a ruling adds: the default, at most what the table leaves, nothing where that has no entry
    /// left or either side is unclaimed.
    pub fn ruled_royalty(&self, parent: &Self, default_ppm: u32) -> u32 {
        let full = usize::from(self.royalty_parents) >= MAX_ROYALTY_PARENTS;
        if full || self.claimed == 0 || parent.claimed == 0 {
            return 0;
        }
        default_ppm.min(MAX_ROYALTY_PPM.saturating_sub(self.royalty_ppm))
    }

    /// Counts a change made in `slot`.
    pub fn touch(&mut self, slot: u64) -> Result<()> {
        self.seq = self
            .seq
            .checked_add(1)
            .ok_or(ProgramError::ArithmeticOverflow)?;
        self.updated_slot = slot;
        Ok(())
    }

    /// Counts a review's rating, in the place of its `old` one where it was edited. Errors with `InvariantBroken`.
    pub fn count_rating(&mut self, old: Option<u8>, rating: u8) -> Result<()> {
        let reviews = self.reviews.checked_add(u64::from(old.is_none()));
        let sum = self.rating_sum.checked_add(u64::from(rating));
        let sum = sum.and_then(|sum| sum.checked_sub(u64::from(old.unwrap_or(0))));
        let (Some(reviews), Some(sum)) = (reviews, sum) else {
            return Err(ListingError::InvariantBroken.into());
        };
        // Divided, not multiplied: a product that may overflow is a library call.
        let fewest = sum.div_ceil(u64::from(*RATINGS.end()));
        require!(
            (fewest..=sum).contains(&reviews),
            ListingError::InvariantBroken
        );
        self.reviews = reviews;
        self.rating_sum = sum;
        Ok(())
    }

    /// Replaces all price terms.
    pub fn set_terms(&mut self, terms: &[TermArgs]) -> Result<()> {
        require!(terms.len() <= MAX_TERMS, ListingError::TooManyTerms);
        let before = usize::from(self.terms_len);
        for (index, slot) in self
            .terms
            .iter_mut()
            .take(before.max(terms.len()))
            .enumerate()
        {
            match terms.get(index) {
                Some(term) => term.write(slot)?,
                None => *slot = PriceTerm::zeroed(),
            }
        }
        self.terms_len = u8::try_from(terms.len()).map_err(|_| ListingError::TooManyTerms)?;
        Ok(())
    }

    /// What holds of every listing after every instruction. Errors with `InvariantBroken`.
    pub fn invariant(&self) -> Result<()> {
        let royalties = usize::from(self.royalty_parents) <= MAX_ROYALTY_PARENTS
            && u16::from(self.royalty_parents) <= self.edges
            && self.royalty_ppm <= MAX_ROYALTY_PPM
            && (self.royalty_parents == 0) == (self.royalty_ppm == 0);
        let claim =
            self.claimed == 1 || (self.royalty_ppm == 0 && self.derivative_royalty_ppm == 0);
        // Rulings add edges to one that has as many as a draft may: else nothing could be missing of it.
        let edges = self.edges <= MAX_EDGES || self.activated_slot > 0;
        let counts = edges && usize::from(self.terms_len) <= MAX_TERMS && self.version > 0;
        let activation = (self.status == status::DRAFT) == (self.activated_slot == 0);
        require!(
            royalties && claim && counts && activation,
            ListingError::InvariantBroken
        );
        Ok(())
    }
}

/// One price, as a publisher gives it.
#[derive(Clone, Debug, PartialEq, Eq, wincode::SchemaRead, wincode::SchemaWrite, IdlType)]
pub struct TermArgs {
    /// 1 one-time, 2 metered, 3 subscription, 4 lease.
    pub mode: u8,
    /// Decimals of the mint. No order is opened where it has others.
    pub decimals: u8,
    /// Base units of `mint` per unit.
    pub price: u64,
    /// Most units in one order; 0 is no limit.
    pub capacity: u64,
    pub mint: Address,
    /// What one unit is.
    pub unit: String,
    /// Seconds that a unit of a subscription or a lease lasts, 60 to 366 days; 0 for other modes.
    pub period: u32,
}

impl TermArgs {
    /// Replaces a term, of which nothing may be kept where it fails.
    fn write(&self, term: &mut PriceTerm) -> Result<()> {
        let well_formed = (1..=4).contains(&self.mode)
            && self.price > 0
            && self.mint != Address::default()
            && !self.unit.is_empty()
            && if self.mode > 2 {
                PERIOD.contains(&self.period)
            } else {
                self.period == 0
            };
        require!(well_formed, ListingError::BadPriceTerm);
        term.mode = self.mode;
        term.decimals = self.decimals;
        term.price = self.price;
        term.capacity = self.capacity;
        term.mint = self.mint;
        term.period = self.period;
        text::write(&mut term.unit, &self.unit).map_err(ListingError::from)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Listing {
        Listing {
            status: status::DRAFT,
            version: 1,
            claimed: 1,
            created_at: 1_000,
            ..Listing::zeroed()
        }
    }

    #[test]
    fn p15_a_draft_lives_to_the_end_of_its_last_second() {
        let listing = draft();
        assert!(!listing.is_expired_draft(1_000 + DRAFT_LIFETIME));
        assert!(listing.is_expired_draft(1_000 + DRAFT_LIFETIME + 1));
        assert!(!listing.is_expired_draft(i64::MIN));
    }

    #[test]
    fn status_moves_only_along_its_edges() {
        use status::*;
        let moves = [
            (DRAFT, ACTIVE, Err(ListingError::NotPaused)),
            (DRAFT, PAUSED, Err(ListingError::NotActive)),
            (DRAFT, RETIRED, Err(ListingError::NotActive)),
            (ACTIVE, ACTIVE, Err(ListingError::NotPaused)),
            (ACTIVE, PAUSED, Ok(())),
            (ACTIVE, RETIRED, Ok(())),
            (PAUSED, ACTIVE, Ok(())),
            (PAUSED, PAUSED, Err(ListingError::NotActive)),
            (PAUSED, RETIRED, Ok(())),
            (RETIRED, ACTIVE, Err(ListingError::Retired)),
            (RETIRED, PAUSED, Err(ListingError::Retired)),
            (RETIRED, RETIRED, Err(ListingError::Retired)),
            (SUSPENDED, ACTIVE, Err(ListingError::Suspended)),
            (SUSPENDED, PAUSED, Err(ListingError::Suspended)),
            (SUSPENDED, RETIRED, Err(ListingError::Suspended)),
        ];
        for (from, to, expected) in moves {
            let mut listing = Listing {
                status: from,
                ..draft()
            };
            let expected = expected.map_err(ProgramError::from);
            assert_eq!(listing.change_status(to), expected, "{from} to {to}");
            assert_eq!(listing.status, if expected.is_ok() { to } else { from });
        }
    }

    #[test]
    fn an_invariant_that_breaks_is_told() {
        assert_eq!(draft().invariant(), Ok(()));
        let broken = [
            Listing {
                royalty_ppm: 1,
                ..draft()
            },
            Listing {
                royalty_parents: 1,
                royalty_ppm: 1,
                ..draft()
            },
            Listing {
                royalty_parents: 1,
                edges: 1,
                royalty_ppm: MAX_ROYALTY_PPM + 1,
                ..draft()
            },
            Listing {
                claimed: 0,
                derivative_royalty_ppm: 1,
                ..draft()
            },
            Listing {
                edges: MAX_EDGES + 1,
                ..draft()
            },
            Listing {
                terms_len: 5,
                ..draft()
            },
            Listing {
                version: 0,
                ..draft()
            },
            Listing {
                status: status::ACTIVE,
                ..draft()
            },
            Listing {
                activated_slot: 9,
                ..draft()
            },
        ];
        for listing in broken {
            assert_eq!(
                listing.invariant(),
                Err(ListingError::InvariantBroken.into()),
                "{listing:?}"
            );
        }
    }

    #[test]
    fn a_ruled_royalty_is_the_default_and_never_more_than_the_table_leaves() {
        let parent = draft();
        for (owed, parents, default, expected) in [
            (0, 0, 50_000, 50_000),
            (0, 0, 0, 0),
            (0, 0, u32::MAX, MAX_ROYALTY_PPM),
            (760_000, 3, 50_000, 40_000),
            (MAX_ROYALTY_PPM, 3, 50_000, 0),
            (15, 15, 50_000, 50_000),
            (16, 16, 50_000, 0),
        ] {
            let listing = Listing {
                royalty_ppm: owed,
                royalty_parents: parents,
                ..draft()
            };
            assert_eq!(listing.ruled_royalty(&parent, default), expected);
            let unclaimed = Listing {
                claimed: 0,
                ..listing
            };
            assert_eq!(unclaimed.ruled_royalty(&parent, default), 0);
            assert_eq!(parent.ruled_royalty(&unclaimed, default), 0);
        }
    }

    #[test]
    fn p18_ratings_are_counted_within_their_bounds_or_not_at_all() {
        let mut listing = draft();
        for (old, rating, reviews, sum) in [
            (None, 5, 1, 5),
            (None, 1, 2, 6),
            (Some(5), 1, 2, 2),
            (Some(1), 5, 2, 6),
        ] {
            assert_eq!(listing.count_rating(old, rating), Ok(()));
            assert_eq!((listing.reviews, listing.rating_sum), (reviews, sum));
        }
        let broken = [
            (0, 0, Some(1), 2),
            (2, 2, Some(2), 1),
            (2, 10, Some(4), 5),
            (u64::MAX, u64::MAX, None, 1),
            (u64::MAX - 1, u64::MAX, None, 1),
        ];
        for (reviews, rating_sum, old, rating) in broken {
            let mut listing = Listing {
                reviews,
                rating_sum,
                ..draft()
            };
            let before = listing;
            assert_eq!(
                listing.count_rating(old, rating),
                Err(ListingError::InvariantBroken.into())
            );
            assert_eq!(listing, before);
        }
    }

    #[test]
    fn p18_a_term_without_price_unit_or_mint_is_refused() {
        let mint = Address::new_from_array([9; 32]);
        let term = TermArgs {
            mode: 1,
            decimals: 6,
            price: u64::MAX,
            capacity: 0,
            mint,
            unit: "copy".into(),
            period: 0,
        };
        let mut listing = draft();
        assert_eq!(listing.set_terms(&[term.clone()]), Ok(()));
        let bad = [
            TermArgs {
                mode: 0,
                ..term.clone()
            },
            TermArgs {
                mode: 5,
                ..term.clone()
            },
            TermArgs {
                price: 0,
                ..term.clone()
            },
            TermArgs {
                period: 60,
                ..term.clone()
            },
            TermArgs {
                mode: 3,
                period: 59,
                ..term.clone()
            },
            TermArgs {
                mint: Address::default(),
                ..term.clone()
            },
            TermArgs {
                unit: String::default(),
                ..term.clone()
            },
        ];
        for term in bad {
            assert_eq!(
                listing.set_terms(&[term]),
                Err(ListingError::BadPriceTerm.into())
            );
        }
        assert_eq!(
            listing.set_terms(&[const { None::<TermArgs> }; 5].map(|_| term.clone())),
            Err(ListingError::TooManyTerms.into())
        );
        assert_eq!(listing.set_terms(&[]), Ok(()));
        assert_eq!(
            (listing.terms_len, listing.terms),
            (0, [PriceTerm::zeroed(); MAX_TERMS])
        );
    }
}

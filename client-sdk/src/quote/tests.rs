use std::collections::BTreeMap;

use bytemuck::Zeroable;
use common::ppm::ONE;
use listing::state::RoyaltyEntry;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;

fn address(n: u16) -> Pubkey {
    let mut bytes = [7; 32];
    bytes[..2].copy_from_slice(&n.to_le_bytes());
    Pubkey::new_from_array(bytes)
}

struct Market {
    listing: Listing,
    table: RoyaltyTable,
    parents_ppm: HashMap<Pubkey, u32>,
    config: Config,
    mint: MintConfig,
    term: u8,
}

/// A listing at 1,000,003 units that owes 10 % to one parent, which itself owes 25 %, and 5 % to another.
fn market() -> Market {
    let mut listing = Listing::zeroed();
    (listing.status, listing.claimed, listing.terms_len) = (status::ACTIVE, 1, 1);
    (
        listing.version,
        listing.royalty_ppm,
        listing.royalty_parents,
    ) = (3, 150_000, 2);
    listing.terms[0] = PriceTerm {
        mode: mode::ONE_TIME,
        price: 1_000_003,
        mint: address(9),
        ..PriceTerm::zeroed()
    };
    let mut table = RoyaltyTable {
        len: 2,
        total_ppm: 150_000,
        ..RoyaltyTable::zeroed()
    };
    table.entries[0] = RoyaltyEntry {
        parent: address(1),
        ppm: 100_000,
        reserved: [0; 4],
    };
    table.entries[1] = RoyaltyEntry {
        parent: address(2),
        ppm: 50_000,
        reserved: [0; 4],
    };
    let parents_ppm = HashMap::from([(address(1), 250_000), (address(2), 0)]);
    let config = Config {
        fee_ppm: 20_000,
        ..Config::zeroed()
    };
    let mint = MintConfig {
        enabled: 1,
        max_deposit: u64::MAX,
        mint: address(9),
        ..MintConfig::zeroed()
    };
    Market {
        listing,
        table,
        parents_ppm,
        config,
        mint,
        term: 0,
    }
}

impl Market {
    fn quote(&self, quantity: u64) -> Result<Quote, QuoteError> {
        quote(&Request {
            listing: &self.listing,
            table: Some(&self.table),
            parents_ppm: &self.parents_ppm,
            config: &self.config,
            mint: Some(&self.mint),
            term: self.term,
            quantity,
            rent: &|bytes| bytes as u64 * 10,
        })
    }
}

#[test]
fn p10_every_base_unit_of_the_total_has_one_owner() {
    let quote = market().quote(1).unwrap();
    assert_eq!(
        (quote.total, quote.fee, quote.royalty),
        (1_000_003, 20_000, 150_000)
    );
    assert_eq!(quote.net, 830_003);
    let shares: Vec<_> = quote
        .shares
        .iter()
        .map(|s| (s.index, s.amount, s.up, s.paid))
        .collect();
    assert_eq!(
        shares,
        [(0, 100_000, 25_000, 75_000), (1, 50_000, 0, 50_000)]
    );
    assert_eq!((quote.rent_order, quote.rent_vault), (9_600, 1_650));
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..10_000 {
        let mut market = market();
        let shift = rng.random_range(1..64);
        market.listing.terms[0].price = rng.random::<u64>() >> shift;
        market.config.fee_ppm = rng.random_range(0..=100_000);
        let quote = market.quote(1).unwrap();
        assert_eq!(quote.fee + quote.royalty + quote.net, quote.total);
        let shared: u64 = quote.shares.iter().map(|share| share.up + share.paid).sum();
        assert!(
            shared <= quote.royalty && quote.royalty - shared <= 15,
            "{quote:?}"
        );
    }
}

#[test]
fn p17_p18_impossible_orders_are_refused_as_the_program_would() {
    let refuse = |change: fn(&mut Market), quantity| {
        let mut market = market();
        change(&mut market);
        market.quote(quantity).unwrap_err()
    };
    assert_eq!(refuse(|m| m.config.paused = 1, 1), QuoteError::Paused);
    assert_eq!(
        refuse(|m| m.listing.status = status::PAUSED, 1),
        QuoteError::ListingNotActive
    );
    assert_eq!(
        refuse(|m| m.listing.claimed = 0, 1),
        QuoteError::ListingUnclaimed
    );
    assert_eq!(
        refuse(|m| m.term = 1, 1),
        QuoteError::NoSuchTerm { term: 1, terms: 1 }
    );
    assert!(matches!(
        refuse(|_| (), 0),
        QuoteError::QuantityOutOfBounds { .. }
    ));
    assert!(matches!(
        refuse(|m| m.listing.terms[0].capacity = 2, 3),
        QuoteError::QuantityOutOfBounds { .. }
    ));
    assert_eq!(refuse(|_| (), u64::MAX), QuoteError::AmountTooLarge);
    assert!(matches!(
        refuse(|m| m.mint.max_deposit = 1, 1),
        QuoteError::DepositTooLarge { .. }
    ));
    assert!(matches!(
        refuse(|m| m.mint.enabled = 0, 1),
        QuoteError::MintNotAllowed { .. }
    ));
    assert_eq!(
        refuse(|m| m.config.fee_ppm = 900_000, 1),
        QuoteError::SharesExceedPrice
    );
    assert!(matches!(
        refuse(|m| m.table.generation = 1, 1),
        QuoteError::WrongRoyaltyTable { .. }
    ));
    assert_eq!(
        refuse(|m| m.parents_ppm.clear(), 1),
        QuoteError::ParentMissing(address(1))
    );
}

#[test]
fn a_royalty_climbs_a_chain_of_derivatives() {
    // c owes a tenth to b, b owes half to a.
    let (a, b, c) = (address(1), address(2), address(3));
    let lineage = Lineage::from([(c, vec![(b, 100_000)]), (b, vec![(a, 500_000)])]);
    let outcome = waterfall(&lineage, &c, 101).unwrap();
    assert_eq!(outcome.paid, BTreeMap::from([(b, 50), (a, 51)]));
    assert!(outcome.left.is_empty());
}

#[test]
fn p53_over_random_lineages_nothing_is_lost_and_at_most_15_units_stay_in_a_pool() {
    let mut rng = StdRng::seed_from_u64(5);
    for seed in 0..2_000u32 {
        let size = rng.random_range(2..30u16);
        let mut lineage = Lineage::new();
        for child in 1..size {
            let parents = rng.random_range(0..=child.min(16));
            let mut candidates: Vec<u16> = (0..child).collect();
            let entries: Vec<_> = (0..parents)
                .map(|_| {
                    let parent = candidates.swap_remove(rng.random_range(0..candidates.len()));
                    (
                        address(parent),
                        rng.random_range(1..=800_000 / u32::from(parents)),
                    )
                })
                .collect();
            lineage.insert(address(child), entries);
        }
        let root = address(size - 1);
        let shift = rng.random_range(4..64);
        let royalty = rng.random::<u64>() >> shift;
        let outcome = waterfall(&lineage, &root, royalty).unwrap();
        let sum = |amounts: &BTreeMap<Pubkey, u64>| amounts.values().sum::<u64>();
        let owes = lineage
            .get(&root)
            .is_some_and(|entries| !entries.is_empty());
        assert_eq!(
            sum(&outcome.paid) + sum(&outcome.left),
            royalty,
            "seed {seed}"
        );
        assert!(
            !owes || outcome.left.values().all(|left| *left <= 15),
            "seed {seed}: {outcome:?}"
        );
    }
}

#[test]
fn p35_a_cycle_and_absurd_royalties_are_named() {
    let (a, b) = (address(1), address(2));
    let cycle = Lineage::from([(a, vec![(b, 1)]), (b, vec![(a, 1)])]);
    assert_eq!(waterfall(&cycle, &a, 1), Err(LineageError::Cycle(a)));
    let absurd = Lineage::from([(a, vec![(b, 1)]), (b, vec![(address(3), ONE + 1)])]);
    assert_eq!(waterfall(&absurd, &a, 10), Err(LineageError::TooLarge(b)));
}

#[test]
fn a_quote_and_the_waterfall_agree_on_the_first_step() {
    let mut rng = StdRng::seed_from_u64(9);
    for _ in 0..2_000 {
        let mut market = market();
        let shift = rng.random_range(3..60);
        market.listing.terms[0].price = (rng.random::<u64>() >> shift).max(1);
        let quote = market.quote(1).unwrap();
        let (sold, grandparent) = (address(50), address(60));
        let lineage = Lineage::from([
            (sold, vec![(address(1), 100_000), (address(2), 50_000)]),
            (address(1), vec![(grandparent, 250_000)]),
        ]);
        let outcome = waterfall(&lineage, &sold, quote.royalty).unwrap();
        let paid = |address| outcome.paid.get(&address).copied().unwrap_or_default();
        assert_eq!(paid(address(1)), quote.shares[0].paid);
        assert_eq!(paid(address(2)), quote.shares[1].paid);
        assert_eq!(paid(grandparent), quote.shares[0].up);
    }
}

#[test]
fn what_is_free_costs_the_rent_of_its_receipt_alone() {
    let mut market = market();
    market.mint.enabled = 0;
    market.listing.terms[0].price = 0;
    let quote = market.quote(7).unwrap();
    assert_eq!((quote.total, quote.fee_ppm, quote.royalty_ppm), (0, 0, 0));
    assert_eq!((quote.rent_order, quote.rent_vault), (9_600, 0));
    market.listing.terms_len = 0;
    assert_eq!(market.quote(1).unwrap().total, 0);
    market.term = 1;
    assert_eq!(
        market.quote(1),
        Err(QuoteError::NoSuchTerm { term: 1, terms: 0 })
    );
}

#[test]
fn what_would_last_longer_than_the_program_allows_is_refused() {
    let mut market = market();
    market.listing.terms[0].mode = mode::LEASE;
    market.listing.terms[0].period = 3_600;
    let most = 366 * 24;
    let quote = market.quote(most).unwrap();
    assert_eq!(
        (quote.mode, quote.period, quote.total),
        (mode::LEASE, 3_600, most * 1_000_003)
    );
    let error = QuoteError::EndOutOfBounds {
        seconds: (most + 1) * 3_600,
        most: most * 3_600,
    };
    assert_eq!(market.quote(most + 1), Err(error));
    assert!(matches!(
        market.quote(u64::MAX),
        Err(QuoteError::EndOutOfBounds { .. })
    ));
}

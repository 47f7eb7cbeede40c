//! Whatever is asked, at whatever moment: the index answers as reading every listing does.

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::world;
use crate::{Address, Filter, Index, Key, Listing, Place, Request, Sort, scan};

/// An index, and what it has been given.
pub struct World {
    pub random: StdRng,
    pub index: Index,
    pub listings: Vec<Listing>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            index: Index::new(),
            listings: Vec::new(),
        }
    }

    pub fn put(&mut self, listing: Listing) {
        self.index.put(listing.clone());
        self.listings
            .retain(|other| other.address != listing.address);
        self.listings.push(listing);
    }

    pub fn remove(&mut self, address: Address) {
        self.index.remove(&address);
        self.listings.retain(|other| other.address != address);
    }

    /// Puts, changes or removes one of 256 listings, parents of which are any of 20 others: before or after them, in circles.
    fn step(&mut self) {
        let random = &mut self.random;
        let address = world::address(random.random());
        let mut known = self.listings.iter();
        let known = known.find(|listing| listing.address == address).cloned();
        match (known, random.random_range(0..10)) {
            (Some(_), 0..3) => self.remove(address),
            (Some(mut listing), 3..6) => {
                world::touch(random, &mut listing);
                self.put(listing);
            }
            _ => {
                let mut listing = world::listing(random, address);
                listing.parents = world::parents(random, 2, 20);
                self.put(listing);
            }
        }
    }

    /// Whether anything was found.
    pub fn check(&self, request: &Request) -> bool {
        let expected = scan(&self.listings, request);
        assert_eq!(self.index.search(request), expected, "{request:#?}");
        expected.total > 0
    }
}

#[test]
fn random_requests_between_random_changes_are_answered_as_by_reading_everything() {
    let (mut asked, mut found) = (0, 0);
    for seed in 0..4 {
        let mut world = World::new(seed);
        for _ in 0..400 {
            for _ in 0..world.random.random_range(0..6) {
                world.step();
            }
            for _ in 0..4 {
                let request = world::request(&mut world.random);
                asked += 1;
                found += usize::from(world.check(&request));
            }
            assert_eq!(world.index.len(), world.listings.len());
        }
    }
    // Requests that find nothing show little.
    assert!(found * 2 > asked, "{found} of {asked}");
    println!("{found} of {asked} requests found something");
}

#[test]
fn each_filter_alone_is_exact_and_finds_something() {
    let mut world = World::new(99);
    (0..900).for_each(|_| world.step());
    for which in 0..world::FILTERS {
        let found = (0..60).filter(|_| {
            let mut filter = Filter::default();
            world::add_filter(&mut world.random, &mut filter, which);
            let request = Request {
                filter,
                limit: 300,
                ..Request::default()
            };
            world.check(&request)
        });
        assert!(found.count() > 0, "filter {which}");
    }
}

#[test]
fn pages_one_after_another_are_the_whole_of_what_matches() {
    let mut world = World::new(7);
    (0..900).for_each(|_| world.step());
    for _ in 0..400 {
        let mut request = world::request(&mut world.random);
        request.limit = usize::MAX;
        let all = world.index.search(&request);
        assert!(!all.more);
        assert_eq!(all.hits.len() as u64, all.total);
        request.limit = world.random.random_range(1..30);
        let mut hits = Vec::new();
        loop {
            world.check(&request);
            let page = world.index.search(&request);
            assert_eq!(page.total, all.total);
            request.after = page.hits.last().cloned();
            hits.extend(page.hits);
            if !page.more {
                break;
            }
        }
        assert_eq!(hits, all.hits, "{request:#?}");
    }
}

#[test]
fn a_place_that_is_nobodys_or_of_another_sort_is_borne_with() {
    let mut world = World::new(8);
    (0..900).for_each(|_| world.step());
    for round in 0..2_000u64 {
        let mut request = world::request(&mut world.random);
        let key = match round % 4 {
            0 => Key::Text("b".to_owned()),
            1 => Key::Text(String::new()),
            2 => Key::Number(round),
            _ => Key::Number(u64::MAX - round % 7),
        };
        request.after = Some(Place {
            key,
            address: world::address(world.random.random()),
        });
        world.check(&request);
    }
}

#[test]
fn what_has_been_removed_leaves_nothing_behind() {
    let mut world = World::new(5);
    (0..3_000).for_each(|_| world.step());
    let listings = world.listings.iter();
    let addresses: Vec<_> = listings.map(|listing| listing.address).collect();
    addresses
        .into_iter()
        .for_each(|address| world.remove(address));
    assert!(world.index.is_empty());
    let left = format!("{:?}", world.index);
    for text in ["apache", "rental", "released", "rare"] {
        assert!(!left.contains(text), "{text}");
    }
    for seed in 0..200 {
        world.random = StdRng::seed_from_u64(seed);
        let request = world::request(&mut world.random);
        assert!(!world.check(&request));
    }
}

#[test]
fn a_listing_that_comes_back_is_as_new() {
    let mut world = World::new(6);
    (0..900).for_each(|_| world.step());
    let listing = world.listings[0].clone();
    world.remove(listing.address);
    world.remove(listing.address);
    (0..50).for_each(|_| world.step());
    world.put(listing.clone());
    world.put(listing);
    for sort in [Sort::Newest, Sort::Name, Sort::Sales] {
        let request = Request {
            sort,
            limit: 500,
            ..Request::default()
        };
        assert!(world.check(&request));
    }
}

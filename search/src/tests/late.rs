//! A search that takes too long.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use roaring::RoaringBitmap;

use super::exact::World;
use crate::{
    deadline,
    index::retain,
    tests::world::{listing, request},
};

#[test]
fn nothing_is_answered_after_the_deadline_and_before_it_what_is_always() {
    let mut world = World::new(3);
    for number in 0..200 {
        let listing = listing(&mut world.random, super::world::address(number));
        world.put(listing);
    }
    let request = request(&mut world.random);
    let answer = world.index.search(&request);
    assert_eq!(
        deadline::by(Instant::now(), || world.index.search(&request)),
        None
    );
    let soon_enough = Instant::now() + Duration::from_secs(600);
    assert_eq!(
        deadline::by(soon_enough, || world.index.search(&request)),
        Some(answer)
    );
}

#[test]
fn after_the_deadline_few_more_listings_are_looked_at() {
    let ids: RoaringBitmap = (0..1_000_000).collect();
    let looked_at = Cell::new(0);
    let look = |_| {
        looked_at.set(looked_at.get() + 1);
        true
    };
    assert_eq!(deadline::by(Instant::now(), || retain(&ids, look)), None);
    assert!(looked_at.get() < 10_000, "{}", looked_at.get());
}

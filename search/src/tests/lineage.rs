//! Descent, whichever of parent and child comes first.

use super::{exact::World, world};
use crate::{Address, Filter, Request};

fn put(world: &mut World, number: u8, parents: &[u8]) {
    let mut listing = world::listing(&mut world.random, world::address(number));
    listing.parents = parents
        .iter()
        .map(|parent| world::address(*parent))
        .collect();
    world.put(listing);
}

/// Numbers of those that descend from one.
fn descendants(world: &World, number: u8) -> Vec<u8> {
    let request = Request {
        filter: Filter {
            descends_from: Some(world::address(number)),
            ..Filter::default()
        },
        limit: 300,
        ..Request::default()
    };
    world.check(&request);
    let hits = world.index.search(&request).hits;
    let mut numbers: Vec<u8> = hits.iter().map(|hit| number_of(&hit.address)).collect();
    numbers.sort_unstable();
    numbers
}

fn number_of(address: &Address) -> u8 {
    address[31]
}

#[test]
fn a_parent_may_come_after_its_child_or_never() {
    let mut world = World::new(1);
    put(&mut world, 3, &[2]);
    assert_eq!(descendants(&world, 2), [3]);
    assert_eq!(descendants(&world, 1), []);
    put(&mut world, 2, &[1, 0]);
    assert_eq!(descendants(&world, 1), [2, 3]);
    assert_eq!(descendants(&world, 0), [2, 3]);
    put(&mut world, 1, &[]);
    assert_eq!(descendants(&world, 1), [2, 3]);
}

#[test]
fn circles_end_and_nobody_descends_from_itself() {
    let mut world = World::new(2);
    put(&mut world, 1, &[3]);
    put(&mut world, 2, &[1]);
    put(&mut world, 3, &[2, 3]);
    assert_eq!(descendants(&world, 1), [2, 3]);
    assert_eq!(descendants(&world, 3), [1, 2]);
}

#[test]
fn an_edge_that_is_no_more_in_force_ends_the_descent() {
    let mut world = World::new(3);
    put(&mut world, 2, &[1]);
    put(&mut world, 3, &[2]);
    put(&mut world, 2, &[]);
    assert_eq!(descendants(&world, 1), []);
    assert_eq!(descendants(&world, 2), [3]);
}

#[test]
fn children_of_what_was_removed_descend_from_it_and_from_nothing_before_it() {
    let mut world = World::new(4);
    put(&mut world, 2, &[1]);
    put(&mut world, 3, &[2]);
    world.remove(world::address(2));
    assert_eq!(descendants(&world, 1), []);
    assert_eq!(descendants(&world, 2), [3]);
    put(&mut world, 2, &[1]);
    assert_eq!(descendants(&world, 1), [2, 3]);
}

#[test]
fn numbers_of_the_gone_are_used_again_and_mean_nobody_else() {
    let mut world = World::new(5);
    for round in 0..50u8 {
        put(&mut world, round, &[round + 100]);
        put(&mut world, round + 50, &[round]);
        assert_eq!(descendants(&world, round + 100), [round, round + 50]);
        world.remove(world::address(round));
        world.remove(world::address(round + 50));
        assert_eq!(descendants(&world, round + 100), []);
    }
}

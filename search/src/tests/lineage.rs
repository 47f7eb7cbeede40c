//! Descent, whichever of parent and child comes first, and lineage.

use rand::Rng;

use super::{exact::World, world};
use crate::{
    Address, Direction, Edge, Filter, Lineage, Listing, MOST_EDGES, MOST_NODES, Node, Request, Walk,
};

fn put(world: &mut World, number: u8, parents: &[u8]) {
    let mut listing = world::listing(&mut world.random, world::address(number));
    let mut parent = |number: &u8| crate::Parent {
        in_force: true,
        ..world::parent(&mut world.random, *number)
    };
    listing.parents = parents.iter().map(&mut parent).collect();
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

/// The lineage by reading all listings again for each node of it.
fn walked(world: &World, walk: &Walk) -> Option<Lineage> {
    let find = |address: &Address| {
        let mut listings = world.listings.iter();
        listings.find(|listing| listing.address == *address)
    };
    let leads_to = |listing: &Listing| -> Vec<&Listing> {
        if walk.direction == Direction::Ancestors {
            let parents = listing.parents.iter();
            return parents.filter_map(|parent| find(&parent.address)).collect();
        }
        let is_child = |other: &&Listing| {
            let mut parents = other.parents.iter();
            parents.any(|parent| parent.address == listing.address) && other.status != "draft"
        };
        let mut children: Vec<_> = world.listings.iter().filter(is_child).collect();
        children.sort_by_key(|child| child.address);
        children
    };
    let mut met = vec![(find(&walk.root)?, 0)];
    let mut truncated = false;
    for depth in 0.. {
        let level = met.iter().filter(|(_, at)| *at == depth);
        let mut next: Vec<&Listing> = Vec::new();
        for found in level.flat_map(|(listing, _)| leads_to(listing)) {
            let is_found = |other: &Listing| other.address == found.address;
            if !met.iter().any(|(other, _)| is_found(other))
                && !next.iter().any(|other| is_found(other))
            {
                next.push(found);
            }
        }
        if next.is_empty() || depth == walk.depth {
            truncated = !next.is_empty();
            break;
        }
        met.extend(next.into_iter().map(|listing| (listing, depth + 1)));
    }
    truncated |= met.len() > MOST_NODES;
    met.truncate(MOST_NODES);
    let place = |address: &Address| met.iter().position(|(other, _)| other.address == *address);
    let mut edges = Vec::new();
    for (child, (listing, _)) in met.iter().enumerate() {
        edges.extend(listing.parents.iter().filter_map(|parent| {
            Some(Edge {
                child,
                parent: place(&parent.address)?,
                relation: parent.relation.clone(),
                royalty_ppm: parent.royalty_ppm,
                status: parent.status.clone(),
            })
        }));
    }
    truncated |= edges.len() > MOST_EDGES;
    edges.truncate(MOST_EDGES);
    let node = |(listing, depth): &(&Listing, u32)| Node {
        address: listing.address,
        depth: *depth,
        kind: listing.kind.clone(),
        name: listing.name.clone(),
        publisher_name: listing.publisher_name.clone(),
        status: listing.status.clone(),
        tainted: listing.tainted,
    };
    Some(Lineage {
        nodes: met.iter().map(node).collect(),
        edges,
        truncated,
    })
}

#[test]
fn any_lineage_between_random_changes_is_what_reading_all_listings_again_and_again_finds() {
    let (mut whole, mut cut_at_nodes, mut cut_at_edges, mut none) = (0, 0, 0, 0);
    for seed in 0..6 {
        let mut world = World::new(seed);
        // Of few and of many, which are more than an answer holds.
        let of = 10 + 14 * seed as usize;
        for _ in 0..300 {
            for _ in 0..world.random.random_range(0..8) {
                let number = world.random.random_range(0..of);
                let address = world::address(number.try_into().unwrap());
                if world.random.random_bool(0.1) {
                    world.remove(address);
                    continue;
                }
                let mut listing = world::listing(&mut world.random, address);
                listing.parents = world::parents(&mut world.random, 5, of);
                world.put(listing);
            }
            let walk = Walk {
                root: world::address(world.random.random_range(0..of).try_into().unwrap()),
                direction: match world.random.random() {
                    true => Direction::Ancestors,
                    false => Direction::Descendants,
                },
                depth: [1, 2, 3, 64][world.random.random_range(0..4)],
            };
            let lineage = world.index.lineage(&walk);
            assert_eq!(lineage, walked(&world, &walk), "{walk:?}, seed {seed}");
            match lineage {
                None => none += 1,
                Some(lineage) if !lineage.truncated => {
                    whole += usize::from(lineage.nodes.len() > 3)
                }
                Some(lineage) => {
                    cut_at_nodes += usize::from(lineage.nodes.len() == MOST_NODES);
                    cut_at_edges += usize::from(lineage.edges.len() == MOST_EDGES);
                }
            }
        }
    }
    println!(
        "{whole} whole, {cut_at_nodes} of all nodes, {cut_at_edges} of all edges, {none} none"
    );
    assert!(whole > 100 && cut_at_nodes > 100 && cut_at_edges > 10 && none > 10);
}

#[test]
fn an_edge_that_is_disowned_ends_the_descent_and_stays_in_the_lineage() {
    let mut world = World::new(6);
    put(&mut world, 1, &[]);
    put(&mut world, 2, &[1]);
    let mut listing = world.listings.last().unwrap().clone();
    listing.status = "active".to_owned();
    for in_force in [false, true, false] {
        listing.parents[0].in_force = in_force;
        world.put(listing.clone());
        let expected: &[u8] = if in_force { &[2] } else { &[] };
        assert_eq!(descendants(&world, 1), expected);
        let walk = Walk {
            root: world::address(1),
            direction: Direction::Descendants,
            depth: 8,
        };
        let lineage = world.index.lineage(&walk).unwrap();
        assert_eq!((lineage.nodes.len(), lineage.edges.len()), (2, 1));
    }
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

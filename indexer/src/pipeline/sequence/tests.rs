use std::collections::HashMap;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::*;

/// A block on a fork: its hash follows from slot and fork.
fn point(slot: u64, fork: u8) -> Point {
    let mut hash = [fork; 32];
    hash[..8].copy_from_slice(&slot.to_le_bytes());
    Point { slot, hash }
}

fn link(block: Point, parent: Point) -> Link {
    Link { block, parent }
}

/// Blocks 10, 11, 13, 14 of fork 0; slot 12 was skipped.
fn sequencer() -> Sequencer {
    Sequencer::new([10, 11, 13, 14].map(|slot| point(slot, 0)), true)
}

#[test]
fn the_first_block_of_all_is_the_one_whose_parent_lies_before_what_was_asked_for() {
    let empty = Sequencer::new([], true).begin_at(700);
    let at = |block, parent| empty.place(&link(point(block, 0), point(parent, 0)));
    assert_eq!(at(700, 699), Place::Extends);
    assert_eq!(at(705, 698), Place::Extends, "700 to 704 were skipped");
    assert_eq!(at(705, 700), Place::NeedsParent { slot: 700 });
    assert_eq!(at(705, 703), Place::NeedsParent { slot: 703 });
    assert_eq!(at(705, 705), Place::Malformed);
    assert_eq!(at(705, 706), Place::Malformed);
    assert_eq!((empty.floor(), empty.frontier()), (None, None));

    let whole = Sequencer::new([], true);
    assert_eq!(whole.place(&link(point(0, 0), point(0, 0))), Place::Extends);
    assert_eq!(
        whole.place(&link(point(3, 0), point(1, 0))),
        Place::NeedsParent { slot: 1 }
    );
}

#[test]
fn every_place_of_a_block_is_told_from_every_other() {
    let at = |block, parent| sequencer().place(&link(block, parent));
    // The next block, and one after skipped slots, which its link proves.
    assert_eq!(at(point(15, 0), point(14, 0)), Place::Extends);
    assert_eq!(at(point(19, 0), point(14, 0)), Place::Extends);
    // A link to a block that the list left out.
    let needs = |slot| Place::NeedsParent { slot };
    assert_eq!(at(point(17, 0), point(15, 0)), needs(15));
    // The frontier's slot holds another block on the branch: its own link has to be seen.
    assert_eq!(at(point(15, 1), point(14, 1)), needs(14));
    assert_eq!(at(point(14, 1), point(13, 1)), needs(13));
    // A slot that our fork proved skipped holds a block on the other.
    assert_eq!(at(point(15, 1), point(12, 1)), needs(12));
    // Forks that leave ours at each block but the frontier.
    let replaces = |slot| Place::Replaces {
        ancestor: point(slot, 0),
    };
    assert_eq!(at(point(15, 1), point(13, 0)), replaces(13));
    assert_eq!(at(point(14, 1), point(13, 0)), replaces(13));
    assert_eq!(at(point(12, 1), point(11, 0)), replaces(11));
    assert_eq!(at(point(11, 1), point(10, 0)), replaces(10));
    // What was handed over is known, whatever parent this answer names.
    for slot in [10, 11, 13, 14] {
        assert_eq!(at(point(slot, 0), point(slot - 1, 0)), Place::Known);
        assert_eq!(at(point(slot, 0), point(slot, 9)), Place::Known);
    }
    // Nothing reaches below the oldest block.
    let contradicts = Place::Contradicts {
        known: point(10, 0),
    };
    for (block, parent) in [
        (point(15, 1), point(10, 1)),
        (point(15, 1), point(9, 0)),
        (point(10, 1), point(9, 0)),
        (point(9, 0), point(8, 0)),
        (point(5, 0), point(7, 0)),
    ] {
        assert_eq!(at(block, parent), contradicts, "{block} after {parent}");
    }
    assert_eq!(at(point(15, 0), point(15, 0)), Place::Malformed);
    assert_eq!(at(point(15, 0), point(16, 0)), Place::Malformed);
}

#[test]
fn where_hashes_do_not_chain_blocks_are_linked_by_slot() {
    let sequencer = Sequencer::new([point(10, 0), point(11, 0)], false);
    assert_eq!(
        sequencer.place(&link(point(12, 3), point(11, 7))),
        Place::Extends
    );
    assert_eq!(
        sequencer.place(&link(point(11, 3), point(10, 7))),
        Place::Known
    );
}

#[test]
fn what_is_final_is_never_undone() {
    let mut sequencer = sequencer();
    sequencer.finalize(12);
    assert_eq!(
        sequencer.floor(),
        Some(point(11, 0)),
        "slot 12 was skipped: its ancestor is final"
    );
    assert_eq!(
        sequencer.place(&link(point(15, 1), point(10, 0))),
        Place::Contradicts {
            known: point(11, 0)
        }
    );
    assert_eq!(
        sequencer.place(&link(point(15, 1), point(11, 0))),
        Place::Replaces {
            ancestor: point(11, 0)
        }
    );
    sequencer.finalize(99);
    assert_eq!(sequencer.floor(), sequencer.frontier());
    sequencer.finalize(3);
    assert_eq!(sequencer.frontier(), Some(point(14, 0)));
}

#[test]
fn the_depth_bounds_what_is_remembered_and_what_may_be_undone() {
    let mut sequencer = Sequencer::new([point(0, 0)], true);
    sequencer.depth = 4;
    for slot in 1..100 {
        sequencer.accept([link(point(slot, 0), point(slot - 1, 0))]);
    }
    assert_eq!(sequencer.tail.len(), 4);
    assert_eq!(sequencer.floor(), Some(point(96, 0)));
    assert_eq!(
        sequencer.place(&link(point(100, 1), point(95, 0))),
        Place::Contradicts {
            known: point(96, 0)
        }
    );
}

/// However a tree of forks is told, resolving parents ends on the branch that was told last, each block once, and the
/// tail is that branch.
#[test]
fn any_tree_of_forks_in_any_order_ends_on_the_branch_told_last() {
    for seed in 0..300 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut blocks: HashMap<[u8; 32], Link> = HashMap::new();
        let mut points = vec![point(0, 0)];
        for _ in 0..40 {
            let parent = *points.choose(&mut rng).unwrap();
            let block = point(parent.slot + rng.random_range(1..4), rng.random());
            if blocks.contains_key(&block.hash) || block.hash == points[0].hash {
                continue;
            }
            blocks.insert(block.hash, link(block, parent));
            points.push(block);
        }
        let mut sequencer = Sequencer::new([points[0]], true);
        for _ in 0..60 {
            let told = *points.choose(&mut rng).unwrap();
            if told == points[0] {
                continue;
            }
            let mut branch = vec![blocks[&told.hash]];
            let known = loop {
                match sequencer.place(branch.last().unwrap()) {
                    Place::NeedsParent { slot } => {
                        let parent = branch.last().unwrap().parent;
                        assert_eq!(parent.slot, slot);
                        branch.push(blocks[&parent.hash]);
                    }
                    Place::Extends => {
                        assert_eq!(
                            Some(branch.last().unwrap().parent),
                            sequencer.frontier(),
                            "seed {seed}"
                        );
                        break false;
                    }
                    Place::Replaces { ancestor } => {
                        assert_eq!(branch.last().unwrap().parent, ancestor);
                        assert_ne!(Some(ancestor), sequencer.frontier());
                        break false;
                    }
                    Place::Known => break true,
                    other => panic!("seed {seed}: {other:?}"),
                }
            };
            if known {
                assert_eq!(branch.len(), 1, "only what was told itself can be known");
                continue;
            }
            branch.reverse();
            sequencer.accept(branch);
            let mut expected = vec![told];
            while let Some(link) = blocks.get(&expected.last().unwrap().hash) {
                expected.push(link.parent);
            }
            expected.reverse();
            assert_eq!(Vec::from(sequencer.tail.clone()), expected, "seed {seed}");
        }
    }
}

//! Which block comes next. Pure: it sees links between blocks and knows no node and no database.
//!
//! The sequencer holds the end of the chain as it was handed over, from the newest block that is final (or the oldest
//! that it remembers) to the frontier. A block is placed by its parent link alone; what no link reaches is fetched, and
//! a slot counts as skipped only because the link of a later block passes over it.

use std::collections::VecDeque;

use crate::decode::Point;

/// Blocks remembered behind the frontier: what a fork may undo at most while nothing becomes final. At 400 ms a slot
/// that is nearly an hour; networks finalize within a minute.
pub const DEPTH: usize = 8_192;

/// A block and the one that it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub block: Point,
    pub parent: Point,
}

/// Where a block belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It follows the frontier, or is the first of all: the slots between the two, or from the first one that was asked
    /// for on, are proved to be skipped.
    Extends,
    /// It was handed over already.
    Known,
    /// It follows an earlier block: everything after `ancestor` was on a fork that the chain left.
    Replaces { ancestor: Point },
    /// Its parent is unknown and has to be placed first: the block of this slot.
    NeedsParent { slot: u64 },
    /// It disagrees with what is final, or with more than is remembered: no block may be taken from here on.
    Contradicts { known: Point },
    /// It names itself or a later slot as its parent: half an answer, or a lie.
    Malformed,
}

/// The end of the chain as it was handed over.
#[derive(Clone, Debug)]
pub struct Sequencer {
    /// Oldest first. Everything before the front is out of reach.
    tail: VecDeque<Point>,
    /// Where it is empty: the first slot that was asked for.
    begin: u64,
    /// Whether a block's parent hash is the hash of its parent. Where it is not, blocks are linked by slot alone.
    hashes_chain: bool,
    depth: usize,
}

impl Sequencer {
    /// Continues after `tail`, oldest first; its first block can no longer be undone.
    pub fn new(tail: impl IntoIterator<Item = Point>, hashes_chain: bool) -> Self {
        let mut sequencer = Self {
            tail: VecDeque::new(),
            begin: 0,
            hashes_chain,
            depth: DEPTH,
        };
        for point in tail {
            sequencer.push(point);
        }
        sequencer
    }

    /// Begins at a slot, where nothing was handed over yet.
    pub fn begin_at(mut self, slot: u64) -> Self {
        self.begin = slot;
        self
    }

    /// The newest block handed over.
    pub fn frontier(&self) -> Option<Point> {
        self.tail.back().copied()
    }

    /// The oldest block remembered: nothing at or before it can be undone.
    pub fn floor(&self) -> Option<Point> {
        self.tail.front().copied()
    }

    /// Where a block belongs. Changes nothing; [`Sequencer::accept`] does.
    pub fn place(&self, link: &Link) -> Place {
        let (Some(floor), Some(frontier)) = (self.floor(), self.frontier()) else {
            return self.place_first(link);
        };
        let (block, parent) = (link.block, link.parent);
        if let Some(known) = self.at(block.slot)
            && self.same(known, block)
        {
            return Place::Known;
        }
        if block.slot <= floor.slot {
            return Place::Contradicts { known: floor };
        }
        if parent.slot >= block.slot {
            return Place::Malformed;
        }
        match self.at(parent.slot) {
            Some(known) if self.same(known, parent) => {
                if known == frontier {
                    Place::Extends
                } else {
                    Place::Replaces { ancestor: known }
                }
            }
            _ if parent.slot <= floor.slot => Place::Contradicts { known: floor },
            _ => Place::NeedsParent { slot: parent.slot },
        }
    }

    /// A list may leave out the blocks at its beginning as well as any others.
    fn place_first(&self, link: &Link) -> Place {
        let (block, parent) = (link.block.slot, link.parent.slot);
        match block {
            // The network's first block names itself.
            0 => Place::Extends,
            _ if parent >= block => Place::Malformed,
            _ if parent >= self.begin => Place::NeedsParent { slot: parent },
            _ => Place::Extends,
        }
    }

    /// Notes that blocks were handed over, oldest first, the first of which was placed as [`Place::Extends`] or
    /// [`Place::Replaces`] and each other follows the one before it.
    pub fn accept(&mut self, links: impl IntoIterator<Item = Link>) {
        for link in links {
            while self
                .frontier()
                .is_some_and(|frontier| frontier.slot > link.parent.slot)
            {
                self.tail.pop_back();
            }
            self.push(link.block);
        }
    }

    /// Forgets what can no longer be undone: all before the newest block at or below `slot`, which is final.
    pub fn finalize(&mut self, slot: u64) {
        while self.tail.get(1).is_some_and(|next| next.slot <= slot) {
            self.tail.pop_front();
        }
    }

    fn push(&mut self, point: Point) {
        self.tail.push_back(point);
        if self.tail.len() > self.depth {
            self.tail.pop_front();
        }
    }

    fn at(&self, slot: u64) -> Option<Point> {
        let index = self.tail.binary_search_by_key(&slot, |point| point.slot);
        self.tail.get(index.ok()?).copied()
    }

    /// Whether the block `found` is the one that a link names.
    pub fn links(&self, named: Point, found: Point) -> bool {
        self.same(named, found)
    }

    fn same(&self, known: Point, named: Point) -> bool {
        known.slot == named.slot && (!self.hashes_chain || known.hash == named.hash)
    }
}

#[cfg(test)]
mod tests;

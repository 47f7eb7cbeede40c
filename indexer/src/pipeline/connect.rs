//! Places blocks, and fetches what their links ask for.

use super::{
    PipelineError,
    sequence::{Link, Place, Sequencer},
};
use crate::decode::{DecodedBlock, EmittedBlock, Point};

/// Ancestors fetched one by one at most: a node whose list leaves out more is asked for its list again.
const MAX_BRANCH: usize = 1_024;

/// A block that says which one it follows.
pub trait Linked {
    fn link(&self) -> Link;
}

impl Linked for DecodedBlock {
    fn link(&self) -> Link {
        Link {
            block: self.point(),
            parent: self.parent(),
        }
    }
}

impl Linked for EmittedBlock {
    fn link(&self) -> Link {
        Link {
            block: Point {
                slot: self.slot,
                hash: self.hash,
            },
            parent: Point {
                slot: self.parent_slot,
                hash: self.parent_hash,
            },
        }
    }
}

/// Blocks that follow one another.
#[derive(Debug)]
pub struct Branch<B> {
    /// What they follow, where that is not the frontier: everything after it left the chain.
    pub ancestor: Option<Point>,
    /// Oldest first.
    pub blocks: Vec<B>,
}

/// Which blocks of a list to fetch: those from slot `next` to `until`, or, where it has no more of them, the first one
/// after these. Its link tells whether there are none.
pub fn wanted(mut slots: Vec<u64>, next: u64, until: u64) -> Vec<u64> {
    slots.retain(|slot| *slot >= next);
    let later = slots.iter().min().copied();
    slots.retain(|slot| *slot <= until);
    if slots.is_empty() {
        slots.extend(later);
    }
    slots
}

impl<B: Linked> Branch<B> {
    /// Of a branch up to a block after slot `until`, what belongs to the slots up to there. Where that is nothing but
    /// undoes something, all of it: a fork is left only for what replaces it.
    pub fn up_to(mut self, until: u64) -> Option<Self> {
        let within = |block: &B| block.link().block.slot <= until;
        if self.ancestor.is_none() || self.blocks.iter().any(within) {
            self.blocks.retain(within);
        }
        (!self.blocks.is_empty()).then_some(self)
    }
}

/// `block` with those ancestors that were not handed over yet; none where it was itself. They count as handed over.
///
/// # Errors
/// Those of `fetch`; [`PipelineError::Contradiction`] where the block disagrees with what is final; others where the
/// node's answers do not fit together, which asking again may mend.
pub async fn connect<B, F, A>(
    sequencer: &mut Sequencer,
    block: B,
    fetch: F,
) -> Result<Option<Branch<B>>, PipelineError>
where
    B: Linked,
    F: Fn(u64) -> A,
    A: Future<Output = Result<B, PipelineError>>,
{
    let mut newest_first = vec![block];
    let ancestor = loop {
        let Some(oldest) = newest_first.last().map(Linked::link) else {
            return Ok(None);
        };
        let slot = match sequencer.place(&oldest) {
            Place::Extends => break None,
            Place::Replaces { ancestor } => break Some(ancestor),
            // Only the block itself: its ancestors are fetched because they are unknown.
            Place::Known => return Ok(None),
            Place::NeedsParent { slot } => slot,
            Place::Contradicts { known } => {
                return Err(PipelineError::Contradiction {
                    block: oldest.block,
                    parent: oldest.parent,
                    known,
                });
            }
            Place::Malformed => {
                return Err(PipelineError::Unlinked {
                    block: oldest.block,
                    parent: oldest.parent,
                });
            }
        };
        let parent = fetch(slot).await?;
        let found = parent.link().block;
        if newest_first.len() >= MAX_BRANCH || !sequencer.links(oldest.parent, found) {
            // The node changed its mind between two answers.
            return Err(PipelineError::Unlinked {
                block: oldest.block,
                parent: oldest.parent,
            });
        }
        newest_first.push(parent);
    };
    newest_first.reverse();
    sequencer.accept(newest_first.iter().map(Linked::link));
    Ok(Some(Branch {
        ancestor,
        blocks: newest_first,
    }))
}

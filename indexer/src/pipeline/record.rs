//! Makes a recording of a range of final blocks.

use std::{path::Path, time::Duration};

use tokio::time::sleep;

use super::{
    PipelineError,
    connect::{Branch, Linked, connect, wanted},
    sequence::{Link, Sequencer},
};
use crate::{
    decode::EmittedBlock,
    source::{Finality, Format, Header, Persistent, Recorder, RpcSource, Source, SourceError},
};

/// Slots asked for at once.
const WINDOW: usize = 256;
/// How long to wait for a node that has not listed its newest blocks yet.
const PAUSE: Duration = Duration::from_millis(400);

/// What was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    pub blocks: u64,
    pub events: u64,
    /// Slots of the first and the last block.
    pub range: Option<(u64, u64)>,
}

/// A block and what the node answered for it.
struct Answered {
    block: EmittedBlock,
    answer: String,
}

impl Linked for Answered {
    fn link(&self) -> Link {
        self.block.link()
    }
}

/// Records the final blocks of the slots `from` to `to`, each linked to the one before it: links prove that no other slot
/// of them has a block.
///
/// # Errors
/// The first error of the node or of the file; the file is not there then.
pub async fn record(
    source: &Persistent<RpcSource>,
    from: u64,
    to: u64,
    path: &Path,
    format: Format,
) -> Result<Recorded, PipelineError> {
    let header = Header {
        genesis_hash: source.genesis_hash().await?,
        hashes_chain: source.hashes_chain().await?,
        finalized_slot: source.tip(Finality::Finalized).await?,
    };
    let to = to.min(header.finalized_slot);
    let mut recorder = Recorder::create(path, format, &header).map_err(SourceError::from)?;
    let mut sequencer = Sequencer::new([], header.hashes_chain).begin_at(from);
    let mut recorded = Recorded::default();
    let fetch = |slot| async move {
        let (block, answer) = source.answered_block(slot).await?;
        Ok::<_, PipelineError>(Answered { block, answer })
    };
    let mut next = from;
    while next <= to {
        let slots = wanted(source.slots(next, WINDOW).await?, next, to);
        if slots.is_empty() {
            // There is a final block here or later: the node will list it.
            sleep(PAUSE).await;
        }
        for slot in slots {
            let block = fetch(slot).await?;
            next = next.max(slot.saturating_add(1));
            let branch = connect(&mut sequencer, block, fetch).await?;
            if let Some(branch) = branch.and_then(|branch| branch.up_to(to)) {
                recorded.add(&mut recorder, branch)?;
            }
        }
    }
    recorder.finish().map_err(SourceError::from)?;
    Ok(recorded)
}

impl Recorded {
    fn add(
        &mut self,
        recorder: &mut Recorder,
        branch: Branch<Answered>,
    ) -> Result<(), PipelineError> {
        if let (Some(_), Some(first)) = (branch.ancestor, branch.blocks.first()) {
            // What is final forked, or the node changed its mind: nothing that was recorded can be taken back.
            let Link { block, parent } = first.link();
            return Err(PipelineError::Unlinked { block, parent });
        }
        for Answered { block, answer } in branch.blocks {
            recorder.push(&block, &answer).map_err(SourceError::from)?;
            self.blocks = self.blocks.saturating_add(1);
            self.events = self.events.saturating_add(block.emissions.len() as u64);
            let first = self.range.map_or(block.slot, |(first, _)| first);
            self.range = Some((first, block.slot));
        }
        Ok(())
    }
}

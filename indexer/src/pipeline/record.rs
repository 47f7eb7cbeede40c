//! Makes a recording of a range of final blocks.

use std::path::Path;

use super::{
    PipelineError,
    connect::{Linked, connect},
    sequence::{Link, Sequencer},
};
use crate::{
    decode::EmittedBlock,
    source::{Finality, Format, Header, Recorder, RpcSource, Source},
};

/// Slots asked for at once.
const WINDOW: usize = 256;

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

/// Records the final blocks of the slots `from` to `to`, each linked to the one before it.
///
/// # Errors
/// The first error of the node or of the file; the file is not there then.
pub async fn record(
    source: &RpcSource,
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
    let mut recorder =
        Recorder::create(path, format, &header).map_err(crate::source::SourceError::from)?;
    let mut sequencer = Sequencer::new([], header.hashes_chain);
    let mut recorded = Recorded::default();
    let fetch = |slot| async move {
        let (block, answer) = source.answered_block(slot).await?;
        Ok::<_, PipelineError>(Answered { block, answer })
    };
    let mut next = from;
    while next <= to {
        let mut slots = source.slots(next, WINDOW).await?;
        slots.retain(|slot| *slot <= to);
        if slots.is_empty() {
            break;
        }
        for slot in slots {
            let block = fetch(slot).await?;
            next = slot.saturating_add(1);
            let Some(branch) = connect(&mut sequencer, block, fetch).await? else {
                continue;
            };
            for Answered { block, answer } in branch.blocks {
                recorder
                    .push(&block, &answer)
                    .map_err(crate::source::SourceError::from)?;
                recorded.blocks = recorded.blocks.saturating_add(1);
                recorded.events = recorded.events.saturating_add(block.emissions.len() as u64);
                let first = recorded.range.map_or(block.slot, |(first, _)| first);
                recorded.range = Some((first, block.slot));
            }
        }
    }
    recorder
        .finish()
        .map_err(crate::source::SourceError::from)?;
    Ok(recorded)
}

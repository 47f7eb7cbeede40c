//! Promotes stored blocks to `finalized` once the chain has passed them.

use super::PipelineError;
use crate::{
    progress::Progress,
    source::{Finality, Source},
    store::Store,
};

/// Compares the newest stored block that should be final with the chain's, and promotes it with all its ancestors:
/// stored blocks are linked by hash, so one equal hash vouches for every block below it.
///
/// # Errors
/// [`PipelineError::Fork`] where the chain finalized another block. A node that does not answer is asked again later.
pub async fn promote<S: Source>(
    source: &S,
    store: &Store,
    progress: &Progress,
) -> Result<(), PipelineError> {
    let finalized = match source.tip(Finality::Finalized).await {
        Ok(slot) => slot,
        Err(error) => {
            tracing::info!(%error, "the finalized slot is unknown for now");
            return Ok(());
        }
    };
    let Some(stored) = store.newest_unfinalized(finalized).await? else {
        return Ok(());
    };
    let header = match source.finalized_header(stored.slot).await {
        Ok(header) => header,
        Err(error) => {
            tracing::info!(%error, "finality cannot be checked for now");
            return Ok(());
        }
    };
    let hash = bs58::encode(stored.hash).into_string();
    if header.blockhash != hash {
        return Err(PipelineError::Fork {
            slot: stored.slot,
            parent_slot: stored.slot,
            parent: header.blockhash,
            stored_slot: stored.slot,
            stored: hash,
        });
    }
    store.finalize(stored.slot).await?;
    progress.finalized(stored.slot);
    Ok(())
}

//! Promotes stored blocks to `finalized` once the chain has passed them.

use super::PipelineError;
use crate::{
    progress::Progress,
    source::{Finality, Source, SourceError},
    store::Store,
};

/// Compares the newest stored block that should be final with the chain's, and promotes it with all its ancestors:
/// stored blocks are linked by hash, so one equal hash vouches for every block below it.
///
/// # Errors
/// [`PipelineError::OtherFinal`] where the chain finalized another block. A node that does not answer is asked again
/// later.
pub async fn promote<S: Source>(
    source: &S,
    store: &Store,
    progress: &Progress,
) -> Result<(), PipelineError> {
    let finalized = match source.tip(Finality::Finalized).await {
        Ok(slot) => slot,
        Err(error) => return later(error),
    };
    let Some(stored) = store.newest_unfinalized(finalized).await? else {
        return Ok(());
    };
    let chain = match source.point(stored.slot, Finality::Finalized).await {
        Ok(point) => point,
        Err(error) => return later(error),
    };
    if chain.hash != stored.hash {
        return Err(PipelineError::OtherFinal { stored, chain });
    }
    store.finalize(stored.slot).await?;
    progress.finalized(stored.slot);
    Ok(())
}

fn later(error: SourceError) -> Result<(), PipelineError> {
    if error.is_fatal() {
        return Err(error.into());
    }
    tracing::info!(%error, "finality cannot be checked for now");
    Ok(())
}

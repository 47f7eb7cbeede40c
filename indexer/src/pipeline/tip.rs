//! How far the chain is. Told by a task of its own: a store that hangs, or fetching that waits for it, is to be seen as
//! the lag that it makes.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::{
    progress::Progress,
    source::{Finality, Source},
};

/// How often the source is asked.
const EVERY: Duration = Duration::from_secs(2);
/// Bytes that every account is charged for besides its data.
pub const ACCOUNT_OVERHEAD: u64 = 128;

/// Notes how far the chain is and what rent it takes, for as long as it is polled. What is not answered holds nothing up.
pub async fn follow<S: Source>(source: Arc<S>, progress: Progress) {
    loop {
        if let Ok(tip) = source.tip(Finality::Confirmed).await {
            progress.tip(tip);
        }
        if let Ok(Some(lamports)) = source.least_balance().await {
            progress.rent_per_byte(lamports / ACCOUNT_OVERHEAD);
        }
        sleep(EVERY).await;
    }
}

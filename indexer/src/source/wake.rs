//! Notices that a new block may be there.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use solana_client::nonblocking::pubsub_client::PubsubClient;
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// How long to wait where no notice comes: what the WebSocket misses costs time, never data.
const POLL: Duration = Duration::from_millis(400);
/// A subscription that says nothing for this long is made anew; half-open sockets say nothing for ever.
const SILENCE: Duration = Duration::from_secs(20);
/// Pause before a subscription is made anew.
const RECONNECT: Duration = Duration::from_secs(2);

/// Wakes who waits for new blocks: after a while, or as soon as the node's WebSocket reports a slot, or
/// whoever else has news calls.
#[derive(Clone, Debug)]
pub struct Wake {
    notify: Arc<Notify>,
}

impl Wake {
    /// Subscribes to slots at `ws_url` until `shutdown`; without a URL it polls.
    pub fn start(ws_url: Option<String>, metrics: Metrics, shutdown: CancellationToken) -> Self {
        let wake = Self {
            notify: Arc::new(Notify::new()),
        };
        if let Some(url) = ws_url {
            let woken = wake.clone();
            tokio::spawn(async move {
                let listening = Box::pin(listen(&url, &woken, &metrics));
                shutdown.run_until_cancelled(listening).await;
            });
        }
        wake
    }

    /// Wakes who waits, or who waits next.
    pub fn notify(&self) {
        self.notify.notify_one();
    }

    /// Returns when it may be worth asking again.
    pub async fn wait(&self) {
        let _ = timeout(POLL, self.notify.notified()).await;
    }
}

async fn listen(url: &str, wake: &Wake, metrics: &Metrics) {
    loop {
        // Whatever is waited for may be silent for ever, were it the first answer.
        match timeout(SILENCE, PubsubClient::new(url)).await {
            Ok(Ok(client)) => {
                if let Ok(Ok((mut slots, unsubscribe))) =
                    timeout(SILENCE, client.slot_subscribe()).await
                {
                    while let Ok(Some(_)) = timeout(SILENCE, slots.next()).await {
                        wake.notify();
                    }
                    let _ = timeout(RECONNECT, unsubscribe()).await;
                }
                tracing::info!("the slot subscription ended; polling until it is back");
            }
            Ok(Err(error)) => tracing::info!(%error, "no slot subscription; polling"),
            Err(_) => tracing::info!("the WebSocket is silent; polling"),
        }
        metrics.reconnected();
        tokio::time::sleep(RECONNECT).await;
    }
}

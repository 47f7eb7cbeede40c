//! The stream of blocks: made anew when it ends, falls silent, or belongs to another chain.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use futures_util::stream;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tonic::{Request, Status, transport::Endpoint};
use yellowstone_grpc_proto::geyser::{
    CommitmentLevel, SubscribeRequest, SubscribeRequestFilterBlocks, SubscribeRequestPing,
    SubscribeUpdateBlock, geyser_client::GeyserClient, subscribe_update::UpdateOneof,
};

use super::{Token, message, pushed::Pushed};
use crate::{
    backoff::backoff,
    decode::{EmittedBlock, Point},
    metrics::Metrics,
    source::{Finality, RpcSource, Source, Wake},
};

/// Largest block taken, in bytes.
const LARGEST: usize = 64 << 20;
/// Requests that may wait to be sent.
const REQUESTS: usize = 4;
/// What our subscription is called; the server repeats it in each of its messages.
const NAME: &str = "pedigree";

pub struct Stream {
    pub endpoint: Endpoint,
    pub token: Option<Token>,
    pub silence: Duration,
    pub node: RpcSource,
    pub pushed: Arc<Pushed>,
    pub wake: Wake,
    pub metrics: Metrics,
}

#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error("no connection: {}", root(.0))]
    Connect(#[from] tonic::transport::Error),
    /// Without the status's metadata, which is long.
    #[error("the server says {}: {}", .0.code(), .0.message())]
    Status(#[from] Status),
    #[error("the server ended it")]
    Ended,
    #[error("no block of it could be taken for {0:?}")]
    Silent(Duration),
    #[error("the server's block {pushed} is not the node's, {node}")]
    OtherChain { pushed: Point, node: Point },
}

/// What lies at the bottom of an error: tonic's own text says no more than "transport error".
fn root(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

/// Whether the server was seen to follow the node's chain.
enum Standing {
    Unknown,
    /// It pushed this block first.
    Claims(Point),
    /// At so many doubts.
    Vouched(u64),
}

impl Stream {
    /// For ever.
    pub async fn follow(self) {
        let mut failures = 0u32;
        loop {
            let Err(error) = Box::pin(self.session(&mut failures)).await;
            failures = failures.saturating_add(1);
            let pause = backoff(failures);
            tracing::info!(%error, ?pause, "no blocks are pushed; the node is read until they are");
            self.metrics.stream_ended();
            tokio::time::sleep(pause).await;
        }
    }

    /// Takes blocks until the first error; none of `failures` counts once one was taken.
    async fn session(&self, failures: &mut u32) -> Result<Infallible, StreamError> {
        let silent = |_| StreamError::Silent(self.silence);
        let channel = self.endpoint.connect().await?;
        let mut client = GeyserClient::new(channel).max_decoding_message_size(LARGEST);
        let (requests, queue) = mpsc::channel(REQUESTS);
        // The first of so many finds room.
        let _ = requests.try_send(subscription());
        let mut request = Request::new(stream::unfold(queue, |mut queue| async {
            Some((queue.recv().await?, queue))
        }));
        if let Some(Token(token)) = &self.token {
            request.metadata_mut().insert("x-token", token.clone());
        }
        let answer = timeout(self.silence, client.subscribe(request)).await;
        let mut updates = answer.map_err(silent)??.into_inner();
        let mut standing = Standing::Unknown;
        let mut deadline = Instant::now() + self.silence;
        loop {
            let update = timeout_at(deadline, updates.message()).await;
            let update = update.map_err(silent)??;
            match update.ok_or(StreamError::Ended)?.update_oneof {
                Some(UpdateOneof::Block(block)) => {
                    let taken = self.take(block, &mut standing).await?;
                    if taken {
                        *failures = 0;
                        deadline = Instant::now() + self.silence;
                    }
                }
                Some(UpdateOneof::Ping(_)) => {
                    // Where there is no room, the server has not read the answers to its last ones either.
                    let _ = requests.try_send(ping());
                }
                _ => {}
            }
        }
    }

    /// Keeps a block if it is whole, and says so.
    async fn take(
        &self,
        block: SubscribeUpdateBlock,
        standing: &mut Standing,
    ) -> Result<bool, StreamError> {
        let block = match message::extract(block) {
            Ok(block) => block,
            Err(error) => {
                tracing::info!(%error, "a pushed block is not taken; the node is asked for it");
                self.metrics.push_refused();
                return Ok(false);
            }
        };
        if !self.vouched(&block, standing).await? {
            return Ok(false);
        }
        self.pushed.put(block);
        self.wake.notify();
        Ok(true)
    }

    /// Whether the node has the block that this stream began with, or went on with after a doubt: a server knows no
    /// genesis hash that would tell its network. A node that does not have it yet is asked again when the next one comes.
    async fn vouched(
        &self,
        block: &EmittedBlock,
        standing: &mut Standing,
    ) -> Result<bool, StreamError> {
        let doubts = self.pushed.doubts();
        let pushed = match standing {
            Standing::Vouched(at) if *at == doubts => return Ok(true),
            Standing::Claims(point) => *point,
            Standing::Unknown | Standing::Vouched(_) => Point {
                slot: block.slot,
                hash: block.hash,
            },
        };
        *standing = match self.node.point(pushed.slot, Finality::Confirmed).await {
            Ok(node) if node == pushed => Standing::Vouched(doubts),
            Ok(node) => return Err(StreamError::OtherChain { pushed, node }),
            Err(_) => Standing::Claims(pushed),
        };
        Ok(matches!(standing, Standing::Vouched(_)))
    }
}

/// Whole blocks, so that their transactions can be counted.
fn subscription() -> SubscribeRequest {
    let blocks = SubscribeRequestFilterBlocks {
        include_transactions: Some(true),
        include_accounts: Some(false),
        include_entries: Some(false),
        ..SubscribeRequestFilterBlocks::default()
    };
    SubscribeRequest {
        blocks: HashMap::from([(NAME.to_owned(), blocks)]),
        commitment: Some(CommitmentLevel::Confirmed.into()),
        ..SubscribeRequest::default()
    }
}

fn ping() -> SubscribeRequest {
    SubscribeRequest {
        ping: Some(SubscribeRequestPing { id: 1 }),
        ..SubscribeRequest::default()
    }
}

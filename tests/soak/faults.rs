//! What goes wrong, one after the other.

use std::time::Duration;

use axum::http::StatusCode;
use nix::sys::signal::Signal;
use pedigree_localnet::link::Mode;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    Result,
    database::Database,
    indexer::Indexer,
    proxy::{Node, Spoilt},
};

/// How often a process that ended by itself is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a killed database stays away.
const DOWN: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    IndexerKilled,
    RpcDropped,
    WebSocketDropped,
    DatabaseKilled,
    RpcStalled,
    WebSocketHung,
    ConnectionsEnded,
    RpcTooManyRequests,
    WebSocketHalfOpen,
    RpcUnavailable,
    IndexerStopped,
    RpcTruncated,
    NodeUnreachable,
}

impl Fault {
    const ALL: [Self; 13] = [
        Self::IndexerKilled,
        Self::RpcDropped,
        Self::WebSocketDropped,
        Self::DatabaseKilled,
        Self::RpcStalled,
        Self::WebSocketHung,
        Self::ConnectionsEnded,
        Self::RpcTooManyRequests,
        Self::WebSocketHalfOpen,
        Self::RpcUnavailable,
        Self::IndexerStopped,
        Self::RpcTruncated,
        Self::NodeUnreachable,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::IndexerKilled => "indexer: SIGKILL, started again",
            Self::RpcDropped => "RPC: connections dropped, 30 s",
            Self::WebSocketDropped => "WebSocket: dropped, 30 s",
            Self::DatabaseKilled => "Postgres: SIGKILL, back after 5 s",
            Self::RpcStalled => "RPC: silent, 30 s",
            Self::WebSocketHung => "WebSocket: silent, 60 s",
            Self::ConnectionsEnded => "Postgres: connections ended, every second for 10 s",
            Self::RpcTooManyRequests => "RPC: 429 to two of three, 20 s",
            Self::WebSocketHalfOpen => "WebSocket: half-open",
            Self::RpcUnavailable => "RPC: 503 to two of three, 20 s",
            Self::IndexerStopped => "indexer: SIGSTOP, 20 s",
            Self::RpcTruncated => "RPC: two of three answers cut in half, 20 s",
            Self::NodeUnreachable => "RPC and WebSocket: dropped, 30 s",
        }
    }
}

/// A fault that was made, in time since the beginning.
#[derive(Clone, Copy, Debug)]
pub struct Injected {
    pub fault: Fault,
    pub began: Duration,
    pub ended: Duration,
}

/// What can be made to fail.
pub struct Faults<'a> {
    pub node: &'a Node,
    pub database: &'a Database,
    pub indexer: &'a Indexer,
}

impl Faults<'_> {
    /// One fault each `every`, in turn, none in the last such time, so that it ends undisturbed.
    pub async fn inject(
        &self,
        began: Instant,
        lasts: Duration,
        every: Duration,
    ) -> Result<Vec<Injected>> {
        let mut injected = Vec::new();
        let mut faults = Fault::ALL.into_iter().cycle();
        let mut at = began + every;
        while at + every <= began + lasts {
            self.look_after_until(at).await;
            let Some(fault) = faults.next() else { break };
            let start = began.elapsed();
            eprintln!("{:5.0} s  {}", start.as_secs_f64(), fault.name());
            self.make(fault).await?;
            injected.push(Injected {
                fault,
                began: start,
                ended: began.elapsed(),
            });
            // One that lasted longer is followed by the next at once.
            at = (at + every).max(Instant::now());
        }
        self.look_after_until(began + lasts).await;
        Ok(injected)
    }

    async fn look_after_until(&self, at: Instant) {
        while Instant::now() < at {
            self.indexer.look_after();
            sleep_until(at.min(Instant::now() + LOOK_EVERY)).await;
        }
    }

    async fn make(&self, fault: Fault) -> Result<()> {
        let Node { rpc, ws, spoilt } = self.node;
        let seconds = |seconds| sleep(Duration::from_secs(seconds));
        let spoil = async |how| {
            spoilt.send_replace(Some(how));
            seconds(20).await;
            spoilt.send_replace(None);
        };
        match fault {
            Fault::IndexerKilled => self.indexer.kill(),
            Fault::RpcDropped => {
                rpc.set(Mode::Dropped);
                seconds(30).await;
                rpc.set(Mode::Whole);
            }
            Fault::RpcStalled => {
                rpc.set(Mode::Hung);
                seconds(30).await;
                rpc.set(Mode::Whole);
            }
            Fault::WebSocketDropped => {
                ws.set(Mode::Dropped);
                seconds(30).await;
                ws.set(Mode::Whole);
            }
            Fault::WebSocketHung => {
                ws.set(Mode::Hung);
                seconds(60).await;
                ws.set(Mode::Whole);
            }
            Fault::WebSocketHalfOpen => ws.cut_open_connections(),
            Fault::NodeUnreachable => {
                rpc.set(Mode::Dropped);
                ws.set(Mode::Dropped);
                seconds(30).await;
                rpc.set(Mode::Whole);
                ws.set(Mode::Whole);
            }
            Fault::RpcTooManyRequests => {
                spoil(Spoilt::Status(StatusCode::TOO_MANY_REQUESTS)).await;
            }
            Fault::RpcUnavailable => spoil(Spoilt::Status(StatusCode::SERVICE_UNAVAILABLE)).await,
            Fault::RpcTruncated => spoil(Spoilt::Truncated).await,
            Fault::DatabaseKilled => {
                self.database.kill().await?;
                sleep(DOWN).await;
                self.database.restart().await?;
            }
            Fault::ConnectionsEnded => {
                for _ in 0..10 {
                    if self.database.end_connections().await? == 0 {
                        eprintln!("no connection to end");
                    }
                    seconds(1).await;
                }
            }
            Fault::IndexerStopped => {
                self.indexer.signal(Signal::SIGSTOP)?;
                seconds(20).await;
                self.indexer.signal(Signal::SIGCONT)?;
            }
        }
        Ok(())
    }
}

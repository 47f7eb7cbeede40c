//! Connections: how many there are at once, of all clients and of each, and what a client may send.

use std::{io, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{ServiceExt, service_fn};

use super::client::{Client, Guests};

/// Connections at once, where the process may have as many files; half of them of one client at most.
const SERVED: usize = 8_192;
/// Connections beyond these that are told so at once; what is beyond them too is closed without a word.
const REFUSED: usize = 8_192;
/// Files where the system does not say how many the process may have.
const FILES: usize = 1_024;
/// How long a request's head may take to come, and a connection be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a request's head: more than any parameters need that are not refused.
const HEAD: usize = 64 * 1024;
/// How long whoever is refused may take to ask and to read.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause after the system refused a connection itself.
const RECOVERY: Duration = Duration::from_millis(100);

const REFUSAL: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\n",
    "content-type: application/problem+json\r\n",
    "access-control-allow-origin: *\r\n",
    "retry-after: 1\r\n",
    "connection: close\r\n",
    "content-length: 122\r\n\r\n",
    r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"too many connections at once: try again later"}"#,
);

/// Answers whoever connects, until `shutdown`; what was asked before that is answered still.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let files = files().unwrap_or(FILES);
    let (served, refused) = (SERVED.min(files / 2), REFUSED.min(files / 4));
    let door = Door {
        served: Arc::new(Semaphore::new(served)),
        refused: Arc::new(Semaphore::new(refused)),
        clients: Guests::default(),
        share: served.div_ceil(2),
        router,
        shutdown: shutdown.clone(),
        tasks: TaskTracker::new(),
    };
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, address)) => door.admit(stream, Client::at(address)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(RECOVERY).await;
                }
            }
        }
    };
    shutdown.run_until_cancelled(accepting).await;
    drop(listener);
    door.tasks.close();
    door.tasks.wait().await;
}

struct Door {
    served: Arc<Semaphore>,
    refused: Arc<Semaphore>,
    clients: Guests<()>,
    share: usize,
    router: Router,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Door {
    fn admit(&self, stream: TcpStream, client: Client) {
        let guest = self.clients.enter(client, self.share, || ());
        let place = self.served.clone().try_acquire_owned();
        if let (Some(guest), Ok(place)) = (guest, place) {
            let (router, shutdown) = (self.router.clone(), self.shutdown.clone());
            self.tasks.spawn(async move {
                answer(stream, client, router, shutdown).await;
                drop((guest, place));
            });
        } else if let Ok(place) = self.refused.clone().try_acquire_owned() {
            self.tasks.spawn(async move {
                let _ = timeout(REFUSAL_TIMEOUT, refuse(stream)).await;
                drop(place);
            });
        }
    }
}

async fn answer(stream: TcpStream, client: Client, router: Router, shutdown: CancellationToken) {
    // Small answers must not wait for each other; where that cannot be had they do.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: axum::http::Request<_>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(client);
        router.clone().oneshot(request)
    });
    let mut server = Builder::new(TokioExecutor::new()).http1_only();
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD);
    let connection =
        server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(connection);
    tokio::select! {
        // How a client goes is its own matter.
        _ = connection.as_mut() => {}
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Reads what is asked before it answers: what is closed before that, the client may never read.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    let mut asked = [0; 4096];
    let _ = stream.read(&mut asked).await?;
    stream.write_all(REFUSAL.as_bytes()).await?;
    stream.shutdown().await?;
    while stream.read(&mut asked).await? > 0 {}
    Ok(())
}

/// How many files the process may have open.
fn files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let (head, body) = REFUSAL.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())));
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["status"], 503);
    }

    #[test]
    fn the_system_says_how_many_files_there_may_be() {
        assert!(files().unwrap() > 0);
    }
}

//! Connections: how many there are at once, of all clients and of each, and what a client may send.

use std::{
    io,
    mem::MaybeUninit,
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, http::Request};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

use super::{
    client::{Client, Guests},
    proxies::Proxies,
};

/// Connections at once, where the process may have as many files. One client alone has a third of them at most.
const SERVED: usize = 8_192;
/// Connections beyond these that are asked what they want and told so; what is beyond them too is told at once and closed.
const REFUSED: usize = 8_192;
/// Files where the system does not say how many the process may have.
const FILES: usize = 1_024;
/// How long a client may leave unread what was sent to it: far longer than one that is only busy does.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(120);
/// Bytes that the system keeps of what was sent and is not read, some twice as many: enough for a network's round trip.
const UNREAD: usize = 128 * 1024;
/// How long a request's head may take to come, of whoever is refused too, and a connection be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a request's head: more than any parameters need that are not refused.
const HEAD: usize = 64 * 1024;
/// How long whoever is refused may take to read the answer and go.
const READ_TIMEOUT: Duration = Duration::from_secs(1);
/// How long answers may take once the server ends.
const FAREWELL: Duration = Duration::from_secs(5);
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

/// Answers whoever connects, until `shutdown`; what was asked before that is answered still, for a moment.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Proxies,
    shutdown: CancellationToken,
) {
    let files = files().unwrap_or(FILES);
    let most = (SERVED.min(files / 2), REFUSED.min(files / 5 * 2));
    serve_at_most(most, listener, router, proxies, shutdown).await;
}

async fn serve_at_most(
    (served, refused): (usize, usize),
    listener: TcpListener,
    router: Router,
    proxies: Proxies,
    shutdown: CancellationToken,
) {
    let door = Door {
        served: Arc::new(Semaphore::new(served)),
        refused: Arc::new(Semaphore::new(refused)),
        clients: Guests::default(),
        router,
        proxies,
        shutdown: shutdown.clone(),
        tasks: TaskTracker::new(),
    };
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, address)) => door.admit(stream, address.ip()),
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
    // Who does not read what it asked for does not keep the process here.
    let _ = timeout(FAREWELL, door.tasks.wait()).await;
}

struct Door {
    served: Arc<Semaphore>,
    refused: Arc<Semaphore>,
    clients: Guests<()>,
    router: Router,
    proxies: Proxies,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Door {
    fn admit(&self, stream: TcpStream, peer: IpAddr) {
        // A proxy's are those of many. Of others none has more than half of what is left, so that it takes many to leave nothing.
        let share = match self.proxies.trust(peer) {
            true => usize::MAX,
            false => self.served.available_permits().div_ceil(2),
        };
        let guest = self.clients.enter(Client::at(peer), share, || ());
        let place = self.served.clone().try_acquire_owned();
        if let (Some(guest), Ok(place)) = (guest, place) {
            let asked = Asked {
                peer,
                proxies: self.proxies.clone(),
                router: self.router.clone(),
            };
            let shutdown = self.shutdown.clone();
            self.tasks.spawn(async move {
                answer(stream, asked, shutdown).await;
                drop((guest, place));
            });
        } else if let Ok(place) = self.refused.clone().try_acquire_owned() {
            self.tasks.spawn(async move {
                let _ = refuse(stream).await;
                drop(place);
            });
        } else {
            refuse_at_once(&stream);
        }
    }
}

async fn answer(stream: TcpStream, asked: Asked, shutdown: CancellationToken) {
    // Small answers must not wait for each other; where that cannot be had they do.
    let _ = stream.set_nodelay(true);
    // Who asks for much and reads nothing of it would have it kept here for ever.
    let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD_TIMEOUT));
    let _ = SockRef::from(&stream).set_send_buffer_size(UNREAD);
    let mut server = Builder::new(TokioExecutor::new()).http1_only();
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD);
    let service = TowerToHyperService::new(asked);
    let connection = server.serve_connection(TokioIo::new(stream), service);
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

/// Answers the requests of one connection, each with its client's name on it.
#[derive(Clone)]
struct Asked {
    peer: IpAddr,
    proxies: Proxies,
    router: Router,
}

impl<B> Service<Request<B>> for Asked
where
    Router: Service<Request<B>>,
{
    type Response = <Router as Service<Request<B>>>::Response;
    type Error = <Router as Service<Request<B>>>::Error;
    type Future = <Router as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.router.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let asking = self.proxies.asking(self.peer, request.headers());
        request.extensions_mut().insert(Client::at(asking));
        self.router.call(request)
    }
}

/// Reads what is asked before it answers: what is closed before that, the client may never read.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    let mut asked = [0; 4096];
    let _ = timeout(HEAD_TIMEOUT, stream.read(&mut asked)).await?;
    let answering = async {
        stream.write_all(REFUSAL.as_bytes()).await?;
        stream.shutdown().await?;
        while stream.read(&mut asked).await? > 0 {}
        Ok(())
    };
    timeout(READ_TIMEOUT, answering).await?
}

/// Answers without waiting for anything: who has asked already reads it.
fn refuse_at_once(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let _ = socket.recv(&mut [MaybeUninit::uninit(); 4096]);
    let _ = socket.send(REFUSAL.as_bytes());
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
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::{net::TcpSocket, task::JoinHandle};

    use super::*;
    use crate::api::limits::Network;

    fn greeting() -> Router {
        Router::new().route("/", get(async || "served"))
    }

    /// Serves: where, and until when.
    async fn start(
        most: (usize, usize),
        router: Router,
        proxies: Proxies,
    ) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = serve_at_most(most, listener, router, proxies, shutdown.clone());
        (to, shutdown, tokio::spawn(serving))
    }

    /// Connects from an address of this machine, and asks.
    async fn ask(from: &str, to: SocketAddr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(from.parse().unwrap()).unwrap();
        let mut stream = socket.connect(to).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
        stream
    }

    /// The beginning of what is answered.
    async fn answer(stream: &mut TcpStream) -> String {
        let mut text = vec![0; 1024];
        let read = stream.read(&mut text).await.unwrap();
        String::from_utf8_lossy(&text[..read]).into_owned()
    }

    #[tokio::test]
    async fn i19_a_client_with_as_many_connections_as_are_left_is_refused_more_and_others_are_served()
     {
        let (to, shutdown, serving) = start((4, 8), greeting(), Proxies::default()).await;
        let (one, other) = ("127.0.0.1:0", "127.0.0.2:0");
        let mut held = [ask(one, to).await, ask(one, to).await];
        for stream in &mut held {
            assert!(answer(stream).await.contains("served"));
        }
        let mut third = ask(one, to).await;
        assert!(answer(&mut third).await.starts_with("HTTP/1.1 503"));
        assert_eq!(third.read(&mut [0; 1]).await.unwrap(), 0, "it is closed");
        let mut stream = ask(other, to).await;
        assert!(answer(&mut stream).await.contains("served"));
        // Idle ones end with the server, and do not keep it from ending.
        shutdown.cancel();
        serving.await.unwrap();
        assert_eq!(held[0].read(&mut [0; 1]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn i19_three_clients_who_take_whatever_they_get_leave_a_fourth_its_own() {
        let (to, shutdown, serving) = start((40, 200), greeting(), Proxies::default()).await;
        let mut held = Vec::new();
        for client in 1..4 {
            for _ in 0..40 {
                let mut stream = ask(&format!("127.0.0.{client}:0"), to).await;
                if answer(&mut stream).await.contains("served") {
                    held.push(stream);
                }
            }
        }
        assert!(held.len() > 20, "{}", held.len());
        let mut fourth = ask("127.0.0.4:0", to).await;
        assert!(answer(&mut fourth).await.contains("served"));
        shutdown.cancel();
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn i19_whoever_is_refused_and_slow_to_ask_in_a_flood_is_told_so_still() {
        let (to, shutdown, serving) = start((0, 1), greeting(), Proxies::default()).await;
        let mut slow = TcpStream::connect(to).await.unwrap();
        // As long as a busy client may need, and longer than one may take to read.
        tokio::time::sleep(READ_TIMEOUT * 6).await;
        let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        slow.write_all(request).await.unwrap();
        assert!(answer(&mut slow).await.starts_with("HTTP/1.1 503"));
        drop(slow);
        shutdown.cancel();
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn i19_where_nobody_is_left_to_refuse_it_a_connection_is_still_told_why_it_is_closed() {
        let (to, shutdown, serving) = start((2, 0), greeting(), Proxies::default()).await;
        let from = "127.0.0.1:0";
        let mut held = ask(from, to).await;
        assert!(answer(&mut held).await.contains("served"));
        let mut refused = ask(from, to).await;
        assert!(answer(&mut refused).await.starts_with("HTTP/1.1 503"));
        shutdown.cancel();
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn i19_of_a_trusted_proxy_each_that_it_asks_for_is_a_client_and_its_connections_are_not_counted()
     {
        let name = async |request: axum::extract::Request| format!("{:?}", Client::of(&request));
        let router = Router::new().route("/", get(name));
        let proxies = ["127.0.0.1".parse::<Network>().unwrap()]
            .into_iter()
            .collect();
        let (to, shutdown, serving) = start((4, 8), router, proxies).await;
        let ask = async |from: &str| {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(from.parse().unwrap()).unwrap();
            let mut stream = socket.connect(to).await.unwrap();
            let request = b"GET / HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 9.9.9.9, 8.8.8.8\r\n\r\n";
            stream.write_all(request).await.unwrap();
            let answer = answer(&mut stream).await;
            (stream, answer)
        };
        let (held, answer) = ask("127.0.0.2:0").await;
        assert!(answer.contains("127.0.0.2"), "{answer}");
        drop(held);
        let mut held = Vec::new();
        for _ in 0..3 {
            let (stream, answer) = ask("127.0.0.1:0").await;
            assert!(answer.contains("8.8.8.8"), "{answer}");
            held.push(stream);
        }
        shutdown.cancel();
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn i19_a_head_that_is_too_long_is_refused() {
        let (to, shutdown, serving) = start((4, 8), greeting(), Proxies::default()).await;
        let mut stream = TcpStream::connect(to).await.unwrap();
        let head = format!(
            "GET / HTTP/1.1\r\nhost: x\r\nlong: {}",
            "x".repeat(2 * HEAD)
        );
        let _ = stream.write_all(head.as_bytes()).await;
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 431"));
        drop(stream);
        shutdown.cancel();
        serving.await.unwrap();
    }

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

//! How much is asked for at once, by all and by each client, and for how long.

mod answers;
mod client;
mod connections;
mod proxies;
mod room;

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::problem::Problem;
pub use answers::{Unsent, in_bounds};
pub use client::Client;
pub use connections::serve;
pub use proxies::{Network, Proxies};
pub use room::{Room, Turn};

/// Requests that query the database at once, and those that may wait for it.
const REQUESTS: (usize, usize) = (8, 128);
/// Searches that run at once, each on a thread of its own, and those that may wait: enough to use the cores, so few that
/// whatever else this process does, indexing above all, gets its part of them.
const SEARCHES: (usize, usize) = (4, 128);
/// The same for those that ask how the index is, who are answered in a flood of the others as well.
const STATUSES: (usize, usize) = (2, 16);
/// The same for `/readyz`.
const READINESS: (usize, usize) = (1, 16);
/// Streams that read their next page at once; as many wait as there are.
const STREAMS: usize = 2;
/// Clients that may listen to the event log at once.
const LISTENERS: usize = 256;
/// Connections to the database: of them all, and one for notices of the event log.
pub const CONNECTIONS: u32 = (REQUESTS.0 + STATUSES.0 + STREAMS + READINESS.0 + 1) as u32;

/// Places for those who query the database, so that each finds a connection, and for those who search.
#[derive(Debug)]
pub struct Limits {
    pub requests: Room,
    pub searches: Room,
    pub statuses: Room,
    pub streams: Room,
    pub listeners: Room,
    /// Of those who ask whether it is ready: the last place, however many others ask.
    pub readiness: Room,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: Room::shared(REQUESTS),
            searches: Room::shared(SEARCHES),
            // What watches an index asks from where others do.
            statuses: Room::new(STATUSES),
            streams: Room::new((STREAMS, tokio::sync::Semaphore::MAX_PERMITS)),
            listeners: Room::shared((LISTENERS, 0)),
            readiness: Room::new(READINESS),
        }
    }
}

/// Answers what takes too long.
pub async fn in_time(State(within): State<Duration>, request: Request, next: Next) -> Response {
    let client = Client::of(&request);
    match timeout(within, client.asks(next.run(request))).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable("the request took too long: ask for less, or try again")
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware, routing::get};

    use super::*;

    #[tokio::test]
    async fn i19_what_takes_too_long_is_answered_with_a_problem() {
        let within = Duration::from_millis(50);
        let router = Router::new()
            .route("/", get(std::future::pending::<()>))
            .layer(middleware::from_fn_with_state(within, in_time));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let response = reqwest::get(url).await.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert!(response.text().await.unwrap().contains("too long"));
    }
}

//! How much is asked for at once, and for how long.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::problem::{Problem, Result};

/// Requests that query the database at once, and those that may wait for it.
const REQUESTS: (usize, usize) = (8, 128);
/// The same for those that ask how the index is, who are answered in a flood of the others as well.
const STATUSES: (usize, usize) = (2, 16);
/// The same for `/readyz`.
const READINESS: (usize, usize) = (1, 16);
/// Streams that read their next page at once; as many wait as there are.
const STREAMS: usize = 2;
/// Connections to the database: of them all, and one for notices of the event log.
pub const CONNECTIONS: u32 = (REQUESTS.0 + STATUSES.0 + STREAMS + READINESS.0 + 1) as u32;
/// How long a request waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// Places for those who query the database, so that each finds a connection.
#[derive(Debug)]
pub struct Limits {
    pub requests: Room,
    pub statuses: Room,
    pub streams: Room,
    /// Of those who ask whether it is ready: the last place, however many others ask.
    pub readiness: Room,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: Room::new(REQUESTS),
            statuses: Room::new(STATUSES),
            streams: Room::new((STREAMS, Semaphore::MAX_PERMITS)),
            readiness: Room::new(READINESS),
        }
    }
}

/// Places for some, and for some more who wait.
#[derive(Clone, Debug)]
pub struct Room {
    served: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// A place, until it is dropped.
pub type Turn = OwnedSemaphorePermit;

impl Room {
    fn new((served, waiting): (usize, usize)) -> Self {
        Self {
            served: Arc::new(Semaphore::new(served)),
            waiting: Arc::new(Semaphore::new(waiting)),
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// 429 where too many wait already, or it takes too long: a flood costs those who make it, not the index.
    pub async fn turn(&self) -> Result<Turn> {
        let _waits = self
            .waiting
            .try_acquire()
            .map_err(|_| Problem::too_many())?;
        let turn = timeout(PATIENCE, self.served.clone().acquire_owned()).await;
        turn.map_err(|_| Problem::too_many())?
            .map_err(|_| Problem::too_many())
    }

    /// Waits for a place for as long as it takes.
    ///
    /// # Errors
    /// None while the process runs.
    pub async fn patient_turn(&self) -> Result<Turn> {
        let turn = self.served.clone().acquire_owned().await;
        turn.map_err(|_| Problem::too_many())
    }
}

/// Answers what takes too long.
pub async fn in_time(State(within): State<Duration>, request: Request, next: Next) -> Response {
    match timeout(within, next.run(request)).await {
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

    #[tokio::test]
    async fn i19_whoever_finds_no_room_is_told_to_come_back() {
        let room = Room::new((1, 1));
        let turn = room.turn().await.unwrap();
        let (first, second) = tokio::join!(room.turn(), room.turn());
        assert!(first.is_err(), "it waited in vain");
        let response = second.unwrap_err().into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        drop(turn);
        assert!(room.turn().await.is_ok());
    }
}

//! Answers on their way: how much is kept for those who have not read it yet.

use std::{
    io, iter,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Request, State},
    http::header::CONTENT_LENGTH,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::{Client, Guest, Guests};
use crate::api::problem::Problem;

/// Bytes that are handed to a connection at once. What is no longer is its connection's matter alone.
const PIECE: usize = 64 * 1024;
/// Pieces of all answers that are kept, 256 MiB; half of them for one client at most.
const PIECES: usize = 4_096;

/// How long a large answer may take to be read; who takes longer keeps others from theirs, and finds its connection closed.
const SENT_WITHIN: Duration = Duration::from_secs(60);

/// Room for what is kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Unsent {
    pieces: Arc<Semaphore>,
    clients: Guests<Arc<Semaphore>>,
    share: usize,
}

impl Default for Unsent {
    fn default() -> Self {
        Self::of(PIECES)
    }
}

/// Room that an answer takes until it is dropped.
struct Kept {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _guest: Guest<Arc<Semaphore>>,
}

impl Unsent {
    fn of(pieces: usize) -> Self {
        Self {
            pieces: Arc::new(Semaphore::new(pieces)),
            clients: Guests::default(),
            share: pieces.div_ceil(2),
        }
    }

    /// None where there is no room, or this client has had its part.
    fn keep(&self, client: Client, bytes: usize) -> Option<Kept> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).ok()?;
        let first = || Arc::new(Semaphore::new(self.share));
        let (guest, own) = self.clients.enter(client, usize::MAX, first)?;
        Some(Kept {
            _own: own.try_acquire_many_owned(pieces).ok()?,
            _all: self.pieces.clone().try_acquire_many_owned(pieces).ok()?,
            _guest: guest,
        })
    }
}

/// Sends a large answer piece by piece, as it is read, and refuses one where too much waits to be read already.
pub async fn in_bounds(State(unsent): State<Unsent>, request: Request, next: Next) -> Response {
    let client = Client::of(&request);
    let response = next.run(request).await;
    let length = response.body().size_hint().exact();
    let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
        // A stream, which makes its pieces as they are read.
        return response;
    };
    if length <= PIECE {
        return response;
    }
    let Some(kept) = unsent.keep(client, length) else {
        return Problem::too_many().into_response();
    };
    let (mut head, body) = response.into_parts();
    let bytes = match to_bytes(body, length).await {
        Ok(bytes) => bytes,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    head.headers.insert(CONTENT_LENGTH, length.into());
    Response::from_parts(head, Body::from_stream(pieces(bytes, kept)))
}

fn pieces(mut bytes: Bytes, kept: Kept) -> impl Stream<Item = io::Result<Bytes>> {
    let begun = Instant::now();
    stream::iter(iter::from_fn(move || {
        // As long as there are pieces.
        let _kept = &kept;
        let piece = bytes.split_to(bytes.len().min(PIECE));
        let is_late = begun.elapsed() >= SENT_WITHIN;
        match (piece.is_empty(), is_late) {
            (true, _) => None,
            (_, true) => Some(Err(io::ErrorKind::TimedOut.into())),
            _ => Some(Ok(piece)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// Of an answer: more than what any connection holds.
    const LARGE: usize = 256 * PIECE;

    #[tokio::test]
    async fn i19_who_does_not_read_what_it_asked_for_is_given_no_more_and_others_are() {
        let router = Router::new()
            .route("/", get(async || vec![b'x'; LARGE]))
            .route("/small", get(async || "small"))
            // Four at once, of one client two.
            .layer(middleware::from_fn_with_state(
                Unsent::of(LARGE / PIECE * 4),
                in_bounds,
            ));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let ask = async |path: &str| {
            let mut stream = TcpStream::connect(to).await.unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut head = [0; 12];
            stream.read_exact(&mut head).await.unwrap();
            (stream, String::from_utf8_lossy(&head).into_owned())
        };
        let (mut first, status) = ask("/").await;
        assert_eq!(status, "HTTP/1.1 200");
        let (second, _) = ask("/").await;
        assert_eq!(ask("/").await.1, "HTTP/1.1 429", "nothing of two was read");
        assert_eq!(ask("/small").await.1, "HTTP/1.1 200");
        // All of it comes, and makes room.
        let mut rest = Vec::new();
        first.read_to_end(&mut rest).await.unwrap();
        assert!(rest.ends_with(&[b'x'; LARGE]));
        let text = String::from_utf8_lossy(&rest[..400]).into_owned();
        assert!(
            text.contains(&format!("content-length: {LARGE}\r\n")),
            "{text}"
        );
        while ask("/").await.1 != "HTTP/1.1 200" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(second);
    }
}

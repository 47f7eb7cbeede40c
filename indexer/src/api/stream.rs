//! `/v1/stream`: the same log as server-sent events, as it grows.
//!
//! A client is fed from the log itself, from the entry that it names on, at the speed at which it reads: there is no
//! second source that could differ from `/v1/events`, and a slow client costs nothing but its place.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use sqlx::{PgConnection, PgPool, postgres::PgListener};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Api,
    events::{self, Entry},
    limits::Turn,
    params::Params,
    problem::{Problem, Result},
};
use crate::store::log;

/// Entries read at once for one client.
const PAGE: i64 = 100;
/// How long to wait for a notice: what is missed costs time, never an entry.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause before the notices are asked for again.
const RECONNECT: Duration = Duration::from_secs(1);
/// A comment is sent after this long without an entry, so that nobody takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: &str = "last-event-id";

/// The log as it grows: each entry's number is its event's id, so that a client that comes back is given what it missed.
#[utoipa::path(
    get, path = "/v1/stream", tag = "events",
    params(
        ("after" = Option<i64>, Query, description = "Entries after this number; what is new unless given"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The same, and stronger"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "`event` is the entry's `op`, `data` the entry"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many listen already"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "Older than what is kept"),
    )
)]
pub async fn stream(
    State(api): State<Api>,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response> {
    let asked = params.number("after", 0..=i64::MAX)?;
    params.end()?;
    let (parameter, after) = match headers.get(LAST_EVENT_ID) {
        Some(id) => (LAST_EVENT_ID, Some(last_event_id(id.as_bytes())?)),
        None => ("after", asked),
    };
    let room = api.limits().listeners.seat()?;
    let mut tx = api.snapshot().await?;
    let after = match after {
        Some(after) => {
            events::check_kept(&mut tx, parameter, after).await?;
            after
        }
        None => head(&mut tx).await?,
    };
    drop(tx);
    api.metrics().streams(1);
    let client = Client {
        after,
        read: VecDeque::new(),
        head: api.0.log_head.clone(),
        api,
        _room: room,
    };
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(entries(client))
        .keep_alive(keep_alive)
        .into_response())
}

async fn head(db: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT last_seq FROM event_log_head")
        .fetch_one(db)
        .await?)
}

fn last_event_id(id: &[u8]) -> Result<i64> {
    let number = std::str::from_utf8(id).ok().and_then(|id| id.parse().ok());
    number
        .filter(|number| *number >= 0)
        .ok_or_else(|| Problem::bad(LAST_EVENT_ID, "it is no number of an entry"))
}

/// Where a client is.
struct Client {
    after: i64,
    /// Read, and not sent yet.
    read: VecDeque<Entry>,
    head: watch::Receiver<i64>,
    api: Api,
    _room: Turn,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.api.metrics().streams(-1);
    }
}

/// Ends at shutdown, when the database fails, and when the client is so slow that what it needs is not kept any more: it
/// comes back with the last number that it has, and is told.
fn entries(client: Client) -> impl Stream<Item = std::result::Result<Event, Infallible>> {
    stream::unfold(client, async |mut client| {
        let entry = client.next().await?;
        let event = Event::default()
            .id(entry.seq.to_string())
            .event(&entry.op)
            .json_data(&entry)
            .ok()?;
        Some((Ok(event), client))
    })
}

impl Client {
    async fn next(&mut self) -> Option<Entry> {
        let shutdown = self.api.0.shutdown.clone();
        shutdown.run_until_cancelled(self.entry()).await.flatten()
    }

    async fn entry(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.read.pop_front() {
                self.after = entry.seq;
                return Some(entry);
            }
            self.head.mark_unchanged();
            match self.page().await {
                Ok(page) => self.read = page.into(),
                Err(_) => return None,
            }
            if self.read.is_empty() {
                let _ = timeout(LOOK_EVERY, self.head.changed()).await;
            }
        }
    }

    async fn page(&self) -> Result<Vec<Entry>> {
        // One state for both: what is forgotten in between would be missed without notice.
        let turn = self.api.limits().streams.patient_turn().await;
        let mut tx = self.api.snapshot_in(turn).await?;
        events::check_kept(&mut tx, "after", self.after).await?;
        events::read(&mut tx, self.after, PAGE).await
    }
}

/// Follows the log's last number by the database's notices, until `shutdown`.
pub fn follow_log(pool: PgPool, shutdown: CancellationToken) -> watch::Receiver<i64> {
    let (sender, receiver) = watch::channel(0);
    tokio::spawn(async move {
        let following = async {
            loop {
                if let Err(error) = listen(&pool, &sender).await {
                    tracing::info!(%error, "no notices of the event log; streams look by themselves");
                }
                tokio::time::sleep(RECONNECT).await;
            }
        };
        shutdown.run_until_cancelled(following).await;
    });
    receiver
}

async fn listen(pool: &PgPool, head: &watch::Sender<i64>) -> std::result::Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(log::CHANNEL).await?;
    loop {
        let notice = listener.recv().await?;
        if let Ok(seq) = notice.payload().parse() {
            head.send_replace(seq);
        }
    }
}

//! The event log and its stream.

use std::time::Duration;

use pedigree_indexer::store::Store;
use serde_json::Value;

use crate::{
    forks::other_history,
    support::{Client, IN_TIME, histories::history, store},
};

/// Keys of the events that the log leaves applied, in order; checks its numbers and operations on the way.
pub async fn folded(store: &Store) -> Vec<(i64, Vec<u8>, Vec<i32>)> {
    type Row = (i64, String, i64, i64, Vec<u8>, Vec<i32>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT CASE l.op WHEN 'reverted' THEN l.last_seq - (e.applied_seq - l.events_from)
                          ELSE l.first_seq + (e.applied_seq - l.events_from) END AS seq,
                l.op, e.applied_seq, l.slot, e.signature, e.ix_path
         FROM event_log l
         JOIN (SELECT slot, applied_seq, signature, ix_path FROM raw_events
               UNION ALL SELECT slot, applied_seq, signature, ix_path FROM orphan_events) e
             ON e.slot = l.slot AND e.applied_seq BETWEEN l.events_from AND l.events_from + l.last_seq - l.first_seq
         ORDER BY 1",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    let mut applied = Vec::new();
    for (at, (seq, op, event, slot, signature, path)) in rows.into_iter().enumerate() {
        assert_eq!(seq, at as i64 + 1, "numbers follow one another");
        match op.as_str() {
            "applied" => applied.push((event, slot, signature, path)),
            "reverted" => assert_eq!(
                applied.pop().map(|(last, ..)| last),
                Some(event),
                "the last one applied is taken back first"
            ),
            "finalized" => assert!(applied.iter().any(|(found, ..)| *found == event)),
            other => panic!("{other}"),
        }
    }
    applied
        .into_iter()
        .map(|(_, slot, signature, path)| (slot, signature, path))
        .collect()
}

/// Keys of the stored events, in the chain's order.
pub async fn raw_keys(store: &Store) -> Vec<(i64, Vec<u8>, Vec<i32>)> {
    sqlx::query_as(
        "SELECT slot, signature, ix_path FROM raw_events ORDER BY slot, tx_index, ix_path",
    )
    .fetch_all(store.pool())
    .await
    .unwrap()
}

async fn pages(client: &Client, limit: u32) -> Vec<Value> {
    let mut entries = Vec::new();
    loop {
        let after = entries
            .last()
            .map_or(0, |entry: &Value| entry["seq"].as_i64().unwrap());
        let page = client
            .get(&format!("/v1/events?after={after}&limit={limit}"))
            .await;
        let items = page["items"].as_array().unwrap().clone();
        if items.is_empty() {
            assert_eq!(page["head"], after);
            return entries;
        }
        entries.extend(items);
    }
}

#[tokio::test]
async fn every_event_is_logged_as_applied_reverted_or_final_in_the_order_of_the_commits() {
    let (store, database) = store().await;
    let (chain, _) = history();
    let blocks = chain.decoded();
    for batch in blocks.chunks(2) {
        store.apply(batch).await.unwrap();
    }
    store.finalize(13).await.unwrap();
    // The last two blocks leave the chain.
    let mut fork = chain.fork_after(16, "others");
    fork.push_at(19, Vec::new());
    let replacement = fork.decoded();
    store
        .replace(blocks[4].point(), &replacement[5..])
        .await
        .unwrap();
    store.finalize(19).await.unwrap();
    let client = Client::of(&database, None).await;
    let whole = pages(&client, 1_000).await;
    assert_eq!(
        whole,
        pages(&client, 3).await,
        "pages of any size are one log"
    );
    let ops: Vec<_> = whole
        .iter()
        .map(|entry| entry["op"].as_str().unwrap())
        .collect();
    let count = |op| ops.iter().filter(|found| **found == op).count();
    assert_eq!(
        (count("applied"), count("reverted"), count("finalized")),
        (21, 9, 12)
    );
    let taken_back: Vec<_> = whole
        .iter()
        .filter(|entry| entry["op"] == "reverted")
        .collect();
    let applied: Vec<_> = whole
        .iter()
        .filter(|entry| entry["op"] == "applied")
        .collect();
    for (back, forth) in taken_back.iter().zip(applied.iter().rev()) {
        assert_eq!(
            (&back["signature"], &back["ix_path"], &back["event"]),
            (&forth["signature"], &forth["ix_path"], &forth["event"])
        );
    }
    assert_eq!(whole[0]["event"]["event"], "ProfileCreatedV1");
    assert_eq!(folded(&store).await, raw_keys(&store).await);
}

#[tokio::test]
async fn the_log_is_the_same_however_blocks_were_batched() {
    let mut logs = Vec::new();
    for size in [1, 3, 100] {
        let (store, database) = store().await;
        for batch in history().0.decoded().chunks(size) {
            store.apply(batch).await.unwrap();
        }
        logs.push(pages(&Client::of(&database, None).await, 1_000).await);
    }
    assert_eq!(logs[0], logs[1]);
    assert_eq!(logs[0], logs[2]);
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_gone_and_what_never_was_is_refused() {
    let (store, database) = store().await;
    store.apply(&history().0.decoded()).await.unwrap();
    let client = Client::of(&database, None).await;
    store.prune_log(Duration::ZERO).await.unwrap();
    client.get("/v1/events").await;
    store.finalize(13).await.unwrap();
    store.prune_log(Duration::ZERO).await.unwrap();
    // What is not final stays, and so does everything after it.
    for path in ["/v1/events", "/v1/events?after=8", "/v1/stream?after=3"] {
        assert_eq!(
            client.refused(path, axum::http::StatusCode::GONE).await,
            "after",
            "{path}"
        );
    }
    let kept = client.get("/v1/events?after=9").await;
    assert_eq!(kept["items"][0]["seq"], 10);
    for path in [
        "/v1/events?after=999",
        "/v1/events?limit=1001",
        "/v1/events?after=-1",
    ] {
        client
            .refused(path, axum::http::StatusCode::BAD_REQUEST)
            .await;
    }
}

/// Blocks one by one, then a fork in the place of the last of them, then finality.
async fn write_with_a_fork(store: &Store, pause: Duration) {
    let (first, second) = (history().0.decoded(), other_history());
    for block in first.chunks(1) {
        tokio::time::sleep(pause).await;
        store.apply(block).await.unwrap();
    }
    tokio::time::sleep(pause).await;
    let replacement = second.decoded();
    let replaced = store.replace(first[3].point(), &replacement[4..]).await;
    assert!(replaced.unwrap().is_some());
    tokio::time::sleep(pause).await;
    store.finalize(second.tip()).await.unwrap();
}

/// Reads the stream until an entry of this number.
async fn listen(
    client: &Client,
    path: &str,
    last_id: Option<i64>,
    until: i64,
) -> Vec<(i64, Value)> {
    let mut request = reqwest::Client::new().get(client.url(path));
    if let Some(id) = last_id {
        request = request.header("Last-Event-ID", id.to_string());
    }
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let (mut text, mut entries) = (String::new(), Vec::new());
    while entries.last().is_none_or(|(id, _)| *id < until) {
        let chunk = tokio::time::timeout(IN_TIME, response.chunk())
            .await
            .expect("an entry in time")
            .unwrap()
            .expect("the stream does not end");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let field = |name: &str| {
                let line = event.lines().find_map(|line| line.strip_prefix(name))?;
                Some(line.trim_start().to_owned())
            };
            let Some(id) = field("id:") else { continue };
            let data: Value = serde_json::from_str(&field("data:").unwrap()).unwrap();
            assert_eq!(data["op"], field("event:").unwrap());
            entries.push((id.parse().unwrap(), data));
        }
    }
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_goes_on_where_a_client_was_with_no_gap_between_it_and_the_log() {
    let (rehearsed, _database) = self::store().await;
    write_with_a_fork(&rehearsed, Duration::ZERO).await;
    let end: i64 = sqlx::query_scalar("SELECT max(last_seq) FROM event_log")
        .fetch_one(rehearsed.pool())
        .await
        .unwrap();
    let (store, database) = store().await;
    let client = Client::of(&database, None).await;
    let writing = {
        let store = store.clone();
        tokio::spawn(async move { write_with_a_fork(&store, Duration::from_millis(80)).await })
    };
    // Two clients: one that stays, one that is cut off again and again.
    let staying = listen(&client, "/v1/stream?after=0", None, end);
    let coming_back = async {
        let mut entries: Vec<(i64, Value)> = Vec::new();
        while entries.last().is_none_or(|(id, _)| *id < end) {
            let last = entries.last().map_or(0, |(id, _)| *id);
            let next = (last + 5).min(end);
            let mut more = listen(&client, "/v1/stream", Some(last), next).await;
            more.truncate(5);
            entries.extend(more);
        }
        entries
    };
    let (staying, coming_back) = tokio::join!(staying, coming_back);
    writing.await.unwrap();
    assert_eq!(staying, coming_back);
    let log: Vec<_> = pages(&client, 100)
        .await
        .into_iter()
        .map(|entry| (entry["seq"].as_i64().unwrap(), entry))
        .collect();
    assert_eq!(staying, log);
    assert!(staying.iter().any(|(_, entry)| entry["op"] == "reverted"));
}

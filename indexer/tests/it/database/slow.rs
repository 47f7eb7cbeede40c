//! A server that takes its time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection, PgConnection};

use crate::support::{
    Chain, Market,
    node::Node,
    running::{QUEUE, clean_hash, frontier, run},
    store, until,
};

#[tokio::test(flavor = "multi_thread")]
async fn i16_a_slow_database_makes_fetching_wait_and_drops_nothing() {
    const EVENTS: usize = 75;
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    for block in 0..45 {
        chain.push_events((0..EVENTS).map(|n| market.profile("alice", &format!("{block} {n}"))));
    }
    let (store, database) = store().await;
    let first = chain.blocks[0].0;
    let node = Node::start(chain.until(first)).await;
    // What is fetched again after an error was no further ahead: the highest slot asked for counts, not the requests.
    let asked = Arc::new(AtomicU64::new(0));
    let highest = asked.clone();
    node.fail(move |method, slot| {
        if method == "getBlock" {
            highest.fetch_max(slot, Ordering::Relaxed);
        }
        None
    });
    let running = run(&store, &node);
    until("it has begun", async || {
        frontier(&store).await == Some(first)
    })
    .await;
    // Whoever stores waits for this one.
    let mut other = PgConnection::connect(database.url()).await.unwrap();
    let mut hanging = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE cursor IN EXCLUSIVE MODE")
        .execute(&mut *hanging)
        .await
        .unwrap();
    let whole = chain.clone();
    node.edit(move |told| *told = whole);
    let mut before = 0;
    until("fetching waits", async || {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let now = asked.load(Ordering::Relaxed);
        std::mem::replace(&mut before, now) == now && now > first + 9
    })
    .await;
    let most = before - first;
    println!("blocks that wait: {most}");
    // What the queue holds of such blocks, counting their bytes on the chain alone, and those that are being fetched.
    let blocks = chain.decoded();
    let bytes: usize = blocks[0]
        .events
        .iter()
        .map(|event| event.event.encoded_len())
        .sum();
    let room = u64::from(QUEUE) / bytes as u64 + 9;
    assert!(
        room < blocks.len() as u64,
        "the whole chain fits: this proves nothing"
    );
    assert!(most <= room, "{most} of {room}");
    hanging.rollback().await.unwrap();
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

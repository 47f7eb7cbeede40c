//! A server that takes its time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pedigree_indexer::api::Status;

use crate::support::{
    Chain, Market,
    node::Node,
    running::{QUEUE, clean_hash, run},
    store,
};

#[tokio::test(flavor = "multi_thread")]
async fn i16_a_slow_database_makes_fetching_wait_and_drops_nothing() {
    const EVENTS: usize = 300;
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    for block in 0..45 {
        chain.push_events((0..EVENTS).map(|n| market.profile("alice", &format!("{block} {n}"))));
    }
    let (store, _database) = store().await;
    sqlx::raw_sql(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
         CREATE TRIGGER wait AFTER INSERT OR UPDATE ON cursor FOR EACH STATEMENT EXECUTE FUNCTION wait();",
    )
    .execute(store.pool())
    .await
    .unwrap();
    let node = Node::start(chain.clone()).await;
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
    let mut most = 0;
    loop {
        let ahead = asked.load(Ordering::Relaxed);
        let status = Status::read(store.pool(), &Default::default(), Default::default()).await;
        let stored = u64::try_from(status.unwrap().slot.unwrap_or(9)).unwrap();
        most = most.max(ahead.saturating_sub(stored));
        if stored == chain.tip() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.stop().await;
    println!("blocks that waited at most: {most}");
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
    assert!(most > 9, "nothing ever waited: this proves nothing");
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

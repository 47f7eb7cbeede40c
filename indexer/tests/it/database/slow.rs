//! A server that takes its time.

use std::time::Duration;

use pedigree_indexer::api::Status;

use crate::support::{
    Chain, Market,
    node::Node,
    running::{clean_hash, figure, run},
    store,
};

#[tokio::test(flavor = "multi_thread")]
async fn i16_a_slow_database_makes_fetching_wait_and_drops_nothing() {
    const EVENTS: usize = 500;
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    for block in 0..60 {
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
    let running = run(&store, &node);
    let mut most = 0;
    loop {
        let fetched = figure(&store, &running.metrics, "pedigree_fetched_events_total").await;
        let status = Status::read(store.pool(), &Default::default(), Default::default()).await;
        let status = status.unwrap();
        most = most.max(fetched.saturating_sub(u64::try_from(status.events).unwrap()));
        if status.slot == i64::try_from(chain.tip()).ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.stop().await;
    println!("events that waited at most: {most}");
    // The queue's 24 MiB, which hold fewer than 18,000 such events, and the eight blocks that are being fetched.
    assert!(most <= 18_000 + 9 * EVENTS as u64, "{most}");
    assert!(most > 4_000, "nothing ever waited: this proved nothing");
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

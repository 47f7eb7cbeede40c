//! I3: connections to the database that go silent, and nobody is told.

use std::time::Duration;

use pedigree_indexer::store::Store;
use pedigree_localnet::link::Link;

use crate::support::{
    Chain,
    histories::long_history,
    node::Node,
    running::{clean_hash, frontier, run},
    store, until,
};

const PATIENCE: Duration = Duration::from_secs(2);
const BLOCKS: u32 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn i3_connections_that_go_silent_between_transactions_are_replaced() {
    let chain = long_history(BLOCKS);
    let half = chain.until(chain.blocks[chain.blocks.len() / 2].0);
    go_silent(&chain, half.clone(), |direct| async move {
        until("half is stored", async || {
            frontier(&direct).await == Some(half.tip())
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_connection_that_goes_silent_inside_a_transaction_is_replaced() {
    let chain = long_history(BLOCKS);
    go_silent(&chain, chain.clone(), |direct| async move {
        let sleeping = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event = 'PgSleep'";
        until("a transaction takes its time", async || {
            let sleeping = sqlx::query_scalar::<_, i64>(sleeping).fetch_one(direct.pool());
            sleeping.await.unwrap() > 0
        })
        .await;
    })
    .await;
}

/// Cuts all connections without a word once `when` is over, while the node has `at_first` of the chain.
async fn go_silent<W: Future<Output = ()>>(
    chain: &Chain,
    at_first: Chain,
    when: impl FnOnce(Store) -> W,
) {
    let (direct, database) = store().await;
    sqlx::raw_sql(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
         CREATE TRIGGER wait AFTER INSERT OR UPDATE ON cursor FOR EACH STATEMENT EXECUTE FUNCTION wait();",
    )
    .execute(direct.pool())
    .await
    .unwrap();
    let link = Link::open(database.server().server()).await.unwrap();
    let store = Store::connect(&database.url_over(&link)).await.unwrap();
    let store = store.patient(PATIENCE);
    let node = Node::start(at_first).await;
    let running = run(&store, &node);
    when(direct.clone()).await;
    link.cut_open_connections();
    let whole = chain.clone();
    node.edit(move |told| *told = whole);
    // The server gives up a client's silent transaction after one minute, the pool a silent connection after half of one.
    running.reach(&direct, chain.tip()).await;
    assert_eq!(direct.table_hash().await.unwrap(), clean_hash(chain).await);
    assert!(direct.check().await.unwrap().is_sound());
}

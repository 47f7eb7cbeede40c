//! I5, I6, I7, I10, I12: whatever a node does, and two that disagree.

use std::{sync::Arc, time::Duration};

use pedigree_indexer::{
    Metrics, Progress, State,
    pipeline::{Pipeline, PipelineError, ROOM},
    source::{Persistent, RpcSource, Source, SourceError, Version, Wake, Witnessed},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio_util::sync::CancellationToken;

use crate::{
    log::{folded, raw_keys},
    support::{
        Chain, Client, IN_TIME, Market,
        chain::transaction,
        histories::{everything, history, long_history},
        node::{Fault, Node, two_of_three},
        running::{clean_hash, figure, frontier, persistent, run, run_source},
        store, until,
    },
};

#[tokio::test]
async fn i6_no_error_of_a_node_is_taken_for_a_skipped_slot() {
    let chain = everything();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    let mut rng = StdRng::seed_from_u64(6);
    let faults = [
        Fault::Rpc(-32004),
        Fault::Rpc(-32007),
        Fault::Rpc(-32009),
        Fault::Rpc(-32014),
        Fault::Http(429),
        Fault::Http(503),
        Fault::Truncated,
        Fault::Null,
        Fault::Repeat(3),
        Fault::Reverse,
        Fault::Replay,
    ];
    node.fail(move |_, _| {
        rng.random_bool(0.25)
            .then(|| faults[rng.random_range(0..faults.len())])
    });
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i6_a_node_that_refuses_two_requests_of_three_is_asked_again() {
    let chain = everything();
    let node = Node::start(chain.clone()).await;
    let source = persistent(&node);
    node.fail(two_of_three());
    for (slot, _) in &chain.blocks {
        assert_eq!(source.block(*slot).await.unwrap().slot, *slot);
    }
    // What only a person can clear is not asked for again.
    node.fail(|_, _| Some(Fault::Rpc(-32015)));
    let error = source.block(13).await.unwrap_err();
    assert!(error.is_fatal(), "{error}");
}

#[tokio::test]
async fn i6_a_block_that_stays_unavailable_holds_the_frontier_before_it() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    node.fail(|method, slot| (method == "getBlock" && slot == 13).then_some(Fault::Rpc(-32009)));
    let running = run(&store, &node);
    let held = async || {
        let now = running.progress.snapshot();
        let error = now.last_error.unwrap_or_default();
        frontier(&store).await == Some(12)
            && now.state == State::Retrying
            && error.contains("slot 13")
    };
    until("slot 13 is tried again", &held).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(held().await, "{:?}", running.progress.snapshot());
    node.fail(|_, _| None);
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i6_slots_that_the_list_of_blocks_leaves_out_are_found_by_their_children() {
    let chain = everything();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    node.hide(&[11, 12, 16]);
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i6_bodies_that_stop_half_way_are_asked_for_again_and_never_taken_for_skipped_slots() {
    let chain = everything();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    let mut rng = StdRng::seed_from_u64(66);
    node.fail(move |_, _| rng.random_bool(0.3).then_some(Fault::Stall));
    let source = RpcSource::with_timeout(&node.url, Duration::from_millis(500)).unwrap();
    let running = run_source(&store, None, |_, metrics, _| Persistent { source, metrics });
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i5_blocks_told_ten_times_newest_first_or_from_the_beginning_are_stored_once_and_in_order()
{
    let chain = long_history(120);
    for fault in [
        Fault::Repeat(2),
        Fault::Repeat(10),
        Fault::Reverse,
        Fault::Replay,
    ] {
        let (store, _database) = store().await;
        let node = Node::start(chain.until(20)).await;
        node.fail(move |method, _| (method == "getBlocksWithLimit").then_some(fault));
        let running = run(&store, &node);
        for tip in (40..=chain.tip()).step_by(15) {
            let part = chain.until(tip);
            node.edit(move |told| *told = part);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let whole = chain.clone();
        node.edit(move |told| *told = whole);
        let metrics = running.metrics.clone();
        running.reach(&store, chain.tip()).await;
        let hash = store.table_hash().await.unwrap();
        assert_eq!(hash, clean_hash(&chain).await, "{fault:?}");
        let fetched = figure(&store, &metrics, "pedigree_fetched_blocks_total").await;
        println!(
            "{fault:?}: {fetched} blocks fetched for {}",
            chain.blocks.len()
        );
        if matches!(fault, Fault::Replay) {
            assert_eq!(
                fetched,
                chain.blocks.len() as u64,
                "what was told is not asked for again"
            );
        }
        assert_eq!(folded(&store).await, raw_keys(&store).await, "{fault:?}");
    }
}

#[tokio::test]
async fn i7_an_unknown_transaction_version_halts_with_an_alarm() {
    let (chain, _) = history();
    let mut newer = chain.clone();
    // Fits no byte: half an answer, for who reads it so.
    newer.blocks[3].1.transactions[0].version = Version::Number(256);
    let refusing: fn(&str, u64) -> Option<Fault> =
        |method, slot| (method == "getBlock" && slot == 13).then_some(Fault::Rpc(-32015));
    for (chain, faults) in [(chain, refusing), (newer, |_, _| None)] {
        let (store, _database) = store().await;
        let node = Node::start(chain).await;
        node.fail(faults);
        let (_, alarm) = run(&store, &node).halted().await;
        assert!(
            alarm.contains("slot 13") && alarm.contains("upgrade"),
            "{alarm}"
        );
        let frontier = store.frontier().await.unwrap();
        assert!(frontier.is_none_or(|frontier| frontier.slot == 12));
    }
}

#[tokio::test]
async fn i10_two_nodes_that_disagree_stop_it_before_anything_is_stored() {
    let (chain, _) = history();
    let mut other = chain.fork_after(12, "the witness");
    for _ in 0..8 {
        other.push(Vec::new());
    }
    let (node, witness) = (Node::start(chain.clone()).await, Node::start(other).await);
    let (store, database) = store().await;
    let (progress, shutdown) = (Progress::default(), CancellationToken::new());
    let pipeline = Pipeline {
        source: Arc::new(Witnessed {
            source: RpcSource::new(&node.url).unwrap(),
            witness: RpcSource::new(&witness.url).unwrap(),
        }),
        store: store.clone(),
        progress: progress.clone(),
        metrics: Metrics::default(),
        wake: Wake::start(None, Metrics::default(), shutdown.clone()),
        start_slot: None,
        until: None,
        raw_only: false,
        room: ROOM,
    };
    let error = tokio::time::timeout(IN_TIME, pipeline.run(shutdown))
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(
            error,
            PipelineError::Source(SourceError::Disagreement { slot: 13, .. })
        ),
        "{error}"
    );
    assert_eq!(progress.snapshot().state, State::Halted);
    let stored = frontier(&store).await;
    assert!(stored <= Some(12), "{stored:?}");
    let client = Client::told_by(&database, progress, Metrics::default(), None).await;
    client
        .refused("/readyz", axum::http::StatusCode::SERVICE_UNAVAILABLE)
        .await;
    let metrics = client.response("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("pedigree_halted 1"), "{metrics}");
}

#[tokio::test]
async fn i12_events_of_a_transaction_whose_log_was_cut_off_are_stored_and_an_alarm_is_raised() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut cut = transaction("a", [market.profile("alice", "Alice")]);
    cut.meta.as_mut().unwrap().log_messages.truncated = true;
    chain.push(vec![cut]);
    let node = Node::start(chain.clone()).await;
    let (store, database) = store().await;
    let running = run(&store, &node);
    let client = Client::of_running(&database, &running).await;
    running.reach(&store, 10).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    let text = client.response("/metrics").await.text().await.unwrap();
    for line in [
        "pedigree_truncated_logs_total 1",
        "pedigree_stored_events_total 1",
        "pedigree_slot 10",
        "pedigree_batch_seconds_count 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

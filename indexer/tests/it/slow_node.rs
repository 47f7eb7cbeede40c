//! A node that takes its time.

use std::time::Duration;

use crate::{
    forks::other_history,
    support::{
        histories::history,
        node::{Fault, Node},
        running::{clean_hash, frontier, run},
        store, until,
    },
};

/// Longer than finality waits between two looks.
const LATE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn i9_a_slow_node_whose_other_fork_became_final_is_waited_for() {
    let (first, _) = history();
    let second = other_history();
    let (store, _database) = store().await;
    let node = Node::start(first.clone()).await;
    let running = run(&store, &node);
    until("the first fork is stored", async || {
        frontier(&store).await >= Some(first.tip())
    })
    .await;
    node.fail(|method, _| (method == "getBlock").then_some(Fault::Late(LATE)));
    // The node's tip stays below what was read, so that only finality tells.
    let told = second.until(16);
    node.edit(move |chain| *chain = told);
    node.finalize(16);
    let progress = running.progress.clone();
    let undone = async {
        while frontier(&store).await != Some(16) {
            let now = progress.snapshot();
            assert_eq!(now.alarm, None);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), undone)
        .await
        .expect("the fork is undone");
    node.fail(|_, _| None);
    let told = second.clone();
    node.edit(move |chain| *chain = told);
    running.reach(&store, second.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&second).await);
}

#[tokio::test]
async fn i9_a_node_that_keeps_the_fork_which_it_says_is_not_final_halts_with_an_alarm() {
    let (first, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(first.clone()).await;
    let running = run(&store, &node);
    until("the first fork is stored", async || {
        frontier(&store).await >= Some(first.tip())
    })
    .await;
    // It tells of another block where it is asked for the final one, which is asked for alone.
    node.contradict_finality();
    node.finalize(16);
    let (_, alarm) = running.halted().await;
    assert!(alarm.contains("the chain finalized block"), "{alarm}");
}

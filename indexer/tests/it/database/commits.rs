//! I2: connections that die around a COMMIT, whose outcome nobody may know.

use std::time::Duration;

use pedigree_indexer::store::Store;
use pedigree_localnet::link::{Cut, Link, Mode};

use crate::{
    log::{folded, raw_keys},
    support::{
        IN_TIME,
        histories::long_history,
        node::Node,
        running::{clean_hash, frontier, run},
        store, until,
    },
};

/// Connections that are cut in each way.
const CUTS: u32 = 6;
/// Blocks that the chain grows by for each.
const BLOCKS: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_connection_that_dies_before_a_commit_is_sent_loses_and_repeats_nothing() {
    cut_at_commits(Cut::Unsent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_connection_that_dies_as_a_commit_is_sent_loses_and_repeats_nothing() {
    cut_at_commits(Cut::Sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_commit_that_was_made_and_never_confirmed_loses_and_repeats_nothing() {
    cut_at_commits(Cut::Answered).await;
}

async fn cut_at_commits(cut: Cut) {
    let (direct, database) = store().await;
    let link = Link::open(database.server().server()).await.unwrap();
    let store = Store::connect(&database.url_over(&link)).await.unwrap();
    let chain = long_history(CUTS * BLOCKS);
    let first = chain.blocks[0].0;
    let node = Node::start(chain.until(first)).await;
    let running = run(&store, &node);
    let mut unconfirmed = 0;
    for tip in (first..=chain.tip()).step_by(BLOCKS as usize).skip(1) {
        let stored = frontier(&direct).await;
        link.cut_at(b"COMMIT", cut);
        let grown = chain.until(tip);
        node.edit(move |told| *told = grown);
        let is_cut = async {
            while !link.has_cut() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let is_cut = tokio::time::timeout(IN_TIME, is_cut).await;
        is_cut.expect("a COMMIT");
        if cut == Cut::Unsent {
            // No other attempt comes through until it was looked.
            link.set(Mode::Hung);
            unconfirmed += u32::from(frontier(&direct).await > stored);
            link.set(Mode::Whole);
        } else {
            until("it is stored", async || frontier(&direct).await > stored).await;
            // What is told of is known here only where it was confirmed.
            unconfirmed += u32::from(running.progress.snapshot().slot <= stored);
        }
    }
    println!("{cut:?}: {unconfirmed} of {CUTS} stored what was not confirmed");
    match cut {
        Cut::Unsent => assert_eq!(unconfirmed, 0),
        Cut::Sent => {}
        Cut::Answered => assert!(unconfirmed > 0, "each was confirmed: this proved nothing"),
    }
    running.reach(&direct, chain.tip()).await;
    assert_eq!(direct.table_hash().await.unwrap(), clean_hash(&chain).await);
    assert_eq!(folded(&direct).await, raw_keys(&direct).await);
    assert!(direct.check().await.unwrap().is_sound());
}

//! How taint is spread: some at a time, whoever is killed.

use std::time::Duration;

use pedigree_indexer::{
    spread as spreading,
    store::{Store, TAINT_BATCH},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use solana_program::pubkey::Pubkey;
use tokio_util::sync::CancellationToken;

use crate::support::{
    histories::long_history,
    node::Node,
    running::run,
    store, until,
    verdicts::{Verdicts, assert_spread, listed, reached, spread, taint_slot, tainted},
};

/// More than two batches take.
const CHILDREN: usize = TAINT_BATCH * 2 + 300;

/// A listing with many children.
fn crowd(world: &mut Verdicts, children: usize) -> Pubkey {
    let root = world.list("root", &[]);
    world.block(|market| {
        let born = (0..children).map(|child| listed(market, &format!("child {child}"), &[root]).1);
        ((), born.collect::<Vec<_>>().concat())
    });
    root
}

#[tokio::test]
async fn a_batch_is_bounded_however_many_descendants_there_are_and_the_slot_waits_for_the_last() {
    let mut world = Verdicts::new();
    let root = crowd(&mut world, CHILDREN);
    let (store, _database) = store().await;
    world.apply(&store).await;
    let before = world.chain.tip();
    world.version(&root, true);
    world.apply(&store).await;
    let (mut batches, mut spread) = (0, reached(&store).await);
    loop {
        let more = store.spread_taint().await.unwrap();
        batches += 1;
        let now = reached(&store).await;
        assert!(now - spread <= TAINT_BATCH, "{spread} to {now}");
        spread = now;
        let whole = spread == CHILDREN + 1;
        let expected = if more { before } else { world.chain.tip() };
        assert_eq!(taint_slot(&store).await, Some(expected));
        assert!(more || whole, "not ahead of what is spread");
        if !more {
            break;
        }
    }
    assert!(batches > 2, "{batches}");
    assert_spread(&store).await;

    // And back: all stay tainted until all were looked at.
    let before = world.chain.tip();
    world.mend(&root);
    world.apply(&store).await;
    let mut left = CHILDREN + 1;
    while store.spread_taint().await.unwrap() {
        let now = reached(&store).await;
        assert!(left - now <= TAINT_BATCH, "{left} to {now}");
        left = now;
        assert_eq!(taint_slot(&store).await, Some(before));
    }
    assert_eq!(reached(&store).await, 0);
    assert_spread(&store).await;
}

#[tokio::test]
async fn i2_whoever_is_killed_between_batches_or_within_one_the_next_goes_on_there() {
    let mut world = Verdicts::new();
    let root = crowd(&mut world, CHILDREN);
    let (first, database) = store().await;
    world.version(&root, true);
    world.apply(&first).await;
    assert!(first.spread_taint().await.unwrap());
    let spread_before = reached(&first).await;
    assert!((1..=CHILDREN).contains(&spread_before), "{spread_before}");
    first.pool().close().await;

    let mut rng = StdRng::seed_from_u64(5);
    let mut cut = 0;
    for _ in 0..40 {
        let next = Store::connect(database.url()).await.unwrap();
        assert!(reached(&next).await >= spread_before, "nothing is lost");
        // Wherever it is then, its transaction ends with its connection.
        let patience = Duration::from_millis(rng.random_range(0..25));
        cut += u32::from(
            tokio::time::timeout(patience, next.spread_taint())
                .await
                .is_err(),
        );
        next.pool().close().await;
    }
    assert!(cut > 0, "none was cut");
    let last = Store::connect(database.url()).await.unwrap();
    spread(&last).await;
    assert_eq!(reached(&last).await, CHILDREN + 1);
    assert_spread(&last).await;
}

#[tokio::test]
async fn taint_is_spread_beside_a_writer_that_goes_on() {
    let mut world = Verdicts::new();
    let a = world.list("a", &[]);
    let b = world.list("b", &[a]);
    world.list("c", &[b]);
    world.version(&a, true);
    let (store, _database) = store().await;
    let node = Node::start(world.chain.clone()).await;
    let running = run(&store, &node);
    let shutdown = CancellationToken::new();
    let spreading = tokio::spawn(spreading::run(store.clone(), shutdown.clone()));
    until("taint is spread", async || tainted(&store).await == "a b c").await;
    let mut slots = Vec::new();
    for round in 0..20 {
        world.list(&format!("d{round:02}"), &[b]);
        let grown = world.chain.clone();
        node.edit(move |chain| *chain = grown);
        tokio::time::sleep(Duration::from_millis(20)).await;
        slots.extend(taint_slot(&store).await);
    }
    assert!(slots.is_sorted(), "{slots:?}");
    world.mend(&a);
    let told = world.chain.clone();
    node.edit(move |chain| *chain = told);
    running.reach(&store, world.chain.tip()).await;
    until("it is taken back", async || {
        taint_slot(&store).await == Some(world.chain.tip())
    })
    .await;
    assert_eq!(tainted(&store).await, "");
    shutdown.cancel();
    spreading.await.unwrap();
    assert_spread(&store).await;
}

#[tokio::test]
async fn a_history_without_rulings_leaves_nothing_to_spread() {
    let (store, _database) = store().await;
    store.apply(long_history(20).decoded()).await.unwrap();
    assert_spread(&store).await;
    assert_eq!(reached(&store).await, 0);
}

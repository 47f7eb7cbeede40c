//! Taint: of a listing by itself with the block that brings it, of what descends from it in batches.

mod batches;
mod random;

use solana_program::pubkey::Pubkey;

use crate::support::{
    running::clean_hash,
    store,
    verdicts::{Verdicts, assert_spread, own, spread, taint_slot, tainted},
};

/// A line of listings, each with the one before it as its parent.
fn line(world: &mut Verdicts, levels: usize) -> Vec<Pubkey> {
    let mut line: Vec<Pubkey> = Vec::new();
    for level in 0..levels {
        let parents: Vec<Pubkey> = line.last().copied().into_iter().collect();
        line.push(world.list(&format!("level-{level:03}"), &parents));
    }
    line
}

#[tokio::test]
async fn a_version_taints_while_it_is_in_force_and_the_ruling_on_it_not_carried_out() {
    let mut world = Verdicts::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.list(name, &[]));
    let (store, _database) = store().await;
    world.version(&a, true);
    world.version(&b, false);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "a", "one was upheld, one rejected");

    world.mend(&a);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "", "another version is in force");

    world.version(&a, true);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "a");
    world.set_suspended(&a, Some(2));
    world.apply(&store).await;
    assert_eq!(own(&store).await, "a", "suspended");
    world.set_suspended(&a, None);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "", "carried out, and restored since");
    world.version(&a, true);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "a", "the next case counts");

    // By a vote, without any ruling.
    world.set_suspended(&c, Some(0));
    world.apply(&store).await;
    assert_eq!(own(&store).await, "a c");
    spread(&store).await;
    assert_spread(&store).await;
    assert_eq!(
        store.table_hash().await.unwrap(),
        clean_hash(&world.chain).await
    );
}

#[tokio::test]
async fn an_edge_that_is_ruled_false_taints_its_child_until_it_is_revoked() {
    let mut world = Verdicts::new();
    let a = world.list("a", &[]);
    let b = world.list("b", &[a]);
    world.list("c", &[b]);
    let (store, _database) = store().await;
    world.edge(&b, &a, false);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "b", "not the parent");
    spread(&store).await;
    assert_eq!(tainted(&store).await, "b c");
    world.carry_out(&b, &a, false);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "");
    spread(&store).await;
    assert_eq!(tainted(&store).await, "");
    // Nothing comes by an edge that was revoked.
    world.version(&a, true);
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "a");
    assert_spread(&store).await;
    assert!(store.derives_equal().await.unwrap());
}

#[tokio::test]
async fn an_edge_that_is_ruled_missing_taints_the_child_until_it_is_there() {
    let mut world = Verdicts::new();
    let a = world.list("a", &[]);
    let b = world.list("b", &[]);
    world.list("c", &[b]);
    let (store, _database) = store().await;
    world.edge(&b, &a, true);
    world.apply(&store).await;
    assert_eq!(own(&store).await, "b");
    spread(&store).await;
    assert_eq!(tainted(&store).await, "b c");
    assert!(store.derives_equal().await.unwrap());
    world.carry_out(&b, &a, true);
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "");
    // What comes from the parent does now.
    world.version(&a, true);
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "a b c");
    assert_spread(&store).await;
}

#[tokio::test]
async fn a_new_child_of_a_tainted_listing_is_tainted_and_a_slot_without_news_needs_no_batch() {
    let mut world = Verdicts::new();
    let a = world.list("a", &[]);
    let (store, _database) = store().await;
    world.apply(&store).await;
    assert_eq!(taint_slot(&store).await, Some(world.chain.tip()));
    world.version(&a, true);
    world.apply(&store).await;
    spread(&store).await;
    world.list("b", &[a]);
    world.apply(&store).await;
    assert_eq!(taint_slot(&store).await, Some(world.chain.tip() - 1));
    spread(&store).await;
    assert_eq!(tainted(&store).await, "a b");
    world.list("c", &[]);
    world.apply(&store).await;
    assert_eq!(taint_slot(&store).await, Some(world.chain.tip()));
    assert_spread(&store).await;
}

#[tokio::test]
async fn taint_goes_down_a_deep_line_and_is_taken_back() {
    let mut world = Verdicts::new();
    let line = line(&mut world, 150);
    world.version(&line[20], true);
    let (store, _database) = store().await;
    world.apply(&store).await;
    let batches = spread(&store).await;
    assert!(batches > 3, "{batches}: not all levels in one batch");
    assert_eq!(tainted(&store).await.split(' ').count(), 130);
    assert_spread(&store).await;
    world.mend(&line[20]);
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "");
    assert_spread(&store).await;
}

#[tokio::test]
async fn of_two_tainted_ancestors_one_is_enough() {
    let mut world = Verdicts::new();
    let a = world.list("a", &[]);
    let b = world.list("b", &[]);
    let c = world.list("c", &[a, b]);
    let d = world.list("d", &[a]);
    // A diamond below.
    let e = world.list("e", &[c, d]);
    world.list("f", &[e, c]);
    let (store, _database) = store().await;
    world.version(&a, true);
    world.version(&b, true);
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "a b c d e f");
    world.mend(&a);
    world.apply(&store).await;
    // At no moment is what stays tainted shown as if it were not.
    while store.spread_taint().await.unwrap() {
        let shown = tainted(&store).await;
        assert!(["b", "c", "e", "f"].iter().all(|name| shown.contains(name)));
    }
    assert_eq!(tainted(&store).await, "b c e f");
    assert_spread(&store).await;
    world.mend(&b);
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "");
    assert_spread(&store).await;
}

#[tokio::test]
async fn a_circle_does_not_keep_its_own_taint() {
    let mut world = Verdicts::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.list(name, &[]));
    // The programs refuse it; the index does not rely on that.
    world.block(|market| {
        let edges = [(a, b), (b, c), (c, a), (c, c)];
        let added = edges.map(|(child, parent)| market.add_edge(&child, &parent, 0));
        ((), added.to_vec())
    });
    world.version(&b, true);
    let (store, _database) = store().await;
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "a b c");
    assert_spread(&store).await;
    world.mend(&b);
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "");
    assert_spread(&store).await;
}

#[tokio::test]
async fn i9_a_fork_takes_back_the_taint_that_it_brought_and_brings_back_what_it_took() {
    let mut world = Verdicts::new();
    let line = line(&mut world, 6);
    world.version(&line[1], true);
    let parting = world.chain.tip();
    let mut fork = Verdicts::new();
    fork.chain = world.chain.fork_after(parting, "others");
    fork.market = world.market.clone();
    // Here one is tainted more, and the first one mended; there neither.
    world.version(&line[4], true);
    world.mend(&line[1]);
    fork.list("new", &[line[2]]);

    let (store, _database) = store().await;
    world.apply(&store).await;
    spread(&store).await;
    assert_eq!(tainted(&store).await, "level-004 level-005");
    let (here, there) = (world.chain.decoded(), fork.chain.decoded());
    let until = here.iter().filter(|block| block.slot <= parting).count();
    let ancestor = here[until - 1].point();
    store.replace(ancestor, &there[until..]).await.unwrap();
    assert_eq!(taint_slot(&store).await, Some(parting), "not ahead");
    assert_eq!(
        store.table_hash().await.unwrap(),
        clean_hash(&fork.chain).await
    );
    spread(&store).await;
    let all = "level-001 level-002 level-003 level-004 level-005 new";
    assert_eq!(tainted(&store).await, all);
    assert_spread(&store).await;
    // And back again, half of it spread.
    store.replace(ancestor, &here[until..]).await.unwrap();
    store.spread_taint().await.unwrap();
    store.replace(ancestor, &there[until..]).await.unwrap();
    store.replace(ancestor, &here[until..]).await.unwrap();
    spread(&store).await;
    assert_eq!(tainted(&store).await, "level-004 level-005");
    assert_eq!(
        store.table_hash().await.unwrap(),
        clean_hash(&world.chain).await
    );
    assert_spread(&store).await;
}

#[tokio::test]
async fn i20_deriving_again_shows_no_listing_untainted_meanwhile() {
    let mut world = Verdicts::new();
    let line = line(&mut world, 5);
    world.edge(&line[2], &line[1], false);
    world.edge(&line[3], &line[0], true);
    world.version(&line[1], true);
    world.mend(&line[1]);
    let (store, _database) = store().await;
    // Raw events first, as a long backfill stores them.
    store.load(world.chain.decoded()).await.unwrap();
    assert_eq!(taint_slot(&store).await, None);
    store.fold_pending().await.unwrap();
    let clean = clean_hash(&world.chain).await;
    assert_eq!(store.table_hash().await.unwrap(), clean);
    spread(&store).await;
    let all = "level-002 level-003 level-004";
    assert_eq!(tainted(&store).await, all);
    store.rebuild().await.unwrap();
    assert_eq!(taint_slot(&store).await, None, "nobody has looked yet");
    assert_eq!(tainted(&store).await, all);
    assert_eq!(store.table_hash().await.unwrap(), clean);
    while store.spread_taint().await.unwrap() {
        assert_eq!(tainted(&store).await, all);
    }
    assert_eq!(tainted(&store).await, all);
    assert_spread(&store).await;
    // What should not be there goes, and what is missing comes.
    let damage = "DELETE FROM taints; INSERT INTO taints (listing) SELECT address FROM listings WHERE name = 'level-000'";
    sqlx::raw_sql(damage).execute(store.pool()).await.unwrap();
    assert_eq!(store.check().await.unwrap().wrong_taints, 4);
    store.rebuild().await.unwrap();
    spread(&store).await;
    assert_eq!(tainted(&store).await, all);
    assert_spread(&store).await;
}

#[tokio::test]
async fn what_a_repair_brings_is_spread_and_the_slot_goes_back_before_it_meanwhile() {
    let mut world = Verdicts::new();
    let a = world.list("a", &[]);
    world.list("b", &[a]);
    world.version(&a, true);
    let ruled = world.chain.tip();
    world.list("c", &[a]);
    let mut blocks = world.chain.decoded();
    let index = blocks.iter().position(|block| block.slot == ruled).unwrap();
    let whole = blocks[index].clone();
    blocks[index].events.clear();
    let (store, _database) = store().await;
    store.apply(&blocks).await.unwrap();
    assert_eq!(tainted(&store).await, "");
    assert_spread(&store).await;
    store.amend(&whole).await.unwrap();
    assert_eq!(own(&store).await, "a");
    assert_eq!(taint_slot(&store).await, Some(ruled - 1));
    spread(&store).await;
    assert_eq!(tainted(&store).await, "a b c");
    assert_spread(&store).await;
}

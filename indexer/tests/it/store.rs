//! Blocks into tables: once, in order, and the same however often they are given.

use pedigree_indexer::{
    decode::Point,
    store::{Store, StoreError},
};
use pedigree_sdk::accounts::{self, EntityKind};
use sqlx::Row;

use crate::support::{
    Chain, Market,
    chain::{hash, transaction},
    histories::{FOLDED, everything, history},
    store,
};

async fn applied(
    blocks_at_once: usize,
) -> (Store, pedigree_localnet::postgres::TestDatabase, [u8; 32]) {
    applied_of(&history().0, blocks_at_once).await
}

async fn applied_of(
    chain: &Chain,
    blocks_at_once: usize,
) -> (Store, pedigree_localnet::postgres::TestDatabase, [u8; 32]) {
    let (store, database) = store().await;
    for batch in chain.decoded().chunks(blocks_at_once) {
        store.apply(batch).await.unwrap();
    }
    let hash = store.table_hash().await.unwrap();
    (store, database, hash)
}

#[tokio::test]
async fn i5_batches_of_any_size_and_ten_replays_give_one_hash() {
    let chain = everything();
    let (_, _database, one_by_one) = applied_of(&chain, 1).await;
    let (_, _database, by_three) = applied_of(&chain, 3).await;
    let (store, _database, all_at_once) = applied_of(&chain, 100).await;
    assert_eq!(one_by_one, by_three);
    assert_eq!(one_by_one, all_at_once);
    for _ in 0..10 {
        for batch in chain.decoded().chunks(2) {
            assert_eq!(store.apply(batch).await.unwrap(), None);
        }
    }
    assert_eq!(store.table_hash().await.unwrap(), all_at_once);
    // The hash sees a change of any row.
    sqlx::query("UPDATE edges SET royalty_ppm = royalty_ppm + 1")
        .execute(store.pool())
        .await
        .unwrap();
    assert_ne!(store.table_hash().await.unwrap(), all_at_once);
}

#[tokio::test]
async fn i5_a_batch_that_overlaps_the_frontier_adds_only_what_is_new() {
    let (store, _database) = store().await;
    let blocks = history().0.decoded();
    store.apply(&blocks[..4]).await.unwrap();
    let added = store.apply(&blocks[2..]).await.unwrap().unwrap();
    assert_eq!(added.slot, blocks.last().unwrap().slot);
    assert_eq!(store.table_hash().await.unwrap(), applied(1).await.2);
}

#[tokio::test]
async fn i20_rebuilding_from_raw_events_gives_the_same_tables() {
    let (store, _database, before) = applied_of(&everything(), 3).await;
    for table in FOLDED {
        let gone = sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(store.pool())
            .await
            .unwrap();
        assert!(gone.rows_affected() > 0, "{table} was empty");
    }
    assert_ne!(store.table_hash().await.unwrap(), before);
    store.rebuild().await.unwrap();
    assert_eq!(store.table_hash().await.unwrap(), before);
}

#[tokio::test]
async fn a_derived_row_that_is_missing_comes_back_with_the_next_change_of_its_account() {
    let (store, _database) = store().await;
    let blocks = history().0.decoded();
    let (last, before) = blocks.split_last().unwrap();
    store.apply(before).await.unwrap();
    let gone = sqlx::query("DELETE FROM orders")
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(gone.rows_affected(), 1);
    store.apply(std::slice::from_ref(last)).await.unwrap();
    assert_eq!(store.table_hash().await.unwrap(), applied(1).await.2);
}

#[tokio::test]
async fn folded_accounts_are_byte_for_byte_those_of_the_programs() {
    let (chain, market) = history();
    let (store, _database, _) = applied(100).await;
    let rows = sqlx::query(
        "SELECT address, bytes, account_hash FROM accounts WHERE kind = 'listing' AND NOT closed",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let address = <[u8; 32]>::try_from(row.get::<Vec<u8>, _>("address"))
            .unwrap()
            .into();
        let expected = accounts::to_bytes(&market.listing(&address));
        assert_eq!(row.get::<Vec<u8>, _>("bytes"), expected);
        assert_eq!(
            row.get::<Vec<u8>, _>("account_hash"),
            accounts::account_hash(&expected)
        );
    }
    assert_eq!(
        chain
            .decoded()
            .iter()
            .map(|block| block.events.len())
            .sum::<usize>(),
        21
    );
    let counts: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM raw_events), (SELECT count(*) FROM entity_gaps),
                (SELECT count(*) FROM accounts WHERE events <> seq), (SELECT count(*) FROM versions)",
    )
    .fetch_one(store.pool())
    .await
    .unwrap();
    // Five listings were born, one of them published a second version.
    assert_eq!(counts, (21, 0, 0, 6));
}

#[tokio::test]
async fn a_closed_draft_leaves_its_rows_and_a_new_life_begins_beside_the_old_account() {
    let (store, _database, _) = applied(100).await;
    let lives: Vec<(i64, bool)> = sqlx::query_as(
        "SELECT born_slot, closed FROM accounts WHERE kind = 'listing' AND address IN
             (SELECT address FROM listings WHERE name = 'draft 2') ORDER BY 1",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(lives, [(16, true), (18, false)]);
    let closed: (String, bool) = sqlx::query_as("SELECT state, closed FROM orders")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(closed, ("settled".to_owned(), true));
}

#[tokio::test]
async fn a_missing_event_shows_as_a_gap_and_is_never_folded_over_wrongly() {
    let (store, _database) = store().await;
    let mut blocks = history().0.decoded();
    // The child's first edge is lost: its listing and table cannot be patched past it.
    for block in &mut blocks {
        block
            .events
            .retain(|located| !(located.event.name() == "EdgeAddedV1" && located.key.slot == 12));
    }
    store.apply(&blocks).await.unwrap();
    let kinds: Vec<String> = sqlx::query_scalar("SELECT DISTINCT kind FROM entity_gaps ORDER BY 1")
        .fetch_all(store.pool())
        .await
        .unwrap();
    assert_eq!(kinds, ["edge", "listing", "royalty_table"]);
    let incomplete: Vec<String> =
        sqlx::query_scalar("SELECT kind FROM accounts WHERE events <> seq ORDER BY 1")
            .fetch_all(store.pool())
            .await
            .unwrap();
    assert_eq!(
        incomplete,
        [EntityKind::Edge.name(), EntityKind::Listing.name()],
        "healed by the next whole state, and marked"
    );
}

#[tokio::test]
async fn i11_no_cursor_is_not_slot_0() {
    let (store, _database) = store().await;
    assert_eq!(store.frontier().await.unwrap(), None);
    let mut block = history().0.decoded().remove(0);
    (block.slot, block.parent_slot, block.events) = (0, 0, Vec::new());
    store.apply(&[block.clone()]).await.unwrap();
    assert_eq!(
        store.frontier().await.unwrap(),
        Some(Point {
            slot: 0,
            hash: block.hash
        })
    );
    assert_eq!(
        store.apply(&[block]).await.unwrap(),
        None,
        "slot 0 is stored"
    );
}

#[tokio::test]
async fn i18_a_hole_or_a_reversed_order_is_refused_and_nothing_changes() {
    let (store, _database) = store().await;
    let blocks = history().0.decoded();
    store.apply(&blocks[..2]).await.unwrap();
    let before = store.table_hash().await.unwrap();
    let hole = store.apply(&blocks[3..]).await.unwrap_err();
    assert!(matches!(hole, StoreError::Hole { .. }), "{hole}");
    let reversed: Vec<_> = blocks[2..].iter().rev().cloned().collect();
    assert!(matches!(
        store.apply(&reversed).await,
        Err(StoreError::Hole { .. })
    ));
    assert_eq!(store.table_hash().await.unwrap(), before);
    assert_eq!(
        store.frontier().await.unwrap().unwrap().slot,
        blocks[1].slot
    );
}

#[tokio::test]
async fn i9_another_block_in_a_stored_slot_stops_everything() {
    let (store, _database) = store().await;
    let mut blocks = history().0.decoded();
    store.apply(&blocks).await.unwrap();
    blocks[3].hash = hash("orphan");
    let error = store.apply(&blocks[3..4]).await.unwrap_err();
    assert!(
        error.is_fatal() && matches!(error, StoreError::OtherBlock { block } if block.slot == 13),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_of_another_network_is_refused() {
    let (store, database) = store().await;
    store.check_network([1; 32], true).await.unwrap();
    store.check_network([1; 32], true).await.unwrap();
    let again = Store::connect(database.url()).await.unwrap();
    let error = again.check_network([2; 32], true).await.unwrap_err();
    assert!(matches!(error, StoreError::OtherNetwork { .. }), "{error}");
}

#[tokio::test]
async fn raw_events_lie_in_the_partition_of_their_slot() {
    let (store, _database) = store().await;
    let mut market = Market::at(2_999_999);
    let mut chain = Chain::default();
    chain.push_at(
        2_999_999,
        vec![transaction("a", [market.profile("alice", "A")])],
    );
    chain.push_at(
        3_000_000,
        vec![transaction("b", [market.profile("alice", "B")])],
    );
    store.apply(&chain.decoded()).await.unwrap();
    let places: Vec<(i64, String)> =
        sqlx::query_as("SELECT slot, tableoid::regclass::text FROM raw_events ORDER BY 1")
            .fetch_all(store.pool())
            .await
            .unwrap();
    assert_eq!(
        places,
        [
            (2_999_999, "raw_events_2".to_owned()),
            (3_000_000, "raw_events_3".to_owned())
        ]
    );
}

#[tokio::test]
async fn i18_a_stored_block_that_does_not_follow_the_one_before_it_is_told() {
    let (store, _database) = store().await;
    store.check_network([1; 32], true).await.unwrap();
    store.apply(&history().0.decoded()).await.unwrap();
    let unlinked = async || store.check().await.unwrap().unlinked_blocks;
    assert_eq!(unlinked().await, 0);
    // Another fork's block in the same slot: its child names another hash.
    sqlx::query("UPDATE blocks SET hash = sha256(hash) WHERE slot = 12")
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(unlinked().await, 1);
    assert!(!store.check().await.unwrap().is_sound());
    // On the embedded network hashes say nothing.
    sqlx::query("UPDATE network SET hashes_chain = false")
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(unlinked().await, 0);
    sqlx::query("UPDATE blocks SET parent_slot = 11 WHERE slot = 13")
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(unlinked().await, 1);
}

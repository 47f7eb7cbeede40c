//! Everything that writes to the tables, and an index that followed it beside one that was loaded afterwards.

use std::time::Duration;

use pedigree_indexer::{
    search::Pages,
    store::manifests::{self, Fetched},
};
use sqlx::Connection;

use crate::support::{
    Chain, Market, Story,
    histories::{everything, history},
    market::New,
    searching::{Searching, assert_counted},
    store,
    verdicts::{Verdicts, spread},
};

#[tokio::test(flavor = "multi_thread")]
async fn i9_two_searches_side_by_side_follow_forks_after_any_block_a_rebuild_and_taint() {
    let (store, _database) = store().await;
    // Before there is anything.
    let followers = [
        Searching::start(store.pool()).await,
        Searching::start(store.pool()).await,
    ];
    assert_eq!(followers[0].search.slots().unwrap().slot, -1);
    let blocks = everything().decoded();
    store.apply(&blocks).await.unwrap();
    let mut stem = Story::default();
    while stem.go_on() {
        let kept = stem.chain.blocks.len();
        if kept == blocks.len() {
            break;
        }
        let mut other = stem.clone();
        other.leave(1);
        other.finish();
        let ancestor = blocks[kept - 1].point();
        let replacement = &other.chain.decoded()[kept..];
        store.replace(ancestor, replacement).await.unwrap();
        spread(&store).await;
        assert_counted(&store).await;
        let when = format!("left after block {kept}");
        followers[kept % 2].assert_followed(&store, &when).await;
        store.replace(ancestor, &blocks[kept..]).await.unwrap();
        assert_counted(&store).await;
    }
    for follower in &followers {
        follower.assert_followed(&store, "back").await;
    }
    // Spoilt, and derived again.
    for spoil in [
        "DELETE FROM market WHERE orders > 1",
        "UPDATE market_days SET sales = sales + 7",
        "UPDATE market_volumes SET volume = 1",
        "UPDATE listings SET name = 'spoilt', document = ''",
        "DELETE FROM edges",
        "INSERT INTO own_taints SELECT address FROM listings ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(spoil).execute(store.pool()).await.unwrap();
    }
    followers[0].assert_followed(&store, "spoilt").await;
    assert_eq!(followers[0].found("base").await, 0);
    store.rebuild().await.unwrap();
    spread(&store).await;
    assert_counted(&store).await;
    for follower in &followers {
        follower.assert_followed(&store, "rebuilt").await;
        assert_eq!(follower.search.figures().await.loads, 1, "it only followed");
    }
}

#[tokio::test]
async fn taint_is_followed_as_it_comes_spreads_and_ends() {
    let mut world = Verdicts::new();
    let a = world.list("a", &[]);
    let b = world.list("b", &[a]);
    world.list("c", &[b]);
    let (store, _database) = store().await;
    world.apply(&store).await;
    let searching = Searching::start(store.pool()).await;
    assert_eq!(searching.untainted().await, 3);
    // No listing changes with either of these.
    world.version(&a, true);
    world.apply(&store).await;
    searching.assert_followed(&store, "by itself").await;
    assert_eq!(searching.untainted().await, 2);
    spread(&store).await;
    searching.assert_followed(&store, "by descent").await;
    assert_eq!(searching.untainted().await, 0);
    world.mend(&a);
    world.apply(&store).await;
    spread(&store).await;
    searching.assert_followed(&store, "mended").await;
    assert_eq!(searching.untainted().await, 3);
}

#[tokio::test]
async fn what_a_transaction_changed_is_seen_once_it_commits_whichever_began_first() {
    let (store, database) = store().await;
    store.apply(&history().0.decoded()).await.unwrap();
    let searching = Searching::start(store.pool()).await;
    let mut early = sqlx::PgConnection::connect(database.url()).await.unwrap();
    let mut given_up = sqlx::PgConnection::connect(database.url()).await.unwrap();
    let rename = |name: &str, to: &str| {
        format!("UPDATE listings SET name = '{to}', document = '''{to}'':1A' WHERE name = '{name}'")
    };
    let mut first = early.begin().await.unwrap();
    let sql = sqlx::AssertSqlSafe(rename("base", "early"));
    sqlx::query(sql).execute(&mut *first).await.unwrap();
    let mut second = given_up.begin().await.unwrap();
    let sql = sqlx::AssertSqlSafe(rename("x", "never"));
    sqlx::query(sql).execute(&mut *second).await.unwrap();
    // Began later than both, and is over.
    let sql = sqlx::AssertSqlSafe(rename("child", "late"));
    sqlx::query(sql).execute(store.pool()).await.unwrap();
    searching.search.refresh().await.unwrap();
    assert_eq!(searching.found("late").await, 1);
    assert_eq!(searching.found("early").await, 0);
    let before = searching.search.slots().unwrap();
    assert!(!before.seen.is_empty(), "not that which is over");
    assert!(changed_since(&store, &before).await.is_empty());

    first.commit().await.unwrap();
    second.rollback().await.unwrap();
    assert_eq!(changed_since(&store, &before).await, ["early"]);
    searching.search.refresh().await.unwrap();
    assert_eq!(searching.found("early").await, 1);
    assert_eq!(searching.found("never").await, 0);
    let after = searching.search.slots().unwrap();
    assert!(changed_since(&store, &after).await.is_empty());
    searching.assert_followed(&store, "all are over").await;
}

#[tokio::test]
async fn a_manifest_that_arrives_is_found_without_a_block() {
    let (store, _database) = store().await;
    let bytes = br#"{"key":"m","name":"m","tags":["rare"],"attributes":{"size":7}}"#;
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (address, registered) = market.register(&New {
        key: "m",
        name: "m",
        manifest: bytes,
        uri: "cas:sha256",
        ..New::default()
    });
    chain.push_events([registered, market.activate(&address)]);
    store.apply(&chain.decoded()).await.unwrap();
    let searching = Searching::start(store.pool()).await;
    assert_eq!(searching.found("rare").await, 0);
    let claimed = manifests::claim(store.pool(), 10, Duration::from_secs(60))
        .await
        .unwrap();
    for wanted in claimed {
        let fetched = Fetched {
            wanted,
            status: manifests::Status::Ok,
            error: None,
            bytes: Some(bytes.to_vec()),
        };
        manifests::finish(store.pool(), &[fetched]).await.unwrap();
    }
    searching.search.refresh().await.unwrap();
    assert_eq!(searching.found("rare").await, 1);
    searching
        .assert_followed(&store, "the manifest is there")
        .await;
}

#[tokio::test]
async fn every_listing_is_read_wherever_it_lies_and_a_table_that_moves_meanwhile_is_refused() {
    let (store, _database) = store().await;
    store.apply(&everything().decoded()).await.unwrap();
    // More than a page of them: copies with another address, some written anew at the end of the table, holes where others were.
    let copies = "INSERT INTO listings SELECT (jsonb_populate_record(l, jsonb_build_object('address', sha256(address || number::text::bytea)))).*
        FROM listings l, generate_series(1, 20000) AS number WHERE l.address = (SELECT address FROM listings LIMIT 1)";
    for change in [
        copies,
        "UPDATE listings SET name = 'moved' WHERE get_byte(address, 0) < 100",
        "DELETE FROM listings WHERE get_byte(address, 0) > 230",
    ] {
        sqlx::query(change).execute(store.pool()).await.unwrap();
    }
    let mut db = store.pool().acquire().await.unwrap();
    let mut read = Vec::new();
    for part in 0..3 {
        let mut pages = Pages::begin(&mut db).await.unwrap().part(part, 3);
        while let Some(page) = pages.next(&mut db).await.unwrap() {
            read.extend(page);
        }
    }
    read.sort_unstable_by_key(|listing| listing.address);
    let read: Vec<_> = read
        .iter()
        .map(|listing| (listing.address.to_vec(), listing.name.clone()))
        .collect();
    let all: Vec<(Vec<u8>, String)> =
        sqlx::query_as("SELECT address, name FROM listings ORDER BY address")
            .fetch_all(store.pool())
            .await
            .unwrap();
    assert!(all.len() > 15_000);
    assert!(read == all);

    let mut pages = Pages::begin(&mut db).await.unwrap();
    let mut count = 0;
    while let Ok(Some(_)) = pages.next(&mut db).await {
        count += 1;
        if count == 2 {
            sqlx::query("VACUUM FULL listings")
                .execute(store.pool())
                .await
                .unwrap();
        }
    }
    assert!(count >= 2, "there is more than one page");
    let refused = pages.next(&mut db).await.unwrap_err();
    assert!(refused.to_string().contains("moved"), "{refused}");
}

/// Names of the listings that are newer than what a search saw, as those say who read the rows of hits.
async fn changed_since(
    store: &pedigree_indexer::store::Store,
    slots: &pedigree_indexer::search::Slots,
) -> Vec<String> {
    let changed = pedigree_indexer::search::CHANGED_SINCE;
    let sql = format!("SELECT l.name FROM listings l WHERE {changed} ORDER BY 1");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(slots.xmin)
        .bind(&slots.seen[..])
        .fetch_all(store.pool())
        .await
        .unwrap()
}

//! I3: no room for a table to grow, none for the write-ahead log.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, symlink},
        process::CommandExt,
    },
    path::Path,
    process::Command,
    time::Duration,
};

use pedigree_indexer::{State, store::Store};
use pedigree_localnet::postgres::{Durability, Postgres};

use crate::support::{
    histories::long_history,
    node::Node,
    running::{clean_hash, frontier, run},
    until,
};

/// The largest size of a file: that of the write-ahead log's own, which have to be written.
const LARGEST: u64 = 16 << 20;
/// What is left of it for the events.
const ROOM: u64 = 1 << 20;

/// Limits the size of every file that a server writes. Postgres takes that for a full disk, on purpose; and unlike a small
/// disk it takes no rights to make.
async fn limit_files(postgres: &Postgres, store: &Store, largest: &str) {
    let pid = fs::read_to_string(postgres.data().join("postmaster.pid")).unwrap();
    let postmaster: i32 = pid.lines().next().unwrap().parse().unwrap();
    // Whoever a process belongs to may limit it.
    let owner = fs::metadata(postgres.data()).unwrap();
    let limit = |pid| limit(pid, (owner.uid(), owner.gid()), largest);
    limit(postmaster);
    // New processes have the limits of the one that makes them.
    let others: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity")
        .fetch_all(store.pool())
        .await
        .unwrap();
    for pid in others {
        limit(pid);
    }
}

fn limit(pid: i32, (uid, gid): (u32, u32), largest: &str) {
    let limit = Command::new("prlimit")
        .uid(uid)
        .gid(gid)
        .args(["--pid", &pid.to_string(), &format!("--fsize={largest}:")])
        .output()
        .expect("prlimit, which is part of util-linux");
    // A process may have ended meanwhile; where none can be limited the disk never is full, and the test fails.
    let errors = String::from_utf8_lossy(&limit.stderr);
    assert!(
        limit.status.success() || errors.contains("No such process"),
        "{errors}"
    );
}

/// Fills the events' table up to the last [`ROOM`], with rows that are gone again: their place is given to nobody.
async fn fill(store: &Store) {
    sqlx::raw_sql("ALTER TABLE raw_events_0 SET (autovacuum_enabled = false)")
        .execute(store.pool())
        .await
        .unwrap();
    let mut size = 0;
    while u64::try_from(size).unwrap() < LARGEST - ROOM {
        sqlx::query(
            "INSERT INTO raw_events_0 (slot, signature, ix_path, block_hash, tx_index, program, name, data, applied_seq)
             SELECT 900000 + n, decode(repeat('00', 64), 'hex'), ARRAY[$1::integer], decode(repeat('00', 32), 'hex'), 0,
                    decode(repeat('00', 32), 'hex'), 'ballast', decode(repeat('00', 1500), 'hex'), 0
             FROM generate_series(1, 300) n",
        )
        .bind(i32::try_from(size / 8_192).unwrap())
        .execute(store.pool())
        .await
        .unwrap();
        size = sqlx::query_scalar::<_, i64>("SELECT pg_relation_size('raw_events_0')")
            .fetch_one(store.pool())
            .await
            .unwrap();
    }
    sqlx::query("DELETE FROM raw_events_0 WHERE slot > 900000")
        .execute(store.pool())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_full_disk_moves_nothing_and_indexing_goes_on_once_there_is_room() {
    let postgres = Postgres::start_temporary().unwrap();
    let url = postgres.create_database("index").await.unwrap();
    let store = Store::connect(&url).await.unwrap();
    let chain = long_history(1_500);
    // Makes the partition.
    let (first, node) = (chain.blocks[0].0, Node::start(chain.clone()).await);
    store.apply(&chain.until(first).decoded()).await.unwrap();
    fill(&store).await;
    limit_files(&postgres, &store, &LARGEST.to_string()).await;
    let running = run(&store, &node);
    // Smaller batches may still find room; then nothing moves any more.
    let mut stopped = None;
    until("the disk is full", async || {
        let before = std::mem::replace(&mut stopped, frontier(&store).await);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = running.progress.snapshot();
        let error = now.last_error.unwrap_or_default();
        stopped == before && now.state == State::Retrying && error.contains("could not extend file")
    })
    .await;
    assert!(stopped < Some(chain.tip()), "{stopped:?}");
    limit_files(&postgres, &store, "unlimited").await;
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    store.pool().close().await;
    postgres.stop();
}

/// Less than the log has written by far, more than what the server says of itself.
const LOG_FULL: &str = "524288";

/// A server's own socket is elsewhere after each start: clients know it by this path.
fn known_as(socket: &Path, postgres: &Postgres) {
    let url = postgres.url("index");
    let (_, own) = url.split_once("host=").unwrap();
    let next = socket.with_extension("next");
    symlink(own, &next).unwrap();
    fs::rename(next, socket).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_server_that_cannot_write_its_log_goes_down_and_indexing_goes_on_by_itself_once_there_is_room()
 {
    let folder = tempfile::tempdir().unwrap();
    // Durable: what was committed has to be there afterwards.
    let start = || Postgres::start(folder.path(), Durability::Durable).unwrap();
    let postgres = start();
    postgres.create_database("index").await.unwrap();
    let socket = folder.path().join("socket");
    known_as(&socket, &postgres);
    let url = postgres.url("index");
    let (base, _) = url.split_once("host=").unwrap();
    let store = Store::connect(&format!("{base}host={}", socket.display()))
        .await
        .unwrap();
    let chain = long_history(400);
    let half = chain.blocks[200].0;
    let node = Node::start(chain.until(half)).await;
    let running = run(&store, &node);
    until("half of it is stored", async || {
        frontier(&store).await == Some(half)
    })
    .await;
    limit_files(&postgres, &store, LOG_FULL).await;
    let whole = chain.clone();
    node.edit(move |told| *told = whole);
    let said = postgres.data().with_file_name("postgres.log");
    until("the server gives up", async || {
        let said = fs::read_to_string(&said).unwrap();
        said.contains("PANIC") && said.contains("File too large")
    })
    .await;
    // It recovers into the same lack of room, or stays down: what is left of it ends here.
    postgres.crash();
    until("the indexer has noticed", async || {
        running.progress.snapshot().state == State::Retrying
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!running.task.is_finished(), "it waits for the database");
    // There is room again for the server that is started next.
    let postgres = start();
    known_as(&socket, &postgres);
    let stored = frontier(&store).await;
    assert!(stored >= Some(half), "{stored:?}: a commit was lost");
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    assert!(store.check().await.unwrap().is_sound());
    store.pool().close().await;
    postgres.stop();
}

//! The private server's life: fresh, restarted, crashed, orphaned.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use pedigree_localnet::postgres::{Durability, Postgres, TestDatabase};
use sqlx::{Connection, Executor, PgConnection, Row};

async fn count(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let row = connection
        .fetch_one("SELECT count(*) FROM kept")
        .await
        .unwrap();
    row.get(0)
}

async fn keep_one_row(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection
        .execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        .await
        .unwrap();
    connection
        .execute("INSERT INTO kept VALUES (1)")
        .await
        .unwrap();
}

#[tokio::test]
async fn data_outlives_a_stop_and_a_crash_but_not_recreation() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("postgres");

    let server = Postgres::start(&folder, Durability::Durable).unwrap();
    keep_one_row(&server.create_database("app").await.unwrap()).await;
    server.stop();

    let server = Postgres::start(&folder, Durability::Durable).unwrap();
    keep_one_row(&server.create_database("app").await.unwrap()).await;
    server.crash();

    let server = Postgres::start(&folder, Durability::Durable).unwrap();
    assert_eq!(count(&server.url("app")).await, 2);

    let url = server.recreate_database("app").await.unwrap();
    keep_one_row(&url).await;
    assert_eq!(count(&url).await, 1);
    let data = server.data().to_path_buf();
    drop(server);
    if !data.starts_with(&folder) {
        fs::remove_dir_all(data.parent().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_lock_file_naming_a_strangers_process_does_not_block_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start(folder.path(), Durability::Throwaway).unwrap();
    let data = server.data().to_path_buf();
    server.stop();
    // Process 1 lives and is not ours.
    fs::write(
        data.join("postmaster.pid"),
        "1\n/nowhere\n0\n0\n\n\n\nready\n",
    )
    .unwrap();

    let server = Postgres::start(folder.path(), Durability::Throwaway).unwrap();
    server.create_database("app").await.unwrap();
    server.stop();
    if !data.starts_with(folder.path()) {
        fs::remove_dir_all(data.parent().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn test_databases_do_not_see_each_other() {
    let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
    keep_one_row(one.url()).await;
    keep_one_row(other.url()).await;
    keep_one_row(other.url()).await;
    assert_eq!(count(one.url()).await, 1);
    assert_eq!(count(other.url()).await, 2);
}

const REPORT: &str = "PEDIGREE_TEST_REPORT_SERVER_TO";

/// Not a test of its own: the process that the next test kills.
#[tokio::test]
async fn owner_of_a_server_until_killed() {
    let Some(report) = env::var_os(REPORT) else {
        return;
    };
    let server = Postgres::start_temporary().unwrap();
    let pid = fs::read_to_string(server.data().join("postmaster.pid")).unwrap();
    let lines = [
        pid.lines().next().unwrap(),
        &server.data().display().to_string(),
        server.url("x").split("host=").nth(1).unwrap(),
    ]
    .join("\n");
    fs::write(Path::new(&report).with_extension("part"), lines).unwrap();
    fs::rename(Path::new(&report).with_extension("part"), report).unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
}

#[test]
fn sigkill_of_the_owner_leaves_neither_server_nor_folders() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    let mut owner = Command::new(env::current_exe().unwrap())
        .args(["--exact", "owner_of_a_server_until_killed"])
        .env(REPORT, &report)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait("the server to start", || report.exists());
    let text = fs::read_to_string(&report).unwrap();
    let [pid, data, socket] = text.lines().collect::<Vec<_>>()[..] else {
        panic!("unexpected report: {text}");
    };
    let (process, data, socket) = (
        PathBuf::from("/proc").join(pid),
        PathBuf::from(data),
        PathBuf::from(socket),
    );
    assert!(process.exists() && data.exists() && socket.exists());

    owner.kill().unwrap();
    owner.wait().unwrap();

    wait("the server to end", || !process.exists());
    wait("its folders to go", || !data.exists() && !socket.exists());
}

fn wait(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(180);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

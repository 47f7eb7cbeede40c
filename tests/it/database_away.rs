//! An indexer whose database is away for a while goes on once it is back.

use std::time::Duration;

use pedigree_tests::{
    market::{Market, path},
    running::Running,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::killed_indexer::second_database;

const READY_WITHIN: Duration = Duration::from_secs(120);
/// Several times what any part of the process waits between two looks at the database.
const AWAY: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn i2_an_indexer_outlives_a_database_that_is_away() {
    let market = Market::empty();
    let (endpoints, first) = (market.endpoints(), market.endpoint("database"));
    let second = second_database(&first).await;
    let index = ["index", "run", "--endpoints", path(&endpoints)];
    let mut indexer = Running::start(&[&index[..], &["--database-url", &second]].concat());
    indexer.wait_for("ready", READY_WITHIN);

    let mut admin = PgConnection::connect(&first).await.expect("the server");
    let let_in = "ALTER DATABASE killed ALLOW_CONNECTIONS";
    for statement in [
        format!("{let_in} false"),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'killed'".into(),
    ] {
        execute(&mut admin, statement).await;
    }
    tokio::time::sleep(AWAY).await;
    assert!(indexer.is_alive(), "{}", indexer.rest());
    execute(&mut admin, format!("{let_in} true")).await;

    let tip = market.rpc().get_slot().await.expect("a slot");
    let mut db = PgConnection::connect(&second).await.expect("the database");
    let reached = async {
        loop {
            let slot: i64 = sqlx::query_scalar("SELECT slot FROM cursor")
                .fetch_one(&mut db)
                .await
                .expect("a frontier");
            if slot.unsigned_abs() >= tip {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let reached = tokio::time::timeout(READY_WITHIN, reached).await;
    assert!(reached.is_ok(), "slot {tip} is not indexed");
    assert!(indexer.is_alive(), "{}", indexer.rest());
}

async fn execute(admin: &mut PgConnection, statement: String) {
    sqlx::query(AssertSqlSafe(statement.as_str()))
        .execute(admin)
        .await
        .expect("the server obeys");
}

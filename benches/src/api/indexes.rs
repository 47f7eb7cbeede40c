//! Indexes that wait until the rows are there.

use std::sync::Arc;

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::{sync::Mutex, task::JoinSet};

use crate::indexer::database::settle;

/// Indexes that are made at once: as many as there are cores to make them.
const MAKERS: usize = 2;
/// Memory that each takes for sorting.
const SORTING: &str = "SET maintenance_work_mem = '512MB'";

/// Indexes that were taken from tables for the time of loading.
pub struct Indexes {
    tables: Vec<&'static str>,
    /// What makes each.
    made_by: Vec<String>,
    /// What makes constraints of those that are for one.
    constraints: Vec<String>,
}

impl Indexes {
    pub async fn take(url: &str, tables: &[&'static str]) -> Result<Self> {
        let mut db = PgConnection::connect(url).await?;
        type Row = (String, String, String, Option<String>);
        let found: Vec<Row> = sqlx::query_as(
            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
                    CASE c.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END
             FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
             WHERE i.indrelid::regclass::text = ANY($1) ORDER BY 1, 2",
        )
        .bind(tables)
        .fetch_all(&mut db)
        .await?;
        let (mut made_by, mut constraints) = (Vec::new(), Vec::new());
        for (table, name, definition, constraint) in found {
            let drop = match constraint {
                Some(what) => {
                    constraints.push(format!(
                        "ALTER TABLE {table} ADD CONSTRAINT {name} {what} USING INDEX {name}"
                    ));
                    format!("ALTER TABLE {table} DROP CONSTRAINT {name}")
                }
                None => format!("DROP INDEX {name}"),
            };
            db.execute(AssertSqlSafe(drop)).await?;
            made_by.push(definition);
        }
        Ok(Self {
            tables: tables.to_vec(),
            made_by,
            constraints,
        })
    }

    /// Makes them again, and tells the planner what is in the tables.
    pub async fn put_back(self, url: &str) -> Result<()> {
        side_by_side(url, self.made_by).await?;
        let mut db = PgConnection::connect(url).await?;
        for constraint in self.constraints {
            db.execute(AssertSqlSafe(constraint)).await?;
        }
        // Pages that all transactions may see are not looked at again to find that out.
        let tables = self.tables.iter();
        let vacuums = tables.map(|table| format!("VACUUM (ANALYZE) {table}"));
        side_by_side(url, vacuums.collect()).await?;
        settle(url).await
    }
}

/// Carries out statements on as many connections as there are cores for, the last ones first.
pub async fn side_by_side(url: &str, statements: Vec<String>) -> Result<()> {
    let left = Arc::new(Mutex::new(statements));
    let mut makers = JoinSet::new();
    for _ in 0..MAKERS {
        let (left, url) = (left.clone(), url.to_owned());
        makers.spawn(async move {
            let mut db = PgConnection::connect(&url).await?;
            db.execute(SORTING).await?;
            // The makers are all that the cores run.
            db.execute("SET max_parallel_maintenance_workers = 0")
                .await?;
            loop {
                let Some(statement) = left.lock().await.pop() else {
                    return anyhow::Ok(());
                };
                db.execute(AssertSqlSafe(statement)).await?;
            }
        });
    }
    while let Some(made) = makers.join_next().await {
        made??;
    }
    Ok(())
}

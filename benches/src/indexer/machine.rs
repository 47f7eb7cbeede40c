//! What the figures were measured on.

use std::fs;

use anyhow::Result;
use pedigree_localnet::postgres::Postgres;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

/// Facts that figures depend on.
pub async fn facts(postgres: &Postgres) -> Result<Value> {
    let mut db = PgConnection::connect(&postgres.url("postgres")).await?;
    let server: String = sqlx::query_scalar("SHOW server_version")
        .fetch_one(&mut db)
        .await?;
    db.close().await?;
    Ok(json!({
        "cores": std::thread::available_parallelism()?.get(),
        "processor": line("/proc/cpuinfo", "model name"),
        "memory": line("/proc/meminfo", "MemTotal"),
        "kernel": read("/proc/sys/kernel/osrelease"),
        "profile": if cfg!(debug_assertions) { "debug" } else { "release" },
        "postgres": server,
        "durability": "fsync and synchronous_commit on",
    }))
}

/// Processes that ran or wanted to, over one, five and fifteen minutes: what else the machine did.
pub fn load() -> String {
    read("/proc/loadavg")
}

fn read(file: &str) -> String {
    fs::read_to_string(file)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// What follows a name and a colon in a file.
fn line(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

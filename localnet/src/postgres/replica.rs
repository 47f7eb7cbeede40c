//! Replicas: servers that follow another one, for tests.

use std::{path::Path, process::Command};

use sqlx::{Connection, Executor, PgConnection};

use super::{Account, Durability, Installation, Postgres, PostgresError, ROLE};

impl Postgres {
    /// Starts a streaming replica of this server, which was started as [`Durability::Followed`], in an empty `folder`.
    ///
    /// # Errors
    /// As [`Postgres::start`], and where this server cannot be copied.
    pub fn start_replica(&self, folder: &Path) -> Result<Self, PostgresError> {
        let installation = Installation::find()?;
        let account = Account::for_server(folder)?;
        let folder = account.reachable(folder)?;
        account.own(&folder)?;
        let program = installation.program("pg_basebackup");
        let mut copy = Command::new(&program);
        copy.arg("--pgdata")
            .arg(folder.join("data"))
            .arg("--host")
            .arg(&self.socket)
            .args(["--username", ROLE, "--checkpoint", "fast", "--no-sync"])
            // It follows from where the copy ends.
            .args(["--wal-method", "stream", "--write-recovery-conf"]);
        account.apply(&mut copy);
        let output = copy.output().map_err(PostgresError::io(&program))?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(PostgresError::Copy(message.trim().to_owned()));
        }
        Self::run(installation, account, &folder, Durability::Followed, None)
    }

    /// Makes a replica a server of its own, which can be written to.
    ///
    /// # Errors
    /// Where it does not answer, or is none.
    pub async fn promote(&self) -> Result<(), PostgresError> {
        let failed = |source| PostgresError::Database {
            name: "postgres".to_owned(),
            source,
        };
        let mut admin = PgConnection::connect(&self.url("postgres"))
            .await
            .map_err(failed)?;
        admin.execute("SELECT pg_promote()").await.map_err(failed)?;
        admin.close().await.map_err(failed)
    }
}

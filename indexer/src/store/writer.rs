//! One writer per database.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use super::StoreError;

/// Number of the advisory lock; any constant does, as each network has a database of its own.
const LOCK: i64 = 0x7065_6469_6772_6565;
/// The server notices some time after the fact that a killed writer is gone.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);
/// How often the holder looks whether it still is one.
const WATCH: Duration = Duration::from_secs(1);
/// How long it may take to answer that.
const ANSWER: Duration = Duration::from_secs(5);
/// How long taking the lock back may take.
const TAKING: Duration = Duration::from_secs(15);

/// Whether the server answers on a connection that nobody uses.
pub async fn answers(connection: &mut PgConnection) -> bool {
    matches!(timeout(ANSWER, connection.ping()).await, Ok(Ok(())))
}

/// Held by the one process that may write; released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct WriterLock {
    url: String,
    connection: PgConnection,
    session: Session,
}

/// The server's process behind a connection; its number alone is given again.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Session {
    pid: i32,
    started: String,
}

impl WriterLock {
    /// # Errors
    /// [`StoreError::SecondWriter`] where another process holds it for longer than a dying one would.
    pub async fn acquire(url: &str) -> Result<Self, StoreError> {
        Self::acquire_on(PgConnection::connect(url).await?, url).await
    }

    async fn acquire_on(mut connection: PgConnection, url: &str) -> Result<Self, StoreError> {
        for _ in 0..ATTEMPTS {
            let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(LOCK)
                .fetch_one(&mut connection)
                .await?;
            if locked {
                let session = sqlx::query_as(
                    "SELECT pid, extract(epoch FROM backend_start)::text AS started FROM pg_stat_activity
                     WHERE pid = pg_backend_pid()",
                );
                return Ok(Self {
                    session: session.fetch_one(&mut connection).await?,
                    url: url.to_owned(),
                    connection,
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(StoreError::SecondWriter)
    }

    /// Ends when the lock may be another's: the server closed the connection that held it, and another process got it
    /// first. A server that only restarted, or a connection that died on the way, gives it back.
    pub async fn lost(&mut self) -> StoreError {
        loop {
            tokio::time::sleep(WATCH).await;
            if answers(&mut self.connection).await {
                continue;
            }
            match timeout(TAKING, self.take_back()).await {
                Ok(Ok(again)) => *self = again,
                Ok(Err(lost @ StoreError::SecondWriter)) => return lost,
                Ok(Err(error)) => {
                    tracing::info!(%error, "the writer's lock cannot be taken back for now");
                }
                Err(_) => tracing::info!("the database does not give the writer's lock back yet"),
            }
        }
    }

    async fn take_back(&self) -> Result<Self, StoreError> {
        let mut connection = PgConnection::connect(&self.url).await?;
        // The server may not have noticed that the old connection is dead.
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2",
        )
        .bind(self.session.pid)
        .bind(&self.session.started)
        .execute(&mut connection)
        .await?;
        Self::acquire_on(connection, &self.url).await
    }
}

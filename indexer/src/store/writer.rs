//! One writer per database.

use std::time::Duration;

use sqlx::{Connection, PgConnection};

use super::StoreError;

/// Number of the advisory lock; any constant does, as each network has a database of its own.
const LOCK: i64 = 0x7065_6469_6772_6565;
/// The server notices some time after the fact that a killed writer is gone.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);
/// How often the holder looks whether it still is one.
const WATCH: Duration = Duration::from_secs(1);

/// Held by the one process that may write; released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct WriterLock {
    url: String,
    connection: PgConnection,
}

impl WriterLock {
    /// # Errors
    /// [`StoreError::SecondWriter`] where another process holds it for longer than a dying one would.
    pub async fn acquire(url: &str) -> Result<Self, StoreError> {
        let mut connection = PgConnection::connect(url).await?;
        for _ in 0..ATTEMPTS {
            let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(LOCK)
                .fetch_one(&mut connection)
                .await?;
            if locked {
                return Ok(Self {
                    url: url.to_owned(),
                    connection,
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(StoreError::SecondWriter)
    }

    /// Ends when the lock may be another's: the server closed the connection that held it, and another process got it
    /// first. A server that only restarted gives it back.
    pub async fn lost(&mut self) -> StoreError {
        loop {
            tokio::time::sleep(WATCH).await;
            if self.connection.ping().await.is_ok() {
                continue;
            }
            match Self::acquire(&self.url).await {
                Ok(again) => *self = again,
                Err(lost @ StoreError::SecondWriter) => return lost,
                Err(error) => {
                    tracing::info!(%error, "the writer's lock cannot be taken back for now")
                }
            }
        }
    }
}

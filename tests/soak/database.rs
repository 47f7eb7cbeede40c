//! A Postgres of the soak's own, which can be killed and comes back at the same address.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pedigree_localnet::postgres::{Durability, Postgres};
use sqlx::{Connection, PgConnection};

use crate::Result;

const NAME: &str = "soak";
/// A killed server's own processes notice its end some time after.
const ATTEMPTS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(500);

pub struct Database {
    folder: PathBuf,
    url: String,
    server: Mutex<Option<Postgres>>,
}

impl Database {
    /// Starts the server, durable, in `folder`.
    pub async fn start(folder: &Path) -> Result<Self> {
        let server = start(folder).await?;
        server.create_database(NAME).await?;
        // The server's own socket is elsewhere after each start.
        let socket = folder.with_extension("socket");
        let url = format!(
            "postgres://pedigree@localhost/{NAME}?host={}",
            socket.display()
        );
        let database = Self {
            folder: folder.to_owned(),
            url,
            server: Mutex::default(),
        };
        database.put(server)?;
        Ok(database)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// SIGKILL to the server's first process. Down until [`Database::restart`].
    pub async fn kill(&self) -> Result<()> {
        let server = self.server.lock().map_err(|_| "poisoned")?.take();
        let server = server.ok_or("the server is down already")?;
        let lock = fs::read_to_string(server.data().join("postmaster.pid"))?;
        let pid = lock.lines().next().ok_or("no process in the lock file")?;
        kill(Pid::from_raw(pid.trim().parse()?), Signal::SIGKILL)?;
        // Waits for the end, which has come.
        tokio::task::spawn_blocking(move || drop(server)).await?;
        Ok(())
    }

    /// Starts it again after [`Database::kill`]; it recovers from its log.
    pub async fn restart(&self) -> Result<()> {
        let mut attempts = 0;
        let server = loop {
            attempts += 1;
            match start(&self.folder).await {
                Err(_) if attempts < ATTEMPTS => tokio::time::sleep(PAUSE).await,
                started => break started?,
            }
        };
        self.put(server)
    }

    /// Ends every connection of others to it; how many there were.
    pub async fn end_connections(&self) -> Result<i64> {
        let mut db = PgConnection::connect(&self.url).await?;
        let ended = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()) AS ended",
        );
        let ended = ended.fetch_one(&mut db).await?;
        db.close().await?;
        Ok(ended)
    }

    /// Puts the socket of a server that has started in the place that clients know.
    fn put(&self, server: Postgres) -> Result<()> {
        let url = server.url(NAME);
        let socket = url.split("host=").nth(1).ok_or("no socket in the URL")?;
        let known = self.folder.with_extension("socket");
        let next = self.folder.with_extension("next");
        symlink(socket, &next)?;
        fs::rename(next, known)?;
        *self.server.lock().map_err(|_| "poisoned")? = Some(server);
        Ok(())
    }
}

async fn start(folder: &Path) -> Result<Postgres> {
    let folder = folder.to_owned();
    let start = move || Postgres::start(&folder, Durability::Durable);
    Ok(tokio::task::spawn_blocking(start).await??)
}

//! A private PostgreSQL server: found, initialised, started, and gone when its owner is gone.
//!
//! The server listens on a Unix socket in a folder only its owner can enter, so it needs no
//! port and no password. A supervisor holds a pipe from this process; when the pipe closes, for
//! whatever reason (a clean stop, a panic, SIGKILL), it shuts the server down and removes what
//! was temporary.

mod account;
mod install;
mod lock_file;
mod replica;
mod testing;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use sqlx::{Connection, Executor, PgConnection};

use account::Account;
use install::Installation;
pub use testing::TestDatabase;

use crate::{
    link::{Link, Server},
    supervisor::{self, Supervisor, last_lines},
};

/// The role that owns every database of a private server.
const ROLE: &str = "pedigree";
const START_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    #[error(
        "no PostgreSQL {} or later found (looked in {looked_in}); install the server package, \
         for example `apt-get install postgresql`",
        install::OLDEST
    )]
    NotInstalled { looked_in: String },
    #[error("PostgreSQL refuses to run as root and this machine has no unprivileged account")]
    NoAccount,
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} belongs to user id {owner}: remove it or choose another data directory")]
    ForeignFolder { path: PathBuf, owner: u32 },
    #[error(
        "{path} was written by PostgreSQL {found}, but the installed one is {installed}: \
         remove the folder or install that version"
    )]
    OtherVersion {
        path: PathBuf,
        found: String,
        installed: u32,
    },
    #[error("initdb failed: {0}")]
    Init(String),
    #[error("pg_basebackup failed: {0}")]
    Copy(String),
    #[error("PostgreSQL did not start; the end of {log}:\n{tail}")]
    Start { log: PathBuf, tail: String },
    #[error("database {name}: {source}")]
    Database { name: String, source: sqlx::Error },
}

impl PostgresError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

/// How much a server may forget when the machine (not just the process) fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is on disk.
    Durable,
    /// Nothing is forced to disk: for tests, whose data nobody keeps.
    Throwaway,
    /// As [`Durability::Throwaway`], and replicas may follow it.
    Followed,
}

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct Postgres {
    data: PathBuf,
    socket: PathBuf,
    log: PathBuf,
    supervisor: Supervisor,
}

impl Postgres {
    /// Starts a server that keeps its data in `folder`, which is made when missing.
    ///
    /// As root the server runs as an unprivileged account. Where that account cannot reach
    /// `folder`, the data goes to a folder under `/var/tmp` that is derived from it:
    /// [`Postgres::data`] says where it is.
    ///
    /// Blocks until connections are accepted. One owner at a time: the caller keeps two
    /// processes from using the same folder.
    ///
    /// # Errors
    /// When no suitable installation exists, the folder cannot be used, or the server ends
    /// during its start.
    pub fn start(folder: &Path, durability: Durability) -> Result<Self, PostgresError> {
        let installation = Installation::find()?;
        let account = Account::for_server(folder)?;
        let folder = account.reachable(folder)?;
        account.own(&folder)?;
        Self::run(installation, account, &folder, durability, None)
    }

    /// Starts a server whose data is deleted when it stops.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_temporary() -> Result<Self, PostgresError> {
        let installation = Installation::find()?;
        let account = Account::unprivileged()?;
        let folder = account.temporary_folder("pedigree-test-")?;
        let remove = Some(folder.clone());
        Self::run(
            installation,
            account,
            &folder,
            Durability::Throwaway,
            remove,
        )
    }

    fn run(
        installation: Installation,
        account: Account,
        folder: &Path,
        durability: Durability,
        remove: Option<PathBuf>,
    ) -> Result<Self, PostgresError> {
        let data = folder.join("data");
        let log = folder.join("postgres.log");
        installation.check_version_of(&data)?;
        if !data.join("PG_VERSION").exists() {
            init(&installation, &account, &data, durability)?;
        }
        lock_file::clear_stale_lock(&data);

        // A socket path has at most 107 bytes, so it cannot live in an arbitrary data folder.
        let socket = account.temporary_folder("pedigree-pg-")?;
        let mut server = vec![
            installation.program("postgres").into_os_string(),
            "-D".into(),
            data.clone().into_os_string(),
            "-k".into(),
            socket.clone().into_os_string(),
        ];
        for setting in settings(durability) {
            server.push("-c".into());
            server.push(setting.into());
        }
        let remove: Vec<PathBuf> = remove.into_iter().chain([socket.clone()]).collect();
        let server = supervisor::Server {
            name: "pedigree-postgres",
            command: server,
            // A fast shutdown: open connections are closed, data is written.
            signal: "INT",
            log: &log,
            remove: &remove,
        };
        let supervisor = Supervisor::spawn(server, |command| account.apply(command))
            .map_err(PostgresError::io(Path::new("sh")))?;
        let mut postgres = Self {
            data,
            socket,
            log,
            supervisor,
        };
        postgres.wait_until_ready()?;
        Ok(postgres)
    }

    fn wait_until_ready(&mut self) -> Result<(), PostgresError> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if lock_file::is_ready(&self.data) {
                return Ok(());
            }
            if self.supervisor.has_ended() || Instant::now() > deadline {
                return Err(PostgresError::Start {
                    log: self.log.clone(),
                    tail: last_lines(&self.log, 6),
                });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The folder that holds the cluster.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The connection URL of a database, whether it exists or not.
    pub fn url(&self, database: &str) -> String {
        let socket = self.socket.display();
        format!("postgres://{ROLE}@localhost/{database}?host={socket}")
    }

    /// The socket that it listens on, for a link to it.
    pub fn server(&self) -> Server {
        Server::Unix(self.socket.join(".s.PGSQL.5432"))
    }

    /// The connection URL of a database behind a link to this server.
    pub fn url_over(&self, link: &Link, database: &str) -> String {
        let address = link.address();
        format!("postgres://{ROLE}@{address}/{database}?sslmode=disable")
    }

    /// Makes `name` when it is missing, and returns its URL.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn create_database(&self, name: &str) -> Result<String, PostgresError> {
        let failed = |source| PostgresError::Database {
            name: name.to_owned(),
            source,
        };
        let mut admin = PgConnection::connect(&self.url("postgres"))
            .await
            .map_err(failed)?;
        let exists = sqlx::query("SELECT FROM pg_database WHERE datname = $1")
            .bind(name)
            .fetch_optional(&mut admin)
            .await
            .map_err(failed)?
            .is_some();
        if !exists {
            let statement = format!("CREATE DATABASE {}", quoted(name));
            self.administer(name, statement).await?;
        }
        admin.close().await.map_err(failed)?;
        Ok(self.url(name))
    }

    /// Makes `name` anew and empty, and returns its URL. What was in it is lost.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn recreate_database(&self, name: &str) -> Result<String, PostgresError> {
        self.drop_database(name).await?;
        self.create_database(name).await
    }

    /// Removes `name` where it is there. What was in it is lost.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn drop_database(&self, name: &str) -> Result<(), PostgresError> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        self.administer(name, statement).await
    }

    async fn administer(&self, name: &str, statement: String) -> Result<(), PostgresError> {
        let failed = |source| PostgresError::Database {
            name: name.to_owned(),
            source,
        };
        let mut admin = PgConnection::connect(&self.url("postgres"))
            .await
            .map_err(failed)?;
        admin
            .execute(sqlx::AssertSqlSafe(statement))
            .await
            .map_err(failed)?;
        admin.close().await.map_err(failed)
    }

    /// Stops the server and waits for its end: open connections are closed, data is written.
    pub fn stop(mut self) {
        self.supervisor.stop();
    }

    /// Ends the server as a crash would: nothing is written, the next start recovers.
    pub fn crash(mut self) {
        lock_file::crash(&self.data);
        self.supervisor.stop();
    }
}

fn init(
    installation: &Installation,
    account: &Account,
    data: &Path,
    durability: Durability,
) -> Result<(), PostgresError> {
    // An interrupted initdb leaves a folder it would refuse later.
    if data.exists() {
        fs::remove_dir_all(data).map_err(PostgresError::io(data))?;
    }
    let program = installation.program("initdb");
    let mut command = Command::new(&program);
    command
        .arg("-D")
        .arg(data)
        .args(["-U", ROLE, "--auth=trust", "--encoding=UTF8"])
        .args(["--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C"]);
    if durability != Durability::Durable {
        command.arg("--no-sync");
    }
    account.apply(&mut command);
    let output = command.output().map_err(PostgresError::io(&program))?;
    if output.status.success() {
        Ok(())
    } else {
        let message = String::from_utf8_lossy(&output.stderr);
        Err(PostgresError::Init(message.trim().to_owned()))
    }
}

fn settings(durability: Durability) -> Vec<&'static str> {
    let mut settings = vec![
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "max_connections=200",
        "shared_buffers=128MB",
        "maintenance_work_mem=64MB",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=1GB",
        "checkpoint_timeout=15min",
        "random_page_cost=1.1",
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    if durability != Durability::Durable {
        settings.extend(["fsync=off", "full_page_writes=off"]);
    }
    match durability {
        Durability::Durable => {}
        Durability::Throwaway => settings.push("synchronous_commit=off"),
        // The last of two values counts. What is committed is sent at once.
        Durability::Followed => settings.extend(["wal_level=replica", "max_wal_senders=4"]),
    }
    settings
}

/// `name` as an SQL identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

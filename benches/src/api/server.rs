//! The API in a process of its own, so that its processor time and memory are told apart from those of who asks.

use std::{
    ffi::OsStr,
    fs,
    io::{self, BufRead, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use pedigree_indexer::{Config, Service, service::Feed};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio_util::sync::CancellationToken;

use crate::service;

const LOOK_EVERY: Duration = Duration::from_millis(100);
const READY_WITHIN: Duration = Duration::from_secs(300);
const FOLLOWS: &str = "it follows the network";
/// State of a connection in /proc/net/tcp.
const ESTABLISHED: &str = "01";

/// What such a process is told.
#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    database_url: String,
}

/// Serves until its standard input ends. A line there of two URLs, of a network's node and of its WebSocket, has it index
/// that network, too: as a process does that was told so from the beginning, whose API is on threads of its own as well.
pub async fn run(options: Options) -> Result<()> {
    let config = |network| service::config(options.database_url.clone(), network);
    let shutdown = CancellationToken::new();
    let mut services = vec![Service::start(config(None), shutdown.clone()).await?];
    println!("{}", services[0].http().context("the API does not listen")?);
    let mut told = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = told.next_line().await? {
        let (rpc, ws) = line.split_once(' ').context("a network has two URLs")?;
        let network = (rpc.to_owned(), Feed::WebSocket(ws.to_owned()));
        let config = Config {
            http: None,
            ..config(Some(network))
        };
        services.push(Service::start(config, shutdown.clone()).await?);
        println!("{FOLLOWS}");
    }
    shutdown.cancel();
    for service in services {
        service.join().await?;
    }
    Ok(())
}

/// A process that serves a database. It ends when this is dropped, or this process is gone.
pub struct Server {
    child: Child,
    stdin: ChildStdin,
    told: Arc<Mutex<io::BufReader<ChildStdout>>>,
    pub base: String,
    /// From the start of the process until it answers searches.
    pub ready_seconds: f64,
}

impl Server {
    /// Starts it, and waits until it answers searches.
    pub async fn start(database_url: &str) -> Result<Self> {
        let begun = Instant::now();
        let mut child = with_all_files(std::env::current_exe()?)
            .args(["serve", "--database-url", database_url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().context("it has no standard input")?;
        let stdout = child.stdout.take().context("it has no standard output")?;
        let mut server = Self {
            child,
            stdin,
            told: Arc::new(Mutex::new(io::BufReader::new(stdout))),
            base: String::new(),
            ready_seconds: 0.0,
        };
        server.base = format!("http://{}", server.line().await?);
        let search = format!("{}/v1/listings?limit=1", server.base);
        while !reqwest::get(&search)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            if begun.elapsed() > READY_WITHIN || server.child.try_wait()?.is_some() {
                bail!(
                    "the API does not answer searches after {:?}",
                    begun.elapsed()
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        server.ready_seconds = begun.elapsed().as_secs_f64();
        Ok(server)
    }

    /// Has it index a network from now on.
    pub async fn follow(&mut self, (rpc, ws): (&str, &str)) -> Result<()> {
        writeln!(self.stdin, "{rpc} {ws}")?;
        let line = self.line().await?;
        ensure!(
            line == FOLLOWS,
            "the server does not follow the network: {line:?}"
        );
        Ok(())
    }

    /// The next thing that it says.
    async fn line(&self) -> Result<String> {
        let told = self.told.clone();
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            told.read_line(&mut line)?;
            io::Result::Ok(line)
        });
        Ok(line.await??.trim().to_owned())
    }

    /// Where it listens.
    pub fn port(&self) -> Result<u16> {
        let port = self.base.rsplit_once(':').map(|(_, port)| port.parse());
        Ok(port.context("it has no port")??)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ours alone, and nothing of it is kept.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that may have as many files open as the system lets anybody have: a connection is one.
pub fn with_all_files(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n "$(ulimit -Hn)" && exec "$0" "$@""#]);
    command.arg(program);
    command
}

/// How many connections to a port of this machine there are.
pub fn connections(port: u16) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let local = format!(":{port:04X}");
    let of_port = table.lines().skip(1).filter(|line| {
        let mut fields = line.split_whitespace().skip(1);
        fields
            .next()
            .is_some_and(|address| address.ends_with(&local))
            && fields.nth(1) == Some(ESTABLISHED)
    });
    of_port.count()
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn connections_to_a_port_are_counted_once_each() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(connections(address.port()), 0);
        let _held: Vec<_> = (0..3)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect();
        assert_eq!(connections(address.port()), 3);
    }
}

//! A link that fails on command, to stand between a client and its server. The client connects by TCP.

mod carry;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use carry::both_ways;

/// How a link treats its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Whole,
    /// Connections are closed, new ones as soon as they are made.
    Dropped,
    /// Connections stay open and new ones are taken, but nothing comes through until the link is whole again.
    Hung,
}

/// Where a server listens.
#[derive(Clone, Debug)]
pub enum Server {
    Tcp(SocketAddr),
    /// The file of a Unix socket.
    Unix(PathBuf),
}

impl From<SocketAddr> for Server {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// When a connection is closed at what its client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before the server hears it.
    Unsent,
    /// As soon as it is sent: what becomes of it is open.
    Sent,
    /// Once the server has answered, which the client does not hear.
    Answered,
}

/// What clients say that closes their connection.
#[derive(Debug, Default)]
struct Trap {
    set: Mutex<Option<(Vec<u8>, Cut)>>,
}

impl Trap {
    fn set(&self, trap: Option<(Vec<u8>, Cut)>) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = trap;
    }

    fn is_set(&self) -> bool {
        let set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.is_some()
    }

    /// Whether a client's bytes hold the words. Springs once.
    fn springs(&self, bytes: &[u8]) -> Option<Cut> {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let (words, _) = set.as_ref()?;
        let found = bytes.windows(words.len()).any(|window| window == words);
        set.take_if(|_| found).map(|(_, cut)| cut)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    mode: Mode,
    /// Connections numbered below this are dead, and nobody is told.
    dead_below: u64,
}

/// A link from a free local port to a server. Dropping it closes every connection.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    state: watch::Sender<State>,
    made: watch::Receiver<u64>,
    trap: Arc<Trap>,
    task: AbortHandle,
}

impl Link {
    /// Opens a link to the server at `to`.
    ///
    /// # Errors
    /// When no local port is free.
    pub async fn open(to: impl Into<Server>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (state, seen) = watch::channel(State::default());
        let (count, made) = watch::channel(0);
        let trap = Arc::new(Trap::default());
        let accepting = accept(listener, to.into(), seen, count, trap.clone());
        Ok(Self {
            address,
            state,
            made,
            trap,
            task: tokio::spawn(accepting).abort_handle(),
        })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> u64 {
        *self.made.borrow()
    }

    pub fn set(&self, mode: Mode) {
        self.state.send_modify(|state| state.mode = mode);
    }

    /// Closes the next connection whose client says `words`, in one piece, and no other.
    pub fn cut_at(&self, words: &[u8], cut: Cut) {
        self.trap.set(Some((words.to_vec(), cut)));
    }

    /// Whether what was to be cut last was cut.
    pub fn has_cut(&self) -> bool {
        !self.trap.is_set()
    }

    /// Leaves every connection that is open now half-open: nothing comes through any more, and neither side is told.
    /// New ones are not concerned.
    pub fn cut_open_connections(&self) {
        let dead_below = self.connections();
        self.state
            .send_modify(|state| state.dead_below = dead_below);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    to: Server,
    state: watch::Receiver<State>,
    made: watch::Sender<u64>,
    trap: Arc<Trap>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let number = *made.borrow();
        made.send_replace(number + 1);
        connections.spawn(connect(
            client,
            to.clone(),
            number,
            state.clone(),
            trap.clone(),
        ));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(
    client: TcpStream,
    to: Server,
    number: u64,
    state: watch::Receiver<State>,
    trap: Arc<Trap>,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    match to {
        Server::Tcp(address) => {
            let server = TcpStream::connect(address).await?;
            server.set_nodelay(true)?;
            while_it_flows(both_ways(client, server, &trap), number, state).await
        }
        Server::Unix(file) => {
            let server = UnixStream::connect(file).await?;
            while_it_flows(both_ways(client, server, &trap), number, state).await
        }
    }
}

/// Carries one connection until either side ends it, or the link drops it.
async fn while_it_flows(
    carrying: impl Future<Output = io::Result<()>>,
    number: u64,
    mut state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut carrying = pin!(carrying);
    loop {
        let State { mode, dead_below } = *state.borrow_and_update();
        let flows = mode == Mode::Whole && number >= dead_below;
        if mode == Mode::Dropped {
            return Ok(());
        }
        // What is not carried now waits in the buffers of both sides.
        tokio::select! {
            ended = &mut carrying, if flows => return ended,
            changed = state.changed() => if changed.is_err() { return Ok(()) },
        }
    }
}

#[cfg(test)]
mod tests;

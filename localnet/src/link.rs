//! A TCP link that fails on command, to stand between a client and its server.

use std::{io, net::SocketAddr, pin::pin};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

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
    task: AbortHandle,
}

impl Link {
    /// Opens a link to the server at `to`.
    ///
    /// # Errors
    /// When no local port is free.
    pub async fn open(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (state, seen) = watch::channel(State::default());
        let (count, made) = watch::channel(0);
        let task = tokio::spawn(accept(listener, to, seen, count)).abort_handle();
        Ok(Self {
            address,
            state,
            made,
            task,
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
    to: SocketAddr,
    state: watch::Receiver<State>,
    made: watch::Sender<u64>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let number = *made.borrow();
        made.send_replace(number + 1);
        connections.spawn(carry(client, to, number, state.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// Carries one connection until either side ends it, or the link drops it.
async fn carry(
    mut client: TcpStream,
    to: SocketAddr,
    number: u64,
    mut state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut server = TcpStream::connect(to).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let mut carrying = pin!(copy_bidirectional(&mut client, &mut server));
    loop {
        let State { mode, dead_below } = *state.borrow_and_update();
        let flows = mode == Mode::Whole && number >= dead_below;
        if mode == Mode::Dropped {
            return Ok(());
        }
        // What is not carried now waits in the buffers of both sides.
        tokio::select! {
            ended = &mut carrying, if flows => return ended.map(|_| ()),
            changed = state.changed() => if changed.is_err() { return Ok(()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        time::timeout,
    };

    use super::*;

    /// Long enough for a local byte to come, were it to come.
    const WHILE: Duration = Duration::from_millis(200);

    /// A server that sends back what it gets.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = connection.split();
                    tokio::io::copy(&mut read, &mut write).await
                });
            }
        });
        address
    }

    async fn answers(connection: &mut TcpStream, byte: u8) -> bool {
        if connection.write_all(&[byte]).await.is_err() {
            return false;
        }
        let read = timeout(WHILE, connection.read_u8()).await;
        matches!(read, Ok(Ok(found)) if found == byte)
    }

    #[tokio::test]
    async fn a_link_hangs_drops_and_cuts_connections_as_it_is_told() {
        let link = Link::open(echo().await).await.unwrap();
        let mut connection = TcpStream::connect(link.address()).await.unwrap();
        assert!(answers(&mut connection, 1).await);

        link.set(Mode::Hung);
        assert!(!answers(&mut connection, 2).await);
        link.set(Mode::Whole);
        assert_eq!(connection.read_u8().await.unwrap(), 2, "nothing is lost");

        link.cut_open_connections();
        assert!(!answers(&mut connection, 3).await);
        let mut second = TcpStream::connect(link.address()).await.unwrap();
        assert!(answers(&mut second, 4).await);

        link.set(Mode::Dropped);
        for connection in [&mut connection, &mut second] {
            let read = timeout(WHILE, connection.read_u8()).await;
            assert!(matches!(read, Ok(Err(_))), "{read:?}");
        }
        assert_eq!(link.connections(), 2);
    }
}

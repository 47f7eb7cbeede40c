//! Bytes from one side to the other.

use std::{
    future::pending,
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};

use super::{Cut, Trap};

const PIECE: usize = 16 << 10;

/// Carries a connection until both sides have ended it, or the trap springs.
pub async fn both_ways(
    client: impl AsyncRead + AsyncWrite,
    server: impl AsyncRead + AsyncWrite,
    trap: &Trap,
) -> io::Result<()> {
    let (from_client, to_client) = split(client);
    let (from_server, to_server) = split(server);
    let deaf = AtomicBool::new(false);
    let asking = ask(from_client, to_server, trap, &deaf);
    let answering = answer(from_server, to_client, &deaf);
    tokio::try_join!(asking, answering).map(|_| ())
}

async fn ask(
    mut client: ReadHalf<impl AsyncRead>,
    mut server: WriteHalf<impl AsyncWrite>,
    trap: &Trap,
    deaf: &AtomicBool,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = client.read(&mut piece).await?;
        if length == 0 {
            return server.shutdown().await;
        }
        let said = &piece[..length];
        let cut = trap.springs(said);
        if cut == Some(Cut::Unsent) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        // Before it is sent: the answer may come at once.
        deaf.store(cut == Some(Cut::Answered), Ordering::Relaxed);
        server.write_all(said).await?;
        match cut {
            None | Some(Cut::Unsent) => {}
            Some(Cut::Sent) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Cut::Answered) => pending().await,
        }
    }
}

async fn answer(
    mut server: ReadHalf<impl AsyncRead>,
    mut client: WriteHalf<impl AsyncWrite>,
    deaf: &AtomicBool,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = server.read(&mut piece).await?;
        if length == 0 {
            return client.shutdown().await;
        }
        if deaf.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        client.write_all(&piece[..length]).await?;
    }
}

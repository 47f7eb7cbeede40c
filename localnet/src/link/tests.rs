use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::*;

/// How long a byte is waited for that must not come.
const WHILE: Duration = Duration::from_millis(200);

/// Longer than a byte, or the end of a connection, takes on any machine.
const AT_ONCE: Duration = Duration::from_secs(60);

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

async fn answers(connection: &mut TcpStream, byte: u8, within: Duration) -> bool {
    if connection.write_all(&[byte]).await.is_err() {
        return false;
    }
    let read = timeout(within, connection.read_u8()).await;
    matches!(read, Ok(Ok(found)) if found == byte)
}

#[tokio::test]
async fn a_link_hangs_drops_and_cuts_connections_as_it_is_told() {
    let link = Link::open(echo().await).await.unwrap();
    let mut connection = TcpStream::connect(link.address()).await.unwrap();
    assert!(answers(&mut connection, 1, AT_ONCE).await);

    link.set(Mode::Hung);
    assert!(!answers(&mut connection, 2, WHILE).await);
    link.set(Mode::Whole);
    let read = timeout(AT_ONCE, connection.read_u8()).await;
    assert_eq!(read.unwrap().unwrap(), 2, "nothing is lost");

    link.cut_open_connections();
    assert!(!answers(&mut connection, 3, WHILE).await);
    let mut second = TcpStream::connect(link.address()).await.unwrap();
    assert!(answers(&mut second, 4, AT_ONCE).await);

    link.set(Mode::Dropped);
    for connection in [&mut connection, &mut second] {
        let read = timeout(AT_ONCE, connection.read_u8()).await;
        assert!(matches!(read, Ok(Err(_))), "{read:?}");
    }
    assert_eq!(link.connections(), 2);
}

#[tokio::test]
async fn a_connection_is_cut_at_what_its_client_says() {
    let link = Link::open(echo().await).await.unwrap();
    for cut in [Cut::Unsent, Cut::Sent, Cut::Answered] {
        let mut connection = TcpStream::connect(link.address()).await.unwrap();
        link.cut_at(&[7, 8], cut);
        let passed = answers(&mut connection, 7, AT_ONCE).await;
        assert!(passed, "{cut:?}: not all of it");
        assert!(!link.has_cut());
        connection.write_all(&[6, 7, 8, 9]).await.unwrap();
        let read = timeout(AT_ONCE, connection.read_u8()).await;
        assert!(matches!(read, Ok(Err(_))), "{cut:?}: {read:?}");
        assert!(link.has_cut());
        let mut second = TcpStream::connect(link.address()).await.unwrap();
        second.write_all(&[7, 8]).await.unwrap();
        let read = timeout(AT_ONCE, second.read_u8()).await;
        assert_eq!(read.unwrap().unwrap(), 7, "{cut:?}: only once");
    }
}

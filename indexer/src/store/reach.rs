//! Whether a database lets this program in.

use std::{str::FromStr, time::Duration};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

/// How long a server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A database that does not let this program in.
#[derive(Debug, thiserror::Error)]
#[error("database {database}: {cause}")]
pub struct Unreachable {
    /// Host, port and name.
    pub database: String,
    pub cause: String,
}

/// Connects once and says what is wrong; a pool would go on trying and then say only that it took too long.
///
/// # Errors
/// Where the URL is none, nobody answers there, or the server has no such database or user.
pub async fn reach(url: &str) -> Result<(), Unreachable> {
    let options = PgConnectOptions::from_str(url).map_err(|error| Unreachable {
        database: "URL".to_owned(),
        cause: format!("expected postgres://USER@HOST:PORT/NAME ({error})"),
    })?;
    let unreachable = |cause: String| Unreachable {
        database: place(&options),
        cause,
    };
    let connecting = PgConnection::connect_with(&options);
    match tokio::time::timeout(TIMEOUT, connecting).await {
        Ok(Ok(connection)) => {
            // Closing politely may fail; it has answered.
            let _ = connection.close().await;
            Ok(())
        }
        Ok(Err(sqlx::Error::Io(error))) => Err(unreachable(error.to_string())),
        Ok(Err(sqlx::Error::Database(error))) => Err(unreachable(error.message().to_owned())),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_) => Err(unreachable(format!("no answer within {TIMEOUT:?}"))),
    }
}

/// Where a database is, without the password that its URL may hold.
fn place(options: &PgConnectOptions) -> String {
    let name = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{}/{name}", socket.display()),
        None => format!("{}:{}/{name}", options.get_host(), options.get_port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_a_database_is_not_is_told_without_its_password() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        drop(taken);
        let began = std::time::Instant::now();
        let error = reach(&format!("postgres://me:secret@{address}/shop")).await;
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains(&format!("{address}/shop")) && error.contains("refused"),
            "{error}"
        );
        assert!(!error.contains("secret"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(5), "at once");
        for none in ["", "postgres//x", "postgres://me:secret@host:notaport/shop"] {
            let error = reach(none).await.unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}

//! A database for one test.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use super::{Postgres, PostgresError};
use crate::link::Link;

static SERVER: OnceLock<Result<Postgres, PostgresError>> = OnceLock::new();
static CREATED: AtomicU32 = AtomicU32::new(0);

/// A fresh, empty database on a server that all tests of one binary share.
///
/// The server ends with the test binary, however that ends, and its data is deleted.
#[derive(Debug)]
pub struct TestDatabase {
    server: &'static Postgres,
    name: String,
    url: String,
}

impl TestDatabase {
    /// # Panics
    /// When the server cannot be started: the test cannot run without it.
    pub async fn create() -> Self {
        // Starting blocks for about a second; a test's runtime may have one thread only.
        let server = tokio::task::spawn_blocking(|| SERVER.get_or_init(Postgres::start_temporary))
            .await
            .expect("starting a server does not panic")
            .as_ref()
            .unwrap_or_else(|error| panic!("{error}"));
        let name = format!("test_{}", CREATED.fetch_add(1, Ordering::Relaxed));
        let url = server
            .create_database(&name)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        Self { server, name, url }
    }

    /// The connection URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its server.
    pub fn server(&self) -> &'static Postgres {
        self.server
    }

    /// The connection URL by a link to its server.
    pub fn url_over(&self, link: &Link) -> String {
        self.server.url_over(link, &self.name)
    }
}

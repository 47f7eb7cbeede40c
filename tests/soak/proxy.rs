//! A node that fails on command: the network's own behind links, and a proxy that spoils answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use pedigree_localnet::link::Link;
use tokio::sync::watch;

use crate::Result;

/// How two of three answers are spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    Status(StatusCode),
    /// The first half of the body, as if it were all.
    Truncated,
}

/// What the indexer takes for its node.
pub struct Node {
    pub rpc: Link,
    pub ws: Link,
    pub spoilt: watch::Sender<Option<Spoilt>>,
}

impl Node {
    /// Stands before the node at these URLs.
    pub async fn open(rpc: &str, ws: &str) -> Result<Self> {
        let (spoilt, seen) = watch::channel(None);
        let proxy = Proxy {
            node: rpc.to_owned(),
            client: reqwest::Client::new(),
            spoilt: seen,
            asked: Arc::default(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().route("/", post(pass_on)).with_state(proxy);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            rpc: Link::open(address).await?,
            ws: Link::open(host(ws)?).await?,
            spoilt,
        })
    }

    pub fn rpc_url(&self) -> String {
        format!("http://{}", self.rpc.address())
    }

    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.ws.address())
    }
}

fn host(url: &str) -> Result<SocketAddr> {
    let host = url.split("//").nth(1).unwrap_or(url);
    Ok(host.trim_end_matches('/').parse()?)
}

#[derive(Clone)]
struct Proxy {
    node: String,
    client: reqwest::Client,
    spoilt: watch::Receiver<Option<Spoilt>>,
    asked: Arc<AtomicU64>,
}

async fn pass_on(State(proxy): State<Proxy>, request: Bytes) -> Response {
    let number = proxy.asked.fetch_add(1, Ordering::Relaxed);
    let spoilt = *proxy.spoilt.borrow();
    let spoilt = spoilt.filter(|_| !number.is_multiple_of(3));
    if let Some(Spoilt::Status(status)) = spoilt {
        return status.into_response();
    }
    let asked = proxy
        .client
        .post(&proxy.node)
        .header(header::CONTENT_TYPE, "application/json")
        .body(request)
        .send();
    let answered = async { asked.await?.bytes().await };
    let Ok(mut body) = answered.await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    if spoilt == Some(Spoilt::Truncated) {
        body.truncate(body.len() / 2);
    }
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

//! I4: the WebSocket that wakes the indexer fails in every way, for as long as real ones do.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use pedigree_indexer::{Metrics, store::Store};
use pedigree_localnet::link::{Link, Mode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, time::sleep};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    Chain, IN_TIME, Market,
    chain::transaction,
    histories::{history, long_history},
    node::Node,
    running::{clean_hash, figure, frontier, run_with},
    store, until,
};

/// A block of the growing chain.
const BLOCK: Duration = Duration::from_millis(400);
/// How often tables are looked into.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A node whose two ways to the indexer fail on command.
struct Links {
    rpc: Link,
    ws: Link,
    /// Subscriptions that the node was asked for so far.
    subscriptions: watch::Receiver<u32>,
}

impl Links {
    /// Mends or breaks something, and waits until a new subscription is made.
    async fn subscribed_again(&self, change: impl FnOnce()) {
        let before = *self.subscriptions.borrow();
        change();
        let mut subscriptions = self.subscriptions.clone();
        let again = subscriptions.wait_for(|now| *now > before);
        let again = tokio::time::timeout(IN_TIME, again).await;
        assert!(again.is_ok(), "no new subscription after {before}");
    }
}

/// All at once: they wait most of the time.
#[tokio::test(flavor = "multi_thread")]
async fn i4_a_websocket_dropped_for_30_s_silent_for_60_s_or_half_open_leaves_no_gap() {
    let seconds = |seconds| sleep(Duration::from_secs(seconds));
    let dropped = nothing_is_missed(async |links| {
        links.ws.set(Mode::Dropped);
        seconds(30).await;
        links.subscribed_again(|| links.ws.set(Mode::Whole)).await;
    });
    let silent = nothing_is_missed(async |links| {
        links.ws.set(Mode::Hung);
        seconds(60).await;
        links.subscribed_again(|| links.ws.set(Mode::Whole)).await;
    });
    let half_open = nothing_is_missed(async |links| {
        links
            .subscribed_again(|| links.ws.cut_open_connections())
            .await;
        // One that dies while it is being made, as well.
        links.ws.set(Mode::Hung);
        seconds(25).await;
        links.ws.cut_open_connections();
        links.subscribed_again(|| links.ws.set(Mode::Whole)).await;
    });
    let all_dropped = nothing_is_missed(async |links| {
        for link in [&links.ws, &links.rpc] {
            link.set(Mode::Dropped);
        }
        seconds(30).await;
        let mend = || {
            for link in [&links.ws, &links.rpc] {
                link.set(Mode::Whole);
            }
        };
        links.subscribed_again(mend).await;
    });
    tokio::join!(dropped, silent, half_open, all_dropped);
}

/// Lets a chain grow while its node fails: at every moment all blocks up to the frontier are stored, and at the end all
/// there are.
async fn nothing_is_missed(fault: impl AsyncFnOnce(&Links)) {
    let (store, _database) = store().await;
    let (mut chain, mut market) = history();
    let node = Node::start(chain.clone()).await;
    let (tip, tips) = watch::channel(chain.tip());
    let (ws, subscriptions) = slot_notices(tips).await;
    let rpc: SocketAddr = node.url.trim_start_matches("http://").parse().unwrap();
    let links = Links {
        rpc: Link::open(rpc).await.unwrap(),
        ws: Link::open(ws).await.unwrap(),
        subscriptions,
    };
    let mut behind_link = node.clone();
    behind_link.url = format!("http://{}", links.rpc.address());
    let ws_url = format!("ws://{}", links.ws.address());
    let running = run_with(&store, &behind_link, Some(ws_url));
    let metrics = running.metrics.clone();
    subscribed(&links).await;
    stored(&store, chain.tip()).await;

    let growing = async {
        loop {
            sleep(BLOCK).await;
            grow(&mut chain, &mut market);
            let grown = chain.clone();
            node.edit(|served| *served = grown);
            tip.send_replace(chain.tip());
        }
    };
    let mut looks = Vec::new();
    let look = async || {
        let look: Option<(i64, i64, i64)> = sqlx::query_as(
            "SELECT c.slot, count(*), max(b.slot) FROM cursor c, blocks b GROUP BY c.slot",
        )
        .fetch_optional(store.pool())
        .await
        .unwrap();
        look
    };
    let looking = async {
        loop {
            sleep(LOOK_EVERY).await;
            looks.extend(look().await);
        }
    };
    let failing = async {
        fault(&links).await;
        let reached = *tip.borrow();
        stored(&store, reached).await;
    };
    tokio::select! {
        () = failing => {}
        () = growing => {}
        () = looking => {}
    }
    // It may have caught up since the last one.
    looks.extend(look().await);

    for (frontier, blocks, newest) in &looks {
        let slots = chain
            .blocks
            .iter()
            .map(|(slot, _)| i64::try_from(*slot).unwrap());
        let expected = slots.filter(|slot| slot <= frontier).count();
        assert_eq!(
            (usize::try_from(*blocks).unwrap(), newest),
            (expected, frontier)
        );
    }
    let last = looks.last().unwrap().0;
    assert!(
        last > looks[0].0,
        "the chain did not grow: this proved nothing"
    );
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    assert!(reconnects(&store, &metrics).await >= 1);
}

/// Waits for the first subscription.
async fn subscribed(links: &Links) {
    let mut subscriptions = links.subscriptions.clone();
    let first = subscriptions.wait_for(|made| *made > 0);
    let first = tokio::time::timeout(IN_TIME, first).await;
    first.expect("a subscription").unwrap();
}

/// Waits until a slot is stored.
async fn stored(store: &Store, slot: u64) {
    until("the slot is stored", async || {
        frontier(store).await >= Some(slot)
    })
    .await;
}

/// A block with an event; sometimes slots before it are skipped.
fn grow(chain: &mut Chain, market: &mut Market) {
    market.slot = chain.tip() + 1 + chain.tip() % 3;
    let renamed = market.profile("alice", &format!("Alice of slot {}", market.slot));
    let signature = market.slot.to_string();
    chain.push_at(market.slot, vec![transaction(&signature, [renamed])]);
}

/// A WebSocket that tells whoever subscribes of every new slot; how many have subscribed.
async fn slot_notices(tips: watch::Receiver<u64>) -> (std::net::SocketAddr, watch::Receiver<u32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (count, subscriptions) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (mut tips, count) = (tips.clone(), count.clone());
            tokio::spawn(async move {
                let Ok(mut socket) = tokio_tungstenite::accept_async(connection).await else {
                    return;
                };
                let _subscription = socket.next().await;
                let confirmed = json!({"jsonrpc": "2.0", "result": 1, "id": 1});
                let mut told = socket.send(text(&confirmed)).await;
                count.send_modify(|count| *count += 1);
                while told.is_ok() && tips.changed().await.is_ok() {
                    let notice = notice(*tips.borrow_and_update());
                    told = socket.send(text(&notice)).await;
                }
            });
        }
    });
    (address, subscriptions)
}

fn notice(slot: u64) -> Value {
    let result = json!({"slot": slot, "parent": slot - 1, "root": 1});
    json!({"jsonrpc": "2.0", "method": "slotNotification",
           "params": {"subscription": 1, "result": result}})
}

fn text(value: &Value) -> Message {
    Message::text(value.to_string())
}

async fn reconnects(store: &Store, metrics: &Metrics) -> u64 {
    figure(store, metrics, "pedigree_websocket_reconnects_total").await
}

/// A WebSocket that tells of a few slots and hangs up, again and again.
async fn fickle_websocket() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let Ok(mut socket) = tokio_tungstenite::accept_async(connection).await else {
                continue;
            };
            let _subscription = socket.next().await;
            let mut tell = async |value: Value| {
                let _ = socket.send(text(&value)).await;
            };
            tell(json!({"jsonrpc": "2.0", "result": 1, "id": 1})).await;
            for slot in [12, 12, 11] {
                tell(notice(slot)).await;
            }
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_websocket_that_drops_repeats_and_goes_back_leaves_no_gap() {
    let chain = long_history(60);
    let (store, _database) = store().await;
    let node = Node::start(chain.fork_after(20, "")).await;
    let running = run_with(&store, &node, Some(fickle_websocket().await));
    let metrics = running.metrics.clone();
    for slot in 21..=chain.tip() {
        let mut grown = chain.clone();
        grown.blocks.retain(|(found, _)| *found <= slot);
        node.edit(move |node| *node = grown);
        sleep(Duration::from_millis(100)).await;
    }
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    assert!(reconnects(&store, &metrics).await >= 1);
}

#[tokio::test]
async fn i4_a_websocket_that_says_nothing_holds_nothing_up() {
    let (mut chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    // Takes connections and never answers: a half-open socket.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ws_url = format!("ws://{}", silent.local_addr().unwrap());
    let running = run_with(&store, &node, Some(ws_url));
    sleep(Duration::from_millis(500)).await;
    let slot = chain.push(Vec::new());
    node.edit(move |node| *node = chain);
    running.reach(&store, slot).await;
}

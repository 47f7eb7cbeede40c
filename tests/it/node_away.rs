//! An indexer that is started while its node is away waits for it.

use std::time::Duration;

use nix::sys::signal::Signal;
use pedigree_localnet::link::{Link, Mode};
use pedigree_tests::{
    market::{Market, path, wait_until_indexed},
    network::patience,
    running::Running,
};

use crate::killed_indexer::{hash, second_database};

const TOLD_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn i10_an_indexer_started_while_its_node_is_away_waits_for_it_and_says_so() {
    let market = Market::with_first(3);
    let (endpoints, first) = (market.endpoints(), market.endpoint("database"));
    let second = second_database(&first).await;
    let rpc = market.endpoint("rpc").replace("http://", "");
    let rpc: std::net::SocketAddr = rpc.trim_end_matches('/').parse().expect("an address");
    let link = Link::open(rpc).await.expect("a link");
    link.set(Mode::Dropped);

    let url = format!("http://{}", link.address());
    let begin = ["index", "run", "--endpoints", path(&endpoints)];
    let more = ["--database-url", &second, "--rpc-url", &url];
    let run = [&begin[..], &more, &["--http", "127.0.0.1:0"]].concat();
    let mut indexer = Running::start(&run);
    let told = indexer.wait_for_words("asking again", TOLD_WITHIN);
    assert!(told.contains(&url), "{told}");
    // Whoever does not want to wait does not have to.
    assert!(indexer.stop(Signal::SIGINT).success());

    let mut indexer = Running::start(&run);
    indexer.wait_for_words("asking again", TOLD_WITHIN);
    assert!(indexer.is_alive());
    link.set(Mode::Whole);
    let http = indexer.wait_for("ready ", patience(TOLD_WITHIN));
    let tip = market.rpc().get_slot().await.expect("a slot");
    for http in [&http, &market.http] {
        wait_until_indexed(http, tip).await;
    }
    assert_eq!(hash(&second), hash(&first));
}

//! Blocks that come twice, late, in parts or of forks.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use yellowstone_grpc_proto::geyser::{SubscribeUpdateBlock, subscribe_update::UpdateOneof};

use super::{Followed, PATIENT};
use crate::{
    forks::{QUICK_FORKS, SEEN_FORKS, forking_pause, orphans, other_history},
    support::{
        histories::{Forking, history, long_history},
        running::frontier,
        until,
        yellowstone::message,
    },
};

/// How a push goes wrong.
fn broken(rng: &mut StdRng, mut block: SubscribeUpdateBlock) -> SubscribeUpdateBlock {
    let last = block.transactions.last_mut().unwrap();
    match rng.random_range(0..9) {
        0 => {
            block.transactions.pop();
        }
        1 => block.transactions.clear(),
        2 => last.index = 0,
        3 => last.meta = None,
        4 => last.transaction = None,
        5 => last.meta.as_mut().unwrap().inner_instructions_none = true,
        6 => block.blockhash.truncate(20),
        7 => block.parent_blockhash.clear(),
        // Of a future that nothing leads to.
        _ => {
            block.slot += 1_000;
            block.parent_slot += 1_000;
        }
    }
    block
}

#[tokio::test]
async fn duplicates_holes_disorder_and_parts_of_blocks_end_in_the_tables_of_a_clean_run() {
    let chain = long_history(150);
    let mut rng = StdRng::seed_from_u64(3);
    let followed = Followed::start(&chain, 12, PATIENT).await;
    let mut late = Vec::new();
    for (slot, block) in &chain.blocks {
        let whole = message(*slot, block);
        let push = |block| followed.server.send(UpdateOneof::Block(block));
        match rng.random_range(0..10) {
            0 => {}
            1 => late.push(whole),
            2 => push(broken(&mut rng, whole)),
            3 => {
                push(broken(&mut rng, whole.clone()));
                push(whole);
            }
            4 => {
                push(whole.clone());
                push(whole);
            }
            _ => push(whole),
        }
        if rng.random_bool(0.2) {
            late.shuffle(&mut rng);
            late.drain(..).for_each(push);
        }
        if rng.random_bool(0.02) {
            followed.server.end(None);
        }
        // The node is a little behind.
        followed.node_has(&chain, slot.saturating_sub(2).max(12));
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..20))).await;
    }
    followed.node_has(&chain, chain.tip());
    followed.stored(chain.tip()).await;
    let taken = followed.figure("blocks").await;
    let refused = followed.figure("refused_blocks").await;
    println!("taken {taken}, refused {refused}");
    assert!(taken > 0 && refused > 0, "this proved nothing");
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn i9_random_forks_of_the_stream_end_in_the_tables_of_a_clean_run() {
    let mut rng = StdRng::seed_from_u64(19);
    let mut forking = Forking::new();
    let followed = Followed::start(&forking.chain, 10, PATIENT).await;
    let mut rounds = 0..;
    until("forks are seen", async || {
        let round = rounds.next().unwrap();
        let new = forking.grow(&mut rng, round);
        let chain = &forking.chain;
        let (_, newest) = chain.blocks.split_at(chain.blocks.len() - new);
        let mut newest = newest.to_vec();
        if rng.random_bool(0.2) {
            newest.shuffle(&mut rng);
        }
        for (slot, block) in &newest {
            followed.server.push(*slot, block);
        }
        let pause = forking_pause(&mut rng, round) / 2;
        tokio::time::sleep(pause).await;
        followed.node_has(chain, chain.tip());
        tokio::time::sleep(pause).await;
        let seen =
            followed.figure("blocks").await > 0 && orphans(&followed.store).await >= SEEN_FORKS;
        round >= QUICK_FORKS && seen
    })
    .await;
    // A fork that is shorter than what was read is seen once it has grown past it.
    let mut chain = forking.chain;
    for _ in 0..30 {
        let slot = chain.push(Vec::new());
        followed.server.push(slot, &chain.blocks.last().unwrap().1);
    }
    followed.node_has(&chain, chain.tip());
    followed.stored(chain.tip()).await;
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn i9_a_fork_that_only_the_server_saw_is_undone_once_another_is_final() {
    let (first, _) = history();
    let second = other_history();
    let followed = Followed::start(&first, 13, PATIENT).await;
    followed.stored_from_stream(&first, 12, first.tip()).await;
    followed.node_has(&second, 16);
    followed.node.finalize(16);
    until("the fork is undone", async || {
        frontier(&followed.store).await == Some(16)
    })
    .await;
    followed.node_has(&second, second.tip());
    followed.ends_as(&second).await;
}

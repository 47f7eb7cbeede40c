//! Proposals and votes: folded, undone and derived again like everything else.

use pedigree_sdk::accounts::{EntityKind, account_hash, to_bytes};

use crate::support::{histories::governed, running::clean_hash, store};

#[tokio::test]
async fn i20_proposals_are_derived_again_as_they_were_whatever_the_batches() {
    let (chain, market, governed) = governed();
    let blocks = chain.decoded();
    let clean = clean_hash(&chain).await;
    for size in [1, 2, blocks.len()] {
        let (store, _database) = store().await;
        for batch in blocks.chunks(size) {
            store.apply(batch).await.unwrap();
        }
        assert_eq!(store.table_hash().await.unwrap(), clean, "{size}");
        assert!(store.derives_equal().await.unwrap());
        store.rebuild().await.unwrap();
        assert_eq!(store.table_hash().await.unwrap(), clean, "{size}");
        assert!(store.check().await.unwrap().is_sound());
        let stored: Vec<(i64, String, String, bool)> =
            sqlx::query_as("SELECT number, action, status, closed FROM proposals ORDER BY number")
                .fetch_all(store.pool())
                .await
                .unwrap();
        let stored: Vec<_> = stored
            .iter()
            .map(|(number, action, status, closed)| {
                (*number, action.as_str(), status.as_str(), *closed)
            })
            .collect();
        let expected = [
            (1, "update_escrow", "executed", false),
            (2, "set_rate", "rejected", true),
            (3, "allow_mint", "vetoed", false),
        ];
        assert_eq!(stored, expected, "closed ones stay");
    }

    let (store, _database) = store().await;
    store.apply(&blocks).await.unwrap();
    for (kind, address, bytes) in [
        (
            EntityKind::Proposal,
            governed.fee,
            to_bytes(&market.proposal(&governed.fee)),
        ),
        (
            EntityKind::Vote,
            governed.votes[0],
            to_bytes(&market.vote(&governed.votes[0])),
        ),
    ] {
        let found = store.standings(kind, &[address]).await.unwrap();
        assert_eq!(found[&address].account_hash, account_hash(&bytes), "{kind}");
    }
    let closed = store
        .standings(EntityKind::Vote, &[governed.votes[1]])
        .await
        .unwrap();
    assert!(closed[&governed.votes[1]].closed);
}

#[tokio::test]
async fn i9_a_fork_anywhere_undoes_what_was_proposed_and_voted_after_it() {
    let (chain, market, governed) = governed();
    let blocks = chain.decoded();
    for (index, ancestor) in blocks.iter().enumerate().rev().skip(1) {
        let slot = ancestor.point().slot;
        let mut fork = chain.fork_after(slot, "others");
        let mut others = market.clone();
        others.slot = fork.tip() + 1;
        fork.push_events([
            others.profile("dave", "Dave"),
            others.lock("dave", 2, 9).1,
            others.close_vote(&governed.votes[0]),
        ]);
        let (store, _database) = store().await;
        store.apply(&blocks).await.unwrap();
        let replacement = fork.decoded();
        let replaced = store.replace(ancestor.point(), &replacement[index + 1..]);
        replaced.await.unwrap();
        let hash = store.table_hash().await.unwrap();
        assert_eq!(hash, clean_hash(&fork).await, "after {slot}");
        assert!(store.derives_equal().await.unwrap());
    }
}

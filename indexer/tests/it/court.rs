//! What the programs `reward` and `dao` tell: folded, undone and derived again like everything else.

use pedigree_sdk::accounts::{EntityKind, account_hash, to_bytes};
use solana_program::pubkey::Pubkey;

use crate::support::{histories::rewards_and_court, running::clean_hash, store};

#[tokio::test]
async fn i20_epochs_positions_and_disputes_are_derived_again_as_they_were_whatever_the_batches() {
    let (chain, market, judged) = rewards_and_court();
    let blocks = chain.decoded();
    let clean = clean_hash(&chain).await;
    for size in [1, 3] {
        let (store, _database) = store().await;
        for batch in blocks.chunks(size) {
            store.apply(batch).await.unwrap();
        }
        assert_eq!(store.table_hash().await.unwrap(), clean, "{size}");
        assert!(store.derives_equal().await.unwrap());
        store.rebuild().await.unwrap();
        assert_eq!(store.table_hash().await.unwrap(), clean, "{size}");
        assert!(store.check().await.unwrap().is_sound());
        let counted: (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM epochs), (SELECT count(*) FROM positions),
                    (SELECT count(*) FROM disputes)",
        )
        .fetch_one(store.pool())
        .await
        .unwrap();
        assert_eq!(counted, (2, 3, 2), "closed ones stay");
    }

    let (store, _database) = store().await;
    store.apply(&blocks).await.unwrap();
    let standing = async |kind, address: Pubkey| {
        let found = store.standings(kind, &[address]).await.unwrap();
        found[&address].clone()
    };
    let position = standing(EntityKind::Position, judged.positions[1]).await;
    let bytes = to_bytes(&market.position(&judged.positions[1]));
    assert_eq!(position.account_hash, account_hash(&bytes));
    let dispute = standing(EntityKind::Dispute, judged.version_case).await;
    let bytes = to_bytes(&market.dispute(&judged.version_case));
    assert_eq!(
        dispute.account_hash,
        account_hash(&bytes),
        "with votes as patches"
    );
    assert!(standing(EntityKind::Juror, judged.jurors[0]).await.closed);
}

#[tokio::test]
async fn i9_a_fork_anywhere_undoes_what_rewards_and_court_told_after_it() {
    let (chain, market, _) = rewards_and_court();
    let blocks = chain.decoded();
    for (index, ancestor) in blocks.iter().enumerate().rev().skip(1) {
        let slot = ancestor.point().slot;
        let mut fork = chain.fork_after(slot, "others");
        let mut others = market.clone();
        others.slot = fork.tip() + 1;
        fork.push_events([others.profile("dave", "Dave"), others.lock("dave", 2, 9).1]);
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

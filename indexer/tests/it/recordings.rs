//! Blocks from a file end in the same tables as blocks from a node.

use std::path::Path;

use pedigree_indexer::{
    pipeline::{
        PipelineError,
        record::{Recorded, record},
    },
    source::{Format, RecordingSource, Source},
    store::Store,
};

use crate::support::{
    Chain,
    histories::history,
    node::{Fault, Node, two_of_three},
    running::{clean_hash, index_range, persistent},
    store,
};

/// Indexes all of a recording.
pub async fn load(store: &Store, file: &Path, raw_only: bool) -> Result<(), PipelineError> {
    let source = RecordingSource::open(file).unwrap();
    let Some((_, until)) = source.range() else {
        return Ok(());
    };
    index_range(store, source, (None, Some(until)), raw_only).await
}

async fn recorded(chain: &Chain, file: &Path, format: Format) -> Recorded {
    let node = Node::start(chain.clone()).await;
    node.finalize(chain.tip());
    // The list leaves slots out: their children's links bring them in.
    node.hide(&[10, 12]);
    record(&persistent(&node), 10, chain.tip(), file, format)
        .await
        .unwrap()
}

#[tokio::test]
async fn both_forms_of_a_recording_and_a_node_give_the_same_tables() {
    let (chain, _) = history();
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in [(Format::Json, "json"), (Format::Binary, "binary")] {
        let file = folder.path().join(name);
        let made = recorded(&chain, &file, format).await;
        assert_eq!(
            (made.blocks, made.events, made.range),
            (7, 21, Some((10, 18)))
        );
        for raw_only in [false, true] {
            let (store, _database) = store().await;
            load(&store, &file, raw_only).await.unwrap();
            if raw_only {
                assert_ne!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
                assert!(!store.check().await.unwrap().is_sound());
                store.fold_pending().await.unwrap();
            }
            assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
            let checked = store.check().await.unwrap();
            assert!(checked.is_sound(), "{checked:?}");
            assert_eq!(checked.finalized_slot, Some(18));
            assert!(store.derives_equal().await.unwrap());
            // Again: nothing is new.
            load(&store, &file, false).await.unwrap();
            assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
        }
    }
}

#[tokio::test]
async fn i18_a_recording_goes_on_where_another_source_ended_and_a_hole_is_refused() {
    let (chain, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blocks");
    recorded(&chain, &file, Format::Binary).await;
    let (begun, _database) = store().await;
    begun.apply(&chain.decoded()[..3]).await.unwrap();
    load(&begun, &file, false).await.unwrap();
    assert_eq!(begun.table_hash().await.unwrap(), clean_hash(&chain).await);

    // Another chain's recording.
    let other = chain.fork_after(9, "another network");
    let mut other = Chain { ..other };
    for _ in 0..12 {
        other.push(Vec::new());
    }
    recorded(&other, &file, Format::Binary).await;
    begun.finalize(18).await.unwrap();
    let error = load(&begun, &file, false).await.unwrap_err();
    assert!(
        matches!(error, PipelineError::Contradiction { .. }),
        "{error}"
    );
    assert_eq!(begun.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i6_a_range_is_recorded_and_indexed_whole_though_the_list_leaves_out_its_ends() {
    // Blocks 10 to 13 and 16 to 18; slots 14 and 15 were skipped.
    let (chain, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blocks");
    for ((from, to), hidden) in [
        ((10, 17), &[10, 11][..]),
        ((11, 17), &[11, 12, 13]),
        ((10, 15), &[13]),
        ((10, 17), &[10, 16, 17]),
        ((11, 16), &[11, 12, 13, 16]),
        // Nothing but skipped slots.
        ((14, 15), &[]),
    ] {
        let node = Node::start(chain.clone()).await;
        node.finalize(chain.tip());
        node.hide(hidden);
        let within: Vec<_> = chain.decoded();
        let within: Vec<_> = within
            .into_iter()
            .filter(|block| (from..=to).contains(&block.slot))
            .collect();
        let (clean, _database) = store().await;
        clean.apply(&within).await.unwrap();
        let clean = (
            clean.frontier().await.unwrap(),
            clean.table_hash().await.unwrap(),
        );

        let range = (Some(from), Some(to));
        let (indexed, _database) = store().await;
        index_range(&indexed, persistent(&node), range, false)
            .await
            .unwrap();
        let found = (
            indexed.frontier().await.unwrap(),
            indexed.table_hash().await.unwrap(),
        );
        assert_eq!(found, clean, "{from} to {to} without {hidden:?}");

        let recorded = record(&persistent(&node), from, to, &file, Format::Binary)
            .await
            .unwrap();
        assert_eq!(recorded.blocks, within.len() as u64, "{from} to {to}");
        let (loaded, _database) = store().await;
        load(&loaded, &file, false).await.unwrap();
        assert_eq!(loaded.table_hash().await.unwrap(), clean.1);
    }
}

#[tokio::test]
async fn i6_a_recording_that_lacks_blocks_of_the_range_asked_for_is_refused() {
    let (chain, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blocks");
    recorded(&chain, &file, Format::Binary).await;
    let source = || RecordingSource::open(&file).unwrap();
    let (asked, _database) = store().await;
    let range = (Some(8), Some(18));
    let refused = index_range(&asked, source(), range, false).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("no block of slot 9"), "{refused}");
    assert_eq!(source().first_slot().await.unwrap(), 10);
    assert_eq!(asked.frontier().await.unwrap(), None);
}

#[tokio::test]
async fn i6_a_node_that_fails_now_and_then_is_asked_again_for_a_recording() {
    let (chain, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blocks");
    let node = Node::start(chain.clone()).await;
    node.finalize(chain.tip());
    node.fail(two_of_three());
    let recorded = record(&persistent(&node), 10, chain.tip(), &file, Format::Json)
        .await
        .unwrap();
    assert_eq!(recorded.blocks, 7);
    let (loaded, _database) = store().await;
    load(&loaded, &file, false).await.unwrap();
    assert_eq!(loaded.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i7_an_unknown_transaction_version_is_not_asked_for_again_and_again() {
    let (chain, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blocks");
    let node = Node::start(chain.clone()).await;
    node.finalize(chain.tip());
    node.fail(|method, slot| (method == "getBlock" && slot == 13).then_some(Fault::Rpc(-32015)));
    let refused = record(&persistent(&node), 10, 18, &file, Format::Json).await;
    let refused = refused.unwrap_err();
    assert!(
        refused.is_fatal() && refused.to_string().contains("slot 13"),
        "{refused}"
    );
    assert!(!file.exists());
}

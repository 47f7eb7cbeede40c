//! Blocks from a file end in the same tables as blocks from a node.

use std::{path::Path, sync::Arc};

use pedigree_indexer::{
    Metrics, Progress,
    pipeline::{
        Pipeline, PipelineError, ROOM,
        record::{Recorded, record},
    },
    source::{Format, RecordingSource, RpcSource, Wake},
    store::Store,
};
use tokio_util::sync::CancellationToken;

use crate::{
    pipeline::clean_hash,
    store::history,
    support::{Chain, node::Node, store},
};

/// Indexes all of a recording.
pub async fn load(store: &Store, file: &Path, raw_only: bool) -> Result<(), PipelineError> {
    let source = RecordingSource::open(file).unwrap();
    let shutdown = CancellationToken::new();
    let until = source.range().map(|(_, last)| last);
    let pipeline = Pipeline {
        source: Arc::new(source),
        store: store.clone(),
        progress: Progress::default(),
        metrics: Metrics::default(),
        wake: Wake::start(None, Metrics::default(), shutdown.clone()),
        start_slot: None,
        until,
        raw_only,
        room: ROOM,
    };
    pipeline.run(shutdown).await
}

async fn recorded(chain: &Chain, file: &Path, format: Format) -> Recorded {
    let node = Node::start(chain.clone()).await;
    node.finalize(chain.tip());
    // The list leaves a slot out: its child's link brings it in.
    node.hide(&[12]);
    let source = RpcSource::new(&node.url).unwrap();
    record(&source, 10, chain.tip(), file, format)
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

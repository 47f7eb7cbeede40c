use std::fs;

use super::*;
use crate::decode::{Emission, EventKey};
use pedigree_sdk::programs;

const HEADER: Header = Header {
    genesis_hash: [7; 32],
    hashes_chain: true,
    finalized_slot: 11,
};

fn block(slot: u64, emissions: u8) -> EmittedBlock {
    let emission = |n: u8| Emission {
        key: EventKey {
            slot,
            signature: [n / 2; 64],
            ix_path: vec![0, i32::from(n)],
        },
        tx_index: u32::from(n / 2),
        program: if n.is_multiple_of(3) {
            programs::ESCROW
        } else {
            programs::LISTING
        },
        data: vec![n; usize::from(n) * 7],
    };
    EmittedBlock {
        slot,
        hash: [slot as u8; 32],
        parent_slot: slot - 1,
        parent_hash: [slot as u8 - 1; 32],
        time: slot.is_multiple_of(2).then_some(1_700_000_000),
        emissions: (0..emissions).map(emission).collect(),
        truncated_logs: 1,
    }
}

fn recording(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("blocks");
    let mut recorder = Recorder::create(&path, Format::Binary, &HEADER).unwrap();
    for (slot, emissions) in [(10, 0), (11, 5), (14, 1)] {
        recorder.push(&block(slot, emissions), "").unwrap();
    }
    assert!(!path.exists(), "half of one is none");
    recorder.finish().unwrap();
    path
}

#[tokio::test]
async fn a_binary_recording_gives_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let source = RecordingSource::open(&recording(&folder)).unwrap();
    assert_eq!((*source.header(), source.range()), (HEADER, Some((10, 14))));
    assert_eq!(source.slots(11, 5).await.unwrap(), [11, 14]);
    assert_eq!(source.slots(0, 1).await.unwrap(), [10]);
    assert!(source.slots(15, 5).await.unwrap().is_empty());
    assert_eq!(source.tip(Finality::Finalized).await.unwrap(), 11);
    for (slot, emissions) in [(10, 0), (11, 5), (14, 1)] {
        assert_eq!(source.block(slot).await.unwrap(), block(slot, emissions));
    }
    assert!(matches!(
        source.block(12).await,
        Err(SourceError::Recording(RecordingError::NoBlock {
            slot: 12,
            ..
        }))
    ));
}

/// Whatever byte is changed and wherever the file ends: an error, never other blocks.
#[tokio::test]
async fn damage_anywhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(&folder);
    let whole = fs::read(&path).unwrap();
    let read = async |bytes: &[u8]| -> Result<Vec<EmittedBlock>, SourceError> {
        fs::write(&path, bytes).unwrap();
        let source = RecordingSource::open(&path)?;
        let mut blocks = Vec::new();
        for slot in source.slots(0, 10).await? {
            blocks.push(source.block(slot).await?);
        }
        Ok(blocks)
    };
    assert_eq!(read(&whole).await.unwrap().len(), 3);
    let mut bounds = 0;
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        assert!(read(&damaged).await.is_err(), "byte {at}");
        // A cut between two records leaves a shorter recording.
        match read(&whole[..at]).await {
            Ok(blocks) => {
                assert!(blocks.len() < 3);
                bounds += 1;
            }
            Err(error) => assert!(error.is_fatal()),
        }
    }
    assert_eq!(
        bounds, 3,
        "after the header, the first and the second block"
    );
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let open = |text: &[u8]| {
        fs::write(&path, text).unwrap();
        RecordingSource::open(&path).unwrap_err()
    };
    for text in [&b""[..], b"{}", b"something else entirely\n"] {
        assert!(matches!(open(text), RecordingError::NoRecording { .. }));
    }
    let newer = [&binary::MAGIC[..], &9u32.to_le_bytes()].concat();
    assert!(matches!(
        open(&newer),
        RecordingError::Version { found: 9, .. }
    ));
    let header = json::header_line(&HEADER);
    assert!(matches!(
        open(header.replace("\"version\":1", "\"version\":2").as_bytes()),
        RecordingError::Version { found: 2, .. }
    ));
    let torn = format!("{header}{{\"slot\":12,\"block\":{{\"blockhash");
    assert!(matches!(
        open(torn.as_bytes()),
        RecordingError::Damaged { .. }
    ));
}

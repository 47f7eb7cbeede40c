//! Blocks in a file, to be indexed without a node.
//!
//! Two forms hold the same chain. **JSON lines**: a header, then one line `{"slot":N,"block":…}` for each block, where
//! `block` is what `getBlock` answers. **Binary**: only what our programs emitted and the links between blocks, some ten
//! times smaller; `binary` describes it. A reader tells them apart by their first bytes.

mod binary;
mod json;
mod recorder;

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use recorder::{Format, Recorder};

use super::{Finality, Source, SourceError};
use crate::decode::{BlockError, EmittedBlock, Point};

/// Version of both forms; a reader refuses any other.
const VERSION: u32 = 1;

/// What a recording says of the network that it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub genesis_hash: [u8; 32],
    /// Whether a block's parent hash is the hash of its parent.
    pub hashes_chain: bool,
    /// Newest slot that was final when the recording began; blocks up to it are final.
    pub finalized_slot: u64,
}

/// Why a recording cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: at byte {offset}: {reason}; record it again")]
    Damaged {
        path: PathBuf,
        offset: u64,
        reason: String,
    },
    #[error("{path} is no recording: `pedigree index record` makes one")]
    NoRecording { path: PathBuf },
    #[error("{path} is a recording of version {found}, this program reads version {VERSION}")]
    Version { path: PathBuf, found: u64 },
    #[error("{path} holds no block of slot {slot}")]
    NoBlock { path: PathBuf, slot: u64 },
}

/// Where a block lies in the file.
#[derive(Clone, Copy, Debug)]
struct Entry {
    slot: u64,
    offset: u64,
    length: u64,
}

/// The blocks of a recording. What is kept in memory is where each block lies, 24 bytes for each.
#[derive(Clone, Debug)]
pub struct RecordingSource {
    file: Arc<File>,
    path: Arc<PathBuf>,
    format: Format,
    header: Header,
    index: Arc<Vec<Entry>>,
}

impl RecordingSource {
    /// Opens a recording and finds its blocks. Blocks while it reads the file once; of a binary one only the lengths.
    ///
    /// # Errors
    /// Where it cannot be read, is none, or ends in the middle of a block.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let io = |source| RecordingError::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(io)?;
        let mut first = [0; binary::MAGIC.len()];
        file.read_exact_at(&mut first, 0)
            .map_err(|_| RecordingError::NoRecording {
                path: path.to_owned(),
            })?;
        let (format, (header, index)) = if first == *binary::MAGIC {
            (Format::Binary, binary::index(path, &file)?)
        } else {
            (Format::Json, json::index(path, &file)?)
        };
        if let Some(pair) = index.windows(2).find(|pair| pair[0].slot >= pair[1].slot) {
            return Err(RecordingError::Damaged {
                path: path.to_owned(),
                offset: pair[1].offset,
                reason: format!("slot {} follows slot {}", pair[1].slot, pair[0].slot),
            });
        }
        Ok(Self {
            file: Arc::new(file),
            path: Arc::new(path.to_owned()),
            format,
            header,
            index: Arc::new(index),
        })
    }

    /// What it says of its network.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Slots of the first and of the last block; none where it holds no block.
    pub fn range(&self) -> Option<(u64, u64)> {
        Some((self.index.first()?.slot, self.index.last()?.slot))
    }

    fn position(&self, slot: u64) -> usize {
        self.index.partition_point(|entry| entry.slot < slot)
    }

    async fn read(&self, slot: u64) -> Result<EmittedBlock, SourceError> {
        let entry = self.index.get(self.position(slot)).copied();
        let Some(entry) = entry.filter(|entry| entry.slot == slot) else {
            return Err(RecordingError::NoBlock {
                path: self.path.to_path_buf(),
                slot,
            }
            .into());
        };
        let this = self.clone();
        let read = tokio::task::spawn_blocking(move || this.read_blocking(entry));
        read.await.map_err(|error| SourceError::Transient {
            url: self.path.display().to_string(),
            method: "read",
            reason: error.to_string(),
        })?
    }

    fn read_blocking(&self, entry: Entry) -> Result<EmittedBlock, SourceError> {
        let mut bytes = vec![0; usize::try_from(entry.length).unwrap_or(usize::MAX)];
        self.file
            .read_exact_at(&mut bytes, entry.offset)
            .map_err(|source| RecordingError::Io {
                path: self.path.to_path_buf(),
                source,
            })?;
        let damaged = |reason| RecordingError::Damaged {
            path: self.path.to_path_buf(),
            offset: entry.offset,
            reason,
        };
        match self.format {
            Format::Binary => Ok(binary::read_block(&bytes).map_err(damaged)?),
            Format::Json => match json::block(entry.slot, &bytes) {
                Ok(block) => Ok(block),
                Err(json::Unreadable::Json(reason)) => Err(damaged(reason).into()),
                Err(json::Unreadable::Block(error)) => Err(broken(&self.path, entry, error)),
            },
        }
    }
}

/// Asking a file again is of no use.
fn broken(path: &Path, entry: Entry, error: BlockError) -> SourceError {
    match error {
        BlockError::UnknownVersion { .. } => error.into(),
        other => RecordingError::Damaged {
            path: path.to_owned(),
            offset: entry.offset,
            reason: other.to_string(),
        }
        .into(),
    }
}

impl Source for RecordingSource {
    async fn genesis_hash(&self) -> Result<[u8; 32], SourceError> {
        Ok(self.header.genesis_hash)
    }

    async fn first_slot(&self) -> Result<u64, SourceError> {
        let Some((first, _)) = self.range() else {
            return Ok(0);
        };
        // Its link says that there is none in the slots before it.
        let parent = self.read(first).await?.parent_slot;
        Ok(first.min(parent.saturating_add(1)))
    }

    async fn tip(&self, finality: Finality) -> Result<u64, SourceError> {
        let last = self.range().map_or(0, |(_, last)| last);
        Ok(match finality {
            Finality::Confirmed => last,
            Finality::Finalized => last.min(self.header.finalized_slot),
        })
    }

    async fn slots(&self, from: u64, limit: usize) -> Result<Vec<u64>, SourceError> {
        let entries = self.index.iter().skip(self.position(from));
        Ok(entries.take(limit).map(|entry| entry.slot).collect())
    }

    async fn block(&self, slot: u64) -> Result<EmittedBlock, SourceError> {
        self.read(slot).await
    }

    async fn point(&self, slot: u64, _finality: Finality) -> Result<Point, SourceError> {
        let block = self.read(slot).await?;
        Ok(Point {
            slot,
            hash: block.hash,
        })
    }

    async fn least_balance(&self) -> Result<Option<u64>, SourceError> {
        Ok(None)
    }

    async fn hashes_chain(&self) -> Result<bool, SourceError> {
        Ok(self.header.hashes_chain)
    }
}

#[cfg(test)]
mod tests;

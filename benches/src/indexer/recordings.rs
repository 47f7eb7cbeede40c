//! The backlogs that are indexed, on disk before anything is measured.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use indexer_testkit::chain::hash;
use pedigree_indexer::{
    decode::EmittedBlock,
    source::{Format, Header, Recorder},
};
use serde::{Deserialize, Serialize};

use super::blocks::{self, Blocks};

/// The seed of everything.
pub const SEED: u64 = 3;
/// What the recordings in a folder are.
const LIST: &str = "recordings.json";

/// A recording and what it holds.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Recording {
    pub file: PathBuf,
    pub bytes: u64,
    pub blocks: u64,
    pub events: u64,
}

/// The first blocks of one chain, in both forms, up to two sizes.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Recordings {
    seed: u64,
    sizes: [u64; 2],
    pub json: [Recording; 2],
    pub binary: [Recording; 2],
}

impl Recordings {
    /// Those in `folder` where they are the wanted ones; otherwise made anew. `sizes` are bytes, ascending.
    pub fn find_or_make(folder: &Path, sizes: [u64; 2]) -> Result<Self> {
        let list = folder.join(LIST);
        let found = fs::read_to_string(&list).ok();
        let found = found.and_then(|text| serde_json::from_str::<Self>(&text).ok());
        if let Some(found) = found.filter(|found| found.seed == SEED && found.sizes == sizes) {
            return Ok(found);
        }
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let (json, binary) = std::thread::scope(|scope| {
            let json = scope.spawn(|| record(folder, "json", Format::Json, sizes));
            let binary = record(folder, "binary", Format::Binary, sizes);
            (json.join(), binary)
        });
        let made = Self {
            seed: SEED,
            sizes,
            json: json.map_err(|_| anyhow!("making the recording in JSON panicked"))??,
            binary: binary?,
        };
        fs::write(&list, serde_json::to_string_pretty(&made)?)?;
        Ok(made)
    }
}

/// Writes the chain's beginning to one file for each size.
fn record(folder: &Path, name: &str, format: Format, sizes: [u64; 2]) -> Result<[Recording; 2]> {
    let mut blocks = Blocks::new(SEED)?;
    let create = |size: u64| Tape::create(folder.join(format!("{name}-{size}")), format);
    let mut tapes = [create(sizes[0])?, create(sizes[1])?];
    while tapes
        .iter()
        .zip(sizes)
        .any(|(tape, size)| tape.is_shorter(size))
    {
        let block = blocks.next_block();
        let answer = match format {
            Format::Json => blocks::answer(&block).to_string(),
            Format::Binary => String::new(),
        };
        for (tape, size) in tapes.iter_mut().zip(sizes) {
            if tape.is_shorter(size) {
                tape.push(&block, &answer)?;
            }
        }
    }
    let [smaller, larger] = tapes;
    Ok([smaller.finish()?, larger.finish()?])
}

/// A recording in the making.
struct Tape {
    recorder: Recorder,
    file: PathBuf,
    blocks: u64,
    events: u64,
}

impl Tape {
    fn create(file: PathBuf, format: Format) -> Result<Self> {
        let header = Header {
            genesis_hash: hash("genesis"),
            hashes_chain: true,
            finalized_slot: u64::MAX,
        };
        Ok(Self {
            recorder: Recorder::create(&file, format, &header)?,
            file,
            blocks: 0,
            events: 0,
        })
    }

    fn is_shorter(&self, size: u64) -> bool {
        self.recorder.bytes() < size
    }

    fn push(&mut self, block: &EmittedBlock, answer: &str) -> Result<()> {
        self.blocks += 1;
        self.events += block.emissions.len() as u64;
        Ok(self.recorder.push(block, answer)?)
    }

    fn finish(self) -> Result<Recording> {
        let bytes = self.recorder.bytes();
        self.recorder.finish()?;
        Ok(Recording {
            file: self.file,
            bytes,
            blocks: self.blocks,
            events: self.events,
        })
    }
}

//! Writes recordings.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{Header, RecordingError, binary, json};
use crate::decode::EmittedBlock;

/// How a recording is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What `getBlock` answers, a line for each block.
    Json,
    /// What our programs emitted, and the links between blocks.
    Binary,
}

/// A recording that is being made. It stands beside its place until it is whole, so that nobody takes half of one.
#[derive(Debug)]
pub struct Recorder {
    format: Format,
    path: PathBuf,
    part: PathBuf,
    out: BufWriter<File>,
    bytes: u64,
}

impl Recorder {
    /// Begins a recording at `path`.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn create(path: &Path, format: Format, header: &Header) -> Result<Self, RecordingError> {
        let mut part = path.to_owned().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|source| RecordingError::Io {
            path: part.clone(),
            source,
        })?;
        let mut recorder = Self {
            format,
            path: path.to_owned(),
            part,
            out: BufWriter::with_capacity(1 << 20, file),
            bytes: 0,
        };
        match format {
            Format::Json => recorder.write(json::header_line(header).as_bytes())?,
            Format::Binary => {
                recorder.write(&binary::magic())?;
                recorder.write_record(binary::header(header))?;
            }
        }
        Ok(recorder)
    }

    /// Adds a block, which follows the one before it. `answer` is what `getBlock` answered; the binary form leaves it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn push(&mut self, block: &EmittedBlock, answer: &str) -> Result<(), RecordingError> {
        match self.format {
            Format::Json => self.write(json::block_line(block.slot, answer).as_bytes()),
            Format::Binary => self.write_record(binary::block(block)),
        }
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ends it and puts it in its place.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn finish(mut self) -> Result<(), RecordingError> {
        let error = |path: &Path, source| RecordingError::Io {
            path: path.to_owned(),
            source,
        };
        self.out
            .flush()
            .and_then(|()| self.out.get_ref().sync_all())
            .map_err(|source| error(&self.part, source))?;
        fs::rename(&self.part, &self.path).map_err(|source| error(&self.path, source))
    }

    fn write_record(&mut self, record: io::Result<Vec<u8>>) -> Result<(), RecordingError> {
        let record = record.map_err(|source| RecordingError::Io {
            path: self.part.clone(),
            source,
        })?;
        self.write(&record)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), RecordingError> {
        self.bytes += bytes.len() as u64;
        self.out
            .write_all(bytes)
            .map_err(|source| RecordingError::Io {
                path: self.part.clone(),
                source,
            })
    }
}

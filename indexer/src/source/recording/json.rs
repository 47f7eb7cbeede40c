//! The form in JSON lines.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    os::unix::fs::FileExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{Entry, Header, RecordingError, VERSION};
use crate::{
    decode::{self, BlockError, EmittedBlock},
    source::Block,
};

/// What the header's `format` says.
const FORMAT: &str = "pedigree-blocks";
/// How a block's line begins, up to the slot, and how it goes on after it.
const LINE: (&str, &str) = ("{\"slot\":", ",\"block\":");
/// Bytes of a line that are looked at: more than any slot and what stands around it.
const START: usize = 48;

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    format: String,
    version: u64,
    genesis_hash: String,
    hashes_chain: bool,
    finalized_slot: u64,
}

pub fn header_line(header: &Header) -> String {
    let line = HeaderLine {
        format: FORMAT.to_owned(),
        version: VERSION.into(),
        genesis_hash: bs58::encode(header.genesis_hash).into_string(),
        hashes_chain: header.hashes_chain,
        finalized_slot: header.finalized_slot,
    };
    format!("{}\n", serde_json::to_string(&line).unwrap_or_default())
}

/// A block's line; `block` is what `getBlock` answered, without line breaks.
pub fn block_line(slot: u64, block: &str) -> String {
    let (start, middle) = LINE;
    format!("{start}{slot}{middle}{block}}}\n")
}

/// Header and place of every block. Looks at the beginning of each line only.
pub fn index(path: &Path, file: &File) -> Result<(Header, Vec<Entry>), RecordingError> {
    let io = |source| RecordingError::Io {
        path: path.to_owned(),
        source,
    };
    let damaged = |offset, reason: &str| RecordingError::Damaged {
        path: path.to_owned(),
        offset,
        reason: reason.to_owned(),
    };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut first = String::new();
    reader.read_line(&mut first).map_err(io)?;
    let header = read_header(path, &first)?;
    let mut offset = first.len() as u64;
    let mut entries: Vec<Entry> = Vec::new();
    let mut start = Vec::with_capacity(START);
    loop {
        let length = next_line(&mut reader, &mut start).map_err(io)?;
        if length == 0 {
            break;
        }
        let (slot, prefix) =
            slot(&start).ok_or_else(|| damaged(offset, "a line does not begin with a slot"))?;
        entries.push(Entry {
            slot,
            offset: offset + prefix as u64,
            // Without the brace and the line's end.
            length: (length - prefix as u64).saturating_sub(2),
        });
        offset += length;
    }
    match entries.last() {
        Some(last) if !ends_line(file, offset).map_err(io)? => {
            Err(damaged(last.offset, "the file ends within a line"))
        }
        _ => Ok((header, entries)),
    }
}

/// Passes over a line and keeps its first bytes. Gives its length; 0 at the end of the file.
fn next_line(reader: &mut impl BufRead, start: &mut Vec<u8>) -> io::Result<u64> {
    start.clear();
    let begun = reader
        .by_ref()
        .take(START as u64)
        .read_until(b'\n', start)?;
    let rest = match start.last() {
        None | Some(b'\n') => 0,
        Some(_) => reader.skip_until(b'\n')?,
    };
    Ok(begun as u64 + rest as u64)
}

/// Whether the byte before `end` ends a line.
fn ends_line(file: &File, end: u64) -> io::Result<bool> {
    let mut last = [0];
    file.read_exact_at(&mut last, end - 1)?;
    Ok(last == *b"\n")
}

/// The slot of a line, and where the block begins in it.
fn slot(line: &[u8]) -> Option<(u64, usize)> {
    let (start, middle) = LINE;
    let rest = line.strip_prefix(start.as_bytes())?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let slot = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    rest[digits..]
        .starts_with(middle.as_bytes())
        .then(|| (slot, start.len() + digits + middle.len()))
}

fn read_header(path: &Path, line: &str) -> Result<Header, RecordingError> {
    let none = || RecordingError::NoRecording {
        path: path.to_owned(),
    };
    let line: HeaderLine = serde_json::from_str(line).map_err(|_| none())?;
    if line.format != FORMAT {
        return Err(none());
    }
    if line.version != u64::from(VERSION) {
        return Err(RecordingError::Version {
            path: path.to_owned(),
            found: line.version,
        });
    }
    let mut genesis_hash = [0; 32];
    match bs58::decode(&line.genesis_hash).onto(&mut genesis_hash) {
        Ok(32) => Ok(Header {
            genesis_hash,
            hashes_chain: line.hashes_chain,
            finalized_slot: line.finalized_slot,
        }),
        _ => Err(none()),
    }
}

/// Why a line is no block.
pub enum Unreadable {
    Json(String),
    Block(BlockError),
}

/// Reads a block as `getBlock` answers it.
pub fn block(slot: u64, json: &[u8]) -> Result<EmittedBlock, Unreadable> {
    let block: Block =
        serde_json::from_slice(json).map_err(|error| Unreadable::Json(error.to_string()))?;
    decode::extract(slot, &block).map_err(Unreadable::Block)
}

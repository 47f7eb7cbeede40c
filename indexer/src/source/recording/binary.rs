//! The binary form. All numbers are little endian.
//!
//! ```text
//! file     = magic (8 bytes), version (u32), record of the header, records of blocks by ascending slot
//! record   = length of the payload (u32), CRC-32 of the payload (u32), payload
//! header   = flags (u8, bit 0: hashes chain), genesis hash (32), finalized slot (u64), number of programs (u8),
//!            program (32) …
//! block    = slot (u64), hash (32), parent's slot (u64), parent's hash (32), time (i64, least: unknown),
//!            truncated logs (u32), transaction …
//! transaction = index in the block (u32), signature (64), number of emissions (u32), emission …
//! emission = program (u8, index in the header), length of the path (u8), step (i32) …, length of the data (u32), data
//! ```
//!
//! A program's index is that in [`PROGRAMS`]; the header repeats the list, so that a file made when it was shorter or
//! otherwise ordered is refused instead of misread.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use pedigree_sdk::programs;
use solana_program::pubkey::Pubkey;

use super::{Entry, Header, RecordingError, VERSION};
use crate::decode::{Emission, EmittedBlock, EventKey};

pub const MAGIC: &[u8; 8] = b"PDGRBLK\n";
const PREFIX: u64 = 8;
/// No record is longer: a length beyond it is damage, not a reason to ask for the memory.
const MAX_RECORD: u32 = 256 << 20;
const NO_TIME: i64 = i64::MIN;
const PROGRAMS: [Pubkey; 2] = [programs::LISTING, programs::ESCROW];

pub fn magic() -> Vec<u8> {
    [&MAGIC[..], &VERSION.to_le_bytes()].concat()
}

pub fn record(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let checksum = crc32fast::hash(payload);
    [&length.to_le_bytes(), &checksum.to_le_bytes(), payload].concat()
}

pub fn header_payload(header: &Header) -> Vec<u8> {
    let mut out = vec![u8::from(header.hashes_chain)];
    out.extend(header.genesis_hash);
    out.extend(header.finalized_slot.to_le_bytes());
    out.push(PROGRAMS.len() as u8);
    for program in PROGRAMS {
        out.extend(program.to_bytes());
    }
    out
}

pub fn block_payload(block: &EmittedBlock) -> Vec<u8> {
    let data: usize = block.emissions.iter().map(|one| one.data.len() + 24).sum();
    let mut out = Vec::with_capacity(data + 96);
    out.extend(block.slot.to_le_bytes());
    out.extend(block.hash);
    out.extend(block.parent_slot.to_le_bytes());
    out.extend(block.parent_hash);
    out.extend(block.time.unwrap_or(NO_TIME).to_le_bytes());
    out.extend(block.truncated_logs.to_le_bytes());
    let same = |a: &Emission, b: &Emission| a.tx_index == b.tx_index;
    for transaction in block.emissions.chunk_by(same) {
        out.extend(transaction[0].tx_index.to_le_bytes());
        out.extend(transaction[0].key.signature);
        out.extend((transaction.len() as u32).to_le_bytes());
        for emission in transaction {
            let program = PROGRAMS.iter().position(|own| *own == emission.program);
            out.push(program.map_or(u8::MAX, |index| index as u8));
            out.push(emission.key.ix_path.len() as u8);
            for step in &emission.key.ix_path {
                out.extend(step.to_le_bytes());
            }
            out.extend((emission.data.len() as u32).to_le_bytes());
            out.extend(&emission.data);
        }
    }
    out
}

/// Header and place of every record. Reads the lengths and the slots only: checksums are compared as blocks are read.
pub fn index(path: &Path, file: &File) -> Result<(Header, Vec<Entry>), RecordingError> {
    let io = |source| RecordingError::Io {
        path: path.to_owned(),
        source,
    };
    let damaged = |offset, reason: String| RecordingError::Damaged {
        path: path.to_owned(),
        offset,
        reason,
    };
    let end = file.metadata().map_err(io)?.len();
    let mut reader = BufReader::with_capacity(64 << 10, file);
    let mut start = [0; 12];
    reader
        .seek(SeekFrom::Start(0))
        .and_then(|_| reader.read_exact(&mut start))
        .map_err(io)?;
    let version = u32::from_le_bytes([start[8], start[9], start[10], start[11]]);
    if version != VERSION {
        return Err(RecordingError::Version {
            path: path.to_owned(),
            found: version.into(),
        });
    }
    let mut header = None;
    let mut entries = Vec::new();
    let mut offset = start.len() as u64;
    while offset < end {
        let mut prefix = [0; PREFIX as usize];
        let rest = end - offset;
        if rest < PREFIX {
            return Err(damaged(offset, "the file ends within a record".into()));
        }
        reader.read_exact(&mut prefix).map_err(io)?;
        let length = u32::from_le_bytes([prefix[0], prefix[1], prefix[2], prefix[3]]);
        if length > MAX_RECORD || u64::from(length) > rest - PREFIX {
            return Err(damaged(offset, "the file ends within a record".into()));
        }
        let entry = |slot| Entry {
            slot,
            offset,
            length: PREFIX + u64::from(length),
        };
        if header.is_none() {
            let mut payload = vec![0; length as usize];
            reader.read_exact(&mut payload).map_err(io)?;
            let checked = checked(&prefix, &payload).and_then(|()| read_header(&payload));
            header = Some(checked.map_err(|reason| damaged(offset, reason))?);
        } else {
            let mut slot = [0; 8];
            if (length as usize) < slot.len() {
                return Err(damaged(offset, "a record is too short for a block".into()));
            }
            reader.read_exact(&mut slot).map_err(io)?;
            reader
                .seek_relative(i64::from(length) - slot.len() as i64)
                .map_err(io)?;
            entries.push(entry(u64::from_le_bytes(slot)));
        }
        offset += PREFIX + u64::from(length);
    }
    let header = header.ok_or_else(|| damaged(offset, "the header is missing".into()))?;
    Ok((header, entries))
}

/// Reads a block's record, its prefix included.
pub fn block(record: &[u8]) -> Result<EmittedBlock, String> {
    let (prefix, payload) = record
        .split_at_checked(PREFIX as usize)
        .ok_or("a record is too short")?;
    checked(prefix, payload)?;
    read_block(payload).ok_or_else(|| "a block ends within a field".to_owned())
}

fn checked(prefix: &[u8], payload: &[u8]) -> Result<(), String> {
    let expected = prefix.get(4..8).unwrap_or_default();
    if crc32fast::hash(payload).to_le_bytes() == expected {
        return Ok(());
    }
    Err("the checksum does not match".to_owned())
}

fn read_header(payload: &[u8]) -> Result<Header, String> {
    let mut fields = Fields(payload);
    let mut read = || {
        let flags = fields.array::<1>()?[0];
        let header = Header {
            genesis_hash: fields.array()?,
            hashes_chain: flags & 1 != 0,
            finalized_slot: u64::from_le_bytes(fields.array()?),
        };
        let count = fields.array::<1>()?[0];
        let programs: Option<Vec<[u8; 32]>> = (0..count).map(|_| fields.array()).collect();
        Some((header, programs?))
    };
    let (header, programs) = read().ok_or("the header is too short")?;
    if !programs
        .iter()
        .eq(PROGRAMS.map(|program| program.to_bytes()).iter())
    {
        return Err("it is a recording of other programs than this indexer's".to_owned());
    }
    Ok(header)
}

fn read_block(payload: &[u8]) -> Option<EmittedBlock> {
    let mut fields = Fields(payload);
    let slot = u64::from_le_bytes(fields.array()?);
    let mut block = EmittedBlock {
        slot,
        hash: fields.array()?,
        parent_slot: u64::from_le_bytes(fields.array()?),
        parent_hash: fields.array()?,
        time: Some(i64::from_le_bytes(fields.array()?)).filter(|time| *time != NO_TIME),
        truncated_logs: u32::from_le_bytes(fields.array()?),
        emissions: Vec::new(),
    };
    while !fields.0.is_empty() {
        let tx_index = u32::from_le_bytes(fields.array()?);
        let signature = fields.array()?;
        let count = u32::from_le_bytes(fields.array()?);
        for _ in 0..count {
            let program = *PROGRAMS.get(usize::from(fields.array::<1>()?[0]))?;
            let steps = fields.array::<1>()?[0];
            let ix_path = (0..steps)
                .map(|_| Some(i32::from_le_bytes(fields.array()?)))
                .collect::<Option<_>>()?;
            let length = u32::from_le_bytes(fields.array()?);
            block.emissions.push(Emission {
                key: EventKey {
                    slot,
                    signature,
                    ix_path,
                },
                tx_index,
                program,
                data: fields.take(length as usize)?.to_vec(),
            });
        }
    }
    Some(block)
}

/// What is left to read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

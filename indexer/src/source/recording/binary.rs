//! The binary form. Records are in [borsh](https://borsh.io); all other numbers are little endian.
//!
//! ```text
//! file   = magic (8 bytes), version (u32), record of the header, records of blocks by ascending slot
//! record = length of the payload (u32), CRC-32 of the payload (u32), payload: a HeaderRecord or a BlockRecord
//! ```
//!
//! A program's index is that in [`OWN`]; the header repeats the list, so that a file made when it was shorter or
//! otherwise ordered is refused instead of misread.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use borsh::{BorshDeserialize, BorshSerialize};
use pedigree_sdk::programs::OWN;

use super::{Entry, Header, RecordingError, VERSION};
use crate::decode::{Emission, EmittedBlock, EventKey};

pub const MAGIC: &[u8; 8] = b"PDGRBLK\n";
const PREFIX: u64 = 8;
/// No record is longer: a length beyond it is damage, not a reason to ask for the memory.
const MAX_RECORD: u32 = 256 << 20;

#[derive(BorshSerialize, BorshDeserialize)]
struct HeaderRecord {
    genesis_hash: [u8; 32],
    hashes_chain: bool,
    finalized_slot: u64,
    programs: Vec<[u8; 32]>,
}

/// The slot is first: it is read alone where a file is opened.
#[derive(BorshSerialize, BorshDeserialize)]
struct BlockRecord<'a> {
    slot: u64,
    hash: [u8; 32],
    parent_slot: u64,
    parent_hash: [u8; 32],
    time: Option<i64>,
    truncated_logs: u32,
    transactions: Vec<TransactionRecord<'a>>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct TransactionRecord<'a> {
    /// In the block.
    index: u32,
    signature: [u8; 64],
    emissions: Vec<EmissionRecord<'a>>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct EmissionRecord<'a> {
    /// In [`OWN`].
    program: u8,
    ix_path: Cow<'a, [i32]>,
    data: Cow<'a, [u8]>,
}

/// How a file begins.
pub fn magic() -> Vec<u8> {
    [&MAGIC[..], &VERSION.to_le_bytes()].concat()
}

pub fn header(header: &Header) -> io::Result<Vec<u8>> {
    record(&HeaderRecord {
        genesis_hash: header.genesis_hash,
        hashes_chain: header.hashes_chain,
        finalized_slot: header.finalized_slot,
        programs: OWN.map(|program| program.to_bytes()).to_vec(),
    })
}

pub fn block(block: &EmittedBlock) -> io::Result<Vec<u8>> {
    let same = |a: &Emission, b: &Emission| a.tx_index == b.tx_index;
    let transactions = block.emissions.chunk_by(same).map(|emissions| {
        Ok(TransactionRecord {
            index: emissions[0].tx_index,
            signature: emissions[0].key.signature,
            emissions: emissions
                .iter()
                .map(emission_record)
                .collect::<io::Result<_>>()?,
        })
    });
    record(&BlockRecord {
        slot: block.slot,
        hash: block.hash,
        parent_slot: block.parent_slot,
        parent_hash: block.parent_hash,
        time: block.time,
        truncated_logs: block.truncated_logs,
        transactions: transactions.collect::<io::Result<_>>()?,
    })
}

fn emission_record(emission: &Emission) -> io::Result<EmissionRecord<'_>> {
    let index = OWN.iter().position(|own| *own == emission.program);
    let index = index.and_then(|index| u8::try_from(index).ok());
    Ok(EmissionRecord {
        program: index.ok_or_else(|| io::Error::other("an event of another program"))?,
        ix_path: Cow::Borrowed(&emission.key.ix_path),
        data: Cow::Borrowed(&emission.data),
    })
}

/// A payload behind its length and its checksum.
fn record(payload: &impl BorshSerialize) -> io::Result<Vec<u8>> {
    let mut record = vec![0; PREFIX as usize];
    payload.serialize(&mut record)?;
    let (prefix, payload) = record.split_at_mut(PREFIX as usize);
    let length = u32::try_from(payload.len()).ok();
    let length = length.filter(|length| *length <= MAX_RECORD);
    let length = length.ok_or_else(|| io::Error::other("a block is too long for a record"))?;
    prefix[..4].copy_from_slice(&length.to_le_bytes());
    prefix[4..].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
    Ok(record)
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
            let read = read_header(&prefix, &payload);
            header = Some(read.map_err(|reason| damaged(offset, reason))?);
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
pub fn read_block(record: &[u8]) -> Result<EmittedBlock, String> {
    let (prefix, payload) = record
        .split_at_checked(PREFIX as usize)
        .ok_or("a record is too short")?;
    let record: BlockRecord<'_> = read(prefix, payload)?;
    let slot = record.slot;
    let mut emissions = Vec::new();
    for transaction in record.transactions {
        for emission in transaction.emissions {
            let program = OWN.get(usize::from(emission.program));
            emissions.push(Emission {
                key: EventKey {
                    slot,
                    signature: transaction.signature,
                    ix_path: emission.ix_path.into_owned(),
                },
                tx_index: transaction.index,
                program: *program.ok_or("a program is not one of the header's")?,
                data: emission.data.into_owned(),
            });
        }
    }
    Ok(EmittedBlock {
        slot,
        hash: record.hash,
        parent_slot: record.parent_slot,
        parent_hash: record.parent_hash,
        time: record.time,
        emissions,
        truncated_logs: record.truncated_logs,
    })
}

fn read_header(prefix: &[u8], payload: &[u8]) -> Result<Header, String> {
    let record: HeaderRecord = read(prefix, payload)?;
    if record.programs != OWN.map(|program| program.to_bytes()) {
        return Err("it is a recording of other programs than this indexer's".to_owned());
    }
    Ok(Header {
        genesis_hash: record.genesis_hash,
        hashes_chain: record.hashes_chain,
        finalized_slot: record.finalized_slot,
    })
}

/// What a record holds, once its checksum is found right.
fn read<T: BorshDeserialize>(prefix: &[u8], payload: &[u8]) -> Result<T, String> {
    if prefix.get(4..8) != Some(&crc32fast::hash(payload).to_le_bytes()[..]) {
        return Err("the checksum does not match".to_owned());
    }
    borsh::from_slice(payload).map_err(|error| error.to_string())
}

//! Blocks that were pushed and not yet asked for.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::decode::{Emission, EmittedBlock};

/// Blocks kept at most.
const BLOCKS: usize = 512;
/// Bytes kept at most, but for a single block that has more.
const BYTES: usize = 12 << 20;
/// How long the next block may take before the node is asked whether it has it.
const LATE: Duration = Duration::from_secs(2);

/// Bounded: the oldest make room, as the node has them too. Each is given once; where one that was given does not lead
/// on, all are forgotten, and the stream is in doubt.
#[derive(Debug, Default)]
pub struct Pushed(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    blocks: BTreeMap<u64, EmittedBlock>,
    bytes: usize,
    /// Slot of the block that was pushed last.
    last: Option<u64>,
    /// The slot from which on blocks are looked for, and since when.
    awaited: Option<(u64, Instant)>,
    /// Highest slot of which a block was given.
    given: Option<u64>,
    doubts: u64,
}

impl Pushed {
    /// Keeps a block; one of its slot that is there already is replaced.
    pub fn put(&self, block: EmittedBlock) {
        let mut state = self.lock();
        state.last = Some(block.slot);
        state.take(block.slot);
        state.bytes = state.bytes.saturating_add(size(&block));
        state.blocks.insert(block.slot, block);
        while state.blocks.len() > BLOCKS || (state.bytes > BYTES && state.blocks.len() > 1) {
            let Some(oldest) = state.blocks.keys().next().copied() else {
                break;
            };
            state.take(oldest);
        }
    }

    pub fn take(&self, slot: u64) -> Option<EmittedBlock> {
        let mut state = self.lock();
        let block = state.take(slot)?;
        state.given = state.given.max(Some(slot));
        Some(block)
    }

    /// How often blocks were given that did not lead on.
    pub fn doubts(&self) -> u64 {
        self.lock().doubts
    }

    /// Slots from `from` on of blocks that follow one another, ascending, at most `limit`; `None` where only the node
    /// can tell.
    ///
    /// Nothing is promised of slots in between: whoever asks goes by the parent links.
    pub fn slots(&self, from: u64, limit: usize, now: Instant) -> Option<Vec<u64>> {
        let mut state = self.lock();
        if state.given >= Some(from) {
            // Blocks are read again that were given: they were of a fork, or could not be stored.
            state.forget();
        }
        let waited = state.waited(from, now);
        let mut next = from;
        let mut slots = Vec::new();
        for (slot, block) in state.blocks.range(from..).take(limit) {
            if block.parent_slot >= next {
                // A block before this one was not pushed.
                return (!slots.is_empty()).then_some(slots);
            }
            slots.push(*slot);
            next = slot.saturating_add(1);
        }
        // Nothing is new as long as the stream has kept up so far and is not late now.
        let kept_up = state.last.and_then(|slot| slot.checked_add(1)) == Some(from);
        (!slots.is_empty() || (kept_up && waited < LATE)).then_some(slots)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, slot: u64) -> Option<EmittedBlock> {
        let block = self.blocks.remove(&slot)?;
        self.bytes = self.bytes.saturating_sub(size(&block));
        Some(block)
    }

    fn forget(&mut self) {
        *self = Self {
            doubts: self.doubts.saturating_add(1),
            ..Self::default()
        };
    }

    /// For how long blocks have been looked for from this slot on.
    fn waited(&mut self, from: u64, now: Instant) -> Duration {
        match self.awaited {
            Some((slot, since)) if slot == from => now.saturating_duration_since(since),
            _ => {
                self.awaited = Some((from, now));
                Duration::ZERO
            }
        }
    }
}

/// Bytes that a block takes in memory, nearly.
fn size(block: &EmittedBlock) -> usize {
    let data = block.emissions.iter().map(|emission| emission.data.len());
    size_of::<EmittedBlock>() + block.emissions.len() * size_of::<Emission>() + data.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use solana_program::pubkey::Pubkey;
    use tokio::time::Instant;

    use super::{BLOCKS, BYTES, LATE, Pushed};
    use crate::decode::{Emission, EmittedBlock, EventKey};

    fn block(slot: u64, parent_slot: u64, bytes: usize) -> EmittedBlock {
        let emission = Emission {
            key: EventKey {
                slot,
                signature: [0; 64],
                ix_path: Vec::new(),
            },
            tx_index: 0,
            program: Pubkey::default(),
            data: vec![0; bytes],
        };
        EmittedBlock {
            slot,
            hash: [0; 32],
            parent_slot,
            parent_hash: [0; 32],
            time: None,
            emissions: vec![emission],
            truncated_logs: 0,
        }
    }

    #[test]
    fn the_node_is_asked_where_a_block_is_missing_or_late() {
        let pushed = Pushed::default();
        let begun = Instant::now();
        let slots = |from, now| pushed.slots(from, 9, now);
        assert_eq!(slots(10, begun), None, "nothing was pushed yet");
        pushed.put(block(12, 9, 0));
        pushed.put(block(13, 12, 0));
        let both = Some(vec![12, 13]);
        assert_eq!(slots(10, begun), both, "10 and 11 are skipped");
        assert_eq!(pushed.slots(10, 1, begun), Some(vec![12]));
        pushed.put(block(16, 15, 0));
        assert_eq!(slots(10, begun), both, "15 was not pushed");
        for slot in [12, 13] {
            assert!(pushed.take(slot).is_some());
            assert!(pushed.take(slot).is_none(), "once only");
        }
        assert_eq!(slots(14, begun), None);
        assert_eq!(slots(16, begun), Some(vec![16]), "back on the stream");
        pushed.take(16);
        assert_eq!(slots(17, begun), Some(Vec::new()), "it has kept up");
        // Whatever it repeats, it is late.
        pushed.put(block(16, 15, 0));
        assert_eq!(slots(17, begun + LATE), None);
        assert_eq!(slots(18, begun + LATE), None, "the node had another");
    }

    #[test]
    fn blocks_that_do_not_lead_on_put_the_stream_in_doubt() {
        let pushed = Pushed::default();
        for slot in 10..=13 {
            pushed.put(block(slot, slot - 1, 0));
        }
        assert_eq!(pushed.slots(10, 2, Instant::now()), Some(vec![10, 11]));
        assert!(pushed.take(10).is_some() && pushed.take(11).is_some());
        assert_eq!(pushed.slots(12, 1, Instant::now()), Some(vec![12]));
        assert_eq!(pushed.doubts(), 0);
        // 11 did not fit.
        assert_eq!(pushed.slots(11, 9, Instant::now()), None);
        assert_eq!(pushed.doubts(), 1);
        assert!(pushed.take(12).is_none());
    }

    #[test]
    fn the_oldest_make_room_in_number_and_in_bytes() {
        let pushed = Pushed::default();
        for slot in 1..=BLOCKS as u64 + 3 {
            pushed.put(block(slot, slot - 1, 0));
        }
        assert_eq!(pushed.lock().blocks.len(), BLOCKS);
        assert!(pushed.take(3).is_none() && pushed.take(4).is_some());
        for slot in 1_000..1_100 {
            pushed.put(block(slot, slot - 1, BYTES / 10));
            assert!(pushed.lock().bytes <= BYTES);
        }
        assert_eq!(pushed.lock().blocks.len(), 9);
        pushed.put(block(2_000, 1_999, 2 * BYTES));
        assert_eq!(pushed.lock().blocks.len(), 1, "it goes alone");
        pushed.take(2_000);
        assert_eq!(pushed.lock().bytes, 0);
    }
}

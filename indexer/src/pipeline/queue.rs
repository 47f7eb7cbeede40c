//! What waits for the store: bounded in blocks and in bytes. A full queue stops fetching; nothing is dropped.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::connect::Branch;
use crate::decode::{DeadLetter, DecodedBlock, Located};

/// Branches, nearly all of one block, that may wait.
const BRANCHES: usize = 1_024;
/// Bytes of events and dead letters that may wait or be in the making of a transaction, unless the pipeline says another
/// number. A block with more goes alone. So little is filled by any backlog: memory does not depend on how long one is.
pub const ROOM: u32 = 40 << 20;
/// Blocks stored in one transaction at most.
const BATCH_BLOCKS: usize = 2_048;

/// A branch, and the room that it takes until it is stored.
#[derive(Debug)]
pub struct Held {
    pub branch: Branch<DecodedBlock>,
    room: OwnedSemaphorePermit,
}

impl Held {
    /// Events in it that could not be read.
    pub fn dead_letters(&self) -> usize {
        let blocks = self.branch.blocks.iter();
        blocks.map(|block| block.dead_letters.len()).sum()
    }
}

impl AsRef<[DecodedBlock]> for Held {
    fn as_ref(&self) -> &[DecodedBlock] {
        &self.branch.blocks
    }
}

pub fn queue(bytes: u32) -> (Sender, Receiver) {
    let (sender, receiver) = mpsc::channel(BRANCHES);
    let room = Arc::new(Semaphore::new(bytes as usize));
    let receiver = Receiver {
        queue: receiver,
        next: None,
        batch: bytes as usize / 4 * 3,
    };
    (
        Sender {
            queue: sender,
            bytes,
            room,
        },
        receiver,
    )
}

#[derive(Debug)]
pub struct Sender {
    queue: mpsc::Sender<Held>,
    bytes: u32,
    room: Arc<Semaphore>,
}

impl Sender {
    /// Waits until nobody takes any more.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }

    /// Waits for room. False where nobody takes any more.
    pub async fn send(&self, branch: Branch<DecodedBlock>) -> bool {
        let bytes: usize = branch.blocks.iter().map(size).sum();
        let bytes = u32::try_from(bytes).unwrap_or(self.bytes).min(self.bytes);
        let Ok(room) = self.room.clone().acquire_many_owned(bytes).await else {
            return false;
        };
        self.queue.send(Held { branch, room }).await.is_ok()
    }

    /// Branches that wait.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}

/// Bytes that a block takes in memory, nearly.
fn size(block: &DecodedBlock) -> usize {
    let events = block.events.iter();
    let letters = block.dead_letters.iter();
    let data = events.map(|event| event.event.encoded_len() + size_of::<Located>());
    let unread = letters.map(|letter| letter.data.len() + size_of::<DeadLetter>());
    size_of::<DecodedBlock>() + data.sum::<usize>() + unread.sum::<usize>()
}

#[derive(Debug)]
pub struct Receiver {
    queue: mpsc::Receiver<Held>,
    /// Taken already, but not to be stored with what was before it.
    next: Option<Held>,
    /// Bytes stored in one transaction, from which on no more blocks are added to it: three quarters of the room. The next
    /// batch gathers in the rest, and in all of it once the one before is folded, which gives its room up. The more of an
    /// order's life is in one, the fewer of its rows are written twice.
    batch: usize,
}

impl Receiver {
    /// Branches that wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// What to store at once: the next branch, and those that follow it and are here already. One that leaves the
    /// chain at an earlier block begins a batch of its own. `None` at the end.
    pub async fn batch(&mut self) -> Option<Held> {
        let mut batch = match self.next.take() {
            Some(next) => next,
            None => self.queue.recv().await?,
        };
        while batch.room.num_permits() < self.batch && batch.branch.blocks.len() < BATCH_BLOCKS {
            let Ok(next) = self.queue.try_recv() else {
                break;
            };
            if next.branch.ancestor.is_some() {
                self.next = Some(next);
                break;
            }
            batch.branch.blocks.extend(next.branch.blocks);
            batch.room.merge(next.room);
        }
        Some(batch)
    }
}

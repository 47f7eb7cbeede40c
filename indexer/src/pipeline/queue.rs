//! What waits for the store: bounded in blocks and in events, so that memory is, too. A full queue stops fetching;
//! nothing is dropped.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::connect::Branch;
use crate::decode::DecodedBlock;

/// Branches, nearly all of one block, that may wait.
const BRANCHES: usize = 256;
/// Events that may wait or be in the making of a transaction. A block with more goes alone.
const EVENTS: u32 = 12_000;
/// Events stored in one transaction, from which on no more blocks are added to it.
const BATCH_EVENTS: u32 = 4_000;
/// Blocks stored in one transaction at most.
const BATCH_BLOCKS: usize = 512;

/// A branch, and the room that it takes until it is stored.
#[derive(Debug)]
pub struct Held {
    pub branch: Branch<DecodedBlock>,
    room: OwnedSemaphorePermit,
}

pub fn queue() -> (Sender, Receiver) {
    let (sender, receiver) = mpsc::channel(BRANCHES);
    let room = Arc::new(Semaphore::new(EVENTS as usize));
    let receiver = Receiver {
        queue: receiver,
        next: None,
    };
    (
        Sender {
            queue: sender,
            room,
        },
        receiver,
    )
}

#[derive(Debug)]
pub struct Sender {
    queue: mpsc::Sender<Held>,
    room: Arc<Semaphore>,
}

impl Sender {
    /// Waits until nobody takes any more.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }

    /// Waits for room. False where nobody takes any more.
    pub async fn send(&self, branch: Branch<DecodedBlock>) -> bool {
        let events: usize = branch.blocks.iter().map(|block| block.events.len()).sum();
        let events = u32::try_from(events).unwrap_or(u32::MAX).clamp(1, EVENTS);
        let Ok(room) = self.room.clone().acquire_many_owned(events).await else {
            return false;
        };
        self.queue.send(Held { branch, room }).await.is_ok()
    }
}

#[derive(Debug)]
pub struct Receiver {
    queue: mpsc::Receiver<Held>,
    /// Taken already, but not to be stored with what was before it.
    next: Option<Held>,
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
        while (batch.room.num_permits() as u32) < BATCH_EVENTS
            && batch.branch.blocks.len() < BATCH_BLOCKS
        {
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

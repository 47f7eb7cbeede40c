//! How far indexing is, for whoever asks in this process.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use serde::Serialize;
use utoipa::ToSchema;

/// What indexing does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not begun, or this process only serves.
    #[default]
    Idle,
    Running,
    /// An error came up; it is tried again.
    Retrying,
    /// Stopped for good: `alarm` says why, and a person has to act.
    Halted,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Snapshot {
    pub state: State,
    /// Newest slot stored by this process; null before the first.
    pub slot: Option<u64>,
    /// Newest slot the node reported.
    pub tip_slot: Option<u64>,
    /// When the node first reported that slot.
    #[serde(skip)]
    pub tip_since: Option<Instant>,
    /// Newest stored slot known to be final.
    pub finalized_slot: Option<u64>,
    /// Events stored by this process.
    pub events: u64,
    /// Lamports that an account must hold per byte, as the node said last.
    pub rent_per_byte: Option<u64>,
    /// The error that is being retried.
    pub last_error: Option<String>,
    /// Why indexing halted.
    pub alarm: Option<String>,
    /// Since when nothing was stored for an error.
    #[serde(skip)]
    pub failing_since: Option<Instant>,
}

impl Snapshot {
    fn see(&mut self, tip: u64) {
        if self.tip_slot < Some(tip) {
            self.tip_slot = Some(tip);
            self.tip_since = Some(Instant::now());
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Snapshot>>);

impl Progress {
    pub fn snapshot(&self) -> Snapshot {
        self.lock().clone()
    }

    pub(crate) fn slot(&self) -> Option<u64> {
        self.lock().slot
    }

    pub(crate) fn finalized_slot(&self) -> Option<u64> {
        self.lock().finalized_slot
    }

    /// This process indexes.
    pub(crate) fn begin(&self) {
        self.lock().state = State::Running;
    }

    pub(crate) fn applied(&self, slot: u64, events: u64) {
        let mut now = self.lock();
        now.state = State::Running;
        now.slot = Some(slot);
        now.see(slot);
        now.events = now.events.saturating_add(events);
        now.last_error = None;
        now.failing_since = None;
    }

    pub(crate) fn tip(&self, slot: u64) {
        self.lock().see(slot);
    }

    pub(crate) fn rent_per_byte(&self, lamports: u64) {
        self.lock().rent_per_byte = Some(lamports);
    }

    pub(crate) fn finalized(&self, slot: u64) {
        self.lock().finalized_slot = Some(slot);
    }

    pub(crate) fn error(&self, error: String) {
        let mut now = self.lock();
        now.state = State::Retrying;
        now.last_error = Some(error);
        now.failing_since.get_or_insert_with(Instant::now);
    }

    pub(crate) fn halt(&self, alarm: String) {
        let mut now = self.lock();
        now.state = State::Halted;
        now.alarm = Some(alarm);
    }

    /// A panic elsewhere leaves figures, not invariants, half written.
    fn lock(&self) -> MutexGuard<'_, Snapshot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! When a search has to end.
//!
//! It runs on one thread from its beginning to its end: its loops find the deadline there, instead of every function handing
//! it on.

use std::{cell::Cell, time::Instant};

/// Short steps of a loop between two looks at the clock.
const STEPS: u32 = 4_096;

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// What `work` comes to; none where it takes longer than that. Its loops end early then, with whatever they have.
pub fn by<T>(deadline: Instant, work: impl FnOnce() -> T) -> Option<T> {
    let _outer = Outer(DEADLINE.replace(Some(deadline)));
    let done = work();
    (!is_over()).then_some(done)
}

/// The deadline of before, which is in force again when this is dropped.
struct Outer(Option<Instant>);

impl Drop for Outer {
    fn drop(&mut self) {
        DEADLINE.set(self.0);
    }
}

/// Whether the time is up.
pub fn is_over() -> bool {
    DEADLINE
        .get()
        .is_some_and(|deadline| Instant::now() >= deadline)
}

/// The steps of one loop.
#[derive(Debug)]
pub struct Steps {
    taken: u32,
    /// Steps between two looks at the clock.
    every: u32,
    are_over: bool,
}

impl Default for Steps {
    fn default() -> Self {
        Self::every(STEPS)
    }
}

impl Steps {
    /// Of a loop whose steps are long.
    pub fn every(steps: u32) -> Self {
        Self {
            taken: 0,
            every: steps,
            are_over: false,
        }
    }

    /// Takes one, and says whether it was one too many. Most of them cost next to nothing.
    pub fn are_over(&mut self) -> bool {
        self.taken = self.taken.wrapping_add(1);
        if self.taken.is_multiple_of(self.every) {
            self.are_over = is_over();
        }
        self.are_over
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_loop_ends_soon_after_the_deadline_and_nothing_comes_of_it() {
        let count = || {
            let (mut steps, mut taken) = (Steps::default(), 0);
            while taken < 1_000_000 && !steps.are_over() {
                taken += 1;
            }
            taken
        };
        let mut taken = 0;
        let late = by(Instant::now(), || taken = count());
        assert_eq!(late, None);
        assert!(taken < STEPS, "{taken}");
        let soon_enough = Instant::now() + Duration::from_secs(600);
        assert_eq!(by(soon_enough, count), Some(1_000_000));
        assert_eq!(count(), 1_000_000, "no deadline is left behind");
    }
}

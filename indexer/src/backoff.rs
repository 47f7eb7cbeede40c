//! Pauses after errors.

use std::time::Duration;

use rand::Rng;

/// Bounds of a pause, unless others are given.
const BOUNDS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// Of whatever goes on for as long as it takes.
pub fn backoff(failures: u32) -> Duration {
    pause(BOUNDS, failures)
}

/// Doubling with each failure in a row, between bounds, and spread so that many clients do not come back at once.
pub fn pause((least, most): (Duration, Duration), failures: u32) -> Duration {
    let doubled = least
        .saturating_mul(2u32.saturating_pow(failures.saturating_sub(1).min(16)))
        .min(most);
    doubled.mul_f64(rand::rng().random_range(0.5..1.0))
}

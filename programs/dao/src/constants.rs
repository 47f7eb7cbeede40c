//! Seeds and limits of the dao program.

use core::ops::RangeInclusive;

pub use common::dispute::{DISPUTE_SEED, DOCKET_SEED};

/// Layout version that every account of this program carries.
pub const LAYOUT: u8 = 1;

/// `["config"]`
pub const CONFIG_SEED: &[u8] = b"config";
/// `["vault", dispute]`: the token account that holds a dispute's bonds
pub const VAULT_SEED: &[u8] = b"vault";
/// `["juror", dispute, round (u8), position]`
pub const JUROR_SEED: &[u8] = b"juror";

/// First bytes of what a commitment is the hash of.
pub const COMMIT_TAG: &[u8] = b"pedigree:commit:v1";
/// Bytes of the hash that a juror's record keeps.
pub const COMMITMENT_LEN: usize = 24;

const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;

/// Bounds of a phase of a round, in seconds: an hour to a week. All three together last at most as long as a vote may.
pub const PHASE: RangeInclusive<u32> = HOUR..=7 * DAY;
/// Bounds of the time to appeal, in seconds: an hour to four days.
pub const APPEAL: RangeInclusive<u32> = HOUR..=4 * DAY;
/// Bounds of the quorum, in ppm of the active weight.
pub const QUORUM_PPM: RangeInclusive<u32> = 1..=200_000;
/// Rounds of a dispute at most.
pub const ROUNDS: usize = 3;
/// Of a case that is no order's: seconds until its deadline.
pub const CASE_PERIOD: i64 = 60 * DAY as i64;
/// Half of a juror's bond, in ppm of its weight: both halves are 5 %.
pub const HALF_BOND_PPM: u32 = 25_000;
/// So many seconds after a dispute ended any token account of a party will do for what it still waits for.
pub const ANY_ACCOUNT_AFTER: i64 = 30 * DAY as i64;
/// So many seconds after a dispute ended its account may be closed: until then its ruling is carried out.
pub const RULING_STAYS: i64 = 180 * DAY as i64;

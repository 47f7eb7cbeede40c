//! Seeds and limits of the dao program.

use core::ops::RangeInclusive;

use common::voting::MAX_VOTE;

pub use common::dispute::{DISPUTE_SEED, DOCKET_SEED};

/// Layout version that every account of this program carries.
pub const LAYOUT: u8 = 1;

/// `["config"]`
pub const CONFIG_SEED: &[u8] = b"config";
/// `["vault", dispute]`: the token account that holds a dispute's bonds
pub const VAULT_SEED: &[u8] = b"vault";
/// `["juror", dispute, round (u8), position]`
pub const JUROR_SEED: &[u8] = b"juror";
/// `["governance"]`
pub const GOVERNANCE_SEED: &[u8] = b"governance";
/// `["authority"]`: signs for the dao, without data
pub const AUTHORITY_SEED: &[u8] = b"authority";
/// `["deposits"]`: the token account that holds all proposals' deposits
pub const DEPOSITS_SEED: &[u8] = b"deposits";
/// `["proposal", number (u64)]`
pub const PROPOSAL_SEED: &[u8] = b"proposal";
/// `["vote", proposal, position]`
pub const VOTE_SEED: &[u8] = b"vote";

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

/// Bounds of the time to vote on a proposal, in seconds: a day to two weeks.
pub const VOTING_PERIOD: RangeInclusive<u32> = DAY..=MAX_VOTE;
/// Bounds of a proposal's quorum, in ppm of the active weight.
pub const VOTE_QUORUM_PPM: RangeInclusive<u32> = 10_000..=400_000;
/// Bounds of a proposal's threshold, in ppm of yes and no.
pub const THRESHOLD_PPM: RangeInclusive<u32> = 500_001..=900_000;
/// Least threshold of what changes the guardians, in ppm: two thirds.
pub const TWO_THIRDS_PPM: u32 = 666_667;
/// Guardians at most.
pub const MAX_GUARDIANS: usize = 5;
/// Bytes of an action's arguments at most.
pub const MAX_PAYLOAD: usize = 256;
/// Seconds from a proposal's acceptance until it may be carried out.
pub const TIME_LOCK: u32 = 2 * DAY;
/// The same for what changes the guardians or upgrades a program (rule 14).
pub const LONG_TIME_LOCK: u32 = 7 * DAY;
/// So many seconds from the end of its time lock a proposal may be carried out.
pub const EXECUTABLE: u32 = 30 * DAY;
/// So many seconds after its end a proposal's account may be closed.
pub const PROPOSAL_STAYS: i64 = 30 * DAY as i64;
/// Seconds that a guardians' pause lasts at most.
pub const MAX_PAUSE: u32 = 14 * DAY;
/// Seconds from the beginning of a guardians' pause until the next one may begin.
pub const PAUSE_EVERY: u32 = 60 * DAY;
/// Largest part of what a treasury's account holds that one proposal moves: one of so many.
pub const TREASURY_PARTS: u64 = 4;

//! Seeds and limits of the reward program.

use core::ops::RangeInclusive;

use common::voting::{MAX_VOTE, MIN_AGE};

/// Layout version that every account of this program carries.
pub const LAYOUT: u8 = 1;

/// `["config"]`: authority of the mint, owner of the vault
pub const CONFIG_SEED: &[u8] = b"config";
/// `["emission"]`
pub const EMISSION_SEED: &[u8] = b"emission";
/// `["stake"]`
pub const STAKE_SEED: &[u8] = b"stake";
/// `["token"]`: the mint
pub const TOKEN_SEED: &[u8] = b"token";
/// `["vault"]`: the token account that holds all that is locked
pub const VAULT_SEED: &[u8] = b"vault";
/// `["rate", mint]`
pub const RATE_SEED: &[u8] = b"rate";
/// `["epoch", index (u32, little endian)]`
pub const EPOCH_SEED: &[u8] = b"epoch";
/// `["points", owner, index of the epoch (u32, little endian)]`
pub const POINTS_SEED: &[u8] = b"points";
/// `["position", owner, id (u64, little endian)]`
pub const POSITION_SEED: &[u8] = b"position";
/// `["attestation", position, listing, version (u32, little endian)]`
pub const ATTESTATION_SEED: &[u8] = b"attestation";

/// Decimals of the token.
pub const DECIMALS: u8 = 6;

const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;

/// Bounds of an epoch's length, in seconds: an hour to 30 days.
pub const EPOCH_LENGTH: RangeInclusive<u32> = HOUR..=30 * DAY;
/// Bounds of the number of epochs after which emission halves.
pub const HALVING: RangeInclusive<u32> = 1..=10_000;
/// Bounds of the time from a requested unlock to its withdrawal, in seconds. Longer than any vote: what voted is there
/// until its vote is over.
pub const COOLING: RangeInclusive<u32> = MAX_VOTE + DAY..=90 * DAY;
/// Bounds of the time to claim what an epoch brought, in seconds: 30 to 366 days.
pub const CLAIM_WINDOW: RangeInclusive<u32> = 30 * DAY..=366 * DAY;
/// Most of `2 × rate × price`: then what a fee credits is worth at most half of it.
pub const MAX_RATE_PRICE: u128 = 1_000_000_000_000;
/// An attestation binds its position for so many seconds: 90 days.
pub const ATTESTATION_PERIOD: i64 = 90 * DAY as i64;
/// So many seconds after a listing's last dispute ended, its attestations may be slashed and not closed: a week.
pub const SLASHING_PERIOD: i64 = 7 * DAY as i64;
/// No case about a listing lasts longer than so many seconds: 60 days.
pub const CASE_PERIOD: i64 = 60 * DAY as i64;
/// Seconds of a week: weight that was active all of the last one and this is settled.
pub const WEEK: u64 = MIN_AGE as u64;
/// Share of what is slashed that its caller earns, in ppm.
pub const SLASHER_PPM: u32 = 100_000;

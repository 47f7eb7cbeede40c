//! Seeds and limits of the escrow program.

/// Layout version that every account of this program carries.
pub const LAYOUT: u8 = 1;

/// `["config"]`
pub const CONFIG_SEED: &[u8] = b"config";
/// `["mint", mint]`: settings of an allowed mint
pub const MINT_SEED: &[u8] = b"mint";
/// `["treasury", mint]`: the token account that fees go to, owned by the config
pub const TREASURY_SEED: &[u8] = b"treasury";
/// `["order", buyer or session, 16-byte idempotency key]`
pub use common::receipt::ORDER_SEED;
/// `["session", owner, key]`
pub const SESSION_SEED: &[u8] = b"session";

/// Largest fee: 10 %.
pub const MAX_FEE_PPM: u32 = 100_000;
/// An order's `valid_until` is at most this many seconds ahead.
pub const MAX_VALIDITY: i64 = 7 * 24 * 60 * 60;
/// Bounds of the delivery window, in seconds.
pub const DELIVERY_WINDOW: core::ops::RangeInclusive<u32> = 60..=30 * 24 * 60 * 60;
/// Bounds of the dispute window, in seconds.
pub const DISPUTE_WINDOW: core::ops::RangeInclusive<u32> = 60..=30 * 24 * 60 * 60;
/// Bounds of the time for a ruling, in seconds: a day to half a year.
pub const ARBITRATION_PERIOD: core::ops::RangeInclusive<u32> = 24 * 60 * 60..=180 * 24 * 60 * 60;
/// Bounds of a dispute's bond, in ppm of what it contests.
pub const BOND_PPM: core::ops::RangeInclusive<u32> = 1..=200_000;
/// A metered order ends at most this many seconds after its opening, a subscription or a lease likewise.
pub const MAX_DURATION: i64 = 366 * 24 * 60 * 60;
/// Most leases in one batch of heartbeats.
pub const MAX_HEARTBEATS: usize = 20;
/// A session lives at most this many seconds.
pub const MAX_SESSION: i64 = 366 * 24 * 60 * 60;
/// Most listings that a session may be bound to.
pub const MAX_SESSION_LISTINGS: usize = 8;
/// So many seconds after an order ended or a session expired, any token account of a party will do for what it still waits
/// for: it has had the time to name one, and others wait for the rent.
pub const ANY_ACCOUNT_AFTER: i64 = 30 * 24 * 60 * 60;
/// A content key, sealed for the buyer's X25519 delivery key: 32 bytes of ephemeral key, the key itself, 16 of tag.
pub const SEALED_KEY_LEN: usize = 80;

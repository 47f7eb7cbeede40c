//! What proposals do, by number. How each is checked and carried out: `crate::actions`.

/// The court's settings: [`ConfigArgs`](crate::instructions::ConfigArgs).
pub const UPDATE_DAO: u8 = 1;
/// How proposals are voted on: [`GovernanceArgs`](crate::instructions::GovernanceArgs).
pub const UPDATE_GOVERNANCE: u8 = 2;
/// Settings of the listing program: whether it is paused, and an authority to come that has to be nobody.
pub const UPDATE_LISTING: u8 = 3;
/// Settings of the escrow program, its `ConfigArgs`.
pub const UPDATE_ESCROW: u8 = 4;
/// Settings of the reward program, its `ConfigArgs`.
pub const UPDATE_REWARD: u8 = 5;
/// A mint that orders may be paid in: the largest deposit.
pub const ALLOW_MINT: u8 = 6;
/// Of an allowed mint: whether it takes new orders, and the largest deposit.
pub const UPDATE_MINT: u8 = 7;
/// What a fee in a mint credits: rate and reference price.
pub const SET_RATE: u8 = 8;
/// Whether a profile's name is vouched for, and the hash of that name.
pub const VERIFY: u8 = 9;
/// Five keys, all zero where there is none, and how many of them sign together.
pub const SET_GUARDIANS: u8 = 10;
/// Base units of the treasury: a wallet, and how much.
pub const TRANSFER: u8 = 11;
/// A program's code: which of [`program`](super::program), and the SHA-256 of the bytes in the buffer.
pub const UPGRADE: u8 = 12;
/// Whether a listing takes new orders.
pub const SUSPEND: u8 = 13;
/// What an edge owes that a ruling adds.
pub const SET_DEFAULT_ROYALTY: u8 = 14;

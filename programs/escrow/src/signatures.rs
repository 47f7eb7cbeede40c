//! Whether the transaction carries a signature that the network's Ed25519 program checked.
//!
//! That program fails the whole transaction where one of its instruction's signatures is wrong. It reads key, signature
//! and message wherever the instruction says, other instructions included; here only what lies within itself counts.

use anchor_lang::{AccountView, Address, address_eq};

/// The program that checks Ed25519 signatures.
pub const ED25519: Address = Address::from_str_const("Ed25519SigVerify111111111111111111111111111");
/// The sysvar of a transaction's instructions.
pub const INSTRUCTIONS: Address =
    Address::from_str_const("Sysvar1nstructions1111111111111111111111111");

/// Of the sysvar: count (u16), offset of each instruction (u16), then each as count of accounts (u16), accounts (flags
/// and address), program, length of data (u16), data.
const META_LEN: usize = 33;
/// Of the Ed25519 instruction: count (u8), padding, then these for each signature, seven u16.
const OFFSETS_LEN: usize = 14;
/// An offset that is meant within the instruction itself.
const HERE: u16 = u16::MAX;

/// Whether signature `signature` of the transaction's instruction `instruction` is `key`'s over `message`, as the
/// Ed25519 program found. Says no of anything that is not exactly that.
pub fn is_signed(
    instructions: &AccountView,
    instruction: u8,
    signature: u8,
    key: &[u8; 32],
    message: &[u8],
) -> bool {
    if !address_eq(instructions.address(), &INSTRUCTIONS) {
        return false;
    }
    let Ok(sysvar) = instructions.try_borrow() else {
        return false;
    };
    ed25519_data(&sysvar, instruction)
        .is_some_and(|data| signed(data, signature, key, message).unwrap_or(false))
}

/// The data of the transaction's instruction `index`, if it is the Ed25519 program's.
fn ed25519_data(sysvar: &[u8], index: u8) -> Option<&[u8]> {
    if u16::from(index) >= u16_at(sysvar, 0)? {
        return None;
    }
    let start = usize::from(u16_at(
        sysvar,
        usize::from(index).checked_mul(2)?.checked_add(2)?,
    )?);
    let accounts = usize::from(u16_at(sysvar, start)?);
    let program = accounts
        .checked_mul(META_LEN)?
        .checked_add(start)?
        .checked_add(2)?;
    let rest = sysvar.get(program..)?;
    let (program, rest) = rest.split_first_chunk::<32>()?;
    if program != ED25519.as_array() {
        return None;
    }
    let length = usize::from(u16_at(rest, 0)?);
    rest.get(2..length.checked_add(2)?)
}

fn signed(data: &[u8], index: u8, key: &[u8; 32], message: &[u8]) -> Option<bool> {
    if index >= *data.first()? {
        return None;
    }
    let start = usize::from(index)
        .checked_mul(OFFSETS_LEN)?
        .checked_add(2)?;
    let field = |n: usize| u16_at(data, n.checked_mul(2)?.checked_add(start)?);
    let elsewhere = [1, 3, 6].iter().any(|n| field(*n) != Some(HERE));
    if elsewhere || usize::from(field(5)?) != message.len() {
        return None;
    }
    let at = |offset: u16, length: usize| {
        let offset = usize::from(offset);
        data.get(offset..offset.checked_add(length)?)
    };
    Some(at(field(2)?, 32)? == key && at(field(4)?, message.len())? == message)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(*bytes.first_chunk()?))
}

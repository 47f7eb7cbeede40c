//! Who may upgrade a program.

use anchor_lang::{AccountView, Address, find_program_address};

use crate::hash::sha256;

/// The loader that owns upgradeable programs and their ProgramData accounts.
pub const LOADER: Address = Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");

/// ProgramData begins with its variant (u32), the slot of its deployment (u64), and the authority as an option.
const VARIANT: [u8; 4] = 3u32.to_le_bytes();
const SOME_AT: usize = 12;

/// Whether `key` is `program`'s upgrade authority, according to its ProgramData account.
///
/// Any other account given as `program_data`, and a program that nobody can upgrade any more, says no.
pub fn is_authority(program: &Address, program_data: &AccountView, key: &Address) -> bool {
    let (expected, _) = find_program_address(&[program.as_ref()], &LOADER);
    if *program_data.address() != expected || !program_data.owned_by(&LOADER) {
        return false;
    }
    let Ok(data) = program_data.try_borrow() else {
        return false;
    };
    data.get(..4) == Some(&VARIANT)
        && data.get(SOME_AT) == Some(&1)
        && data.get(13..45) == Some(key.as_ref())
}

/// A buffer begins with its variant (u32) and the authority as an option; then comes a program.
const BUFFER: [u8; 5] = [1, 0, 0, 0, 1];
const PROGRAM_AT: usize = 37;

/// SHA-256 of the program in a buffer that `authority` alone writes to; `None` for any other account.
pub fn buffer_hash(buffer: &AccountView, authority: &Address) -> Option<[u8; 32]> {
    if !buffer.owned_by(&LOADER) {
        return None;
    }
    let data = buffer.try_borrow().ok()?;
    let (head, program) = data.split_at_checked(PROGRAM_AT)?;
    let key = head.strip_prefix(&BUFFER)?;
    (key == authority.as_ref()).then(|| sha256(&[program]))
}

//! SHA-256 of what lies in several places: nothing has to be copied together first.

/// SHA-256 of all parts, one after the other.
#[cfg(target_os = "solana")]
#[inline(always)]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = core::mem::MaybeUninit::<[u8; 32]>::uninit();
    // SAFETY: a slice of slices is what the syscall takes, and it writes 32 bytes.
    unsafe {
        solana_define_syscall::definitions::sol_sha256(
            parts.as_ptr().cast(),
            parts.len() as u64,
            hash.as_mut_ptr().cast(),
        );
        hash.assume_init()
    }
}

/// The same off-chain.
#[cfg(not(target_os = "solana"))]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    anchor_lang::hash::sha256(&parts.concat())
}

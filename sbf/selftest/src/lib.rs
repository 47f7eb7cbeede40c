//! A program that does what the toolchain had to be taught: 128-bit arithmetic and memory operations. The same
//! functions run on the machine, and the test compares.

/// What one run returns, in bytes: results of [`arithmetic`], then of [`memory`].
pub const RESULT: usize = 16 * WORDS + MEMORY;
const WORDS: usize = 14;
const MEMORY: usize = 256 + 4;

/// Every 128-bit operation of two numbers. One that has no result gives `u128::MAX`.
pub fn arithmetic(a: u128, b: u128) -> [u128; WORDS] {
    let (x, y) = (a as i128, b as i128);
    let or_max = |value: Option<u128>| value.unwrap_or(u128::MAX);
    let signed = |value: Option<i128>| or_max(value.map(|v| v as u128));
    [
        a.wrapping_mul(b),
        or_max(a.checked_mul(b)),
        or_max(a.checked_div(b)),
        or_max(a.checked_rem(b)),
        or_max(a.checked_add(b)),
        or_max(a.checked_sub(b)),
        signed(x.checked_mul(y)),
        signed(x.checked_div(y)),
        signed(x.checked_rem(y)),
        or_max((a as u64).checked_mul(b as u64).map(u128::from)),
        u128::from(a as u64) * u128::from(b as u64) / 1_000_000,
        a >> (b as u32 % 128),
        a << (b as u32 % 128),
        (x >> (b as u32 % 128)) as u128,
    ]
}

/// Fills, copies (also onto itself, up and down) and compares `length` bytes, at most 64, at odd addresses.
pub fn memory(seed: u8, length: usize) -> [u8; MEMORY] {
    let length = length.min(64);
    let mut out = [0u8; MEMORY];
    for (i, byte) in out[..64].iter_mut().enumerate() {
        *byte = seed.wrapping_mul(i as u8 | 1);
    }
    out.copy_within(..length, 65);
    out[131..131 + length].fill(seed);
    out.copy_within(1..1 + length, 4);
    out.copy_within(66..66 + length, 67 - usize::from(seed & 1) * 2);
    let order = out[65..65 + length].cmp(&out[..length]) as i8;
    out[256] = order as u8;
    out[257] = u8::from(out[131..131 + length] == out[65..65 + length]);
    out[258] = length as u8;
    out
}

/// The whole run: `a`, `b` little-endian, then the seed and the length for [`memory`].
pub fn run(input: &[u8; 34]) -> [u8; RESULT] {
    let number = |at: usize| u128::from_le_bytes(core::array::from_fn(|i| input[at + i]));
    let mut out = [0; RESULT];
    for (i, word) in arithmetic(number(0), number(16)).iter().enumerate() {
        out[i * 16..][..16].copy_from_slice(&word.to_le_bytes());
    }
    out[16 * WORDS..].copy_from_slice(&memory(input[32], usize::from(input[33])));
    out
}

/// # Safety
/// `input` is what the network passes: the number of accounts (none here), the length of the data, the data.
#[cfg(target_os = "solana")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *mut u8) -> u64 {
    // SAFETY: as above; the transmuted number is the syscall sol_set_return_data(bytes, length).
    unsafe {
        if input.cast::<u64>().read() != 0 || input.add(8).cast::<u64>().read() != 34 {
            return 1;
        }
        let out = run(&*input.add(16).cast::<[u8; 34]>());
        let set_return_data: extern "C" fn(*const u8, u64) =
            core::mem::transmute(0xa226_d3eb_usize);
        set_return_data(out.as_ptr(), RESULT as u64);
    }
    0
}

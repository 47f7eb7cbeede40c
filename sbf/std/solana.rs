//! What std lacks on this target; `setup.sh` puts this file into its private copy of std as `sys::solana`.
//!
//! LLVM calls these functions by name. Those of `compiler_builtins` are weak, so these win when a program is linked.
//!
//! - 128-bit arithmetic: LLVM 23 expects the result in two registers, while this rustc compiles an `extern "C"`
//!   function that returns `u128` into one that writes through a hidden pointer, and the two would corrupt memory.
//!   `extern "unadjusted"` gives LLVM the plain `i128 (i128, i128)`. To be dropped when rustc does so by itself.
//! - Memory: short lengths word by word, longer ones by the syscalls of the network. A syscall costs at least
//!   10 compute units and some more for passing its arguments, hence the limits.

#![allow(internal_features)]

use crate::ptr::{read_unaligned, write_unaligned};

fn lo(a: u128) -> u64 {
    a as u64
}

fn hi(a: u128) -> u64 {
    (a >> 64) as u64
}

fn join(lo: u64, hi: u64) -> u128 {
    (lo as u128) | ((hi as u128) << 64)
}

/// 64 × 64 → 128 bits from 32-bit halves: nothing here may itself need a 128-bit multiplication.
fn widening_mul(a: u64, b: u64) -> (u64, u64) {
    const LOW: u64 = 0xffff_ffff;
    let (a0, a1, b0, b1) = (a & LOW, a >> 32, b & LOW, b >> 32);
    let (p00, p01, p10, p11) =
        (a0.wrapping_mul(b0), a0.wrapping_mul(b1), a1.wrapping_mul(b0), a1.wrapping_mul(b1));
    let mid = (p00 >> 32).wrapping_add(p01 & LOW).wrapping_add(p10 & LOW);
    let high = p11.wrapping_add(p01 >> 32).wrapping_add(p10 >> 32).wrapping_add(mid >> 32);
    ((p00 & LOW) | (mid << 32), high)
}

#[unsafe(no_mangle)]
unsafe extern "unadjusted" fn __multi3(a: u128, b: u128) -> u128 {
    let (low, high) = widening_mul(lo(a), lo(b));
    let cross = lo(a).wrapping_mul(hi(b)).wrapping_add(hi(a).wrapping_mul(lo(b)));
    join(low, high.wrapping_add(cross))
}

/// Quotient and remainder. Two 64-bit numbers take the machine's division; a divisor of up to 32 bits (parts per
/// million, basis points) takes long division by 32-bit digits; the rest is shift and subtract.
#[inline(never)]
fn divide(n: u128, d: u128, quotient: &mut u128, remainder: &mut u128) {
    let (n0, n1, d0, d1) = (lo(n), hi(n), lo(d), hi(d));
    if n1 == 0 && d1 == 0 {
        *quotient = (n0 / d0) as u128;
        *remainder = (n0 % d0) as u128;
        return;
    }
    if d1 == 0 && d0 >> 32 == 0 {
        let q1 = n1 / d0;
        let high = ((n1 % d0) << 32) | (n0 >> 32);
        let low = ((high % d0) << 32) | (n0 & 0xffff_ffff);
        *quotient = join(((high / d0) << 32) | (low / d0), q1);
        *remainder = (low % d0) as u128;
        return;
    }
    let (mut q0, mut q1, mut r0, mut r1) = (0u64, 0u64, 0u64, 0u64);
    let mut i = 128u32;
    while i > 0 {
        i -= 1;
        let bit = if i >= 64 { n1 >> (i - 64) } else { n0 >> i } & 1;
        // A divisor of 128 bits can push the remainder past 128: the carry says that it exceeds the divisor.
        let carry = r1 >> 63;
        r1 = (r1 << 1) | (r0 >> 63);
        r0 = (r0 << 1) | bit;
        if carry == 1 || r1 > d1 || (r1 == d1 && r0 >= d0) {
            r1 = r1.wrapping_sub(d1).wrapping_sub((r0 < d0) as u64);
            r0 = r0.wrapping_sub(d0);
            if i >= 64 {
                q1 |= 1 << (i - 64)
            } else {
                q0 |= 1 << i
            }
        }
    }
    *quotient = join(q0, q1);
    *remainder = join(r0, r1);
}

#[unsafe(no_mangle)]
unsafe extern "unadjusted" fn __udivti3(a: u128, b: u128) -> u128 {
    let (mut q, mut r) = (0, 0);
    divide(a, b, &mut q, &mut r);
    q
}

#[unsafe(no_mangle)]
unsafe extern "unadjusted" fn __umodti3(a: u128, b: u128) -> u128 {
    let (mut q, mut r) = (0, 0);
    divide(a, b, &mut q, &mut r);
    r
}

/// The magnitude of a number, and all ones if it is negative, else zero.
fn magnitude(a: i128) -> (u128, u128) {
    let sign = (a >> 127) as u128;
    ((a as u128 ^ sign).wrapping_sub(sign), sign)
}

fn with_sign(magnitude: u128, sign: u128) -> i128 {
    (magnitude ^ sign).wrapping_sub(sign) as i128
}

#[unsafe(no_mangle)]
unsafe extern "unadjusted" fn __divti3(a: i128, b: i128) -> i128 {
    let ((n, n_sign), (d, d_sign)) = (magnitude(a), magnitude(b));
    with_sign(__udivti3(n, d), n_sign ^ d_sign)
}

#[unsafe(no_mangle)]
unsafe extern "unadjusted" fn __modti3(a: i128, b: i128) -> i128 {
    let ((n, sign), (d, _)) = (magnitude(a), magnitude(b));
    with_sign(__umodti3(n, d), sign)
}

#[unsafe(no_mangle)]
unsafe extern "unadjusted" fn __muloti4(a: i128, b: i128, overflow: &mut i32) -> i128 {
    let ((x, x_sign), (y, y_sign)) = (magnitude(a), magnitude(b));
    let sign = x_sign ^ y_sign;
    let (magnitude, too_long) = x.overflowing_mul(y);
    let product = with_sign(magnitude, sign);
    // Zero has no sign; any other product must have the sign that it should.
    *overflow = (too_long || (magnitude != 0 && (product >> 127) as u128 != sign)) as i32;
    product
}

/// The longest memory operations done without a syscall, in bytes.
const SHORT_COPY: usize = 40;
const SHORT_FILL: usize = 80;
const SHORT_COMPARE: usize = 32;

/// A syscall is called by the first 32 bits of its name's MurmurHash3.
macro_rules! syscall {
    ($hash:literal, fn($($type:ty),*)) => {
        crate::mem::transmute::<usize, extern "C" fn($($type),*)>($hash)
    };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    if n > SHORT_COPY {
        syscall!(0x717c_c4a3, fn(*mut u8, *const u8, usize))(to, from, n);
    } else {
        copy_up(to, from, n);
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    if n > SHORT_COPY {
        syscall!(0x4343_71f8, fn(*mut u8, *const u8, usize))(to, from, n);
    } else if to.cast_const() <= from {
        copy_up(to, from, n);
    } else {
        copy_down(to, from, n);
    }
    to
}

// A length that is no multiple of a word ends with a word that overlaps the one before it. What the copy itself might
// overwrite is read before anything is written.

#[inline(always)]
unsafe fn copy_up(mut to: *mut u8, mut from: *const u8, n: usize) {
    if n < 8 {
        return copy_few(to, from, n);
    }
    let last = read_unaligned(from.add(n - 8).cast::<u64>());
    let end = to.add(n - 8);
    while to < end {
        write_unaligned(to.cast::<u64>(), read_unaligned(from.cast::<u64>()));
        to = to.add(8);
        from = from.add(8);
    }
    write_unaligned(end.cast::<u64>(), last);
}

#[inline(always)]
unsafe fn copy_down(to: *mut u8, from: *const u8, n: usize) {
    if n < 8 {
        return copy_few(to, from, n);
    }
    let first = read_unaligned(from.cast::<u64>());
    let mut i = n - 8;
    while i > 0 {
        write_unaligned(to.add(i).cast::<u64>(), read_unaligned(from.add(i).cast::<u64>()));
        i = i.saturating_sub(8);
    }
    write_unaligned(to.cast::<u64>(), first);
}

#[inline(always)]
unsafe fn copy_few(to: *mut u8, from: *const u8, n: usize) {
    if n >= 4 {
        let first = read_unaligned(from.cast::<u32>());
        let last = read_unaligned(from.add(n - 4).cast::<u32>());
        write_unaligned(to.cast::<u32>(), first);
        write_unaligned(to.add(n - 4).cast::<u32>(), last);
    } else if n > 0 {
        let (first, middle, last) = (*from, *from.add(n / 2), *from.add(n - 1));
        *to = first;
        *to.add(n / 2) = middle;
        *to.add(n - 1) = last;
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8 {
    let byte = byte as u8;
    if n > SHORT_FILL {
        syscall!(0x3770_fb22, fn(*mut u8, u8, usize))(to, byte, n);
        return to;
    }
    let word = (byte as u64).wrapping_mul(0x0101_0101_0101_0101);
    let mut at = to;
    if n >= 8 {
        let end = to.add(n - 8);
        while at < end {
            write_unaligned(at.cast::<u64>(), word);
            at = at.add(8);
        }
        write_unaligned(end.cast::<u64>(), word);
        return to;
    }
    let end = to.add(n);
    while at < end {
        *at = byte;
        at = at.add(1);
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    if n > SHORT_COMPARE {
        let mut order = 0i32;
        syscall!(0x5fdc_de31, fn(*const u8, *const u8, usize, *mut i32))(a, b, n, &mut order);
        return order;
    }
    let word = |p: *const u8, i: usize| read_unaligned(p.add(i).cast::<u64>());
    let mut i = 0;
    while i + 8 <= n && word(a, i) == word(b, i) {
        i += 8;
    }
    if n >= 8 && i + 8 > n && word(a, n - 8) == word(b, n - 8) {
        return 0;
    }
    while i < n {
        let (x, y) = (*a.add(i), *b.add(i));
        if x != y {
            return x as i32 - y as i32;
        }
        i += 1;
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    memcmp(a, b, n)
}

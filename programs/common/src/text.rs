//! Text in a fixed field of an account: UTF-8, padded with zero bytes, no zero byte inside.

use core::{mem::MaybeUninit, ops::Deref};

use anchor_lang::IdlAccountType;
use wincode::{ReadResult, SchemaRead, config::Config, io::Reader};

/// A text as an instruction carries it: a Borsh string, of which [`write`] checks that it is UTF-8. Checked while it is
/// read, byte by byte up to the next aligned word, a string costs five times that.
///
/// It is not copied out of the instruction's data, and has no lifetime, which an instruction's arguments cannot have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, wincode::SchemaWrite)]
pub struct Text(&'static [u8]);

// SAFETY: what is read is written.
unsafe impl<'de, C: Config> SchemaRead<'de, C> for Text {
    type Dst = Self;

    fn read(reader: impl Reader<'de>, dst: &mut MaybeUninit<Self>) -> ReadResult<()> {
        let bytes = <&[u8] as SchemaRead<'de, C>>::get(reader)?;
        dst.write(Self(for_ever(bytes)));
        Ok(())
    }
}

/// The bytes of an instruction's data, which on the chain outlives all that the program makes of it: the machine is gone
/// when the program ends.
#[cfg(target_os = "solana")]
fn for_ever(bytes: &[u8]) -> &'static [u8] {
    // SAFETY: programs read texts from their instruction's data alone.
    unsafe { core::slice::from_raw_parts(bytes.as_ptr(), bytes.len()) }
}

/// The same off-chain, where nothing but tests read an instruction's arguments.
#[cfg(not(target_os = "solana"))]
fn for_ever(bytes: &[u8]) -> &'static [u8] {
    alloc::vec::Vec::leak(bytes.to_vec())
}

/// In an interface description it goes by the name of `String`, which needs no definition.
impl IdlAccountType for Text {}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self(text.as_bytes())
    }
}

/// Copies `text` into `field`, which holds a text or zeroes, and leaves the rest zero.
///
/// Errors with [`TextError`] where `text` is longer than the field, holds a control character or is not UTF-8.
///
/// Not inlined: one copy for all of a program's texts.
#[inline(never)]
pub fn write(field: &mut [u8], text: &[u8]) -> Result<(), TextError> {
    let Some((head, tail)) = field.split_at_mut_checked(text.len()) else {
        return Err(TextError::TooLong);
    };
    if !is_plain(text) {
        // Control characters (zero among them) never belong in a name and would end or forge a line elsewhere.
        if text.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
            return Err(TextError::ControlCharacter);
        }
        if core::str::from_utf8(text).is_err() {
            return Err(TextError::NotUtf8);
        }
    }
    head.copy_from_slice(text);
    // What a longer text left behind ends at its first zero byte.
    tail.iter_mut()
        .take_while(|byte| **byte != 0)
        .for_each(|byte| *byte = 0);
    Ok(())
}

/// Whether all bytes are ASCII from space to tilde. Eight at a time, which on chain costs a tenth of one at a time; what
/// is shorter than that is not worth it.
fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Of a byte below 0x80, adding one sets the high bit where it is 0x7f, and taking 0x20 away where it is below that
    // (or where a borrow came from a byte that was): no high bit anywhere means eight plain bytes.
    let flaws = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        word | word.wrapping_add(ONES) | word.wrapping_sub(ONES.wrapping_mul(0x20))
    };
    let (words, _) = text.as_chunks::<8>();
    // The last word overlaps the one before it.
    let Some(last) = text.last_chunk::<8>() else {
        return false;
    };
    let all = words
        .iter()
        .fold(flaws(last), |all, word| all | flaws(word));
    all & HIGH == 0
}

/// The text of a fixed field, up to its padding; replacement characters where the bytes are not UTF-8.
pub fn read(field: &[u8]) -> alloc::string::String {
    let end = field
        .iter()
        .rposition(|b| *b != 0)
        .map_or(0, |i| i.saturating_add(1));
    alloc::string::String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    TooLong,
    ControlCharacter,
    NotUtf8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p36_the_longest_text_fits_and_one_byte_more_does_not() {
        let mut field = [0u8; 4];
        assert_eq!(write(&mut field, "äö".as_bytes()), Ok(()));
        assert_eq!(read(&field), "äö");
        assert_eq!(write(&mut field, "äöx".as_bytes()), Err(TextError::TooLong));
        assert_eq!(write(&mut field, b"a"), Ok(()));
        assert_eq!(field, [b'a', 0, 0, 0]);
        assert_eq!(write(&mut field, b"a\nb"), Err(TextError::ControlCharacter));
        assert_eq!(field, [b'a', 0, 0, 0]);
    }

    #[test]
    fn p36_bytes_that_are_not_utf_8_are_refused() {
        let mut field = [0u8; 32];
        for bad in [
            &b"\xff"[..],
            b"eight by\xc3",
            b"\xe2\x82",
            b"nine byte\xc0\x80",
            b"\xed\xa0\x80",
        ] {
            assert_eq!(write(&mut field, bad), Err(TextError::NotUtf8), "{bad:?}");
            assert_eq!(field, [0; 32]);
        }
        assert_eq!(write(&mut field, "naïve 日本語 🦀".as_bytes()), Ok(()));
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        for byte in 0..=255u8 {
            for at in 0..19 {
                let mut bytes = [b'x'; 19];
                bytes[at] = byte;
                let control = byte < 0x20 || byte == 0x7f;
                let plain = !control && byte < 0x80;
                assert_eq!(is_plain(&bytes), plain, "{byte} at {at}");
                let mut field = [0u8; 32];
                let refused = match () {
                    () if control => Err(TextError::ControlCharacter),
                    () if plain => Ok(()),
                    () => Err(TextError::NotUtf8),
                };
                assert_eq!(write(&mut field, &bytes), refused, "{byte} at {at}");
                let short = &bytes[at / 8 * 8..][..(19 - at / 8 * 8).min(7).max(at % 8 + 1)];
                assert_eq!(write(&mut field, short), refused, "{byte} at {at}");
            }
        }
    }
}

//! Text in a fixed field of an account: UTF-8, padded with zero bytes, no zero byte inside.

/// Copies `text` into `field`, which holds a text or zeroes, and leaves the rest zero.
///
/// Errors with [`TextError`] where `text` is longer than the field or holds a control character.
pub fn write(field: &mut [u8], text: &str) -> Result<(), TextError> {
    let bytes = text.as_bytes();
    let Some((head, tail)) = field.split_at_mut_checked(bytes.len()) else {
        return Err(TextError::TooLong);
    };
    // Control characters (zero among them) never belong in a name and would end or forge a line elsewhere.
    if has_control_character(bytes) {
        return Err(TextError::ControlCharacter);
    }
    head.copy_from_slice(bytes);
    // What a longer text left behind ends at its first zero byte.
    tail.iter_mut()
        .take_while(|byte| **byte != 0)
        .for_each(|byte| *byte = 0);
    Ok(())
}

/// Whether any byte is below 0x20 or is 0x7f; eight at a time, which on chain costs a fifth of one at a time.
fn has_control_character(bytes: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // A byte's high bit is set in `x - n·ONES & !x & HIGH` where the byte is below `n` (a borrow from a lower byte
    // can set one too many, but only where that lower byte was below `n` itself).
    let below = |word: u64, n: u64| word.wrapping_sub(ONES.wrapping_mul(n)) & !word & HIGH != 0;
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().any(|word| {
        let word = u64::from_le_bytes(*word);
        below(word, 0x20) || below(word ^ ONES.wrapping_mul(0x7f), 1)
    }) || rest.iter().any(|byte| *byte < 0x20 || *byte == 0x7f)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p36_the_longest_text_fits_and_one_byte_more_does_not() {
        let mut field = [0u8; 4];
        assert_eq!(write(&mut field, "äö"), Ok(()));
        assert_eq!(read(&field), "äö");
        assert_eq!(write(&mut field, "äöx"), Err(TextError::TooLong));
        assert_eq!(write(&mut field, "a"), Ok(()));
        assert_eq!(field, [b'a', 0, 0, 0]);
        assert_eq!(write(&mut field, "a\nb"), Err(TextError::ControlCharacter));
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        for byte in 0..=255u8 {
            for at in 0..19 {
                let mut bytes = [b'x'; 19];
                bytes[at] = byte;
                assert_eq!(
                    has_control_character(&bytes),
                    byte < 0x20 || byte == 0x7f,
                    "{byte} at {at}"
                );
                bytes = [0xc3; 19];
                bytes[at] = byte;
                assert_eq!(
                    has_control_character(&bytes),
                    byte < 0x20 || byte == 0x7f,
                    "{byte} at {at}"
                );
            }
        }
    }
}

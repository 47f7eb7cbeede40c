//! Text in a fixed field of an account: UTF-8, padded with zero bytes, no zero byte inside.

/// Copies `text` into `field` and zeroes the rest.
///
/// Errors with [`TextError`] where `text` is longer than the field or holds a control character.
pub fn write(field: &mut [u8], text: &str) -> Result<(), TextError> {
    let bytes = text.as_bytes();
    let Some((head, tail)) = field.split_at_mut_checked(bytes.len()) else {
        return Err(TextError::TooLong);
    };
    // Control characters (zero among them) never belong in a name and would end or forge a line elsewhere.
    if bytes.iter().any(|b| *b < 0x20 || *b == 0x7f) {
        return Err(TextError::ControlCharacter);
    }
    head.copy_from_slice(bytes);
    tail.fill(0);
    Ok(())
}

/// The text of a fixed field, up to its padding; replacement characters where the bytes are not UTF-8.
pub fn read(field: &[u8]) -> alloc::string::String {
    let end = field.iter().rposition(|b| *b != 0).map_or(0, |i| i.saturating_add(1));
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
        let mut field = [1u8; 4];
        assert_eq!(write(&mut field, "äö"), Ok(()));
        assert_eq!(read(&field), "äö");
        assert_eq!(write(&mut field, "äöx"), Err(TextError::TooLong));
        assert_eq!(write(&mut field, "a"), Ok(()));
        assert_eq!(field, [b'a', 0, 0, 0]);
        assert_eq!(write(&mut field, "a\nb"), Err(TextError::ControlCharacter));
    }
}

//! Base58 of long data. Nodes give instruction data in it and in nothing else; decoding it digit by digit, as is
//! usual, costs more than everything else that is done with an event.

/// Digits that fit a limb, and what they count to.
const CHUNK: usize = 10;
const BASE: u128 = 58u128.pow(CHUNK as u32);
/// Chunks taken at once: their carries do not wait for each other.
const ROWS: usize = 4;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Value of each character; 255 where it is no digit.
const DIGITS: [u8; 256] = {
    let mut digits = [255; 256];
    let mut value = 0u8;
    while (value as usize) < ALPHABET.len() {
        digits[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

/// The bytes of a text in base58; `None` where it is not one.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    let zeros = text.iter().take_while(|digit| **digit == ALPHABET[0]);
    let (zeros, digits) = text.split_at(zeros.count());
    // All chunks but the first are full.
    let (first, chunks) = digits.split_at(digits.len() % CHUNK);
    // The number so far, least significant limb first.
    let mut limbs = Vec::with_capacity(digits.len() / CHUNK + ROWS + 1);
    if !first.is_empty() {
        limbs.push(value(first)?);
    }
    let mut rows = chunks.chunks_exact(CHUNK * ROWS);
    for row in &mut rows {
        append::<ROWS>(&mut limbs, row)?;
    }
    for chunk in rows.remainder().chunks_exact(CHUNK) {
        append::<1>(&mut limbs, chunk)?;
    }
    let mut bytes = vec![0; zeros.len()];
    if let Some(most) = limbs.pop() {
        let unused = most.leading_zeros() as usize / 8;
        bytes.extend_from_slice(&most.to_be_bytes()[unused..]);
    }
    for limb in limbs.iter().rev() {
        bytes.extend_from_slice(&limb.to_be_bytes());
    }
    Some(bytes)
}

/// Appends so many full chunks to a number.
fn append<const CHUNKS: usize>(limbs: &mut Vec<u64>, digits: &[u8]) -> Option<()> {
    let mut carries = [0u128; CHUNKS];
    for (carry, chunk) in carries.iter_mut().zip(digits.chunks_exact(CHUNK)) {
        *carry = value(chunk)?.into();
    }
    limbs.resize(limbs.len() + CHUNKS, 0);
    for limb in limbs.iter_mut() {
        for carry in &mut carries {
            *carry += u128::from(*limb) * BASE;
            *limb = *carry as u64;
            *carry >>= 64;
        }
    }
    // A chunk is less than a limb.
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
    Some(())
}

/// What at most [`CHUNK`] digits count to.
fn value(digits: &[u8]) -> Option<u64> {
    let mut value = 0;
    for character in digits {
        let digit = DIGITS[usize::from(*character)];
        if digit == 255 {
            return None;
        }
        // At most 58^10, which is below 2^64.
        value = value * 58 + u64::from(digit);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::decode;

    #[test]
    fn texts_decode_as_the_usual_way_does() {
        let mut rng = StdRng::seed_from_u64(58);
        for length in (0..200).chain([1_300, 5_000]) {
            let mut bytes = vec![0; length];
            rng.fill(&mut bytes[..]);
            let zeros = rng.random_range(0..=length.min(20));
            bytes[..zeros].fill(0);
            let text = bs58::encode(&bytes).into_string();
            assert_eq!(decode(&text).as_deref(), Some(&bytes[..]), "{text}");
        }
        for wrong in ["0", "O", "I", "l", "abc ", "ä", "11111111111+"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        assert_eq!(decode("").as_deref(), Some(&[][..]));
    }
}

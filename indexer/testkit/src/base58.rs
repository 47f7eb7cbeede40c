//! Base58 of long data, as nodes write it: encoding it byte by byte, as is usual, takes longer than all else that makes a block.

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Digits of a limb, and how many numbers they tell apart: times 2^32 it fits 64 bits.
const DIGITS: u32 = 5;
const LIMB: u64 = 58u64.pow(DIGITS);

/// Bytes as a text in base58.
pub fn base58(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    // The number so far, least significant limb first.
    let mut limbs: Vec<u64> = Vec::new();
    let (first, rest) = bytes.split_at(bytes.len() % 4);
    for chunk in std::iter::once(first).chain(rest.chunks(4)) {
        let mut carry = chunk
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        for limb in &mut limbs {
            carry += *limb << (8 * chunk.len());
            *limb = carry % LIMB;
            carry /= LIMB;
        }
        while carry > 0 {
            limbs.push(carry % LIMB);
            carry /= LIMB;
        }
    }
    let places = |limb: &u64| {
        let limb = *limb;
        (0..DIGITS)
            .rev()
            .map(move |place| (limb / 58u64.pow(place) % 58) as usize)
    };
    let digits = limbs.iter().rev().flat_map(places);
    let digits = std::iter::repeat_n(0, zeros).chain(digits.skip_while(|digit| *digit == 0));
    digits.map(|digit| char::from(ALPHABET[digit])).collect()
}

#[cfg(test)]
mod tests {
    use super::base58;

    #[test]
    fn bytes_are_encoded_as_the_usual_way_does() {
        for length in 0..300 {
            for zeros in [0, 1, length / 2, length] {
                let mut bytes: Vec<u8> = (0..length).map(|n| (n * 89 + length) as u8).collect();
                bytes[..zeros.min(length)].fill(0);
                assert_eq!(base58(&bytes), bs58::encode(&bytes).into_string());
            }
        }
        assert_eq!(
            base58([255; 1_000]),
            bs58::encode([255; 1_000]).into_string()
        );
    }
}

//! Base58 of long data. Nodes give instruction data in it and in nothing else; decoding it digit by digit, as is
//! usual, costs more than everything else that is done with an event.

/// Digits taken at once: as many as fit a limb.
const CHUNK: usize = 10;

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
    let zeros = text
        .bytes()
        .take_while(|digit| *digit == ALPHABET[0])
        .count();
    // The number so far, least significant limb first.
    let mut limbs: Vec<u64> = Vec::with_capacity(text.len() / CHUNK + 1);
    for chunk in text.as_bytes().chunks(CHUNK) {
        let (mut value, mut base) = (0u64, 1u64);
        for character in chunk {
            let digit = DIGITS[usize::from(*character)];
            if digit == 255 {
                return None;
            }
            // At most 58^10, which is below 2^64.
            value = value * 58 + u64::from(digit);
            base *= 58;
        }
        let mut carry = u128::from(value);
        for limb in &mut limbs {
            carry += u128::from(*limb) * u128::from(base);
            *limb = carry as u64;
            carry >>= 64;
        }
        if carry > 0 {
            limbs.push(carry as u64);
        }
    }
    let mut bytes = vec![0; zeros];
    let number = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes());
    bytes.extend(number.skip_while(|byte| *byte == 0));
    Some(bytes)
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

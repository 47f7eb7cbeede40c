use anchor_lang::{bytemuck, prelude::*};

/// What the owner of a paid order says of what it bought. It never closes.
///
/// No PDA: the system program derives its address of the listing's, the [seed](Self::seed) of the purchase, and this
/// program. There is one such address, and it takes no search.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Review {
    pub layout: u8,
    pub reserved: u8,
    /// 1 to 5.
    pub rating: u8,
    /// How often it was edited: once at most.
    pub edits: u8,
    /// Version of the listing that was bought.
    pub version: u32,
    pub seq: u64,
    /// Unix seconds.
    pub created_at: i64,
    /// 0 until edited.
    pub edited_at: i64,
    /// Slot in which the order was made: with its address it tells one purchase from all others.
    pub order_born_slot: u64,
    pub listing: Address,
    pub order: Address,
    /// The order's owner.
    pub reviewer: Address,
    pub rent_payer: Address,
    /// SHA-256 of its text; all zero where it has none.
    pub hash: [u8; 32],
    pub spare: [u8; 32],
}

/// The bits of eight bytes that text may have: a byte below 128 is text.
const TEXT: u64 = 0x7f7f_7f7f_7f7f_7f7f;
/// The lowest bit of each of eight bytes.
const LOWEST: u64 = 0x0101_0101_0101_0101;

impl Review {
    /// What a purchase gives to the address of its review: 160 bits of the order's address, then the slot in which the
    /// order was made, all of it text. Another order at the same address is another purchase.
    ///
    /// Seven bits of each of the address's first 16 bytes, six of each of the next eight, whose lowest bit is the highest
    /// of a byte of the slot; the other seven of each of those come last. Who grinds two orders of its own whose addresses
    /// agree in those 160 bits has one review for both.
    pub fn seed(order: &Address, born_slot: u64) -> [u8; 32] {
        let [a, b, c, _] = words(order);
        let (high, low) = ((born_slot & !TEXT) >> 7, born_slot & TEXT);
        let seed = [a & TEXT, b & TEXT, c & TEXT & !LOWEST | high, low];
        bytemuck::cast(seed.map(u64::to_le))
    }
}

/// An address as four little-endian numbers.
fn words(address: &Address) -> [u64; 4] {
    bytemuck::cast::<[u8; 32], [u64; 4]>(address.to_bytes()).map(u64::from_le)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_every_purchase_has_a_seed_of_its_own_that_is_text() {
        let mut seeds = alloc::collections::BTreeSet::new();
        for n in 0..50 {
            let order = Address::new_from_array([n; 32]);
            for born_slot in [0, 1, 127, 128, 129, 255, 256, 1 << 63, u64::MAX] {
                let seed = Review::seed(&order, born_slot);
                assert!(core::str::from_utf8(&seed).is_ok());
                assert!(seeds.insert(seed));
            }
        }
    }
}

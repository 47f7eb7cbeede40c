use anchor_lang::prelude::*;

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

/// What a seed keeps of eight bytes of an address: a byte below 128 is text.
const TEXT: u64 = 0x7f7f_7f7f_7f7f_7f7f;
/// Bytes that say the slot, seven bits each: enough for seven million years of slots.
const SLOT: usize = 7;

impl Review {
    /// What a purchase gives to the address of its review: seven bits of each of the first 25 bytes of the order's address,
    /// then the slot in which the order was made, seven bits a byte, lowest first. Another order at the same address is
    /// another purchase.
    ///
    /// Who grinds two orders of its own whose addresses agree in those 175 bits has one review for both.
    pub fn seed(order: &Address, born_slot: u64) -> [u8; 32] {
        let mut seed = order.to_bytes();
        for word in seed.as_chunks_mut::<8>().0 {
            *word = (u64::from_ne_bytes(*word) & TEXT).to_ne_bytes();
        }
        let mut rest = born_slot;
        for byte in &mut seed[32 - SLOT..] {
            *byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_every_purchase_has_a_seed_of_its_own_that_is_text() {
        let mut seeds = alloc::collections::BTreeSet::new();
        for n in 0..50 {
            let order = Address::new_from_array([n; 32]);
            for born_slot in [0, 1, 127, 128, 129, 255, 256, u64::MAX] {
                let seed = Review::seed(&order, born_slot);
                assert!(core::str::from_utf8(&seed).is_ok());
                assert!(seeds.insert(seed));
            }
        }
    }
}

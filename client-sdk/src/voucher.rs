//! Vouchers of metered orders: what a buyer signs off-chain, what a seller checks, and how a transaction carries them.

use common::receipt::mode;
use escrow::{
    instructions::VoucherArgs,
    signatures::ED25519,
    state::{Order, VOUCHER_LEN, voucher_domain, voucher_message},
};
use solana_keypair::{Keypair, Signature};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::instructions::escrow::redeem;

/// A buyer's signed statement that it owes so much of an order so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voucher {
    pub order: Pubkey,
    /// The order's: no other at its address has it.
    pub born_slot: u64,
    /// Greater than that of the voucher before.
    pub sequence: u64,
    /// Everything that was owed so far, in base units of the order's mint.
    pub cumulative: u64,
    /// By the order's `buyer_key`, over [`Voucher::message`].
    pub signature: [u8; 64],
}

/// Why a seller should not take a voucher. Names are those of the escrow program's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoucherError {
    #[error("the order {order} takes no vouchers")]
    NotMetered { order: Pubkey },
    #[error("the signature is not {key}'s over this very order, sequence and amount")]
    VoucherNotSigned { key: Pubkey },
    #[error("the order takes no more vouchers")]
    OrderEnded,
    #[error("sequence {sequence} and amount {earned} were redeemed: it adds nothing to that")]
    VoucherStale { sequence: u64, earned: u64 },
    #[error(
        "what is pending matures at {matures_at}, and from {ends_at} on the order takes no voucher: it can no longer be \
         redeemed"
    )]
    PendingImmature { matures_at: i64, ends_at: i64 },
    #[error("it adds {adds}, and the order holds {rest} that nobody has earned")]
    VoucherTooLarge { adds: u64, rest: u64 },
}

impl VoucherError {
    /// The name that the program has for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotMetered { .. } => "NotMetered",
            Self::VoucherNotSigned { .. } => "VoucherNotSigned",
            Self::OrderEnded => "OrderEnded",
            Self::PendingImmature { .. } => "PendingImmature",
            Self::VoucherStale { .. } => "VoucherStale",
            Self::VoucherTooLarge { .. } => "VoucherTooLarge",
        }
    }
}

impl Voucher {
    /// Signs that `cumulative` is owed so far of `order`, which was made in `born_slot`. `genesis_hash` is the
    /// network's, as escrow's config has it.
    pub fn sign(
        signer: &Keypair,
        genesis_hash: &[u8; 32],
        order: &Pubkey,
        born_slot: u64,
        sequence: u64,
        cumulative: u64,
    ) -> Self {
        let mut voucher = Self {
            order: *order,
            born_slot,
            sequence,
            cumulative,
            signature: [0; 64],
        };
        voucher.signature = signer.sign_message(&voucher.message(genesis_hash)).into();
        voucher
    }

    /// The bytes that are signed.
    pub fn message(&self, genesis_hash: &[u8; 32]) -> [u8; VOUCHER_LEN] {
        let domain = voucher_domain(genesis_hash);
        voucher_message(
            &domain,
            &self.order,
            self.born_slot,
            self.sequence,
            self.cumulative,
        )
    }

    /// Whether `key` signed it for the network of `genesis_hash`.
    pub fn is_signed_by(&self, key: &Pubkey, genesis_hash: &[u8; 32]) -> bool {
        Signature::from(self.signature).verify(key.as_ref(), &self.message(genesis_hash))
    }

    /// Whether it is signed for `order`, the order that it names.
    ///
    /// Errors: `NotMetered`, `VoucherNotSigned`.
    pub fn check_signature(
        &self,
        order: &Order,
        genesis_hash: &[u8; 32],
    ) -> Result<(), VoucherError> {
        if order.head.mode != mode::METERED {
            return Err(VoucherError::NotMetered { order: self.order });
        }
        let key = Pubkey::new_from_array(order.buyer_key);
        let is_of_it = self.born_slot == order.head.born_slot;
        if !is_of_it || !self.is_signed_by(&key, genesis_hash) {
            return Err(VoucherError::VoucherNotSigned { key });
        }
        Ok(())
    }

    /// What it adds to what the seller has earned of `order`, the order that it names, as that is at `now`: in base units,
    /// at least 1. While something is pending it can be redeemed only later, and not at all where that matures no sooner than
    /// the order ends: a seller that serves until then redeems last, not before. A seller that serves against vouchers also
    /// compares it with the last one that it took.
    pub fn check(
        &self,
        order: &Order,
        genesis_hash: &[u8; 32],
        now: i64,
    ) -> Result<u64, VoucherError> {
        self.check_signature(order, genesis_hash)?;
        if order.is_final() || now >= order.ends_at {
            return Err(VoucherError::OrderEnded);
        }
        if order.pending > 0 && order.matures_at >= order.ends_at {
            return Err(VoucherError::PendingImmature {
                matures_at: order.matures_at,
                ends_at: order.ends_at,
            });
        }
        let adds = self.cumulative.saturating_sub(order.earned);
        if self.sequence <= order.sequence || adds == 0 {
            return Err(VoucherError::VoucherStale {
                sequence: order.sequence,
                earned: order.earned,
            });
        }
        // A ledger that does not add up holds nothing that can be relied on.
        let rest = order.rest().unwrap_or(0);
        if adds > rest {
            return Err(VoucherError::VoucherTooLarge { adds, rest });
        }
        Ok(adds)
    }
}

/// Instructions that redeem vouchers of orders, each with its listing and the key that signed it, by `seller`: one of
/// the Ed25519 program that carries all signatures, first, and one `redeem` each.
///
/// `at` is the index that the first of them will have in the transaction. More than three fill a transaction.
pub fn redeem_all(
    seller: &Pubkey,
    genesis_hash: &[u8; 32],
    vouchers: &[(Voucher, Pubkey, Pubkey)],
    at: u8,
) -> Vec<Instruction> {
    let signed: Vec<_> = vouchers
        .iter()
        .map(|(voucher, _, key)| (voucher.signature, *key, voucher.message(genesis_hash)))
        .collect();
    let mut instructions = vec![ed25519(&signed)];
    let redeemed = vouchers
        .iter()
        .zip(0..)
        .map(|((voucher, listing, _), signature)| {
            let args = VoucherArgs {
                sequence: voucher.sequence,
                cumulative: voucher.cumulative,
                instruction: at,
                signature,
            };
            redeem(seller, listing, &voucher.order, args)
        });
    instructions.extend(redeemed);
    instructions
}

/// The Ed25519 program's instruction that checks these signatures, keys and messages, all within itself.
fn ed25519(signed: &[([u8; 64], Pubkey, [u8; VOUCHER_LEN])]) -> Instruction {
    const OFFSETS_LEN: usize = 14;
    const HERE: u16 = u16::MAX;
    let mut data = vec![signed.len() as u8, 0];
    let mut body = Vec::new();
    let start = 2 + signed.len() * OFFSETS_LEN;
    for (signature, key, message) in signed {
        let at = (start + body.len()) as u16;
        let fields = [at, HERE, at + 64, HERE, at + 96, VOUCHER_LEN as u16, HERE];
        data.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
        body.extend_from_slice(signature);
        body.extend_from_slice(key.as_ref());
        body.extend_from_slice(message);
    }
    data.extend(body);
    Instruction {
        program_id: ED25519,
        accounts: Vec::new(),
        data,
    }
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;

    #[test]
    fn p43_a_voucher_is_of_one_order_network_sequence_and_amount() {
        let (signer, order) = (Keypair::new(), Pubkey::new_from_array([1; 32]));
        let voucher = Voucher::sign(&signer, &[5; 32], &order, 3, 1, 10);
        assert!(voucher.is_signed_by(&signer.pubkey(), &[5; 32]));
        assert!(!voucher.is_signed_by(&signer.pubkey(), &[6; 32]));
        assert!(!voucher.is_signed_by(&order, &[5; 32]));
        let other_order = Pubkey::new_from_array([2; 32]);
        for changed in [
            Voucher {
                order: other_order,
                ..voucher
            },
            Voucher {
                born_slot: 4,
                ..voucher
            },
            Voucher {
                sequence: 2,
                ..voucher
            },
            Voucher {
                cumulative: 11,
                ..voucher
            },
        ] {
            assert!(!changed.is_signed_by(&signer.pubkey(), &[5; 32]));
        }
    }

    #[test]
    fn what_the_program_would_refuse_is_named_before_it_is_asked() {
        let (signer, address) = (Keypair::new(), Pubkey::new_from_array([1; 32]));
        let mut order = Order::zeroed();
        order.head.mode = mode::METERED;
        order.buyer_key = signer.pubkey().to_bytes();
        (order.deposited, order.earned, order.sequence) = (100, 40, 2);
        (order.pending, order.refunded, order.ends_at) = (10, 5, 1_000);
        (order.paid, order.fee_due) = (29, 1);
        order.head.born_slot = 7;
        let sign =
            |sequence, amount| Voucher::sign(&signer, &[5; 32], &address, 7, sequence, amount);
        let check = |voucher: Voucher, order: &Order, now| voucher.check(order, &[5; 32], now);
        assert_eq!(check(sign(3, 41), &order, 999), Ok(1));
        assert_eq!(check(sign(9, 95), &order, 999), Ok(55));
        let (adds, rest) = (56, 55);
        let stale = VoucherError::VoucherStale {
            sequence: 2,
            earned: 40,
        };
        for (voucher, now, error) in [
            (
                sign(3, 96),
                999,
                VoucherError::VoucherTooLarge { adds, rest },
            ),
            (sign(2, 95), 999, stale),
            (sign(3, 40), 999, stale),
            (sign(3, 41), 1_000, VoucherError::OrderEnded),
        ] {
            assert_eq!(check(voucher, &order, now), Err(error));
        }
        let forged = Voucher {
            cumulative: 50,
            ..sign(3, 41)
        };
        let key = signer.pubkey();
        let error = VoucherError::VoucherNotSigned { key };
        assert_eq!(check(forged, &order, 999), Err(error));
        // Signed for the order that was at this address before.
        let kept = Voucher::sign(&signer, &[5; 32], &address, 6, 3, 41);
        assert_eq!(check(kept, &order, 999), Err(error));
        // What is pending leaves no second to redeem in before the end.
        for (matures_at, takes) in [(999, true), (1_000, false), (1_001, false)] {
            let late = Order {
                matures_at,
                ..order
            };
            let ends_at = 1_000;
            let never = VoucherError::PendingImmature {
                matures_at,
                ends_at,
            };
            let expected = if takes { Ok(1) } else { Err(never) };
            assert_eq!(check(sign(3, 41), &late, 990), expected);
        }
        let mut lease = order;
        lease.head.mode = mode::LEASE;
        let error = VoucherError::NotMetered { order: address };
        assert_eq!(check(sign(3, 41), &lease, 999), Err(error));
        let mut settled = order;
        settled.head.state = common::receipt::state::SETTLED;
        let ended = Err(VoucherError::OrderEnded);
        assert_eq!(check(sign(3, 41), &settled, 999), ended);
    }

    /// Bytes of a transaction that redeems vouchers of as many orders and listings, by a seller that pays its fee.
    fn size(vouchers: u8) -> usize {
        let (signer, seller) = (Keypair::new(), Pubkey::new_unique());
        let vouchers: Vec<_> = (0..vouchers)
            .map(|_| {
                let order = Pubkey::new_unique();
                let voucher = Voucher::sign(&signer, &[5; 32], &order, 3, 1, 10);
                (voucher, Pubkey::new_unique(), Pubkey::new_unique())
            })
            .collect();
        let redeem = redeem_all(&seller, &[5; 32], &vouchers, 0);
        let message = solana_message::Message::new(&redeem, Some(&seller));
        1 + 64 + message.serialize().len()
    }

    #[test]
    fn p36_three_vouchers_of_different_orders_and_listings_fill_a_transaction() {
        // Of 1,232 bytes.
        assert_eq!([size(1), size(2), size(3)], [598, 896, 1_194]);
        assert!(size(4) > 1_232);
    }
}

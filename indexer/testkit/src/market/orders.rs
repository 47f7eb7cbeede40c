//! One-time orders.

use bytemuck::Zeroable;
use common::receipt;
use escrow::{events as ee, state::Order};
use pedigree_sdk::{events::Event, pda};
use solana_program::pubkey::Pubkey;

use super::{MINT, Market, key};
use crate::chain::hash;

impl Market {
    /// An order of one unit of a listing's first term.
    pub fn open_order(&mut self, buyer: &str, listing: &Pubkey, number: u8) -> (Pubkey, Event) {
        self.open(key(buyer), listing, number, |_| ())
    }

    /// The same of whoever it is, and changed.
    pub(super) fn open(
        &mut self,
        buyer: Pubkey,
        listing: &Pubkey,
        number: u8,
        change: impl FnOnce(&mut Order),
    ) -> (Pubkey, Event) {
        let of = self.listings[listing];
        let idempotency = [number; 16];
        let address = pda::order(&buyer, &idempotency).0;
        let mut state = Order {
            head: receipt::ReceiptHead {
                layout: 1,
                mode: receipt::mode::ONE_TIME,
                state: receipt::state::FUNDED,
                decimals: 6,
                version: of.version,
                royalty_ppm: of.royalty_ppm,
                fee_ppm: 25_000,
                seq: 1,
                born_slot: self.slot,
                key: idempotency,
                buyer,
                listing: *listing,
                ..receipt::ReceiptHead::zeroed()
            },
            seller: of.authority,
            payee: of.payout,
            mint: MINT,
            quantity: 1,
            price: of.terms[0].price,
            deposited: of.terms[0].price,
            opened_at: 1_700_000_000,
            valid_until: 1_700_086_400,
            deliver_by: 1_700_003_600,
            ..Order::zeroed()
        };
        change(&mut state);
        self.orders.insert(address, state);
        let head = ee::OrderHead {
            address,
            old_state: 0,
        };
        (
            address,
            Event::OrderOpened(Box::new(ee::OrderOpenedV1 { head, state })),
        )
    }

    pub fn deliver_order(&mut self, address: &Pubkey) -> Event {
        let order = self.orders.get_mut(address).unwrap();
        let old_state = order.head.state.into();
        order.head.state = receipt::state::DELIVERED;
        order.head.seq += 1;
        order.content_hash = hash("content");
        order.delivered_at = order.opened_at + 60;
        order.settle_after = order.delivered_at + 60;
        let head = ee::OrderHead {
            address: *address,
            old_state,
        };
        Event::OrderDelivered(Box::new(ee::OrderDeliveredV1 {
            head,
            state: *order,
        }))
    }

    pub fn settle_order(&mut self, address: &Pubkey) -> Event {
        self.settle_rest(address, 0)
    }

    /// Settles what is left of an order of which the seller gave a part back.
    pub fn settle_rest(&mut self, address: &Pubkey, refunded: u64) -> Event {
        let order = self.orders.get_mut(address).unwrap();
        let old_state = order.head.state.into();
        order.head.state = receipt::state::SETTLED;
        order.head.seq += 1;
        let rest = order.deposited - refunded;
        order.fee_paid = rest / 40;
        order.paid = rest - order.fee_paid;
        order.refunded = refunded;
        order.closed_at = 1_700_000_100;
        let head = ee::PayoutHead {
            address: *address,
            old_state,
            paid: order.paid,
            fee: order.fee_paid,
            ..ee::PayoutHead::zeroed()
        };
        Event::OrderSettled(Box::new(ee::OrderSettledV1 {
            head,
            state: *order,
        }))
    }

    pub fn close_order(&mut self, address: &Pubkey) -> Event {
        let mut state = self.orders.remove(address).unwrap();
        state.head.seq += 1;
        let head = ee::ClosedHead {
            address: *address,
            ..ee::ClosedHead::zeroed()
        };
        Event::OrderClosed(Box::new(ee::OrderClosedV1 { head, state }))
    }
}

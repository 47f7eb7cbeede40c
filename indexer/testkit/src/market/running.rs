//! What an order of any mode goes through: the programs' own arithmetic decides what becomes of it.

use bytemuck::Zeroable;
use common::receipt::mode;
use escrow::{
    events as ee,
    state::{Order, Shares},
};
use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use super::{Market, key};
use crate::chain::hash;

/// Seconds, of which a slot takes one here.
const WINDOW: u32 = 2;
const ARBITRATION: u32 = 3;
const PERIOD: u32 = 2;
/// Units of a term, of which the whole is deposited.
const UNITS: u64 = 20;

impl Market {
    /// An order that earns as it goes. It is over after [`UNITS`] periods.
    pub fn open_running(
        &mut self,
        buyer: &str,
        listing: &Pubkey,
        number: u8,
        mode: u8,
    ) -> (Pubkey, Event) {
        let now = self.now();
        self.open(key(buyer), listing, number, |order| {
            let ends_at = now + i64::from(PERIOD) * i64::try_from(UNITS).unwrap();
            order.head.mode = mode;
            order.quantity = UNITS;
            order.deposited = order.price * UNITS;
            order.buyer_key = hash("buyer's key");
            (order.opened_at, order.deliver_by) = (now, 0);
            (order.ends_at, order.booked_until) = (ends_at, ends_at);
            order.valid_until = ends_at + 100;
            order.period = if mode == mode::METERED { 0 } else { PERIOD };
            disputable(order);
        })
    }

    /// A one-time order that may be disputed.
    pub fn open_disputable(
        &mut self,
        buyer: &str,
        listing: &Pubkey,
        number: u8,
    ) -> (Pubkey, Event) {
        self.open(key(buyer), listing, number, disputable)
    }

    /// Changes an order as the program does. Gives its state before, and what the change gave.
    fn act<T>(
        &mut self,
        address: &Pubkey,
        act: impl FnOnce(&mut Order, i64) -> T,
    ) -> (Order, Order, T) {
        let now = self.now();
        let order = self.orders.get_mut(address).unwrap();
        let old = *order;
        let given = act(order, now);
        order.advance().unwrap();
        order.invariant().unwrap();
        (old, *order, given)
    }

    pub fn redeem(&mut self, order: &Pubkey, sequence: u64, cumulative: u64) -> Event {
        let (old, state, due) = self.act(order, |order, now| {
            order.redeem(now, sequence, cumulative).unwrap()
        });
        let head = ee::VoucherHead {
            address: *order,
            sequence,
            cumulative,
            old_sequence: old.sequence,
            old_cumulative: old.earned,
            paid: due.payee,
            fee: due.fee,
            royalty: due.royalty,
        };
        Event::VoucherRedeemed(Box::new(ee::VoucherRedeemedV1 { head, state }))
    }

    pub fn top_up(&mut self, order: &Pubkey, amount: u64) -> Event {
        let (old, state, ()) = self.act(order, |order, now| {
            order.add_deposit(now, amount, u64::MAX).unwrap();
        });
        let head = ee::ToppedUpHead {
            address: *order,
            amount,
            old_deposited: old.deposited,
        };
        Event::OrderToppedUp(Box::new(ee::OrderToppedUpV1 { head, state }))
    }

    /// The buyer's heartbeat.
    pub fn authorise(&mut self, order: &Pubkey) -> Event {
        let (_, state, interval) = self.act(order, |order, now| order.authorise(now).unwrap());
        let head = ee::IntervalHead {
            address: *order,
            interval,
            ..ee::IntervalHead::zeroed()
        };
        Event::IntervalAuthorised(Box::new(ee::IntervalAuthorisedV1 { head, state }))
    }

    /// The provider's.
    pub fn confirm(&mut self, order: &Pubkey) -> Event {
        let (_, state, (interval, accrued, due)) =
            self.act(order, |order, now| order.confirm(now).unwrap());
        let head = ee::IntervalHead {
            address: *order,
            interval,
            accrued,
            paid: due.payee,
            fee: due.fee,
            royalty: due.royalty,
        };
        Event::IntervalConfirmed(Box::new(ee::IntervalConfirmedV1 { head, state }))
    }

    /// The owner accepts what was earned, or somebody settles what is mature.
    pub fn settle_due(&mut self, order: &Pubkey, accepted: bool) -> Event {
        let (old, state, due) = self.act(order, |order, now| order.settle(now, accepted).unwrap());
        let head = payout(order, &old, &due);
        Event::OrderSettled(Box::new(ee::OrderSettledV1 { head, state }))
    }

    pub fn end_order(&mut self, order: &Pubkey, by_owner: bool) -> Event {
        let (old, state, due) = self.act(order, |order, now| order.end(now, by_owner).unwrap());
        let head = payout(order, &old, &due);
        Event::OrderEnded(Box::new(ee::OrderEndedV1 { head, state }))
    }

    /// The seller gives a part back, or all that is left.
    pub fn refund(&mut self, order: &Pubkey, amount: Option<u64>) -> Event {
        let (old, state, buyer) = self.act(order, |order, now| {
            order.give_back(now, true, amount).unwrap()
        });
        let due = Shares {
            buyer,
            ..Shares::default()
        };
        let head = payout(order, &old, &due);
        Event::OrderRefunded(Box::new(ee::OrderRefundedV1 { head, state }))
    }

    /// Pays whatever is due.
    pub fn withdraw(&mut self, order: &Pubkey) -> Event {
        let (old, state, (due, bond)) = self.act(order, |order, _| {
            let due = Shares {
                payee: order.paid_due,
                fee: order.fee_due,
                royalty: order.royalty_due,
                buyer: order.refund_due,
            };
            order.pay(&due).unwrap();
            let bonds = order.pay_bonds(true, true, true);
            (due, bonds.owner + bonds.seller + bonds.lost)
        });
        let head = ee::PayoutHead {
            bond,
            ..payout(order, &old, &due)
        };
        Event::OrderWithdrawn(Box::new(ee::OrderWithdrawnV1 { head, state }))
    }

    pub fn dispute_order(&mut self, order: &Pubkey, by_owner: bool) -> Event {
        let (_, state, (_, due)) =
            self.act(order, |order, now| order.contest(now, by_owner).unwrap());
        let head = ee::DisputeHead {
            address: *order,
            number: state.disputes.into(),
            opener: state.opener.into(),
            evidence_hash: hash("evidence"),
            paid: due.payee,
            fee: due.fee,
            royalty: due.royalty,
        };
        Event::OrderDisputed(Box::new(ee::OrderDisputedV1 { head, state }))
    }

    /// The party that did not open the dispute gives in: the buyer gets all of it or nothing.
    pub fn concede(&mut self, order: &Pubkey) -> Event {
        let percent = if self.orders[order].is_sellers_dispute() {
            0
        } else {
            100
        };
        let (head, state) = self.decide(order, Some(percent));
        Event::DisputeConceded(Box::new(ee::DisputeConcededV1 { head, state }))
    }

    /// A ruling that gives the buyer so many percent.
    pub fn rule_dispute(&mut self, order: &Pubkey, percent: u8) -> Event {
        let (head, state) = self.decide(order, Some(percent));
        Event::DisputeRuled(Box::new(ee::DisputeRuledV1 { head, state }))
    }

    /// Nobody ruled in time.
    pub fn lapse(&mut self, order: &Pubkey) -> Event {
        let (head, state) = self.decide(order, None);
        Event::DisputeLapsed(Box::new(ee::DisputeLapsedV1 { head, state }))
    }

    fn decide(&mut self, order: &Pubkey, percent: Option<u8>) -> (ee::DecisionHead, Order) {
        let (old, state, due) = self.act(order, |order, now| match percent {
            Some(_) => order.decide(now, percent).unwrap(),
            None => order.lapse(now).unwrap(),
        });
        let head = ee::DecisionHead {
            address: *order,
            number: old.disputes.into(),
            contested: old.contested,
            percent: percent.unwrap_or(0).into(),
            paid: due.payee,
            fee: due.fee,
            royalty: due.royalty,
            refunded: due.buyer,
        };
        (head, state)
    }

    /// Escrow's part of recording an order's fee.
    pub fn record_order_fees(&mut self, order: &Pubkey) -> Event {
        let (_, state, amount) = self.act(order, |order, _| order.record_fees().unwrap());
        let head = ee::FeesRecordedHead {
            address: *order,
            amount,
        };
        Event::OrderFeesRecorded(Box::new(ee::OrderFeesRecordedV1 { head, state }))
    }
}

fn disputable(order: &mut Order) {
    order.dispute_window = WINDOW;
    order.arbitration_period = ARBITRATION;
    order.bond_ppm = 50_000;
}

/// What an instruction made due, or paid.
fn payout(order: &Pubkey, old: &Order, due: &Shares) -> ee::PayoutHead {
    ee::PayoutHead {
        address: *order,
        old_state: old.head.state.into(),
        paid: due.payee,
        fee: due.fee,
        royalty: due.royalty,
        refunded: due.buyer,
        ..ee::PayoutHead::zeroed()
    }
}

//! Rule 7: an order is what its buyer saw, and stays that whatever changes later.

use common::receipt::{flag, mode};
use escrow::{opening::OpenArgs, state::Order};
use listing::state::status;
use pedigree_sdk::events::Event;

use super::{Passage, Taken, Verdict, given, holds};

pub fn check(taken: &Taken) -> Verdict {
    taken.each_order(|passage| match &passage.before {
        Some(before) => fixed(passage, before),
        None => opened(taken, passage),
    })?;
    // Nothing touches an order without saying so.
    for (address, before) in &taken.before.orders {
        let Some(after) = taken.after.orders.get(address) else {
            continue;
        };
        let said = taken
            .orders
            .iter()
            .any(|passage| passage.address == *address);
        holds!(
            said || before == after,
            "order {address} changed in silence"
        );
    }
    Ok(())
}

/// Of two states of an order, all that was fixed at its opening.
fn fixed(passage: &Passage, before: &Order) -> Verdict {
    let after = &passage.after;
    let records = matches!(passage.event, Event::OrderFeesRecorded(_));
    // Fixed with its end.
    let is_below = before.closed_at == 0
        && after.closed_at > 0
        && after.head.mode != mode::ONE_TIME
        && (1..after.price).contains(&given(after));
    // What may change, taken from the state after.
    let expected = Order {
        head: common::receipt::ReceiptHead {
            state: after.head.state,
            seq: after.head.seq,
            flags: before.head.flags | if is_below { flag::BELOW_UNIT } else { 0 },
            ..before.head
        },
        content_hash: after.content_hash,
        sealed_key: after.sealed_key,
        deposited: after.deposited,
        paid: after.paid,
        fee_paid: after.fee_paid,
        royalty_paid: after.royalty_paid,
        refunded: after.refunded,
        paid_due: after.paid_due,
        fee_due: after.fee_due,
        royalty_due: after.royalty_due,
        refund_due: after.refund_due,
        delivered_at: after.delivered_at,
        settle_after: after.settle_after,
        closed_at: after.closed_at,
        ends_at: after.ends_at,
        earned: after.earned,
        sequence: after.sequence,
        pending: after.pending,
        matures_at: after.matures_at,
        accruing: after.accruing,
        contested: after.contested,
        bond: after.bond,
        arbitrate_by: after.arbitrate_by,
        authorised: after.authorised,
        disputes: after.disputes,
        opener: after.opener,
        owner_bond_due: after.owner_bond_due,
        seller_bond_due: after.seller_bond_due,
        lost_bond_due: after.lost_bond_due,
        unconfirmed: after.unconfirmed,
        fees_recorded: before.fees_recorded + u8::from(records),
        ..*before
    };
    holds!(
        expected == *after,
        "what was fixed at its opening changed: {before:#?} {after:#?}"
    );
    let known = before.content_hash != [0; 32];
    holds!(
        !known || before.content_hash == after.content_hash,
        "the content changed"
    );
    holds!(after.ends_at <= before.ends_at, "its end was put off");
    holds!(after.deposited >= before.deposited, "its deposit shrank");
    for (was, is, what) in [
        (before.delivered_at, after.delivered_at, "delivery"),
        (before.settle_after, after.settle_after, "window"),
        (before.closed_at, after.closed_at, "conclusion"),
    ] {
        holds!(was == 0 || was == is, "the time of its {what} changed");
    }
    Ok(())
}

/// A new order is what was asked for, at the price, share and windows of that moment.
fn opened(taken: &Taken, passage: &Passage) -> Verdict {
    let order = &passage.after;
    let config = taken
        .before
        .escrow_config()
        .ok_or("there are no settings")?;
    let listing = taken
        .before
        .listings
        .get(&order.head.listing)
        .ok_or("there is no such listing")?;
    let is_paid = order.deposited > 0;
    let term = listing.terms.get(usize::from(order.head.term));
    let price = if is_paid {
        term.map_or(0, |term| term.price)
    } else {
        0
    };
    let total = u128::from(price) * u128::from(order.quantity);
    let is_term = term.is_some_and(|term| {
        let same = term.mint == order.mint && term.mode == order.head.mode;
        same && term.unit == order.unit && term.period == order.period
    });
    let disputes = order.bond_ppm == config.bond_ppm
        && order.arbitration_period == config.arbitration_period
        && order.dispute_window == config.dispute_window;
    let facts = [
        (order.price == price, "price"),
        (u128::from(order.deposited) == total, "total"),
        (order.head.version == listing.version, "version"),
        (order.manifest_hash == listing.manifest_hash, "manifest"),
        (order.content_hash == listing.content_hash, "content"),
        (
            order.seller == listing.authority && order.payee == listing.payout,
            "seller",
        ),
        (!is_paid || order.head.fee_ppm == config.fee_ppm, "fee"),
        (
            !is_paid || order.head.royalty_ppm == listing.royalty_ppm,
            "royalty",
        ),
        (order.head.generation == listing.generation, "generation"),
        (disputes, "dispute"),
        (order.opened_at == taken.after.now, "time"),
        (!is_paid || is_term, "term"),
        (listing.claimed == 1 || config.allow_unclaimed == 1, "owner"),
        (listing.status == status::ACTIVE, "status"),
    ];
    for (fact, what) in facts {
        holds!(
            fact,
            "its {what} is not the listing's or the settings': {order:#?}"
        );
    }
    match taken.call.and_then(|call| call.asked.as_ref()) {
        Some(asked) => seen(order, &asked.args, config.delivery_window),
        None => Ok(()),
    }
}

/// It is what its buyer said to have seen.
fn seen(order: &Order, args: &OpenArgs, delivery_window: u32) -> Verdict {
    let facts = [
        (order.price == args.price, "price"),
        (order.quantity == args.quantity, "quantity"),
        (order.deposited <= args.max_total, "most to pay"),
        (order.head.version == args.version, "version"),
        (order.manifest_hash == args.manifest_hash, "manifest"),
        (
            order.dispute_window == args.dispute_window,
            "dispute window",
        ),
        (delivery_window == args.delivery_window, "delivery window"),
        (order.valid_until == args.valid_until, "validity"),
        (order.buyer_key == args.buyer_key, "key"),
        (
            order.unit == args.unit && order.period == args.period,
            "unit",
        ),
        (order.head.mode == args.mode, "mode"),
    ];
    for (fact, what) in facts {
        holds!(
            fact,
            "its {what} is not what was seen: {order:#?} {args:#?}"
        );
    }
    Ok(())
}

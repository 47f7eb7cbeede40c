//! Rule 5: what the seller is given, royalties and fee included, becomes due only once it can be disputed no more, is
//! accepted, or decided, and is shared exactly.

use common::receipt::{mode, state};
use escrow::state::Order;
use pedigree_sdk::events::Event;

use super::{Passage, Taken, Verdict, given, holds, share};

pub fn check(taken: &Taken) -> Verdict {
    taken.each_order(|passage| passed(taken, passage))
}

fn passed(taken: &Taken, passage: &Passage) -> Verdict {
    let after = &passage.after;
    let Some(before) = &passage.before else {
        holds!(given(after) == 0, "a new order has given something");
        return Ok(());
    };
    let (was, is) = (given(before), given(after));
    holds!(is >= was, "what was given is taken back");
    let gain = is - was;
    let grown = |part: fn(&Order) -> u64| part(after).checked_sub(part(before));
    let fee = share(gain, after.head.fee_ppm.into(), 1_000_000);
    let royalty = share(gain, after.head.royalty_ppm.into(), 1_000_000);
    let shares = [
        (grown(|o| o.fee_paid + o.fee_due), fee, "fee"),
        (
            grown(|o| o.royalty_paid + o.royalty_due),
            royalty,
            "royalty",
        ),
        (
            grown(|o| o.paid + o.paid_due),
            gain - fee - royalty,
            "payee",
        ),
    ];
    for (found, expected, whose) in shares {
        holds!(
            found == Some(expected),
            "of {gain} the {whose}'s share is {found:?}, not {expected}"
        );
    }
    let most = givable(taken, passage, before)?;
    holds!(
        gain <= most,
        "{gain} became the seller's, of at most {most}"
    );
    Ok(())
}

/// The most that may become the seller's by this event.
fn givable(taken: &Taken, passage: &Passage, before: &Order) -> Result<u64, String> {
    let now = taken.after.now;
    let accepts = taken.accepts(&passage.address, before);
    if decides(passage.event) {
        return Ok(before.contested);
    }
    if before.head.mode == mode::ONE_TIME {
        let settles = matches!(passage.event, Event::OrderSettled(_))
            && before.head.state == state::DELIVERED
            && (accepts || now > before.settle_after);
        return Ok(if settles { before.deposited } else { 0 });
    }
    if accepts {
        // Whatever was earned, pending or not: at most all of it.
        return Ok(before.deposited);
    }
    let pending = if now >= before.matures_at {
        before.pending
    } else {
        0
    };
    Ok(pending + ripe(before, now))
}

/// Whether the event is a decision of what was contested.
fn decides(event: &Event) -> bool {
    matches!(
        event,
        Event::DisputeConceded(_) | Event::DisputeRuled(_) | Event::DisputeLapsed(_)
    )
}

/// Of a subscription: the price of each whole period that ended at least a window ago, less what was earned.
fn ripe(order: &Order, now: i64) -> u64 {
    if order.head.mode != mode::SUBSCRIPTION {
        return 0;
    }
    let until = (now - i64::from(order.dispute_window)).min(order.ends_at);
    let periods = (until - order.opened_at).max(0) as u64 / u64::from(order.period).max(1);
    (order.price * periods.min(order.quantity)).saturating_sub(order.earned)
}

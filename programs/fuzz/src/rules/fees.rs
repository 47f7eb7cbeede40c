//! Rule 9: what a fee credits is its share by the mint's rate, once, to payee and owner of a settled purchase, and nothing
//! where these are the same.

use common::receipt::{flag, state};
use escrow::{events::OrderFeesRecordedV1, state::Order};
use pedigree_sdk::events::Event;

use super::{Passage, Taken, Verdict, holds, share};

/// What makes an order no purchase of a publisher's.
const NO_PURCHASE: u8 = flag::FREE | flag::UNCLAIMED | flag::BELOW_UNIT;

pub fn check(taken: &Taken) -> Verdict {
    taken.each_order(|passage| match (passage.event, &passage.before) {
        (Event::OrderFeesRecorded(event), Some(before)) => recorded(taken, passage, event, before),
        _ => Ok(()),
    })?;
    let marks = |event: &&Event| matches!(event, Event::OrderFeesRecorded(_));
    let credits = |event: &&Event| matches!(event, Event::FeesRecorded(_));
    let [marks, credits] = [
        taken.events.iter().filter(marks).count(),
        taken.events.iter().filter(credits).count(),
    ];
    holds!(marks == credits, "{credits} credits of {marks} orders");
    Ok(())
}

fn recorded(
    taken: &Taken,
    passage: &Passage,
    event: &OrderFeesRecordedV1,
    before: &Order,
) -> Verdict {
    holds!(before.fees_recorded == 0, "it was recorded a second time");
    let bought = before.head.state == state::SETTLED && before.head.flags & NO_PURCHASE == 0;
    holds!(
        bought && before.fee_due == 0 && event.head.amount == before.fee_paid,
        "it has no such fee"
    );
    holds!(
        before.payee != before.head.owner,
        "it was bought by who sold it"
    );
    let credit = taken.events.iter().find_map(|event| match event {
        Event::FeesRecorded(event) if event.head.order == passage.address => Some(event),
        _ => None,
    });
    let credit = credit.ok_or("nobody was credited")?;
    let sum = credit.head.publisher_credit + credit.head.buyer_credit;
    let mut rates = taken.before.rates.values();
    let rate = rates.find(|rate| rate.mint == before.mint);
    let rate = rate.ok_or("nothing is credited in its mint")?;
    let expected = share(before.fee_paid, rate.rate, 1_000_000);
    holds!(sum == expected, "it credited {sum} points, not {expected}");
    let worth = u128::from(sum) * u128::from(rate.price);
    holds!(
        2 * worth <= u128::from(before.fee_paid) * 1_000_000,
        "its fee of {} brought {sum}, worth more than half of it",
        before.fee_paid
    );
    let owners = (credit.state.owner, credit.head.buyer_points.owner);
    holds!(
        owners == (before.payee, before.head.owner),
        "others were credited"
    );
    Ok(())
}

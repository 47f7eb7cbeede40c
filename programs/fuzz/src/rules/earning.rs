//! What a seller earns: by vouchers that were signed, periods that passed, intervals that both sides named.

use common::receipt::mode;
use escrow::state::Order;
use pedigree_sdk::events::Event;

use super::{Passage, Taken, Verdict, holds, share};
use crate::memory::What;

pub fn check(taken: &Taken) -> Verdict {
    taken.each_order(|passage| match &passage.before {
        Some(before) => passed(taken, passage, before),
        None => Ok(()),
    })
}

fn passed(taken: &Taken, passage: &Passage, before: &Order) -> Verdict {
    let (after, now) = (&passage.after, taken.after.now);
    match passage.event {
        Event::VoucherRedeemed(event) => {
            let (sequence, cumulative) = (event.head.sequence, event.head.cumulative);
            let voucher = (passage.address, before.head.born_slot, sequence, cumulative);
            holds!(
                taken.memory.signed.contains(&voucher),
                "voucher {voucher:?} was never signed"
            );
            holds!(
                sequence > before.sequence && cumulative > before.earned,
                "voucher {sequence} of {cumulative} is stale"
            );
            holds!(now < before.ends_at, "it had ended");
            holds!(
                before.pending == 0 || now >= before.matures_at,
                "the last one was immature"
            );
            holds!(after.earned == cumulative, "it earned another amount");
        }
        Event::IntervalAuthorised(event) => {
            let starts = start(before, event.head.interval);
            holds!(
                now < starts && starts < before.ends_at,
                "interval {} began",
                event.head.interval
            );
            holds!(
                after.earned == before.earned,
                "it earned by an authorisation"
            );
        }
        Event::IntervalConfirmed(event) => confirmed(taken, passage, before, event.head.interval)?,
        _ => elapsed(before, after, now)?,
    }
    holds!(
        after.earned >= before.earned,
        "what was earned is forgotten"
    );
    Ok(())
}

fn start(order: &Order, interval: u64) -> i64 {
    order.opened_at + i64::from(order.period) * interval as i64
}

fn confirmed(taken: &Taken, passage: &Passage, before: &Order, interval: u64) -> Verdict {
    let after = &passage.after;
    let authorised = (
        passage.address,
        before.head.born_slot,
        What::Authorised,
        interval,
    );
    holds!(
        interval == 0 || taken.memory.happened.contains(&authorised),
        "interval {interval} was not authorised"
    );
    let (ends, now) = (start(before, interval + 1), taken.after.now);
    holds!(
        now >= ends && now < ends + i64::from(before.period) && ends <= before.ends_at,
        "interval {interval} was confirmed at the wrong time"
    );
    let earned = after.earned - before.earned;
    holds!(
        earned <= before.price,
        "{earned} accrued, at a price of {}",
        before.price
    );
    Ok(())
}

/// Other events earn by time alone, and only subscriptions do.
fn elapsed(before: &Order, after: &Order, now: i64) -> Verdict {
    let earned = after.earned.saturating_sub(before.earned);
    if before.head.mode != mode::SUBSCRIPTION {
        holds!(earned == 0, "{earned} was earned by nothing");
        return Ok(());
    }
    let until = now.min(before.ends_at) - before.opened_at;
    let most = share(before.price, until.max(0) as u64, before.period.into());
    holds!(
        after.earned <= most.max(before.earned),
        "{} was earned by {until} s",
        after.earned
    );
    Ok(())
}

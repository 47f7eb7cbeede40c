//! Rule 8: the same order again is a success without effect, another under its key fails.

use super::{Taken, Verdict, holds};
use crate::{call::Call, state::State};

pub fn check(taken: &Taken) -> Verdict {
    let Some(asked) = taken.call.and_then(|call| call.asked.as_ref()) else {
        return Ok(());
    };
    let address = asked.address();
    let Some(before) = taken.before.orders.get(&address) else {
        return opened(taken, asked.args.valid_until);
    };
    holds!(taken.events.is_empty(), "order {address} was bought again");
    holds!(
        before.params_hash == asked.params_hash(),
        "order {address} was asked for with other parameters, and that succeeded"
    );
    Ok(())
}

/// Nobody is refused who asks in the same way for what it has, whatever became of it, of its listing or of its session.
pub fn refused(state: &State, call: &Call, error: &str) -> Verdict {
    let Some(asked) = call.asked.as_ref() else {
        return Ok(());
    };
    let same = call.instructions == [asked.instruction()];
    let made = state.orders.get(&asked.address());
    let has = made.is_some_and(|order| order.params_hash == asked.params_hash());
    holds!(
        !(same && has),
        "{} was asked for again, and that failed: {error}",
        asked.address()
    );
    Ok(())
}

/// A key stays taken for as long as its order says, and that is for a week at most.
fn opened(taken: &Taken, valid_until: i64) -> Verdict {
    const WEEK: i64 = 7 * 24 * 60 * 60;
    let now = taken.after.now;
    let one = taken
        .orders
        .iter()
        .filter(|passage| passage.before.is_none())
        .count()
        == 1;
    holds!(one, "an order that was not there was not made, once");
    holds!(
        valid_until > now && valid_until <= now + WEEK,
        "its key is taken until {valid_until}, at {now}"
    );
    Ok(())
}

//! Rule 8: the same order again is a success without effect, another under its key fails.

use pedigree_sdk::pda;

use super::{Taken, Verdict, holds};

pub fn check(taken: &Taken) -> Verdict {
    let Some(asked) = taken.call.and_then(|call| call.asked.as_ref()) else {
        return Ok(());
    };
    let session = asked.params.session;
    let buyer = session.unwrap_or(asked.params.buyer);
    let (address, _) = pda::order(&buyer, &asked.args.key);
    let Some(before) = taken.before.orders.get(&address) else {
        return opened(taken, asked.args.valid_until);
    };
    holds!(taken.events.is_empty(), "order {address} was bought again");
    let mint = if asked.free {
        Default::default()
    } else {
        asked.params.mint
    };
    let hash = asked.args.params_hash(&buyer, &asked.params.listing, &mint);
    holds!(
        before.params_hash == hash,
        "order {address} was asked for with other parameters, and that succeeded"
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

//! Rule 6: each parent's share of a pool is exact, whenever and however often it is forwarded.

use listing::{constants::MAX_ROYALTY_PARENTS, state::PoolLedger};
use pedigree_sdk::events::Event;

use super::{Taken, Verdict, holds, share, share_up};

pub fn check(taken: &Taken) -> Verdict {
    for event in taken.events {
        if let Event::RoyaltyForwarded(event) = event {
            forwarded(taken, &event.head, &event.state)
                .map_err(|what| format!("pool of {}: {what}", event.head.address))?;
        }
    }
    for (address, ledger) in &taken.after.ledgers {
        balance(taken, ledger).map_err(|what| format!("ledger {address}: {what}"))?;
    }
    Ok(())
}

/// All that the pool ever took in, as its inflows were seen.
fn received(taken: &Taken, ledger: &PoolLedger) -> u64 {
    taken
        .memory
        .received
        .get(&ledger.pool)
        .copied()
        .unwrap_or(0)
}

/// What came in is there, less what was given and is not owed; nobody was credited more than its share.
fn balance(taken: &Taken, ledger: &PoolLedger) -> Verdict {
    let received = received(taken, ledger);
    let (credited, owed): (u64, u64) = (ledger.credited.iter().sum(), ledger.owed.iter().sum());
    let balance = taken.after.balance(&ledger.pool);
    holds!(
        balance + credited == received + owed,
        "it holds {balance} of {received}, credited {credited}, owes {owed}"
    );
    let table = taken.after.table_of(ledger).ok_or("it has no table")?;
    for (entry, at) in table.entries.iter().zip(0..MAX_ROYALTY_PARENTS) {
        let most = share(received, entry.ppm.into(), table.total_ppm.into());
        holds!(
            ledger.credited[at] <= most && ledger.owed[at] <= ledger.credited[at],
            "entry {at} was credited {} of {most}, and is owed {}",
            ledger.credited[at],
            ledger.owed[at]
        );
    }
    Ok(())
}

/// One forward gave the parent all that it was due by then, and of that its own parents theirs.
fn forwarded(taken: &Taken, head: &listing::events::ForwardHead, after: &PoolLedger) -> Verdict {
    let before = taken
        .before
        .ledgers
        .get(&head.address)
        .ok_or("it was not there")?;
    let table = taken.before.table_of(before).ok_or("it has no table")?;
    let at = usize::try_from(head.index).map_err(|error| error.to_string())?;
    let entry = table.entries.get(at).ok_or("no such entry")?;
    holds!(entry.parent == head.parent, "it is another's entry");
    let parent = taken
        .before
        .listings
        .get(&head.parent)
        .ok_or("the parent is missing")?;
    let due = share(
        received(taken, before),
        entry.ppm.into(),
        table.total_ppm.into(),
    );
    let credit = due.saturating_sub(before.credited[at]);
    holds!(
        after.credited[at] == due && head.credited == credit,
        "it credited {}, not {credit}",
        head.credited
    );
    let up = share_up(credit, parent.royalty_ppm.into());
    holds!(head.forwarded == up, "{} went up, not {up}", head.forwarded);
    if up > 0 {
        let above = taken
            .before
            .ledger(&head.parent, parent.generation, &before.mint);
        holds!(
            above.is_some_and(|above| above.pool == head.parent_pool),
            "it went up to another pool"
        );
    }
    let keep = credit - up + before.owed[at];
    let takes = taken
        .before
        .tokens
        .get(&head.payout_account)
        .is_some_and(|token| token.takes(&before.mint, &parent.payout));
    let (paid, owed) = if takes { (keep, 0) } else { (0, keep) };
    holds!(
        head.paid == paid && after.owed[at] == owed,
        "the parent was paid {} and is owed {}, not {paid} and {owed}",
        head.paid,
        after.owed[at]
    );
    others(before, after, at)
}

/// Nobody else's share changed.
fn others(before: &PoolLedger, after: &PoolLedger, at: usize) -> Verdict {
    let same = (0..MAX_ROYALTY_PARENTS)
        .filter(|index| *index != at)
        .all(|index| {
            before.credited[index] == after.credited[index]
                && before.owed[index] == after.owed[index]
        });
    holds!(same, "another's share changed");
    Ok(())
}

/// Once everything was forwarded: less than a unit for each entry is left, beside what is owed.
pub fn left(ledger: &PoolLedger, entries: u8, balance: u64) -> Verdict {
    let owed: u64 = ledger.owed.iter().sum();
    let left = balance.saturating_sub(owed);
    holds!(
        left < u64::from(entries.max(1)) && left <= 15,
        "{left} units are left in the pool {} of {entries} parents",
        ledger.pool
    );
    Ok(())
}

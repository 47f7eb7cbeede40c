//! Rule 15: what must be remembered stays, and rent returns to its payer, less a tenth to a stranger.

use std::collections::BTreeMap;

use solana_program::pubkey::Pubkey;

use super::{Taken, Verdict, holds};

pub fn check(taken: &Taken) -> Verdict {
    remembered(taken)?;
    if taken.call.is_some() {
        rents(taken)?;
    }
    Ok(())
}

fn remembered(taken: &Taken) -> Verdict {
    let (before, after) = (taken.before, taken.after);
    let activated = |listing: &Pubkey| {
        let found = before.listings.get(listing);
        found.is_some_and(|listing| listing.activated_slot != 0)
    };
    let kept = [
        before
            .listings
            .keys()
            .all(|key| !activated(key) || after.listings.contains_key(key)),
        before
            .edges
            .iter()
            .all(|(key, edge)| !activated(&edge.child) || after.edges.contains_key(key)),
        before
            .tables
            .iter()
            .all(|(key, table)| !activated(&table.listing) || after.tables.contains_key(key)),
        before
            .ledgers
            .keys()
            .all(|key| after.ledgers.contains_key(key)),
        before
            .ledgers
            .values()
            .all(|ledger| after.tokens.contains_key(&ledger.pool)),
        before
            .profiles
            .keys()
            .all(|key| after.profiles.contains_key(key)),
        before
            .grants
            .keys()
            .all(|key| after.grants.contains_key(key)),
        before
            .reviews
            .keys()
            .all(|key| after.reviews.contains_key(key)),
        before.mints.keys().all(|key| after.mints.contains_key(key)),
        before.rates.keys().all(|key| after.rates.contains_key(key)),
        before
            .epochs
            .keys()
            .all(|key| after.epochs.contains_key(key)),
        before
            .dockets
            .keys()
            .all(|key| after.dockets.contains_key(key)),
    ];
    holds!(
        kept.iter().all(|kept| *kept),
        "something that stays is gone: {kept:?}"
    );
    for (key, order) in &before.orders {
        let closed = !after.orders.contains_key(key);
        holds!(
            !closed || (order.is_final() && after.now > order.valid_until),
            "order {key} was closed before its time"
        );
    }
    Ok(())
}

/// What closed with its rent's payer, and whether a stranger may earn a tenth of that.
fn closed(taken: &Taken) -> Vec<(Pubkey, Pubkey, bool)> {
    let (before, after) = (taken.before, taken.after);
    let mut closed = Vec::new();
    macro_rules! gone {
        ($field:ident) => {
            for (key, account) in &before.$field {
                if !after.$field.contains_key(key) {
                    closed.push((*key, account.rent_payer, true));
                }
            }
        };
    }
    gone!(orders);
    gone!(sessions);
    gone!(listings);
    gone!(edges);
    gone!(tables);
    gone!(points);
    gone!(positions);
    gone!(attestations);
    gone!(disputes);
    gone!(proposals);
    for (key, vote) in &before.votes {
        if !after.votes.contains_key(key) {
            closed.push((*key, vote.owner, true));
        }
    }
    for (key, juror) in &before.jurors {
        if !after.jurors.contains_key(key) {
            closed.push((*key, juror.owner, false));
        }
    }
    for (key, token) in &before.tokens {
        if after.tokens.contains_key(key) {
            continue;
        }
        let order = before
            .orders
            .get(&token.owner)
            .map(|order| order.rent_payer);
        let session = before
            .sessions
            .get(&token.owner)
            .map(|session| session.rent_payer);
        let dispute = before
            .disputes
            .get(&token.owner)
            .map(|dispute| dispute.rent_payer);
        if let Some(payer) = order.or(session).or(dispute) {
            closed.push((*key, payer, false));
        }
    }
    closed
}

fn rents(taken: &Taken) -> Verdict {
    let (before, after) = (taken.before, taken.after);
    let mut least: BTreeMap<Pubkey, u64> = BTreeMap::new();
    for (key, payer, rewards) in closed(taken) {
        let rent = before.lamports(&key);
        let reward = if rewards { rent / 10 } else { 0 };
        *least.entry(payer).or_default() += rent - reward;
    }
    let pools = before.ledgers.values();
    let pools = pools.map(|ledger| (ledger.pool, ledger.rent_payer));
    for (key, payer) in before.rent_payers().into_iter().chain(pools) {
        let (was, is) = (before.lamports(&key), after.lamports(&key));
        let lives = after.is_ours(&key) || after.tokens.contains_key(&key);
        if !lives || is >= was {
            continue;
        }
        // What it held above its rent, and no more.
        holds!(
            was - is == before.excess(&key),
            "{key} lost {} lamports",
            was - is
        );
        *least.entry(payer).or_default() += was - is;
    }
    for (payer, least) in &least {
        let gained = after.lamports(payer).saturating_sub(before.lamports(payer));
        holds!(
            gained >= *least,
            "{payer} got {gained} of at least {least} lamports of rent"
        );
    }
    let is_ours = |call: &crate::call::Call| call.names().next().is_some();
    for key in before.changed(after) {
        if !before.is_wallet(key) || !after.is_wallet(key) {
            continue;
        }
        let (was, is) = (before.lamports(key), after.lamports(key));
        let signed = taken.signed(key);
        // The network's fees are paid by nobody of the cast.
        let lost = is < was && taken.call.is_some_and(|call| call.mentions(key));
        holds!(signed || !lost, "{key} lost lamports without its signature");
        let gained = is > was && taken.call.is_some_and(is_ours);
        holds!(
            !gained || signed || least.contains_key(key),
            "{key} gained another's rent"
        );
    }
    Ok(())
}

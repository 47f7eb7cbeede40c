//! Rule 12: orders and pools are in allowed, clean mints; nobody but a party itself chooses where its part goes; nobody's
//! tokens leave it without its signature.

use common::receipt::flag;
use pedigree_sdk::{events::Event, pda};
use solana_program::pubkey::Pubkey;

use super::{Passage, Taken, Verdict, holds};

pub fn check(taken: &Taken) -> Verdict {
    mints(taken)?;
    for passage in taken.orders {
        if passage.before.is_none() && passage.after.deposited > 0 {
            opened(taken, passage)?;
        }
        destinations(taken, passage)?;
        waiting(taken, passage)?;
    }
    spenders(taken)
}

fn mints(taken: &Taken) -> Verdict {
    let used = taken.after.ledgers.values().map(|ledger| ledger.mint);
    let used = used.chain(taken.after.mints.values().map(|config| config.mint));
    for mint in used {
        holds!(taken.memory.clean.contains(&mint), "{mint} is not clean");
    }
    Ok(())
}

fn opened(taken: &Taken, passage: &Passage) -> Verdict {
    let order = &passage.after;
    let settings = taken
        .before
        .mint(&order.mint)
        .ok_or("its mint was never allowed")?;
    holds!(
        settings.enabled == 1,
        "order {} is in a mint that is not allowed",
        passage.address
    );
    holds!(
        order.deposited <= settings.max_deposit && order.head.decimals == settings.decimals,
        "order {} holds more than its mint allows, or counts other decimals",
        passage.address
    );
    Ok(())
}

/// A part that left a vault went where its party expects it, unless the party signed.
fn destinations(taken: &Taken, passage: &Passage) -> Verdict {
    const MONTH: i64 = 30 * 24 * 60 * 60;
    let Some(before) = &passage.before else {
        return Ok(());
    };
    let after = &passage.after;
    let is_withdrawal = matches!(passage.event, Event::OrderWithdrawn(_));
    if is_withdrawal && before.closed_at > 0 && taken.after.now > before.closed_at + MONTH {
        return Ok(());
    }
    let associated =
        |wallet: &Pubkey| pda::associated_token(wallet, &after.mint, &after.token_program).0;
    let grew = |account: &Pubkey| taken.after.balance(account) > taken.before.balance(account);
    let payee_paid = after.paid > before.paid;
    if payee_paid && !taken.signed(&after.payee) {
        holds!(
            grew(&associated(&after.payee)),
            "the payee's part went to another of its accounts"
        );
    }
    let back = after.refunded > before.refunded;
    if back && !taken.signed(&after.head.owner) {
        let gone = after.head.flags & flag::SESSION != 0
            && !taken.before.tokens.contains_key(&after.source);
        let right = grew(&after.source) || (gone && grew(&associated(&after.head.owner)));
        holds!(right, "the buyer's part went to another of its accounts");
    }
    for (was, is, whose) in [
        (
            before.owner_bond_due,
            after.owner_bond_due,
            &after.head.owner,
        ),
        (before.seller_bond_due, after.seller_bond_due, &after.seller),
    ] {
        holds!(
            is >= was || taken.signed(whose) || grew(&associated(whose)),
            "a bond went to another account of its opener's"
        );
    }
    Ok(())
}

/// What was to be paid and waits does so because the account where its party expects it could not take it, or because the
/// party itself signed.
fn waiting(taken: &Taken, passage: &Passage) -> Verdict {
    let pays = matches!(
        passage.event,
        Event::OrderSettled(_)
            | Event::OrderEnded(_)
            | Event::OrderRefunded(_)
            | Event::OrderWithdrawn(_)
    );
    let (order, tokens) = (&passage.after, &taken.before.tokens);
    let out = tokens.get(&order.vault).is_none_or(|vault| vault.frozen);
    if !pays || out {
        return Ok(());
    }
    let takes = |account: &Pubkey, owner: &Pubkey| {
        let token = tokens.get(account);
        token.is_some_and(|token| token.takes(&order.mint, owner))
    };
    let is_open = |account: &Pubkey| tokens.get(account).is_some_and(|token| !token.frozen);
    let treasury = taken.before.mint(&order.mint);
    let treasury = treasury.is_some_and(|mint| is_open(&mint.treasury));
    let expected = |wallet: &Pubkey| {
        let associated = pda::associated_token(wallet, &order.mint, &order.token_program).0;
        !taken.signed(wallet) && takes(&associated, wallet)
    };
    let owner = &order.head.owner;
    let gone = order.head.flags & flag::SESSION != 0 && !tokens.contains_key(&order.source);
    let source = !taken.signed(owner) && takes(&order.source, &order.head.buyer);
    for (due, could, whose) in [
        (order.paid_due, expected(&order.payee), "payee's part"),
        (
            order.refund_due,
            source || (gone && expected(owner)),
            "buyer's part",
        ),
        (order.owner_bond_due, expected(owner), "owner's bond"),
        (
            order.seller_bond_due,
            expected(&order.seller),
            "seller's bond",
        ),
        (order.fee_due, treasury, "fee"),
        (order.lost_bond_due, treasury, "lost bond"),
        (order.royalty_due, is_open(&order.pool), "royalty"),
    ] {
        holds!(
            due == 0 || !could,
            "the {whose} waits though it could be paid"
        );
    }
    Ok(())
}

/// Whose account holds less than before, other than what our programs' own accounts hold, has signed.
fn spenders(taken: &Taken) -> Verdict {
    let Some(call) = taken.call else {
        return Ok(());
    };
    let (signers, dao) = (call.signers(), pda::dao_authority().0);
    for (key, token) in &taken.before.tokens {
        // What leaves the dao's accounts an event says: see the flows.
        let programs_own = token.owner == dao || taken.before.is_ours(&token.owner);
        if taken.after.balance(key) >= token.amount || programs_own {
            continue;
        }
        holds!(
            signers.contains(&token.owner),
            "{key} was emptied without its owner"
        );
    }
    for (address, session) in &taken.before.sessions {
        let vault = session.vault;
        if taken.after.balance(&vault) >= taken.before.balance(&vault) {
            continue;
        }
        let closes = !taken.after.sessions.contains_key(address);
        let over = taken.after.now >= session.expires_at;
        let may = if closes {
            signers.contains(&session.owner) || over
        } else {
            signers.contains(&session.key) && session.revoked == 0 && !over
        };
        holds!(may, "the vault of session {address} was spent");
    }
    Ok(())
}

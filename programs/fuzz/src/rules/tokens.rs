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

/// Whose account holds less than before, other than what our programs' own accounts hold, has signed.
fn spenders(taken: &Taken) -> Verdict {
    let Some(call) = taken.call else {
        return Ok(());
    };
    let signers = call.signers();
    for (key, token) in &taken.before.tokens {
        if taken.after.balance(key) >= token.amount || taken.before.is_ours(&token.owner) {
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

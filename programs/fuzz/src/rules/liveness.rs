//! Rule 2: once every deadline is over strangers alone bring everything to its end; what still waits waits for a token
//! account, and for one of its own party alone.

use escrow::state::{Order, Session};
use pedigree_sdk::pda;
use solana_program::pubkey::Pubkey;

use super::{Verdict, bonds, held, holds, pools};
use crate::state::{State, Token};

/// Whether all that strangers can end has ended.
pub fn ended(state: &State) -> Verdict {
    for (address, order) in &state.orders {
        finished(state, order).map_err(|what| format!("order {address}: {what}: {order:#?}"))?;
    }
    for (address, session) in &state.sessions {
        holds!(
            waits(state, session),
            "session {address} is still open: {session:#?}"
        );
    }
    for (address, listing) in &state.listings {
        let draft = listing.activated_slot == 0;
        holds!(!draft, "draft {address} cannot be cleared away");
    }
    Ok(())
}

/// Whether everything that can be forwarded was.
pub fn emptied(state: &State) -> Verdict {
    for (address, ledger) in &state.ledgers {
        let table = state.table_of(ledger).ok_or("a pool without a table")?;
        pools::left(ledger, table.len, state.balance(&ledger.pool))?;
        for (entry, owed) in table.entries.iter().zip(ledger.owed) {
            let parent = state.listings.get(&entry.parent);
            let payout = parent.map_or(Pubkey::default(), |parent| parent.payout);
            let account = associated(state, &ledger.token_program, &ledger.mint, &payout);
            let takes = account.is_some_and(|token| token.takes(&ledger.mint, &payout));
            holds!(
                owed == 0 || !takes,
                "ledger {address} owes {owed} to who could take it"
            );
        }
    }
    Ok(())
}

fn finished(state: &State, order: &Order) -> Verdict {
    holds!(order.is_final(), "it has no end");
    let takes = |owner: &Pubkey| state.takers(&order.mint, owner).next().is_some();
    // Of a session the vault that paid, while there is one.
    let source = state.tokens.get(&order.source);
    let owner = takes(&order.head.owner)
        || source.is_some_and(|source| source.takes(&order.mint, &order.head.buyer));
    let treasury = state
        .mint(&order.mint)
        .and_then(|settings| state.tokens.get(&settings.treasury))
        .is_some_and(|treasury| !treasury.frozen);
    let pool = state
        .tokens
        .get(&order.pool)
        .is_some_and(|pool| !pool.frozen);
    for (due, taken, whose) in [
        (order.paid_due, takes(&order.payee), "payee"),
        (order.fee_due, treasury, "treasury"),
        (order.royalty_due, pool, "pool"),
        (order.refund_due, owner, "owner"),
        (
            order.owner_bond_due,
            takes(&order.head.owner),
            "bond's owner",
        ),
        (order.seller_bond_due, takes(&order.seller), "bond's seller"),
        (order.lost_bond_due, treasury, "treasury"),
    ] {
        holds!(
            due == 0 || !taken,
            "{due} wait though the {whose} could take them"
        );
    }
    let empty = held(order) == Some(0) && bonds(order) == 0;
    let is_open = state.tokens.contains_key(&order.vault);
    holds!(
        !empty || !is_open || !treasury,
        "its vault is empty and open"
    );
    Ok(())
}

/// Whether a session waits for an account of its owner's.
fn waits(state: &State, session: &Session) -> bool {
    state.takers(&session.mint, &session.owner).next().is_none()
}

fn associated<'a>(
    state: &'a State,
    program: &Pubkey,
    mint: &Pubkey,
    wallet: &Pubkey,
) -> Option<&'a Token> {
    let (address, _) = pda::associated_token(wallet, mint, program);
    state.tokens.get(&address)
}

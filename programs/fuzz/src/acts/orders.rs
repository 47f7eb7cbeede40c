//! Orders on their way: delivered, settled, refunded, paid, closed.

use std::rc::Rc;

use common::receipt::mode;
use escrow::{constants::SEALED_KEY_LEN, state::Order};
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    cast::Role,
    scene::{Scene, could},
    state::State,
};

/// The authority or the operator of an order's listing.
pub fn seller(scene: &mut Scene, listing: &Pubkey) -> Option<Pubkey> {
    let listing = scene.state().listings.get(listing)?;
    let operator = Some(listing.operator).filter(|key| scene.world.cast.has(key));
    let right = operator
        .filter(|_| scene.dice.chance(60))
        .unwrap_or(listing.authority);
    Some(scene.signer(&right))
}

/// Mostly a stranger, else anyone.
fn cranker(scene: &mut Scene) -> Pubkey {
    scene.mostly(Role::Stranger)
}

pub fn deliver(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, order) = scene.order(|order| {
        let undelivered = order.head.mode == mode::ONE_TIME && order.delivered_at == 0;
        undelivered && !order.is_final() && now <= order.deliver_by
    })?;
    let seller = seller(scene, &order.head.listing)?;
    let known = order.content_hash != [0; 32];
    let content = if known {
        order.content_hash
    } else {
        scene.dice.bytes()
    };
    let content = scene.or(content, |scene| scene.dice.pick([[0; 32], [1; 32]]));
    let wants_key = order.buyer_key != [0; 32];
    let sealed = scene.or(wants_key, |_| !wants_key);
    let sealed = if sealed {
        [8; SEALED_KEY_LEN]
    } else {
        [0; SEALED_KEY_LEN]
    };
    Some(ix::deliver(
        &seller,
        &order.head.listing,
        &address,
        content,
        sealed,
    ))
}

/// By its owner, who accepts, or by others once that is possible.
pub fn settle(scene: &mut Scene) -> Option<Instruction> {
    let (now, accepts) = (scene.now(), scene.dice.chance(25));
    let (address, order) =
        scene.order(|order| could(order, |order| order.settle(now, accepts).is_ok()))?;
    let cranker = if accepts {
        scene.signer(&order.head.owner)
    } else {
        cranker(scene)
    };
    let mut settle = ix::settle(&cranker, &address, &order);
    redirect(scene, &order, &mut settle);
    Some(settle)
}

pub fn refund(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, order) =
        scene.order(|order| could(order, |order| order.give_back(now, false, None).is_ok()))?;
    let mut refund = ix::refund(&cranker(scene), &address, &order);
    redirect(scene, &order, &mut refund);
    Some(refund)
}

/// A part or everything, by who sold it.
pub fn refund_by_seller(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, order) =
        scene.order(|order| could(order, |order| order.give_back(now, true, None).is_ok()))?;
    let most = order.undecided().unwrap_or(0);
    let amount = scene.dice.chance(75).then(|| scene.amount(most));
    let seller = scene.signer(&order.seller);
    Some(ix::refund_by_seller(&seller, &address, &order, amount))
}

/// What waits, by anyone; a party may name an account of its own.
pub fn withdraw(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (address, order) = scene.order(|order| {
        let waits = order.due().is_ok_and(|due| due > 0) || order.bond_due() > 0;
        waits || (order.is_final() && state.tokens.contains_key(&order.vault))
    })?;
    let party = scene.dice.pick([order.payee, order.head.owner]);
    let (cranker, own) = if scene.dice.chance(40) {
        let takers: Vec<_> = state.takers(&order.mint, &party).copied().collect();
        (scene.signer(&party), scene.dice.choose(&takers).copied())
    } else {
        (cranker(scene), None)
    };
    let mut withdraw = ix::withdraw(&cranker, &address, &order, own);
    if scene.dice.chance(25) {
        to_those_who_take(state, &order, &mut withdraw);
    }
    redirect(scene, &order, &mut withdraw);
    Some(withdraw)
}

pub fn close_order(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (address, order) = scene.order(|order| {
        let gone = !state.tokens.contains_key(&order.vault);
        gone && order.check_closable(now, true).is_ok()
    })?;
    let closer = if scene.dice.chance(60) {
        order.head.owner
    } else {
        cranker(scene)
    };
    Some(ix::close_order(&closer, &address, &order))
}

/// Blindly another account for payee or buyer: of its own, or of somebody else; or none.
fn redirect(scene: &mut Scene, order: &Order, instruction: &mut Instruction) {
    if !scene.blind() {
        return;
    }
    let right = scene.dice.pick([payee_account(order), order.source]);
    let accounts: Vec<_> = scene.state().tokens.keys().copied().collect();
    let other = scene.dice.choose(&accounts).copied().unwrap_or(right);
    let other = if scene.dice.chance(30) {
        instruction.program_id
    } else {
        other
    };
    swap(instruction, &right, &other);
}

fn payee_account(order: &Order) -> Pubkey {
    pda::associated_token(&order.payee, &order.mint, &order.token_program).0
}

/// Names accounts of payee and owner that can take what is due to them, where those expected cannot.
pub fn to_those_who_take(state: &State, order: &Rc<Order>, instruction: &mut Instruction) {
    let parties = [
        (payee_account(order), order.payee),
        (order.source, order.head.owner),
    ];
    for (expected, owner) in parties {
        let takes = |key: &Pubkey| {
            let token = state.tokens.get(key);
            token.is_some_and(|token| {
                token.takes(&order.mint, &owner)
                    || (*key == order.source && token.takes(&order.mint, &order.head.buyer))
            })
        };
        if !takes(&expected)
            && let Some(other) = state.takers(&order.mint, &owner).next()
        {
            swap(instruction, &expected, other);
        }
    }
}

fn swap(instruction: &mut Instruction, from: &Pubkey, to: &Pubkey) {
    for meta in instruction
        .accounts
        .iter_mut()
        .filter(|meta| meta.pubkey == *from)
    {
        meta.pubkey = *to;
    }
}

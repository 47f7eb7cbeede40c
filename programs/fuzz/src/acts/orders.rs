//! Orders on their way: delivered, settled, refunded, paid, closed.

use common::receipt::mode;
use escrow::{constants::SEALED_KEY_LEN, state::Order};
use pedigree_sdk::{
    instructions::{escrow as ix, reward as on_reward},
    pda,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    call::Call,
    cast::Role,
    idl,
    scene::{Scene, could},
    state::State,
};

/// The authority or the operator of an order's listing, or who sold it.
pub fn seller(scene: &mut Scene, order: &Order) -> Option<Pubkey> {
    let listing = scene.state().listings.get(&order.head.listing)?;
    let operator = Some(listing.operator).filter(|key| scene.world.cast.has(key));
    let right = operator
        .filter(|_| scene.dice.chance(60))
        .unwrap_or_else(|| scene.dice.pick([listing.authority, order.seller]));
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
    let seller = seller(scene, &order)?;
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

/// What is mature, by anyone, or all of it, accepted by the owner as it saw the order.
pub fn settle(scene: &mut Scene) -> Option<Instruction> {
    let (now, accepts) = (scene.now(), scene.dice.chance(25));
    let (address, order) =
        scene.order(|order| could(order, |order| order.settle(now, accepts).is_ok()))?;
    let mut settle = if accepts {
        let owner = scene.signer(&order.head.owner);
        let mut seen = *order;
        seen.head.seq = scene.or(seen.head.seq, |_| order.head.seq.saturating_sub(1));
        ix::accept(&owner, &address, &seen)
    } else {
        let stranger = cranker(scene);
        let cranker = scene.dice.pick([stranger, stranger, order.head.owner]);
        ix::settle(&cranker, &address, &order)
    };
    redirect(scene, &mut settle);
    Some(settle)
}

pub fn refund(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, order) =
        scene.order(|order| could(order, |order| order.give_back(now, false, None).is_ok()))?;
    let mut refund = ix::refund(&cranker(scene), &address, &order);
    redirect(scene, &mut refund);
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
        let waits =
            order.due().is_ok_and(|due| due > 0) || order.bonds_due().is_ok_and(|due| due > 0);
        waits || (order.is_final() && state.tokens.contains_key(&order.vault))
    })?;
    let party = scene
        .dice
        .pick([order.payee, order.head.owner, order.seller]);
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
    redirect(scene, &mut withdraw);
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

/// Blindly another account for one of the parties: of its own, or of somebody else; or none.
fn redirect(scene: &mut Scene, instruction: &mut Instruction) {
    if !scene.blind() {
        return;
    }
    let accounts: Vec<_> = scene.state().tokens.keys().copied().collect();
    let other = scene.dice.choose(&accounts).copied();
    let other = other
        .filter(|_| scene.dice.chance(70))
        .unwrap_or(instruction.program_id);
    let whose = [
        "payee_account",
        "buyer_account",
        "owner_account",
        "seller_account",
    ];
    idl::give(instruction, scene.dice.pick(whose), &other);
}

/// Names accounts of the parties that can take what is due to them, where those expected cannot.
pub fn to_those_who_take(state: &State, order: &Order, instruction: &mut Instruction) {
    let parties = [
        ("payee_account", order.payee),
        ("owner_account", order.head.owner),
        ("seller_account", order.seller),
    ];
    for (name, owner) in parties {
        let associated = pda::associated_token(&owner, &order.mint, &order.token_program).0;
        let takes = |key: &Pubkey| {
            let token = state.tokens.get(key);
            token.is_some_and(|token| token.takes(&order.mint, &owner))
        };
        let other = state.takers(&order.mint, &owner).next();
        let given = Some(&associated).filter(|key| takes(key)).or(other);
        idl::give(instruction, name, given.unwrap_or(&associated));
    }
}

/// Anyone records the fee of what is settled, after opening the epoch of now where nobody has.
pub fn record_fees(scene: &mut Scene) -> Option<Call> {
    let state = scene.state();
    let credits = |order: &Order| {
        let mut rates = state.rates.values();
        let rate = rates.find(|rate| rate.mint == order.mint);
        let credit = rate.and_then(|rate| reward::math::credit(order.fee_paid, rate.rate));
        credit > Some(0) && order.payee != order.head.owner
    };
    let (address, order) =
        scene.order(|order| credits(order) && could(order, |order| order.record_fees().is_ok()))?;
    let payer = scene.mostly(Role::Stranger);
    let epoch = state.epoch()?;
    let mut call = Call::of(ix::record_fees(&payer, &address, &order, epoch));
    if !state.epochs.contains_key(&pda::epoch(epoch).0) {
        call.instructions
            .insert(0, on_reward::open_epoch(&payer, epoch));
    }
    Some(call)
}

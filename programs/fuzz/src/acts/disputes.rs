//! Disputes.

use common::dispute::dispute_status;
use escrow::state::Order;
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    cast::Role,
    scene::{Scene, could},
};

/// Mostly by the owner, who may take the place of the seller.
pub fn open_dispute(scene: &mut Scene) -> Option<Instruction> {
    let (now, by_owner) = (scene.now(), scene.dice.chance(65));
    let (address, order) =
        scene.order(|order| could(order, |order| order.contest(now, by_owner).is_ok()))?;
    let right = if by_owner {
        order.head.owner
    } else {
        order.seller
    };
    let opener = scene.signer(&right);
    let source = pda::associated_token(&opener, &order.mint, &order.token_program).0;
    Some(ix::open_dispute(
        &opener, &address, &order, &source, [6; 32],
    ))
}

pub fn concede(scene: &mut Scene) -> Option<Instruction> {
    let (address, order) = scene.order(|order| order.contested > 0)?;
    let party = scene.dice.pick([order.seller, order.head.owner]);
    // Now and then it saw the order before the last event.
    let mut seen = *order;
    seen.head.seq = scene.or(seen.head.seq, |_| order.head.seq.wrapping_sub(1));
    Some(ix::concede(&scene.signer(&party), &address, &seen))
}

/// Where the dao keeps an order's last dispute.
pub fn dispute_of(address: &Pubkey, order: &Order) -> Pubkey {
    pda::dispute(address, order.disputes).0
}

/// What the dao has ruled on, or is at.
pub fn apply_ruling(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (address, order) = scene.find(&state.orders, |address, order| {
        let ruling = state.rulings.get(&dispute_of(address, order));
        order.contested > 0 && ruling.is_some_and(|head| head.status != dispute_status::OPEN)
    })?;
    let cranker = scene.mostly(Role::Stranger);
    let number = scene.or(order.disputes, |_| order.disputes + 1);
    Some(ix::apply_ruling(&cranker, &address, number))
}

pub fn lapse_dispute(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let now = scene.now();
    let (address, order) = scene.find(&state.orders, |address, order| {
        let late = order.contested > 0 && now >= order.arbitrate_by;
        late && state
            .rulings
            .get(&dispute_of(address, order))
            .is_none_or(|ruling| ruling.status != dispute_status::FINAL)
    })?;
    let cranker = scene.mostly(Role::Stranger);
    let number = scene.or(order.disputes, |_| order.disputes + 1);
    Some(ix::lapse_dispute(&cranker, &address, number))
}

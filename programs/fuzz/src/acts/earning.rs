//! Metered orders, subscriptions and leases: top-ups, vouchers, heartbeats, ends.

use common::receipt::{mode, state as order_state};
use escrow::{constants::MAX_HEARTBEATS, state::Order};
use pedigree_sdk::{
    instructions::escrow as ix,
    pda,
    voucher::{self, Voucher},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::orders::seller;
use crate::{
    call::Call,
    cast::Role,
    scene::{Scene, could},
    world::GENESIS,
};

pub fn top_up(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (address, order) = scene.order(|order| {
        order.head.mode == mode::METERED
            && order.head.state == order_state::FUNDED
            && now < order.ends_at
    })?;
    let amount = scene.amount(1_000_000);
    let session = state
        .sessions
        .get(&order.head.buyer)
        .filter(|_| scene.dice.chance(70));
    let (payer, source, session) = match session {
        Some(session) => (session.key, session.vault, Some(order.head.buyer)),
        None => {
            let owner = order.head.owner;
            let source = pda::associated_token(&owner, &order.mint, &order.token_program).0;
            (owner, source, None)
        }
    };
    let payer = scene.signer(&payer);
    Some(ix::top_up(
        &payer, &address, &order, &source, session, amount,
    ))
}

/// One voucher to three, of one seller, in one transaction.
pub fn redeem(scene: &mut Scene) -> Option<Call> {
    let (state, now) = (scene.state(), scene.now());
    let fits = |order: &Order| {
        let (sequence, cumulative) = (order.sequence + 1, order.earned.saturating_add(1));
        could(order, |order| {
            order.redeem(now, sequence, cumulative).is_ok()
        })
    };
    let (first, order) = scene.order(fits)?;
    let seller = seller(scene, &order)?;
    let mut orders = vec![(first, *order)];
    let more = scene.dice.pick([0, 0, 1, 2]);
    let others = state.orders.iter().filter(|(address, order)| {
        let sells = state
            .listings
            .get(&order.head.listing)
            .is_some_and(|listing| listing.authority == seller || listing.operator == seller)
            || order.seller == seller;
        **address != first && sells && fits(order)
    });
    orders.extend(
        others
            .map(|(address, order)| (*address, **order))
            .take(more),
    );
    let genesis = scene.or(GENESIS, |_| [6; 32]);
    let mut call = Call::default();
    let mut vouchers = Vec::new();
    for (address, order) in orders {
        let key = Pubkey::new_from_array(order.buyer_key);
        let signer = scene.signer(&key);
        let (sequence, cumulative) = statement(scene, &order);
        let Some(keypair) = scene.world.cast.keypair(&signer) else {
            continue;
        };
        let born = order.head.born_slot;
        let born = scene.or(born, |_| born.wrapping_sub(1));
        let voucher = Voucher::sign(keypair, &genesis, &address, born, sequence, cumulative);
        if signer == key && genesis == GENESIS {
            call.signed.push((address, born, sequence, cumulative));
        }
        // Now and then it is told to be another than was signed.
        let told = scene.or(voucher, |scene| {
            let raised = voucher.cumulative.saturating_add(1);
            let later = voucher.sequence.saturating_add(1);
            scene.dice.pick([
                Voucher {
                    cumulative: raised,
                    ..voucher
                },
                Voucher {
                    sequence: later,
                    ..voucher
                },
            ])
        });
        vouchers.push((voucher, told, order.head.listing, signer));
    }
    let signed: Vec<_> = vouchers
        .iter()
        .map(|(v, _, listing, key)| (*v, *listing, *key))
        .collect();
    let told: Vec<_> = vouchers
        .iter()
        .map(|(_, t, listing, key)| (*t, *listing, *key))
        .collect();
    if signed.is_empty() {
        return None;
    }
    let at = scene.or(0, |scene| scene.dice.pick([1, 9]));
    call.instructions = voucher::redeem_all(&seller, &genesis, &told, at);
    call.instructions[0] = voucher::redeem_all(&seller, &genesis, &signed, at).swap_remove(0);
    Some(call)
}

/// A sequence and an amount above the last ones, that the order can pay.
fn statement(scene: &mut Scene, order: &Order) -> (u64, u64) {
    let next = order.sequence + scene.dice.pick([1, 1, 7]);
    let rest = order.rest().unwrap_or(0);
    let more = scene.amount(rest);
    let sequence = scene.or(next, |_| order.sequence);
    (sequence, order.earned.saturating_add(more))
}

/// All leases, or some, that one key speaks for.
pub fn authorise(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let fits = |order: &Order| could(order, |order| order.authorise(now).is_ok());
    let (first, order) = scene.order(fits)?;
    let leases = batch(scene, first, |other| {
        other.buyer_key == order.buyer_key && fits(other)
    });
    let key = scene.signer(&Pubkey::new_from_array(order.buyer_key));
    Some(ix::authorise(&key, &leases))
}

/// All leases of a listing, or some, whose last interval can be confirmed.
pub fn confirm(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let fits = |order: &Order| could(order, |order| order.confirm(now).is_ok());
    let (first, order) = scene.order(fits)?;
    let listing = order.head.listing;
    let leases = batch(scene, first, |other| {
        other.head.listing == listing && fits(other)
    });
    let seller = seller(scene, &order)?;
    Some(ix::confirm(&seller, &listing, &leases))
}

fn batch(scene: &mut Scene, first: Pubkey, fits: impl Fn(&Order) -> bool) -> Vec<Pubkey> {
    let orders = scene.state().orders.iter();
    let others = orders.filter(|(address, order)| **address != first && fits(order));
    let most = scene.dice.pick([1, 3, MAX_HEARTBEATS]);
    let mut leases = vec![first];
    leases.extend(others.map(|(address, _)| *address));
    leases.truncate(most);
    if scene.blind() {
        match scene.dice.below(3) {
            0 => leases.clear(),
            1 => leases.push(first),
            _ => leases = vec![first; MAX_HEARTBEATS + 1],
        }
    }
    leases
}

pub fn end(scene: &mut Scene) -> Option<Instruction> {
    let (now, by_owner) = (scene.now(), scene.dice.chance(60));
    let (address, order) =
        scene.order(|order| could(order, |order| order.end(now, by_owner).is_ok()))?;
    let right = if by_owner {
        order.head.owner
    } else {
        order.seller
    };
    let party = scene.or(right, |scene| scene.mostly(Role::Stranger));
    Some(ix::end(&party, &address, &order))
}

//! The reward program: epochs and what they bring, positions, attestations.

use std::rc::Rc;

use common::dispute::{DisputeHead, DocketHead};
use pedigree_sdk::{instructions::reward as ix, pda};
use reward::{
    instructions::AttestArgs,
    state::{Attestation, Position, epoch_status, verdict},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{cast::Role, scene::Scene, state::State, world::token};

/// Once for the epoch of now, and seldom again.
pub fn open_epoch(scene: &mut Scene) -> Option<Instruction> {
    let index = scene.state().epoch()?;
    let is_open = scene.state().epochs.contains_key(&pda::epoch(index).0);
    if is_open && !scene.dice.chance(5) {
        return None;
    }
    let index = scene.or(index, |_| index + 1);
    Some(ix::open_epoch(&scene.mostly(Role::Stranger), index))
}

pub fn finish_epoch(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (_, epoch) = scene.find(&scene.state().epochs, |_, epoch| {
        epoch.check_over(now).is_ok()
    })?;
    Some(ix::finish_epoch(epoch.index))
}

pub fn expire_epoch(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (_, epoch) = scene.find(&scene.state().epochs, |_, epoch| {
        epoch.check_expired(now).is_ok()
    })?;
    Some(ix::expire_epoch(epoch.index))
}

/// Mostly while it is open, by a stranger to where the owner expects it, or by the owner.
pub fn claim(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (_, points) = scene.find(&state.points, |_, points| {
        let epoch = state.epochs.get(&pda::epoch(points.epoch).0);
        epoch
            .is_some_and(|epoch| epoch.status == epoch_status::FINISHED && now <= epoch.claim_until)
    })?;
    let (owner, by_owner) = (points.owner, scene.dice.chance(40));
    let cranker = if by_owner {
        scene.signer(&owner)
    } else {
        scene.mostly(Role::Stranger)
    };
    let own = by_owner.then(|| a_taker(scene, &owner)).flatten();
    let own = scene.or(own, |scene| {
        let other = scene.anyone();
        a_taker(scene, &other)
    });
    let payer = scene.or(points.rent_payer, Scene::anyone);
    Some(ix::claim(
        &cranker,
        &owner,
        points.epoch,
        own.as_ref(),
        &payer,
    ))
}

pub fn close_points(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (_, points) = scene.find(&state.points, |_, points| {
        let epoch = state.epochs.get(&pda::epoch(points.epoch).0);
        epoch.is_some_and(|epoch| epoch.status == epoch_status::EXPIRED)
    })?;
    let closer = scene.mostly(Role::Stranger);
    let payer = scene.or(points.rent_payer, Scene::anyone);
    Some(ix::close_points(
        &closer,
        &points.owner,
        points.epoch,
        &payer,
    ))
}

/// What nobody but escrow may send.
pub fn record_alone(scene: &mut Scene) -> Option<Instruction> {
    let index = scene.state().epoch()?;
    let (address, order) = scene.order(|order| order.fee_paid > 0)?;
    let payer = scene.mostly(Role::Stranger);
    let (publisher, buyer) = (order.payee, order.head.owner);
    let mut record = ix::record_fees(&payer, &address, &order.mint, &publisher, &buyer, index);
    for meta in record.accounts.iter_mut().filter(|m| m.pubkey != payer) {
        meta.is_signer = false;
    }
    Some(record)
}

pub fn lock(scene: &mut Scene) -> Option<Instruction> {
    scene.state().reward_config()?;
    let owner = scene.mostly(Role::Voter);
    let source = token().associated(&owner);
    let held = scene.state().balance(&source);
    if held == 0 {
        return None;
    }
    let id = scene.dice.below(6);
    if scene
        .state()
        .positions
        .contains_key(&pda::position(&owner, id).0)
        && !scene.dice.chance(10)
    {
        return None;
    }
    let most = (held / 2).max(1);
    let amount = scene.amount(most);
    let payer = scene.payer(&owner);
    Some(ix::lock(&owner, &payer, &source, id, amount))
}

pub fn request_unlock(scene: &mut Scene) -> Option<Instruction> {
    let (_, position) = a_position(scene, |position| !position.is_unlocking())?;
    Some(ix::request_unlock(
        &scene.signer(&position.owner),
        position.id,
    ))
}

/// Where the owner likes, which may be another's account.
pub fn withdraw_position(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (_, position) = a_position(scene, |position| position.check_withdrawable(now).is_ok())?;
    let owner = scene.signer(&position.owner);
    let to = a_taker(scene, &position.owner);
    let to = scene.or(to, |scene| {
        let other = scene.anyone();
        a_taker(scene, &other)
    })?;
    let payer = scene.or(position.rent_payer, Scene::anyone);
    Some(ix::withdraw_position(&owner, position.id, &to, &payer))
}

/// Of what is in force of an activated listing, or blindly of something else.
pub fn attest(scene: &mut Scene) -> Option<Instruction> {
    let least = scene.state().reward_config()?.min_stake;
    let (_, position) = a_position(scene, |position| {
        !position.is_unlocking() && position.amount.saturating_sub(position.staked) >= least
    })?;
    let (listing, found) = scene.listing(|_, listing| listing.activated_slot > 0)?;
    let free = position.amount.saturating_sub(position.staked);
    let stake = least + scene.dice.below(free.saturating_sub(least).min(20_000) + 1);
    let verdict = scene
        .dice
        .pick([verdict::GOOD, verdict::GOOD, verdict::BAD]);
    let args = AttestArgs {
        verdict: scene.or(verdict, |scene| scene.dice.pick([0, 3])),
        version: scene.or(found.version, |_| found.version + 1),
        manifest_hash: scene.or(found.manifest_hash, |_| [9; 32]),
        evidence_hash: scene.dice.bytes(),
        stake: scene.or(stake, |scene| scene.dice.pick([0, least - 1, free + 1])),
    };
    let owner = scene.signer(&position.owner);
    let payer = scene.payer(&owner);
    Some(ix::attest(&owner, &payer, position.id, &listing, args))
}

/// Mostly where a ruling contradicts it; a tenth goes where who calls likes.
pub fn slash(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (_, attestation) = scene.find(&state.attestations, |_, attestation| {
        contrary(state, attestation).is_some()
    })?;
    let number = contrary(state, &attestation).map_or(1, |head| head.number);
    let number = scene.or(number, |_| number + 1);
    let caller = scene.mostly(Role::Stranger);
    let to = a_taker(scene, &caller)?;
    let payer = scene.or(attestation.rent_payer, Scene::anyone);
    let Attestation {
        position,
        listing,
        version,
        ..
    } = *attestation;
    Some(ix::slash_attestation(
        &position, &listing, version, number, &to, &payer,
    ))
}

/// The ruling that contradicts an attestation.
pub fn contrary(state: &State, attestation: &Attestation) -> Option<DisputeHead> {
    let mut rulings = state.rulings.values();
    rulings
        .find(|ruling| {
            ruling.subject == attestation.listing
                && ruling.subject_hash == attestation.subject_hash
                && attestation.is_contradicted(ruling)
        })
        .copied()
}

pub fn close_attestation(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (_, attestation) = scene.find(&state.attestations, |_, attestation| {
        let docket = docket(state, &attestation.listing);
        attestation.check_closable(docket.as_ref(), now).is_ok()
    })?;
    let closer = scene.mostly(Role::Stranger);
    let payer = scene.or(attestation.rent_payer, Scene::anyone);
    let Attestation {
        position,
        listing,
        version,
        ..
    } = *attestation;
    Some(ix::close_attestation(
        &closer, &position, &listing, version, &payer,
    ))
}

/// What the dao remembers of a subject's disputes.
pub fn docket(state: &State, subject: &Pubkey) -> Option<DocketHead> {
    state
        .dockets
        .get(&pda::docket(subject).0)
        .map(|docket| docket.head)
}

pub fn a_position(
    scene: &mut Scene,
    fits: impl Fn(&Position) -> bool,
) -> Option<(Pubkey, Rc<Position>)> {
    scene.find(&scene.state().positions, |_, position| fits(position))
}

/// A token account of this owner's that takes the token.
pub fn a_taker(scene: &mut Scene, owner: &Pubkey) -> Option<Pubkey> {
    let mint = token().address;
    let takers: Vec<_> = scene.state().takers(&mint, owner).copied().collect();
    scene.dice.choose(&takers).copied()
}

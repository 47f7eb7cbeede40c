//! The court: cases of orders and versions, votes that are committed and revealed, appeals, ends, and what is paid then.
//!
//! What a juror votes, and its salt, follow from where its record is: whoever knows that knows what to reveal.

use std::rc::Rc;

use common::{dispute::dispute_status, hash::sha256, voting::MIN_AGE};
use dao::state::{Dispute, NOT_REVEALED, bond_state, case, direction, round_status};
use pedigree_sdk::{instructions::dao as ix, pda};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    disputes::dispute_of,
    rewards::{a_taker, docket},
    times::phases,
};
use crate::{cast::Role, memory::Seat, scene::Scene, state::State};

/// Of an order in dispute, by anyone.
pub fn open_order_case(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    state.dao_config()?;
    let (address, order) = scene.find(&state.orders, |address, order| {
        order.contested > 0 && !state.rulings.contains_key(&dispute_of(address, order))
    })?;
    let payer = scene.mostly(Role::Stranger);
    let number = scene.or(order.disputes, |_| order.disputes + 1);
    Some(ix::open_order_case(&payer, &address, number))
}

/// Mostly of a version that somebody attested.
pub fn open_version_case(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    state.dao_config().filter(|_| !is_busy(scene))?;
    let attested = |key: &Pubkey| state.attestations.values().any(|a| a.listing == *key);
    let open = |key: &Pubkey| docket(state, key).is_some_and(|docket| docket.open > 0);
    let (listing, found) = scene
        .listing(|key, listing| listing.activated_slot > 0 && attested(key) && !open(key))
        .or_else(|| scene.listing(|_, listing| listing.activated_slot > 0))?;
    let opener = scene.mostly(Role::Voter);
    let (payer, source) = (scene.payer(&opener), a_taker(scene, &opener)?);
    let number = next_number(scene, &listing);
    let version = scene.or(found.version, |_| found.version + 1);
    Some(ix::open_version_case(
        &opener,
        &payer,
        &source,
        &listing,
        number,
        version,
        found.manifest_hash,
    ))
}

/// Whether so many cases are open that another would only take votes from them.
pub fn is_busy(scene: &mut Scene) -> bool {
    let open = scene.state().disputes.values();
    let open = open.filter(|dispute| dispute.head.status == dispute_status::OPEN);
    open.count() >= 3 && !scene.dice.chance(10)
}

/// One more than a subject's docket has.
pub fn next_number(scene: &mut Scene, subject: &Pubkey) -> u16 {
    let next = docket(scene.state(), subject).map_or(1, |docket| docket.disputes + 1);
    scene.or(next, |_| next + 1)
}

/// A dispute that is open and of which something holds; blindly any.
fn open_dispute(
    scene: &mut Scene,
    fits: impl Fn(&Pubkey, &Dispute) -> bool,
) -> Option<(Pubkey, Rc<Dispute>)> {
    scene.find(&scene.state().disputes, |key, dispute| {
        dispute.head.status == dispute_status::OPEN && fits(key, dispute)
    })
}

pub fn submit_evidence(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, _) = open_dispute(scene, |_, dispute| now < phases(dispute)[0])?;
    let submitter = scene.anyone();
    Some(ix::submit_evidence(
        &submitter,
        &address,
        scene.dice.bytes(),
    ))
}

/// What a record commits to: mostly what most of its round do.
fn ballot(dispute: &Pubkey, of: &Dispute, round: u8, juror: &Pubkey) -> (u8, [u8; 32]) {
    let [key, subject] = [juror, dispute].map(Pubkey::as_ref);
    let shared = subject[usize::from(round)] / 8;
    let drawn = if key[0] < 160 { shared } else { key[1] / 8 };
    let choice = match of.case {
        case::ORDER => drawn % 5,
        // Complaints are mostly upheld.
        _ if drawn % 3 == 0 => 0,
        _ => 4,
    };
    (choice, sha256(&[key]))
}

/// By the owner of a position with weight, in time; blindly of one without, or another's commitment.
pub fn commit(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (address, dispute) = open_dispute(scene, |_, dispute| {
        let [evidence, commit, ..] = phases(dispute);
        (evidence..commit).contains(&now)
    })?;
    let (round, began) = (dispute.round, current(&dispute).starts_at);
    let record = |position: &Pubkey| pda::juror(&address, round, position).0;
    let known = &scene.world.memory.jurors;
    let voted = |position: &Pubkey| {
        known.values().any(|seat| {
            let here = (seat.dispute, seat.round, seat.born_slot);
            seat.position == *position && here == (address, round, dispute.head.born_slot)
        })
    };
    let (position, found) = scene.find(&state.positions, |key, position| {
        let old = position.locked_at + MIN_AGE <= began;
        old && position.unlock_at == 0 && position.amount > 0 && !voted(key)
    })?;
    let owner = scene.signer(&found.owner);
    let source = a_taker(scene, &owner)?;
    let own = record(&position);
    let juror = scene.or(own, |scene| {
        let others: Vec<_> = state.jurors.keys().copied().collect();
        scene.dice.choose(&others).copied().unwrap_or(own)
    });
    let (choice, salt) = ballot(&address, &dispute, round, &juror);
    let born = dispute.head.born_slot;
    let hash = ix::commitment(&address, born, round, &position, choice, &salt);
    Some(ix::commit(
        &owner, &position, &address, round, &source, hash,
    ))
}

fn current(dispute: &Dispute) -> &dao::state::Round {
    &dispute.rounds[usize::from(dispute.round)]
}

/// By anyone; blindly of another choice or another round. Some never are.
pub fn reveal(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let known = &scene.world.memory.jurors;
    let (key, _) = scene.find(&state.jurors, |key, juror| {
        let dispute = known.get(key).and_then(|s| state.disputes.get(&s.dispute));
        juror.choice == NOT_REVEALED
            && key.as_ref()[2] >= 20
            && dispute.is_some_and(|dispute| {
                let [_, commit, reveal, _] = phases(dispute);
                dispute.round == juror.round && (commit..reveal).contains(&now)
            })
    })?;
    let seat = *known.get(&key)?;
    let dispute = state.disputes.get(&seat.dispute)?;
    let (choice, salt) = ballot(&seat.dispute, dispute, seat.round, &key);
    let choice = scene.or(choice, |scene| scene.dice.pick([0, 4, 2, 5]));
    let round = scene.or(seat.round, |_| seat.round ^ 1);
    Some(ix::reveal(
        &seat.position,
        &seat.dispute,
        round,
        choice,
        salt,
    ))
}

pub fn tally(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, _) = open_dispute(scene, |_, dispute| {
        now >= phases(dispute)[2] && current(dispute).status == round_status::RUNNING
    })?;
    Some(ix::tally(&address))
}

pub fn appeal(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, dispute) = open_dispute(scene, |_, dispute| {
        let [.., reveal, appeal] = phases(dispute);
        let ruled = current(dispute).status == round_status::QUORATE;
        ruled && dispute.round < 2 && (reveal..appeal).contains(&now)
    })?;
    let appellant = scene.mostly(Role::Voter);
    let source = a_taker(scene, &appellant)?;
    let wanted = match current(&dispute).median {
        0 => direction::UP,
        4 => direction::DOWN,
        _ => scene.dice.pick([direction::UP, direction::DOWN]),
    };
    let wanted = scene.or(wanted, |scene| scene.dice.pick([0, 1, 2, 3]));
    Some(ix::appeal(&appellant, &address, &source, wanted))
}

pub fn finish(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, dispute) = open_dispute(scene, |_, dispute| may_finish(dispute, now))?;
    let subject = scene.or(dispute.head.subject, Scene::anyone);
    Some(ix::finish(&subject, &address))
}

pub fn may_finish(dispute: &Dispute, now: i64) -> bool {
    let mut copy = *dispute;
    copy.finish(now).is_ok()
}

/// Mostly of a dispute that is over; to another account once that will do.
pub fn settle_juror(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let known = &scene.world.memory.jurors;
    let (key, juror) = scene.find(&state.jurors, |key, _| {
        known.get(key).is_some_and(|seat| is_over(state, seat))
    })?;
    let seat = *known.get(&key)?;
    let own = another(scene, &juror.owner);
    Some(ix::settle_juror(
        &juror.owner,
        &seat.position,
        &seat.dispute,
        seat.round,
        own.as_ref(),
    ))
}

pub fn is_over(state: &State, seat: &Seat) -> bool {
    let dispute = state.disputes.get(&seat.dispute);
    dispute.is_some_and(|dispute| dispute.head.status != dispute_status::OPEN)
}

/// Now and then an account of the owner's, which need not be its associated one; blindly somebody else's.
fn another(scene: &mut Scene, owner: &Pubkey) -> Option<Pubkey> {
    let own = scene
        .dice
        .chance(20)
        .then(|| a_taker(scene, owner))
        .flatten();
    scene.or(own, |scene| {
        let other = scene.anyone();
        a_taker(scene, &other)
    })
}

pub fn pay_bond(scene: &mut Scene) -> Option<Instruction> {
    let due = |dispute: &Dispute| {
        let mut bonds = dispute.bonds.iter();
        bonds.position(|bond| bond.state == bond_state::DUE)
    };
    let (address, dispute) =
        scene.find(&scene.state().disputes, |_, dispute| due(dispute).is_some())?;
    let index = due(&dispute).unwrap_or(0) as u8;
    let index = scene.or(index, |scene| scene.dice.pick([0, 1, 2, 3]));
    let owner = dispute
        .bonds
        .get(usize::from(index))
        .map_or_else(Pubkey::default, |b| b.owner);
    let own = another(scene, &owner);
    Some(ix::pay_bond(&owner, &address, index, own.as_ref()))
}

pub fn close_dispute(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let treasury = state.dao_config()?.treasury;
    let (address, dispute) = scene.find(&state.disputes, |_, dispute| {
        dispute.check_closable(now).is_ok()
    })?;
    let closer = scene.mostly(Role::Stranger);
    let treasury = scene.or(treasury, Scene::anyone);
    let payer = scene.or(dispute.rent_payer, Scene::anyone);
    Some(ix::close_dispute(&closer, &address, &treasury, &payer))
}

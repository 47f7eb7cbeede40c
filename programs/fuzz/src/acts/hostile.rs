//! Calls as nobody should get them through.

use pedigree_sdk::programs::OWN;
use solana_program::pubkey::Pubkey;

use crate::{call::Call, scene::Scene};

/// How many calls in a hundred are meddled with.
const MEDDLED: u64 = 8;

/// Now and then changes something: who signs, whether it signs, an account, a byte of the arguments.
pub fn meddle(scene: &mut Scene, call: &mut Call) {
    let is_ours = call.names().next().is_some();
    if !is_ours || !scene.dice.chance(MEDDLED) {
        return;
    }
    let last = call.instructions.len() - 1;
    let at = scene.dice.below(call.instructions.len() as u64) as usize;
    let at = if OWN.contains(&call.instructions[at].program_id) {
        at
    } else {
        last
    };
    match scene.dice.below(10) {
        0 | 1 => replace_signer(scene, call, at),
        2 => drop_signature(scene, call, at),
        3 => change_argument(scene, call, at),
        _ => replace_account(scene, call, at),
    }
}

fn replace_signer(scene: &mut Scene, call: &mut Call, at: usize) {
    let other = scene.anyone();
    let metas = &mut call.instructions[at].accounts;
    let signer = metas
        .iter()
        .find(|meta| meta.is_signer)
        .map(|meta| meta.pubkey);
    for meta in metas.iter_mut().filter(|meta| Some(meta.pubkey) == signer) {
        meta.pubkey = other;
    }
    call.asked = None;
}

fn drop_signature(scene: &mut Scene, call: &mut Call, at: usize) {
    let metas = &mut call.instructions[at].accounts;
    let signers: Vec<Pubkey> = metas
        .iter()
        .filter(|m| m.is_signer)
        .map(|m| m.pubkey)
        .collect();
    let dropped = scene.dice.choose(&signers).copied();
    for meta in metas.iter_mut().filter(|meta| Some(meta.pubkey) == dropped) {
        meta.is_signer = false;
    }
}

/// A byte of the arguments. What a call says that it asks for holds no more then.
fn change_argument(scene: &mut Scene, call: &mut Call, at: usize) {
    const DISCRIMINATOR: u64 = 8;
    let data = &mut call.instructions[at].data;
    let arguments = (data.len() as u64).saturating_sub(DISCRIMINATOR);
    if arguments == 0 {
        return;
    }
    let place = (DISCRIMINATOR + scene.dice.below(arguments)) as usize;
    data[place] ^= scene.dice.pick([1, 0x80, 0xff]);
    call.asked = None;
}

/// Another account of the programs or of the tokens in the place of one, or one of the instruction twice.
fn replace_account(scene: &mut Scene, call: &mut Call, at: usize) {
    let state = scene.state();
    let metas = &call.instructions[at].accounts;
    let place = scene.dice.below(metas.len() as u64) as usize;
    let all: Vec<Pubkey> = match scene.dice.below(3) {
        0 => metas.iter().map(|meta| meta.pubkey).collect(),
        1 => state.tokens.keys().copied().collect(),
        _ => {
            let own = state.orders.keys().chain(state.listings.keys());
            let own = own.chain(state.sessions.keys()).chain(state.ledgers.keys());
            let own = own.chain(state.reviews.keys()).chain(state.edges.keys());
            let own = own.chain(state.positions.keys()).chain(state.epochs.keys());
            let own = own.chain(state.disputes.keys()).chain(state.jurors.keys());
            let own = own.chain(state.proposals.keys()).chain(state.votes.keys());
            own.copied().chain(OWN).collect()
        }
    };
    let Some(other) = scene.dice.choose(&all).copied() else {
        return;
    };
    let meta = &mut call.instructions[at].accounts[place];
    if !meta.is_signer {
        meta.pubkey = other;
        call.asked = None;
    }
}

/// The same call twice in one transaction.
pub fn twice(call: &Call) -> Call {
    let mut twice = call.clone();
    twice.instructions.extend(call.instructions.iter().cloned());
    twice.moves.extend(call.moves.iter().copied());
    twice
}

//! Spending sessions.

use escrow::{constants::MAX_SESSION_LISTINGS, instructions::SessionArgs};
use pedigree_sdk::instructions::escrow as ix;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{cast::Role, scene::Scene};

const DAY: i64 = 86_400;

pub fn open_session(scene: &mut Scene) -> Option<Instruction> {
    let (owner, key) = (scene.mostly(Role::Buyer), scene.mostly(Role::Key));
    let mint = scene.mint();
    let mut listings = [Pubkey::default(); MAX_SESSION_LISTINGS];
    let bound = scene.dice.pick([0, 0, 1, 2]);
    for place in listings.iter_mut().take(bound) {
        *place = scene
            .listing(|_, listing| listing.activated_slot != 0)
            .map_or(*place, |(key, _)| key);
    }
    let lasts = scene.dice.pick([3_600, 7 * DAY, 366 * DAY]);
    let lasts = scene.or(lasts, |scene| scene.dice.pick([0, 366 * DAY + 1]));
    let args = SessionArgs {
        key,
        amount: scene.amount(100_000_000),
        expires_at: scene.now() + lasts,
        listings,
    };
    let (sponsor, source) = (scene.sponsor(), mint.associated(&owner));
    Some(ix::open_session(
        &owner,
        sponsor,
        &mint.address,
        &mint.program,
        &source,
        args,
    ))
}

pub fn revoke_session(scene: &mut Scene) -> Option<Instruction> {
    let (address, session) =
        scene.find(&scene.state().sessions, |_, session| session.revoked == 0)?;
    Some(ix::revoke_session(&scene.signer(&session.owner), &address))
}

pub fn close_session(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let by_owner = scene.dice.chance(30);
    let (address, session) = scene.find(&state.sessions, |_, session| {
        by_owner || now >= session.expires_at
    })?;
    let right = if by_owner {
        session.owner
    } else {
        scene.one(Role::Stranger)
    };
    let closer = scene.signer(&right);
    let destination = scene.dice.chance(25).then(|| {
        let accounts: Vec<_> = state
            .takers(&session.mint, &session.owner)
            .copied()
            .collect();
        scene.dice.choose(&accounts).copied()
    });
    Some(ix::close_session(
        &closer,
        &address,
        &session,
        destination.flatten(),
    ))
}

//! Listings on sale: prices, versions, owners, licences, pools; and profiles.

use listing::state::status;
use pedigree_sdk::{
    instructions::listing::{self as ix, Forwarding, VersionArgs},
    pda,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::drafts;
use crate::{cast::Role, scene::Scene};

pub fn set_profile(scene: &mut Scene) -> Option<Instruction> {
    let publisher = scene.mostly(Role::Seller);
    let name = scene.dice.pick(["Aurora Labs", "Borealis", "Aurora"]);
    let name = scene.or(name, |_| "");
    let payer = scene.payer(&publisher);
    Some(ix::set_profile(
        publisher,
        payer,
        name,
        "https://aurora.example",
    ))
}

pub fn verify_profile(scene: &mut Scene) -> Option<Instruction> {
    let authority = scene.state().listing_config()?.authority;
    let (_, profile) = scene.find(&scene.state().profiles, |_, _| true)?;
    let signer = scene.signer(&authority);
    let verified = profile.verified == 0 || scene.dice.chance(30);
    let name_hash = match scene.dice.chance(90) {
        true => profile.name_hash(),
        false => [7; 32],
    };
    let publisher = &profile.publisher;
    Some(ix::verify_profile(signer, publisher, verified, name_hash))
}

pub fn update_terms(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) = scene.listing(|_, listing| listing.status != status::RETIRED)?;
    let (signer, terms) = (scene.signer(&listing.authority), drafts::terms(scene));
    Some(ix::update_terms(signer, address, terms))
}

pub fn publish_version(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) = scene.listing(|_, listing| listing.status != status::RETIRED)?;
    let signer = scene.signer(&listing.authority);
    let args = VersionArgs {
        manifest_hash: scene.dice.bytes(),
        content_hash: scene.dice.chance(50).then(|| scene.dice.bytes()),
        uri: "https://store.example/aurora-2.json".into(),
    };
    Some(ix::publish_version(signer, address, args))
}

pub fn pause(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) = scene.listing(|_, listing| listing.status == status::ACTIVE)?;
    Some(ix::pause(scene.signer(&listing.authority), address))
}

pub fn resume(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) = scene.listing(|_, listing| listing.status == status::PAUSED)?;
    Some(ix::resume(scene.signer(&listing.authority), address))
}

pub fn retire(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) =
        scene.listing(|_, listing| matches!(listing.status, status::ACTIVE | status::PAUSED))?;
    Some(ix::retire(scene.signer(&listing.authority), address))
}

pub fn propose_authority(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) = scene.listing(|_, _| true)?;
    let (signer, new) = (scene.signer(&listing.authority), scene.mostly(Role::Seller));
    let new = if scene.dice.chance(10) {
        Pubkey::default()
    } else {
        new
    };
    Some(ix::propose_authority(signer, address, new))
}

pub fn accept_authority(scene: &mut Scene) -> Option<Instruction> {
    let none = Pubkey::default();
    let (address, listing) = scene.listing(|_, listing| listing.pending_authority != none)?;
    let pending = listing.pending_authority;
    let right = if pending == none {
        listing.authority
    } else {
        pending
    };
    Some(ix::accept_authority(scene.signer(&right), address))
}

pub fn set_payout(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) = scene.listing(|_, _| true)?;
    let (signer, new) = (scene.signer(&listing.authority), scene.mostly(Role::Payee));
    let new = scene.or(new, |_| Pubkey::default());
    Some(ix::set_payout(signer, address, new))
}

pub fn set_operator(scene: &mut Scene) -> Option<Instruction> {
    let (address, listing) = scene.listing(|_, _| true)?;
    let (signer, new) = (
        scene.signer(&listing.authority),
        scene.mostly(Role::Operator),
    );
    let new = if scene.dice.chance(10) {
        Pubkey::default()
    } else {
        new
    };
    Some(ix::set_operator(signer, address, new))
}

pub fn grant_license(scene: &mut Scene) -> Option<Instruction> {
    let (parent, listing) =
        scene.listing(|_, listing| listing.activated_slot != 0 && listing.claimed == 1)?;
    let (signer, grantee) = (scene.signer(&listing.authority), scene.mostly(Role::Seller));
    let lasts = scene.dice.pick([1, 86_400, 365 * 86_400]);
    let lasts = scene.or(lasts, |scene| scene.dice.pick([0, -1]));
    let (payer, expires_at) = (scene.payer(&signer), scene.now() + lasts);
    Some(ix::grant_license(
        signer, payer, parent, grantee, expires_at,
    ))
}

pub fn revoke_license(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (_, grant) = scene.find(&state.grants, |_, _| true)?;
    let listing = state.listings.get(&grant.parent)?;
    let signer = scene.signer(&listing.authority);
    Some(ix::revoke_license(signer, grant.parent, &grant.grantee))
}

/// A pool in one of the mints that the listing has a price in.
pub fn open_pool(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let priced = |listing: &listing::state::Listing| {
        listing.terms[..usize::from(listing.terms_len)].to_vec()
    };
    let (address, listing) = scene.listing(|key, listing| {
        let missing = |mint: &Pubkey| state.ledger(key, listing.generation, mint).is_none();
        let waits = priced(listing).iter().any(|term| missing(&term.mint));
        listing.activated_slot != 0 && listing.royalty_ppm > 0 && waits
    })?;
    let missing = |mint: &Pubkey| state.ledger(&address, listing.generation, mint).is_none();
    let found = priced(&listing).iter().map(|term| term.mint).find(missing);
    let right = found.and_then(|mint| scene.world.mint(&mint));
    let other = scene.mint();
    let mint = scene.or(right.unwrap_or(other), |_| other);
    let payer = scene.one(Role::Sponsor);
    Some(ix::open_pool(
        payer,
        address,
        listing.generation,
        mint.address,
        mint.program,
    ))
}

/// Mostly an entry of a pool that is due something.
pub fn forward(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (_, ledger) = scene.find(&state.ledgers, |_, ledger| {
        let held: u64 = state.balance(&ledger.pool);
        held > ledger.owed.iter().sum()
    })?;
    let table = state.table_of(&ledger)?;
    let index = scene.dice.below(u64::from(table.len)) as u8;
    let entry = table.entries[usize::from(index)];
    let parent = state.listings.get(&entry.parent)?;
    let wallet = scene.or(parent.payout, Scene::anyone);
    let index = scene.or(index, |_| table.len);
    let payout = pda::associated_token(&wallet, &ledger.mint, &ledger.token_program).0;
    Some(ix::forward(Forwarding {
        listing: ledger.listing,
        generation: ledger.generation,
        mint: ledger.mint,
        token_program: ledger.token_program,
        index,
        parent: entry.parent,
        payout,
        parent_generation: (parent.royalty_ppm > 0).then_some(parent.generation),
    }))
}

//! Where the program's accounts are made, and where not.

use anchor_lang::{ErrorCode, prelude::ProgramError};
use listing::constants::{
    CONFIG_SEED, EDGE_SEED, GRANT_SEED, LEDGER_SEED, POOL_SEED, PROFILE_SEED, ROYALTIES_SEED,
};
use listing::state::Review;
use pedigree_sdk::{
    instructions::listing as ix,
    pda::{self, Pda},
    programs::LISTING,
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{TokenProgram, listings::edge};

use crate::world::{BORN_SLOT, World, receipt};

/// At the next bump below the canonical one the account is not made; at the canonical one it is.
fn only_at_its_canonical_bump(
    w: &mut World,
    instruction: &Instruction,
    key: &Keypair,
    (canonical, bump): Pda,
    seeds: &[&[u8]],
) {
    let other = (0..bump)
        .rev()
        .find_map(|bump| {
            Pubkey::create_program_address(&[seeds, &[&[bump]]].concat(), &LISTING).ok()
        })
        .unwrap();
    let mut lower = instruction.clone();
    let meta = lower.accounts.iter_mut().find(|m| m.pubkey == canonical);
    meta.expect("it is in the instruction").pubkey = other;
    w.refused(&[lower], &[key], ErrorCode::ConstraintSeeds);
}

#[test]
fn p5_the_config_is_made_at_its_canonical_address_alone() {
    let mut w = World::without_config(0);
    let key = w.upgrade_authority.insecure_clone();
    let initialize = ix::initialize(key.pubkey(), key.pubkey(), key.pubkey());
    let canonical = pda::listing_config();
    only_at_its_canonical_bump(&mut w, &initialize, &key, canonical, &[CONFIG_SEED]);
    w.ok(&[initialize], &[&key]);
}

#[test]
fn p5_edges_and_royalty_tables_are_made_at_their_canonical_addresses_alone() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let parent = w.active_of(&[], |_| {});
    let child = w.draft_of(|_| {});
    let add = edge(&key, child, parent, 5);
    let (c, p) = (child.as_ref(), parent.as_ref());
    let seeds: [&[u8]; 3] = [EDGE_SEED, c, p];
    only_at_its_canonical_bump(&mut w, &add, &key, pda::edge(&child, &parent), &seeds);
    let seeds: [&[u8]; 3] = [ROYALTIES_SEED, c, &[0, 0]];
    only_at_its_canonical_bump(&mut w, &add, &key, pda::royalties(&child, 0), &seeds);
    w.ok(&[add], &[&key]);
}

#[test]
fn p5_pools_and_ledgers_are_made_at_their_canonical_addresses_alone() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let mint = w.mint(TokenProgram::Classic);
    let parent = w.active_of(&[], |_| {});
    let child = w.active_of(&[(parent, 5)], |_| {});
    let open = ix::open_pool(key.pubkey(), child, 0, mint.address, mint.program);
    for (kind, canonical) in [
        (LEDGER_SEED, pda::ledger(&child, 0, &mint.address)),
        (POOL_SEED, pda::pool(&child, 0, &mint.address)),
    ] {
        let seeds: [&[u8]; 4] = [kind, child.as_ref(), &[0, 0], mint.address.as_ref()];
        only_at_its_canonical_bump(&mut w, &open, &key, canonical, &seeds);
    }
    w.ok(&[open], &[&key]);
}

#[test]
fn p5_grants_and_profiles_are_made_at_their_canonical_addresses_alone() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let grantee = w.stranger.pubkey();
    let parent = w.active_of(&[], |_| {});
    let until = w.now() + 10;
    let grant = ix::grant_license(publisher, publisher, parent, grantee, until);
    let seeds: [&[u8]; 3] = [GRANT_SEED, parent.as_ref(), grantee.as_ref()];
    only_at_its_canonical_bump(&mut w, &grant, &key, pda::grant(&parent, &grantee), &seeds);
    let profile = ix::set_profile(publisher, publisher, "Aurora Labs", "");
    let seeds: [&[u8]; 2] = [PROFILE_SEED, publisher.as_ref()];
    only_at_its_canonical_bump(&mut w, &profile, &key, pda::profile(&publisher), &seeds);
    w.ok(&[grant, profile], &[&key]);
}

#[test]
fn p5_a_review_is_made_at_its_own_address_alone() {
    let mut w = World::new();
    let (buyer, key) = w.stranger();
    let [listing, other] = std::array::from_fn(|_| w.active_of(&[], |_| {}));
    let order = w.put_order(&receipt(buyer, listing));
    let post = ix::post_review(buyer, buyer, listing, order, BORN_SLOT, 5, [0; 32]);
    let right = pda::review(&listing, &order, BORN_SLOT);
    let seed = String::from_utf8(Review::seed(&order, BORN_SLOT).to_vec()).unwrap();
    assert_eq!(
        right,
        Pubkey::create_with_seed(&listing, &seed, &LISTING).unwrap()
    );
    for wrong in [
        pda::review(&listing, &order, BORN_SLOT + 1),
        pda::review(&other, &order, BORN_SLOT),
        pda::review(&listing, &listing, BORN_SLOT),
        Pubkey::new_from_array(w.draw()),
    ] {
        let mut elsewhere = post.clone();
        let meta = elsewhere.accounts.iter_mut().find(|m| m.pubkey == right);
        meta.expect("it is in the instruction").pubkey = wrong;
        w.refused(&[elsewhere], &[&key], World::ANOTHER_ADDRESS);
    }
    w.ok(&[post], &[&key]);
}

#[test]
fn p6_an_edge_or_grant_never_stands_for_the_one_the_other_way_round() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (parent, child) = (w.active_of(&[], |_| {}), w.draft_of(|_| {}));
    let (right, reversed) = (pda::edge(&child, &parent).0, pda::edge(&parent, &child).0);
    assert_ne!(right, reversed);
    let add = edge(&key, child, parent, 0);
    let mut swapped = add.clone();
    for meta in swapped.accounts.iter_mut().filter(|m| m.pubkey == right) {
        meta.pubkey = reversed;
    }
    w.refused(&[swapped], &[&key], ErrorCode::ConstraintSeeds);
    w.ok(&[add], &[&key]);
    let missing = ix::remove_edge(publisher, parent, &child, false, publisher);
    w.refused(&[missing], &[&key], ProgramError::AccountDataTooSmall);

    // Of a grant too, though a listing's own address takes part as grantee.
    let until = w.now() + 10;
    let (right, reversed) = (pda::grant(&parent, &child).0, pda::grant(&child, &parent).0);
    assert_ne!(right, reversed);
    let grant = ix::grant_license(publisher, publisher, parent, child, until);
    let mut swapped = grant.clone();
    for meta in swapped.accounts.iter_mut().filter(|m| m.pubkey == right) {
        meta.pubkey = reversed;
    }
    w.refused(&[swapped], &[&key], ErrorCode::ConstraintSeeds);
    w.ok(&[grant], &[&key]);
}

//! Both programs' settings.

use escrow::instructions::ConfigArgs;
use listing::state::status;
use pedigree_sdk::{
    instructions::{escrow as e, listing as l},
    pda,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{cast::Role, scene::Scene, world::GENESIS};

pub fn initialize_listing(scene: &mut Scene) -> Option<Instruction> {
    let upgrader = scene.one(Role::Upgrader);
    let signer = scene.signer(&upgrader);
    let (payer, authority) = (scene.payer(&signer), scene.one(Role::Curator));
    Some(l::initialize(signer, payer, authority))
}

pub fn update_listing_config(scene: &mut Scene) -> Option<Instruction> {
    let config = scene.state().listing_config()?;
    let signer = scene.signer(&config.authority);
    // A pause is soon over.
    let paused = config.paused == 0 && scene.dice.chance(40);
    let pending = pending(scene, Role::Curator);
    Some(l::update_config(signer, paused, pending))
}

pub fn accept_listing_config(scene: &mut Scene) -> Option<Instruction> {
    let pending = scene.state().listing_config()?.pending_authority;
    if pending == Pubkey::default() && !scene.dice.chance(10) {
        return None;
    }
    let pending = if pending == Pubkey::default() {
        scene.one(Role::Curator)
    } else {
        pending
    };
    Some(l::accept_config_authority(scene.signer(&pending)))
}

pub fn set_default_royalty(scene: &mut Scene) -> Option<Instruction> {
    let authority = scene.state().listing_config()?.authority;
    let signer = scene.signer(&authority);
    let ppm = scene.dice.pick([0, 1, 50_000, 300_000]);
    let ppm = scene.or(ppm, |_| 800_001);
    Some(l::set_default_royalty(signer, ppm))
}

pub fn set_suspended(scene: &mut Scene) -> Option<Instruction> {
    let authority = scene.state().listing_config()?.authority;
    let (listing, found) = scene.listing(|_, listing| listing.activated_slot > 0)?;
    let suspends = found.status != status::SUSPENDED;
    let suspends = scene.or(suspends, |_| !suspends);
    let signer = scene.signer(&authority);
    Some(l::set_suspended(signer, listing, suspends))
}

/// An upheld complaint about the version in force.
pub fn apply_version_ruling(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let upheld = |number: &u16, listing: &Pubkey| {
        let ruling = state.rulings.get(&pda::dispute(listing, *number).0);
        ruling.is_some_and(|ruling| ruling.share == 100)
    };
    let mut found = Vec::new();
    for (key, listing) in &state.listings {
        let disputes = state.dockets.get(&pda::docket(key).0);
        let disputes = disputes.map_or(0, |docket| docket.head.disputes);
        let ruled = (1..=disputes).filter(|number| upheld(number, key));
        found.extend(ruled.map(|number| (*key, number, listing.version, listing.manifest_hash)));
    }
    let (listing, number, version, hash) = *scene.dice.choose(&found)?;
    let number = scene.or(number, |_| number + 1);
    Some(l::apply_version_ruling(listing, number, version, hash))
}

fn pending(scene: &mut Scene, role: Role) -> Pubkey {
    if scene.dice.chance(60) {
        scene.mostly(role)
    } else {
        Pubkey::default()
    }
}

pub fn initialize_escrow(scene: &mut Scene) -> Option<Instruction> {
    let upgrader = scene.one(Role::Upgrader);
    let signer = scene.signer(&upgrader);
    let (payer, authority) = (scene.payer(&signer), scene.one(Role::Admin));
    let args = config_args(scene);
    let args = ConfigArgs {
        paused: false,
        ..args
    };
    Some(e::initialize(&signer, &payer, &authority, GENESIS, args))
}

pub fn update_escrow_config(scene: &mut Scene) -> Option<Instruction> {
    let config = scene.state().escrow_config()?;
    let signer = scene.signer(&config.authority);
    let mut args = config_args(scene);
    args.paused = config.paused == 0 && scene.dice.chance(30);
    args.pending_authority = pending(scene, Role::Admin);
    Some(e::update_config(&signer, args))
}

/// Settings within their bounds, or blindly one outside.
pub fn config_args(scene: &mut Scene) -> ConfigArgs {
    const DAY: u32 = 86_400;
    let dice = &mut scene.dice;
    let mut args = ConfigArgs {
        paused: false,
        allow_unclaimed: dice.chance(70),
        fee_ppm: dice.pick([0, 1, 25_000, 33_333, 100_000]),
        delivery_window: dice.pick([60, 3_600, DAY]),
        dispute_window: dice.pick([60, 600, 7_200, DAY - 1]),
        arbitration_period: dice.pick([DAY, 3 * DAY, 180 * DAY]),
        bond_ppm: dice.pick([1, 50_000, 200_000]),
        treasury: scene.one(Role::Treasurer),
        pending_authority: Pubkey::default(),
    };
    if scene.blind() {
        match scene.dice.below(7) {
            0 => args.fee_ppm = 100_001,
            1 => args.delivery_window = 59,
            2 => args.dispute_window = 30 * DAY + 1,
            3 => args.arbitration_period = DAY - 1,
            4 => args.bond_ppm = 0,
            5 => args.dispute_window = args.arbitration_period,
            _ => args.treasury = Pubkey::default(),
        }
    }
    args
}

pub fn accept_escrow_config(scene: &mut Scene) -> Option<Instruction> {
    let pending = scene.state().escrow_config()?.pending_authority;
    if pending == Pubkey::default() && !scene.dice.chance(10) {
        return None;
    }
    let pending = if pending == Pubkey::default() {
        scene.one(Role::Admin)
    } else {
        pending
    };
    Some(e::accept_config_authority(&scene.signer(&pending)))
}

/// The first clean mint that is not allowed yet, or an unclean one.
pub fn allow_mint(scene: &mut Scene) -> Option<Instruction> {
    let authority = scene.state().escrow_config()?.authority;
    let signer = scene.signer(&authority);
    let (payer, state) = (scene.payer(&signer), scene.state());
    let clean = &scene.world.mints.clean;
    let next = clean
        .iter()
        .find(|mint| state.mint(&mint.address).is_none())
        .copied();
    let unclean = scene.dice.pick(scene.world.mints.unclean);
    let mint = scene.or(next.unwrap_or(unclean), |_| unclean);
    let most = scene
        .dice
        .pick([u64::MAX, 1_000_000_000, 1_000_000_000_000]);
    Some(e::allow_mint(
        &signer,
        &payer,
        &mint.address,
        &mint.program,
        most,
    ))
}

pub fn update_mint(scene: &mut Scene) -> Option<Instruction> {
    let authority = scene.state().escrow_config()?.authority;
    let (_, settings) = scene.find(&scene.state().mints, |_, _| true)?;
    let signer = scene.signer(&authority);
    let enabled = settings.enabled == 0 || scene.dice.chance(70);
    let most = scene
        .dice
        .pick([u64::MAX, u64::MAX, 1_000_000_000, 5_000_000]);
    Some(e::update_mint(&signer, &settings.mint, enabled, most))
}

pub fn withdraw_treasury(scene: &mut Scene) -> Option<Instruction> {
    let wallet = scene.state().escrow_config()?.treasury;
    let state = scene.state();
    let (_, settings) = scene.find(&state.mints, |_, s| state.balance(&s.treasury) > 0)?;
    let wallet = scene.or(wallet, Scene::anyone);
    let mut withdraw = e::withdraw_treasury(&settings.mint, &settings.token_program, &wallet);
    if scene.blind() {
        let other = pda::treasury(&scene.mint().address).0;
        for meta in withdraw
            .accounts
            .iter_mut()
            .filter(|m| m.pubkey == settings.treasury)
        {
            meta.pubkey = other;
        }
    }
    Some(withdraw)
}

//! Settings of the reward program and of the dao, and what becomes the dao's.

use dao::{
    actions::Guardians,
    constants::MAX_GUARDIANS,
    instructions::{ConfigArgs as CourtArgs, GovernanceArgs},
    state::program,
};
use escrow::instructions::ConfigArgs as EscrowArgs;
use pedigree_sdk::{
    instructions::{dao as d, escrow as e, listing as l, reward as r},
    pda,
};
use reward::instructions::{ConfigArgs as RewardArgs, Terms};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    call::{Call, Change},
    cast::Role,
    scene::Scene,
};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;
/// Active weight at which the steward goes.
const FLOORS: [u64; 2] = [200_000, 1_000_000];

/// The token for those who lock it, once, when it is made.
pub fn endow(scene: &mut Scene) -> Option<Change> {
    let made = scene.state().reward_config().is_some();
    (made && scene.world.memory.endowed == 0).then_some(Change::Endow)
}

pub fn initialize_reward(scene: &mut Scene) -> Option<Instruction> {
    let upgrader = scene.one(Role::Upgrader);
    let signer = scene.signer(&upgrader);
    let (payer, authority) = (scene.payer(&signer), scene.one(Role::Admin));
    let (first_emission, halving) =
        scene
            .dice
            .pick([(1_000, 3), (1_000_000, 100), (1_000_000_000_000, 2)]);
    let cap = 2 * first_emission * u64::from(halving);
    let terms = Terms {
        cap: scene.or(cap, |_| 1),
        first_emission,
        epoch_length: scene.dice.pick([HOUR, 6 * HOUR, DAY]),
        halving,
    };
    let args = reward_args(scene);
    Some(r::initialize(&signer, &payer, &authority, terms, args))
}

fn reward_args(scene: &mut Scene) -> RewardArgs {
    let mut args = RewardArgs {
        paused: false,
        buyer_share_ppm: scene.dice.pick([0, 333_333, 400_000, 1_000_000]),
        cooling: scene.dice.pick([15 * DAY, 21 * DAY]),
        claim_window: scene.dice.pick([30 * DAY, 60 * DAY]),
        min_stake: scene.dice.pick([1, 1_000]),
        pending_authority: Pubkey::default(),
    };
    if scene.blind() {
        match scene.dice.below(4) {
            0 => args.buyer_share_ppm = 1_000_001,
            1 => args.cooling = 15 * DAY - 1,
            2 => args.claim_window = 30 * DAY - 1,
            _ => args.min_stake = 0,
        }
    }
    args
}

pub fn update_reward(scene: &mut Scene) -> Option<Instruction> {
    let config = *scene.state().reward_config()?;
    let signer = scene.signer(&config.authority);
    let mut args = reward_args(scene);
    args.paused = config.paused == 0 && scene.dice.chance(20);
    args.pending_authority = pending(scene);
    Some(r::update_config(&signer, args))
}

pub fn accept_reward(scene: &mut Scene) -> Option<Instruction> {
    let pending = scene.state().reward_config()?.pending_authority;
    if pending == Pubkey::default() && !scene.dice.chance(10) {
        return None;
    }
    let signer = taker(scene, pending);
    Some(r::accept_config_authority(&signer))
}

/// Within half of a fee at its price, or blindly beyond.
pub fn set_rate(scene: &mut Scene) -> Option<Instruction> {
    let authority = scene.state().reward_config()?.authority;
    let signer = scene.signer(&authority);
    let payer = scene.payer(&signer);
    let (rate, price) = rate(scene);
    // Fees in one of the mints credit nothing.
    let mint = scene.world.mints.clean[scene.dice.pick([0, 0, 1])];
    Some(r::set_rate(&signer, &payer, &mint.address, rate, price))
}

pub fn rate(scene: &mut Scene) -> (u64, u64) {
    let highest = [
        (250_000, 2_000_000),
        (500_000, 1_000_000),
        (1_000_000, 500_000),
    ];
    let right = scene.dice.pick(highest);
    let lower = scene.dice.chance(10);
    let right = if lower {
        scene.dice.pick([(0, 0), (1_000_000, 1)])
    } else {
        right
    };
    scene.or(right, |scene| {
        scene
            .dice
            .pick([(500_001, 1_000_000), (1, 0), (u64::MAX, u64::MAX)])
    })
}

fn pending(scene: &mut Scene) -> Pubkey {
    if scene.dice.chance(60) {
        scene.mostly(Role::Admin)
    } else {
        Pubkey::default()
    }
}

fn taker(scene: &mut Scene, pending: Pubkey) -> Pubkey {
    let pending = if scene.world.cast.has(&pending) {
        pending
    } else {
        scene.one(Role::Admin)
    };
    scene.signer(&pending)
}

pub fn initialize_dao(scene: &mut Scene) -> Option<Instruction> {
    let upgrader = scene.one(Role::Upgrader);
    let signer = scene.signer(&upgrader);
    let (payer, authority) = (scene.payer(&signer), scene.one(Role::Admin));
    let args = court_args(scene);
    Some(d::initialize(&signer, &payer, &authority, args))
}

/// Phases that mostly fit into the time that escrow leaves for a ruling.
pub fn court_args(scene: &mut Scene) -> CourtArgs {
    let hours = scene.dice.pick([1, 1, 2, 48]);
    let mut args = CourtArgs {
        evidence: HOUR,
        commit: hours * HOUR,
        reveal: hours * HOUR,
        appeal: HOUR,
        quorum_ppm: scene.dice.pick([1, 50_000, 200_000]),
        quorum_floor: scene.dice.pick([1, 1_000]),
        case_bond: scene.dice.pick([1, 5_000]),
        appeal_bond: scene.dice.pick([1, 999]),
        treasury: scene.one(Role::Treasurer),
        pending_authority: Pubkey::default(),
    };
    if scene.blind() {
        match scene.dice.below(4) {
            0 => args.evidence = HOUR - 1,
            1 => args.appeal = 4 * DAY + 1,
            2 => args.quorum_ppm = 200_001,
            _ => args.case_bond = 0,
        }
    }
    args
}

pub fn update_dao(scene: &mut Scene) -> Option<Instruction> {
    let authority = scene.state().dao_config()?.authority;
    let signer = scene.signer(&authority);
    let mut args = court_args(scene);
    args.pending_authority = pending(scene);
    Some(d::update_config(&signer, args))
}

pub fn accept_dao(scene: &mut Scene) -> Option<Instruction> {
    let pending = scene.state().dao_config()?.pending_authority;
    if pending == Pubkey::default() && !scene.dice.chance(10) {
        return None;
    }
    let signer = taker(scene, pending);
    Some(d::accept_config_authority(&signer))
}

pub fn initialize_governance(scene: &mut Scene) -> Option<Instruction> {
    let upgrader = scene.one(Role::Upgrader);
    let signer = scene.signer(&upgrader);
    let (payer, steward) = (scene.payer(&signer), scene.one(Role::Steward));
    let floor = scene.dice.pick(FLOORS);
    let (guardians, args) = (guardians(scene), governance_args(scene));
    Some(d::initialize_governance(
        &signer, &payer, &steward, floor, guardians, args,
    ))
}

/// Two or three, two or one of whom sign; seldom none.
pub fn guardians(scene: &mut Scene) -> Guardians {
    let all = scene.world.cast.role(Role::Guardian);
    let named = scene.dice.pick([2, 3, 3]);
    let mut keys = [Pubkey::default(); MAX_GUARDIANS];
    keys[..named].copy_from_slice(&all[..named]);
    let threshold = scene.dice.pick([1, 2]);
    Guardians {
        keys,
        threshold: scene.or(threshold, |scene| scene.dice.pick([0, 4])),
    }
}

pub fn governance_args(scene: &mut Scene) -> GovernanceArgs {
    let mut args = GovernanceArgs {
        voting_period: scene.dice.pick([DAY, DAY, 2 * DAY]),
        quorum_ppm: scene.dice.pick([10_000, 100_000]),
        quorum_floor: scene.dice.pick([1, 50_000]),
        threshold_ppm: scene.dice.pick([500_001, 600_000]),
        deposit: scene.dice.pick([1, 3_000]),
    };
    if scene.blind() {
        match scene.dice.below(3) {
            0 => args.voting_period = DAY - 1,
            1 => args.threshold_ppm = 500_000,
            _ => args.deposit = FLOORS[1] + 1,
        }
    }
    args
}

/// Settings of a program are offered to the dao, which takes them over at once, or are taken over where that was done.
pub fn give_settings(scene: &mut Scene) -> Option<Call> {
    let (state, dao) = (scene.state(), pda::dao_authority().0);
    state.governance()?;
    let listing = state.listing_config()?;
    let (escrow, reward) = (state.escrow_config()?, state.reward_config()?);
    let court = state.dao_config()?;
    let authorities = [
        (program::LISTING, listing.authority),
        (program::ESCROW, escrow.authority),
        (program::REWARD, reward.authority),
        (program::DAO, court.authority),
    ];
    let held = authorities.iter().filter(|(_, key)| *key != dao);
    let held: Vec<_> = held.copied().collect();
    let (which, authority) = *scene.dice.choose(&held)?;
    let signer = scene.signer(&authority);
    let offer = match which {
        program::LISTING => l::update_config(signer, false, dao),
        program::ESCROW => {
            let args = EscrowArgs {
                paused: false,
                pending_authority: dao,
                treasury: dao,
                ..EscrowArgs::of(escrow)
            };
            e::update_config(&signer, args)
        }
        program::REWARD => {
            let args = RewardArgs {
                paused: false,
                pending_authority: dao,
                ..RewardArgs::of(reward)
            };
            r::update_config(&signer, args)
        }
        _ => {
            let args = CourtArgs {
                pending_authority: dao,
                ..court_args(scene)
            };
            d::update_config(&signer, args)
        }
    };
    let mut call = Call::of(offer);
    let taken = scene.or(which, |scene| scene.dice.pick([0, 1, 2, 3, 4, 5]));
    call.instructions.push(d::accept_authority(taken));
    Some(call)
}

/// Once the dao has settings of its own.
pub fn give_upgrades(scene: &mut Scene) -> Option<Change> {
    let dao = pda::dao_authority().0;
    let has = scene.state().dao_config()?.authority == dao;
    has.then_some(Change::GiveUpgrades)
}

pub fn hand_over(scene: &mut Scene) -> Option<Instruction> {
    let governance = scene.state().governance()?;
    let waits = governance.handed_over_at == 0;
    (waits || scene.blind()).then(d::hand_over)
}

//! Before the dao stands alone: its settings, its steward, and the hand-over.

use dao::{
    error::DaoError,
    instructions::GovernanceArgs,
    state::{Config, origin, program, proposal_status},
};
use escrow::state::Config as EscrowConfig;
use listing::{error::ListingError, state::Config as ListingConfig};
use pedigree_sdk::{
    instructions::{
        dao::{self as ix, Action},
        reward as on_reward,
    },
    pda,
    programs::{DAO, ESCROW, LISTING, REWARD},
};
use reward::state::Config as RewardConfig;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{assembly::*, world::*};

const PAUSE: Action = Action::UpdateListing { paused: true };

#[test]
fn p47_nobody_but_the_upgrade_authority_makes_the_governance_and_once() {
    let mut a = Assembly::bare(1);
    let (stranger, upgrader) = (a.stranger.insecure_clone(), a.upgrader());
    let (key, steward) = (stranger.pubkey(), a.steward.pubkey());
    let (guardians, args) = (a.named(2), governance_args());
    let by_stranger = ix::initialize_governance(&key, &key, &steward, FLOOR, guardians, args);
    a.refused(by_stranger, DaoError::NotUpgradeAuthority);
    let initialize = a.initialize_ix(FLOOR, guardians, args);
    let mut other_mint = initialize.clone();
    let mint = a.chain.mint(testkit::TokenProgram::Classic);
    other_mint.accounts[4].pubkey = mint.address;
    a.chain.refused(
        &[other_mint],
        &[&upgrader, &stranger],
        DaoError::WrongAccount,
    );
    // Lamports that somebody sent there beforehand do not block it.
    a.chain.fund(&pda::governance().0, 1);
    a.chain.fund(&pda::deposits().0, 1);
    a.chain
        .ok(std::slice::from_ref(&initialize), &[&upgrader, &stranger]);
    a.chain
        .send(&[initialize], &[&upgrader, &stranger])
        .expect_err("once");
    let governance = a.governance();
    assert_eq!(
        (governance.steward, governance.authority, governance.mint),
        (steward, authority(), pda::token().0)
    );
    assert_eq!(governance.handover_floor, FLOOR);
    assert_eq!(governance.guardians[..3], a.keys(&[0, 1, 2])[..]);
}

/// One setting, and how it is refused.
type Change = (fn(&mut GovernanceArgs), DaoError);

#[test]
fn settings_of_the_vote_out_of_their_bounds_are_refused() {
    let mut a = Assembly::bare(1);
    let changes: [Change; 10] = [
        (
            |a| a.voting_period = DAY as u32 - 1,
            DaoError::VotingPeriodOutOfBounds,
        ),
        (
            |a| a.voting_period = 14 * DAY as u32 + 1,
            DaoError::VotingPeriodOutOfBounds,
        ),
        (|a| a.quorum_ppm = 9_999, DaoError::QuorumOutOfBounds),
        (|a| a.quorum_ppm = 400_001, DaoError::QuorumOutOfBounds),
        (
            |a| a.threshold_ppm = 500_000,
            DaoError::ThresholdOutOfBounds,
        ),
        (
            |a| a.threshold_ppm = 900_001,
            DaoError::ThresholdOutOfBounds,
        ),
        (|a| a.quorum_floor = 0, DaoError::FloorOutOfBounds),
        (
            |a| a.quorum_floor = FLOOR / 2 + 1,
            DaoError::FloorOutOfBounds,
        ),
        (|a| a.deposit = 0, DaoError::FloorOutOfBounds),
        (|a| a.deposit = FLOOR + 1, DaoError::FloorOutOfBounds),
    ];
    let (upgrader, stranger) = (a.upgrader(), a.stranger.insecure_clone());
    for (change, error) in changes {
        let mut args = governance_args();
        change(&mut args);
        let initialize = a.initialize_ix(FLOOR, a.named(2), args);
        a.chain
            .refused(&[initialize], &[&upgrader, &stranger], error);
    }
    let keys = a.keys(&[0, 1, 2]);
    let hole = [keys[0], Pubkey::default(), keys[1]];
    for guardians in [
        named(&keys, 0),
        named(&keys, 4),
        named(&[], 1),
        named(&hole, 1),
        named(&[keys[0], keys[1], keys[0]], 1),
        named(&[keys[0], keys[0]], 1),
    ] {
        let initialize = a.initialize_ix(FLOOR, guardians, governance_args());
        a.chain.refused(
            &[initialize],
            &[&upgrader, &stranger],
            DaoError::GuardiansOutOfBounds,
        );
    }
    let none = a.initialize_ix(0, a.named(2), governance_args());
    a.chain
        .refused(&[none], &[&upgrader, &stranger], DaoError::FloorOutOfBounds);
    let args = GovernanceArgs {
        voting_period: DAY as u32,
        quorum_ppm: 10_000,
        quorum_floor: FLOOR / 2,
        threshold_ppm: 900_000,
        deposit: FLOOR,
    };
    let at_its_bounds = a.initialize_ix(FLOOR, named(&[], 0), args);
    a.chain.ok(&[at_its_bounds], &[&upgrader, &stranger]);
}

#[test]
fn the_stewards_actions_need_no_vote_wait_for_the_same_lock_and_can_be_vetoed() {
    let mut a = Assembly::new(1);
    let stranger = a.stranger.insecure_clone();
    let mut by_stranger = a.decree_ix(&PAUSE);
    by_stranger.accounts[0].pubkey = stranger.pubkey();
    a.refused(by_stranger, DaoError::NotSteward);
    let number = a.decree(&PAUSE);
    let proposal = a.proposal(number);
    assert_eq!(
        (proposal.status, proposal.origin),
        (proposal_status::QUEUED, origin::STEWARD)
    );
    let now = a.chain.now();
    assert_eq!((proposal.ends_at, proposal.execute_from), (now, now + LOCK));
    let execute = a.execute_ix(number, &PAUSE);
    a.at(now + LOCK - 1);
    a.refused(execute.clone(), DaoError::TimeLocked);
    // Nobody votes on it, and it has no deposit.
    let (cast, owner) = (a.cast_ix(number, 0, NO), a.owner(0));
    a.refused_by(cast, &owner, DaoError::VotingOver);
    a.refused(
        ix::pay_deposit(number, &stranger.pubkey(), None),
        DaoError::NothingDue,
    );
    a.at(now + LOCK);
    a.crank(execute);
    let config: ListingConfig = a.chain.state(&pda::listing_config().0);
    assert_eq!(config.paused, 1);
    let second = a.decree(&PAUSE);
    let both = a.keys(&[0, 1]);
    a.guard(ix::veto(second, &both));
    let guardians = a.decree(&Action::SetGuardians(a.named(1)));
    let proposal = a.proposal(guardians);
    assert_eq!(proposal.execute_from - proposal.ends_at, LONG_LOCK);
    a.unguarded(ix::veto(guardians, &both), DaoError::NoVeto);
    // The same bounds hold for it.
    let (steward, payer) = (a.steward.insecure_clone(), stranger);
    let mut args = escrow_args(&payer.pubkey());
    args.fee_ppm = 100_001;
    let decree = a.decree_ix(&Action::UpdateEscrow(args));
    a.chain
        .refused(&[decree], &[&steward, &payer], DaoError::ActionOutOfBounds);
    // Once it has ended, its account closes as others' do.
    a.pass(30 * DAY + 1);
    let close = ix::close_proposal(&payer.pubkey(), number, &payer.pubkey());
    a.crank(close);
}

#[test]
fn the_steward_goes_for_ever_once_the_floor_is_reached_and_everything_is_the_daos() {
    let mut a = Assembly::whole(1);
    give_upgrades(&mut a);
    let owner = a.owner(3);
    let unlock = on_reward::request_unlock(&owner.pubkey(), 0);
    a.chain.ok(&[unlock], &[&owner]);
    // 9,000, then 9,999, then 10,000, which count once they have lain there.
    a.refused(ix::hand_over(), DaoError::FloorNotReached);
    a.world.voter(999);
    a.pass(14 * DAY);
    a.refused(ix::hand_over(), DaoError::FloorNotReached);
    a.world.voter(1);
    a.refused(ix::hand_over(), DaoError::FloorNotReached);
    a.pass(14 * DAY);
    let (waiting, queued) = (a.propose(&PAUSE), a.decree(&PAUSE));
    let outcome = a.crank(ix::hand_over());
    println!("hand_over {}", outcome.compute_units);
    let governance = a.governance();
    assert_eq!(governance.steward, Pubkey::default());
    assert_eq!(governance.handed_over_at, a.chain.now());
    a.refused(ix::hand_over(), DaoError::NotSteward);
    // Nothing more is the steward's to say, nor what waits of it.
    let decree = a.decree_ix(&PAUSE);
    let (steward, payer) = (a.steward.insecure_clone(), a.stranger.insecure_clone());
    a.chain
        .refused(&[decree], &[&steward, &payer], DaoError::NotSteward);
    let from = a.proposal(queued).execute_from;
    a.at(from);
    let execute = a.execute_ix(queued, &PAUSE);
    a.refused(execute, DaoError::StewardGone);
    a.at(from + EXECUTABLE);
    a.crank(ix::expire(queued));
    // What members propose is carried out as before.
    a.crank(ix::conclude(waiting));
    let number = a.propose(&PAUSE);
    a.vote(number, &[YES; 3]);
    a.conclude(number);
    let from = a.proposal(number).execute_from;
    a.at(from);
    let execute = a.execute_ix(number, &PAUSE);
    a.crank(execute);
}

type Set = fn(&mut Assembly, Pubkey);

/// So many of [`SETTINGS`] are the dao's at the hand-over; the others name nobody.
const OWNED: usize = 5;
/// Who owns each program's settings and escrow's fees, and to whom settings are offered.
const SETTINGS: [Set; 9] = [
    |a, key| on_listing_config(a, |config| config.authority = key),
    |a, key| on_escrow_config(a, |config| config.authority = key),
    |a, key| on_reward_config(a, |config| config.authority = key),
    |a, key| on_dao_config(a, |config| config.authority = key),
    |a, key| on_escrow_config(a, |config| config.treasury = key),
    |a, key| on_listing_config(a, |config| config.pending_authority = key),
    |a, key| on_escrow_config(a, |config| config.pending_authority = key),
    |a, key| on_reward_config(a, |config| config.pending_authority = key),
    |a, key| on_dao_config(a, |config| config.pending_authority = key),
];

fn on_listing_config(a: &mut Assembly, change: impl FnOnce(&mut ListingConfig)) {
    a.chain.edit_state(&pda::listing_config().0, change);
}

fn on_escrow_config(a: &mut Assembly, change: impl FnOnce(&mut EscrowConfig)) {
    a.chain.edit_state(&pda::escrow_config().0, change);
}

fn on_reward_config(a: &mut Assembly, change: impl FnOnce(&mut RewardConfig)) {
    a.chain.edit_state(&pda::reward_config().0, change);
}

fn on_dao_config(a: &mut Assembly, change: impl FnOnce(&mut Config)) {
    a.chain.edit_state(&pda::dao_config().0, change);
}

#[test]
fn there_is_no_hand_over_while_settings_or_upgrades_of_any_program_are_anothers() {
    let mut a = Assembly::whole(1);
    let hand_over = ix::hand_over();
    a.refused(hand_over.clone(), DaoError::NotTheDaos);
    give_upgrades(&mut a);
    let other = a.stranger.pubkey();
    for program in [LISTING, ESCROW, REWARD, DAO] {
        let data = pda::program_data(&program).0;
        let set = |a: &mut Assembly, key: Pubkey| {
            a.chain.edit(&data, |data| {
                data[13..45].copy_from_slice(key.as_ref());
            });
        };
        set(&mut a, other);
        a.refused(hand_over.clone(), DaoError::NotTheDaos);
        set(&mut a, authority());
    }
    let nobody = Pubkey::default();
    for (at, set) in SETTINGS.into_iter().enumerate() {
        set(&mut a, other);
        a.refused(hand_over.clone(), DaoError::NotTheDaos);
        set(&mut a, if at < OWNED { authority() } else { nobody });
    }
    a.crank(hand_over);
}

#[test]
fn the_dao_takes_over_only_what_was_given_to_it() {
    let mut a = Assembly::new(1);
    let stranger = a.stranger.insecure_clone();
    let accept = ix::accept_authority(program::LISTING);
    a.chain.refused(
        std::slice::from_ref(&accept),
        &[&stranger],
        ListingError::NotPendingAuthority,
    );
    for which in [0, 5, 255] {
        a.refused(ix::accept_authority(which), DaoError::NoSuchProgram);
    }
    let mut unsigned = accept.clone();
    unsigned.accounts[1].pubkey = stranger.pubkey();
    a.refused(unsigned, DaoError::WrongAccount);
    a.chain
        .edit_state(&pda::listing_config().0, |config: &mut ListingConfig| {
            config.authority = stranger.pubkey();
            config.pending_authority = authority();
        });
    a.crank(accept);
    let config: ListingConfig = a.chain.state(&pda::listing_config().0);
    assert_eq!(
        (config.authority, config.pending_authority),
        (authority(), Pubkey::default())
    );
}

//! Settings.

use dao::{error::DaoError, instructions::ConfigArgs, state::Config};
use pedigree_sdk::{instructions::dao as ix, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn p47_nobody_but_the_upgrade_authority_initializes_and_once() {
    let mut w = World::bare(1);
    let stranger = w.stranger.pubkey();
    let by_stranger = ix::initialize(&stranger, &stranger, &stranger, w.args());
    w.refused(by_stranger, DaoError::NotUpgradeAuthority);
    w.chain.fund(&pda::dao_config().0, 1);
    let initialize = w.initialize_ix(w.args());
    let (upgrader, payer) = (w.upgrader(), w.stranger.insecure_clone());
    w.chain
        .ok(std::slice::from_ref(&initialize), &[&upgrader, &payer]);
    w.chain
        .send(&[initialize], &[&upgrader, &payer])
        .expect_err("once");
    let config: Config = w.chain.state(&pda::dao_config().0);
    assert_eq!(
        (config.authority, config.mint),
        (w.admin.pubkey(), pda::token().0)
    );
}

/// One setting, given the seconds of a day, and how it is refused.
type Change = (fn(&mut ConfigArgs, u32), DaoError);

#[test]
fn settings_out_of_their_bounds_are_refused() {
    let mut w = World::new(1);
    let day = DAY as u32;
    let changes: [Change; 12] = [
        (|a, _| a.evidence = 3_599, DaoError::PhaseOutOfBounds),
        (|a, _| a.commit = 3_599, DaoError::PhaseOutOfBounds),
        (|a, _| a.reveal = 3_599, DaoError::PhaseOutOfBounds),
        (|a, day| a.reveal = 7 * day + 1, DaoError::PhaseOutOfBounds),
        (
            |a, day| a.evidence = 5 * day + 1,
            DaoError::PhaseOutOfBounds,
        ),
        (|a, _| a.appeal = 3_599, DaoError::AppealOutOfBounds),
        (|a, day| a.appeal = 4 * day + 1, DaoError::AppealOutOfBounds),
        (|a, _| a.quorum_ppm = 0, DaoError::QuorumOutOfBounds),
        (|a, _| a.quorum_ppm = 200_001, DaoError::QuorumOutOfBounds),
        (|a, _| a.quorum_floor = 0, DaoError::QuorumOutOfBounds),
        (|a, _| a.case_bond = 0, DaoError::BondOutOfBounds),
        (|a, _| a.appeal_bond = 0, DaoError::BondOutOfBounds),
    ];
    let admin = w.admin.insecure_clone();
    for (change, error) in changes {
        let mut args = w.args();
        change(&mut args, day);
        let update = ix::update_config(&admin.pubkey(), args);
        w.chain.refused(&[update], &[&admin], error);
    }
    w.update(|args| args.evidence = 5 * day);
}

#[test]
fn the_authority_alone_changes_settings_and_hands_them_over() {
    let mut w = World::new(1);
    let stranger = w.stranger.pubkey();
    let update = ix::update_config(&stranger, w.args());
    w.refused(update, DaoError::NotConfigAuthority);
    w.refused(
        ix::accept_config_authority(&stranger),
        DaoError::NotPendingAuthority,
    );
    w.update(|args| args.pending_authority = stranger);
    w.crank(ix::accept_config_authority(&stranger));
    let config: Config = w.chain.state(&pda::dao_config().0);
    assert_eq!(config.authority, stranger);
    assert_eq!(config.pending_authority, Pubkey::default());
}

#[test]
fn p54_settings_changed_meanwhile_touch_no_open_dispute() {
    let mut w = World::new(1);
    let (_, dispute) = w.order_case();
    let before = w.dispute(&dispute);
    w.update(|args| {
        args.evidence = DAY as u32;
        args.quorum_floor = 1;
        args.appeal_bond = 1;
    });
    assert_eq!(w.dispute(&dispute), before);
}

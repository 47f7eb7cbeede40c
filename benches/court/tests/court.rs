//! Properties of the simulated disputes, and that the figures depend on the seed alone.

use dao::state::Config;
use simulate::{
    PERCENTS,
    assumptions::{Assumptions, court, governance},
    case::{Case, Setting, play},
    jury::Jury,
    strategy::{Side, Strategy},
    votes::{Plot, taken, vote},
};

const RUNS: u64 = 60;
const SEED: u64 = 7;

fn assumed() -> Assumptions {
    Assumptions {
        active: 10_000_000,
        jurors: 100,
        turnout: vec![15, 25, 40],
        error: 15,
        silent: 2,
        vigilance: 90,
        capital: 10,
        fall: 10,
        price: 1_000_000,
        deposit: 1_000_000,
        vote_turnout: 20,
        veto: 90,
    }
}

/// Disputes of one kind, by run.
fn cases(assumed: &Assumptions, percent: u64, strategy: Strategy, side: Side) -> Vec<Case> {
    let config: Config = court().unwrap();
    let own = assumed.part(percent);
    let jury = Jury::new(assumed.weight() - own, assumed.jurors);
    let setting = Setting {
        assumed,
        config: &config,
        jury: &jury,
        side,
        strategy,
        own,
        seed: SEED,
    };
    let played = (0..RUNS).map(|run| play(&setting, run));
    played.collect::<Result<_, _>>().unwrap()
}

fn everything() -> impl Iterator<Item = (u64, Strategy, Side)> {
    PERCENTS.into_iter().flat_map(|percent| {
        Strategy::EVERY.into_iter().flat_map(move |strategy| {
            [Side::Seller, Side::Buyer].map(|side| (percent, strategy, side))
        })
    })
}

#[test]
fn the_same_seed_gives_the_same_figures_and_another_one_others() {
    let [first, again, other] = [1, 1, 2].map(|seed| simulate::run(&assumed(), seed, 8).unwrap());
    assert_eq!(first, again);
    assert_eq!(first.tables(), again.tables());
    assert_ne!(first.seller, other.seller);
    assert_ne!(first.votes, other.votes);
}

#[test]
fn p10_what_jurors_gain_is_what_jurors_and_appellants_lose_in_every_run() {
    let (mut gains, mut appeals) = (0, 0);
    for (percent, strategy, side) in everything() {
        for case in cases(&assumed(), percent, strategy, side) {
            let purses = [case.attacker, case.honest, case.bribed];
            let gained: u64 = purses.iter().map(|purse| purse.gains).sum();
            let lost: u64 = purses.iter().map(|purse| purse.losses).sum();
            let bonds = case.attacker_appeals + case.wronged_appeals;
            assert_eq!(gained, lost + bonds, "{percent} % {strategy:?} {side:?}");
            (gains, appeals) = (gains + gained, appeals + bonds);
        }
    }
    assert!(gains > 0 && appeals > 0);
}

#[test]
fn p48_less_than_half_of_what_a_last_round_revealed_never_moves_its_ruling() {
    // With jurors who do not err: those who do are as good as the attacker's.
    let assumed = Assumptions {
        error: 0,
        ..assumed()
    };
    let (mut below, mut above) = (0, 0);
    for (percent, strategy, side) in everything() {
        for case in cases(&assumed, percent, strategy, side) {
            let (Some(share), Some((own, all))) = (case.share, case.last_ruled) else {
                continue;
            };
            if 2 * own < all {
                assert_eq!(share, 25 * side.truth(), "{percent} % {strategy:?}");
                below += 1;
            } else if 2 * own > all {
                assert_eq!(share, 25 * side.wanted(), "{percent} % {strategy:?}");
                above += 1;
            }
        }
    }
    assert!(below > 0 && above > 0);
}

#[test]
fn two_thirds_of_the_weight_rule_whatever_others_do() {
    for side in [Side::Seller, Side::Buyer] {
        for case in cases(&assumed(), 67, Strategy::All, side) {
            assert_eq!(case.share, Some(25 * side.wanted()));
        }
    }
}

#[test]
fn a_hundred_positions_do_what_one_does_at_the_same_cost() {
    for percent in PERCENTS {
        let [one, many] = [Strategy::All, Strategy::Split]
            .map(|strategy| cases(&assumed(), percent, strategy, Side::Seller));
        for (one, many) in one.iter().zip(&many) {
            assert_eq!((one.share, one.rounds), (many.share, many.rounds));
            // Each position's bond is rounded up to an even one.
            let difference = one.attacker.net() - many.attacker.net();
            assert!(difference.abs() <= 2 * 100 * 3, "{difference}");
        }
    }
}

#[test]
fn p48_who_outruns_the_quorum_after_losing_gains_nothing_and_who_stays_away_loses_nothing() {
    for percent in PERCENTS {
        for case in cases(&assumed(), percent, Strategy::Away, Side::Seller) {
            assert_eq!((case.attacker.net(), case.laid_out), (0, 0));
        }
        for side in [Side::Seller, Side::Buyer] {
            for case in cases(&assumed(), percent, Strategy::Late, side) {
                assert_eq!(case.attacker.losses, 0, "it votes where it cannot lose");
            }
        }
    }
}

#[test]
fn a_proposal_passes_by_no_less_than_its_threshold_of_yes_and_no() {
    let (mut passed, mut failed) = (0, 0);
    for percent in PERCENTS {
        for plot in Plot::EVERY {
            for run in 0..RUNS {
                let voted = vote(&assumed(), &governance(), (percent, plot), (SEED, run)).unwrap();
                if plot == Plot::Guardians && voted.accepted {
                    assert!(voted.yes >= 2 * voted.no);
                }
                let is_majority = voted.quorate && voted.yes > voted.no;
                assert!(is_majority || !voted.accepted);
                (passed, failed) = match voted.accepted {
                    true => (passed + 1, failed),
                    false => (passed, failed + 1),
                };
            }
        }
    }
    assert!(passed > 0 && failed > 0);
}

#[test]
fn a_proposal_takes_a_quarter_of_the_treasury_and_many_take_nearly_all() {
    assert_eq!(taken(1), 250_000);
    assert_eq!(taken(4), 683_593);
    assert!(taken(16) > 989_000);
}

#[test]
fn what_the_text_says_is_what_the_command_prints() {
    let assumed = Assumptions {
        jurors: 400,
        ..assumed()
    };
    let text = include_str!("../../../docs/ATTACKS.md");
    for table in simulate::run(&assumed, 1, 500).unwrap().tables() {
        assert!(text.contains(&table), "docs/ATTACKS.md lacks:\n{table}");
    }
}

#[test]
fn settings_and_prices_are_those_that_a_network_begins_with() {
    let set_up = include_str!("../../../cli/src/up/setup.rs");
    for line in [
        "const MAX_DEPOSIT: u64 = 1_000_000_000_000;",
        "const PRICE: u64 = 1_000_000;",
        "const HANDOVER_FLOOR: u64 = 10_000_000 * TOKEN_UNIT;",
        "bond_ppm: 50_000,",
        "cooling: 15 * DAY,",
        "(2 * DAY, DAY)",
        "quorum_ppm: 50_000,\n        quorum_floor: 1_000 * TOKEN_UNIT,\n        case_bond: 100 * TOKEN_UNIT,\n        appeal_bond: 100 * TOKEN_UNIT,",
        "quorum_ppm: 100_000,\n        quorum_floor: 1_000 * TOKEN_UNIT,\n        threshold_ppm: 500_001,\n        deposit: 100 * TOKEN_UNIT,",
    ] {
        assert!(set_up.contains(line), "{line}");
    }
}

//! Few of the sequences that `make fuzz` runs many of.

use fuzz::{Plan, Report, selfdealing};

fn run(seed: u64, sequences: u64, threads: usize) -> Report {
    fuzz::run(&Plan {
        seed,
        sequences,
        length: 1600,
        threads,
    })
}

#[test]
fn p42_random_sequences_of_all_instructions_keep_every_rule() {
    let report = run(1, 28, 2);
    if let Some(failed) = &report.failed {
        panic!("seed 1: {failed}");
    }
    assert_eq!(report.never(), Vec::<&str>::new(), "{report:#?}");
}

#[test]
fn the_same_seed_gives_the_same_report_however_many_run_at_once() {
    assert_eq!(run(2, 3, 1), run(2, 3, 2));
}

#[test]
fn p45_over_ten_thousand_schedules_of_trades_disputes_and_attestations_no_self_dealer_profits() {
    let report = selfdealing::on_arithmetic(7, 10_000);
    assert_eq!(report.told, Vec::<String>::new());
    assert_eq!((report.schedules, report.profits), (10_000, 0));
    // Worth something only where most are minted something, and some the most that there is.
    assert!(
        report.minted > 5_000 && report.returned_ppm > 499_000,
        "{report:?}"
    );
}

#[test]
fn p45_on_a_chain_where_one_person_is_everybody_its_fees_bring_at_most_half() {
    let report = selfdealing::on_chain(7, 24, 2);
    assert_eq!(report.told, Vec::<String>::new());
    assert!(report.on_chain == 24 && report.minted > 0, "{report:?}");
}

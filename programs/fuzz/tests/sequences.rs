//! Few of the sequences that `make fuzz` runs many of.

use fuzz::{Plan, Report};

fn run(seed: u64, sequences: u64, threads: usize) -> Report {
    fuzz::run(&Plan {
        seed,
        sequences,
        length: 600,
        threads,
    })
}

#[test]
fn p42_random_sequences_of_all_instructions_keep_every_rule() {
    let report = run(1, 48, 2);
    if let Some(failed) = &report.failed {
        panic!("seed 1: {failed}");
    }
    assert_eq!(report.never(), Vec::<&str>::new(), "{report:#?}");
}

#[test]
fn the_same_seed_gives_the_same_report_however_many_run_at_once() {
    assert_eq!(run(2, 3, 1), run(2, 3, 2));
}

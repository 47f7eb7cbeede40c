//! Makes a failing sequence short.

use crate::{
    run::{Run, Stop},
    step::Step,
    world::World,
};

/// The fewest steps found of which the same rule does not hold, by their places in the sequence.
///
/// Drops ever smaller pieces for as long as any can be dropped: every step that is left is needed.
pub fn shrink(beginning: &World, steps: &[Step], stop: &Stop) -> Vec<usize> {
    let still_fails = |kept: &[usize]| {
        let steps: Vec<_> = kept.iter().map(|at| steps[*at]).collect();
        let stopped = Run::new(beginning).all(&steps).err();
        stopped.is_some_and(|found| found.violation.rule == stop.violation.rule)
    };
    let mut kept: Vec<usize> = (0..steps.len().min(stop.at + 1)).collect();
    let mut piece = kept.len() / 2;
    while piece > 0 {
        let before = kept.len();
        let mut end = kept.len();
        while end > 0 {
            let start = end.saturating_sub(piece);
            let mut fewer = kept.clone();
            fewer.drain(start..end);
            if still_fails(&fewer) {
                kept = fewer;
            }
            end = start;
        }
        if piece == 1 && kept.len() == before {
            break;
        }
        piece = if piece == 1 { 1 } else { piece / 2 };
    }
    kept
}

//! Whether the indexer's memory stays what it is, within each life of its process: one that was killed begins anew with
//! little, and what grows would never show across its ends.

use crate::{
    observe::Record,
    report::{quantile, sorted},
};

pub const MEGABYTE: f64 = 1024.0 * 1024.0;
/// What it may grow by from the second third of a life to the last.
const FLAT: f64 = 1.1;
/// Records of a life that is judged: three minutes. A shorter one says nothing but how a process begins.
const LEAST: usize = 36;

/// A life in which memory grew: seconds at its first record, and medians in MB of its second and of its last third.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    pub at_s: f64,
    pub second: f64,
    pub last: f64,
}

/// The lives in which memory grew.
pub fn growths(records: &[Record]) -> Vec<Growth> {
    lives(records).filter_map(grown).collect()
}

/// Records of each life that is long enough to be judged. Those of moments without a process belong to none.
fn lives(records: &[Record]) -> impl Iterator<Item = &[Record]> {
    records
        .chunk_by(|one, next| one.process == next.process)
        .filter(|life| life.len() >= LEAST && life[0].process.is_some())
}

fn grown(life: &[Record]) -> Option<Growth> {
    let third = life.len().div_ceil(3);
    let median = |part: &[Record]| {
        let bytes = part.iter().filter_map(|record| record.rss_bytes);
        quantile(&sorted(bytes.map(|bytes| bytes as f64 / MEGABYTE)), 0.5)
    };
    let growth = Growth {
        at_s: life[0].at_s,
        second: median(&life[third..2 * third]),
        last: median(&life[2 * third..]),
    };
    (growth.last > growth.second * FLAT).then_some(growth)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A life of a process that takes so many MB, one record after the other.
    fn life(process: u32, megabytes: impl IntoIterator<Item = u64>) -> Vec<Record> {
        let records = megabytes
            .into_iter()
            .zip(0u32..)
            .map(|(megabytes, at)| Record {
                at_s: f64::from(at * 5),
                orders_begun: 0,
                tip_slot: 0,
                indexed_slot: 0,
                lag_slots: 0,
                lag_s: 0.0,
                rss_bytes: Some(megabytes << 20),
                process: Some(process),
                database_bytes: None,
            });
        records.collect()
    }

    #[test]
    fn what_grows_in_each_life_and_falls_with_each_death_is_told() {
        let growing = || (100..160).map(|at| at * 2 - 100);
        let records = [life(1, growing()), life(2, growing()), life(3, growing())].concat();
        let [first, ..] = growths(&records)[..] else {
            panic!("nothing is told");
        };
        assert_eq!(growths(&records).len(), 3);
        assert_eq!((first.second, first.last), (160.0, 200.0));
        // Across lives the last third has no more than the second.
        assert_eq!(growths(&life(1, growing().cycle().take(180))), []);
    }

    #[test]
    fn a_start_and_what_wavers_by_less_than_a_tenth_are_no_growth() {
        let beginning = (0..20).map(|at| 20 + at);
        let flat = (0..40).map(|at| 40 + at % 4);
        assert_eq!(growths(&life(1, beginning.chain(flat))), []);
    }

    #[test]
    fn a_life_of_less_than_three_minutes_and_one_that_nobody_leads_are_not_judged() {
        let growing = |records| (0..records).map(|at| 10 + at * 10);
        let short = life(1, growing(LEAST as u64 - 1));
        assert_eq!(growths(&short), []);
        let mut nobody = life(2, growing(100));
        for record in &mut nobody {
            record.process = None;
        }
        assert_eq!(growths(&[short, nobody].concat()), []);
        assert_eq!(growths(&life(1, growing(LEAST as u64))).len(), 1);
    }
}

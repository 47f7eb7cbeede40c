//! What was wanted beside what was measured: bounds whose miss is a fault, and goals whose miss is only told.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::client::Measured;

/// Bytes of set A's tables and indexes.
const MOST_DISK: i64 = 10_000_000_000;

/// A goal of speed.
#[derive(Debug, Serialize)]
pub struct Goal {
    kind: String,
    clients: usize,
    unit: &'static str,
    goal: f64,
    measured: f64,
    met: bool,
}

/// Goals of the kinds that have one.
pub fn of(queries: &[Measured]) -> Vec<Goal> {
    queries.iter().filter_map(Goal::of).collect()
}

impl Goal {
    fn of(measured: &Measured) -> Option<Self> {
        let most_ms = match (measured.set, &measured.kind[..]) {
            ("A", "mix") => {
                return Some(Self::new(
                    measured,
                    "requests/s, at least",
                    500.0,
                    measured.per_s,
                ));
            }
            ("A", "count_exact_wide" | "facets_wide") => 1_000.0,
            ("A", "ancestors_200") => 2.0,
            ("A", "descendants_1000") => 15.0,
            ("A", "ancestors" | "descendants" | "descendants_cut") => return None,
            ("A", _) => 20.0,
            // Fifty ancestors, and some fifty descendants.
            ("B", "ancestors_one_level") => 2.0,
            ("B", "descendants_one_level") => 15.0,
            _ => return None,
        };
        Some(Self::new(
            measured,
            "p99 ms, at most",
            most_ms,
            measured.p99_ms,
        ))
    }

    fn new(of: &Measured, unit: &'static str, goal: f64, measured: f64) -> Self {
        Self {
            kind: of.kind.clone(),
            clients: of.clients,
            unit,
            goal,
            measured,
            met: if of.kind == "mix" {
                measured >= goal
            } else {
                measured <= goal
            },
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            unit,
            goal,
            measured,
            ..
        } = self;
        let missed = if self.met { "" } else { "  missed" };
        write!(
            f,
            "{kind:<28} {unit:<20} {goal:>7} {measured:>10.2}{missed}"
        )
    }
}

/// What must not be, and is, of a whole report.
pub fn faults(report: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for what in ["/exact", "/exact/sql"] {
        let compared = report.pointer(what).unwrap_or(&Value::Null);
        if compared["mismatches"]
            .as_u64()
            .is_some_and(|mismatches| mismatches > 0)
        {
            faults.push(format!(
                "{what}: {} of {} answers differ",
                compared["mismatches"], compared["queries"]
            ));
        }
    }
    let is = |place: &str| report.pointer(place).and_then(Value::as_u64);
    // What finds nothing shows nothing, and what is not compared neither.
    let (asked, found) = (is("/exact/queries"), is("/exact/found"));
    if asked > found.map(|found| found * 2) {
        faults.push(format!(
            "of {asked:?} random queries {found:?} found anything"
        ));
    }
    let is_asked = report["naive"]
        .as_array()
        .is_some_and(|naive| !naive.is_empty());
    if is_asked && is("/exact/sql/queries") < Some(1) {
        faults.push("no answer was compared with plain SQL's".to_owned());
    }
    let flood = &report["flood"];
    if flood["only_200_429_503"] == false {
        faults.push(format!(
            "flooded, it answers {}",
            flood["answers"]["statuses"]
        ));
    }
    if flood["within"] == false {
        faults.push(format!(
            "flooded, indexing is {} ms late at p99, more than {}",
            flood["flooded_lag_ms"]["p99"], flood["bound_ms"]
        ));
    }
    let disk = &report["set_a"]["loaded"]["disk_bytes"];
    if disk.as_i64().is_some_and(|disk| disk >= MOST_DISK) {
        faults.push(format!("set A takes {disk} bytes of disk"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_that_is_too_slow_misses_its_goal_and_a_mix_that_is_too_slow_does() {
        let of = |kind, ms| {
            let time = Duration::from_millis(ms);
            Goal::of(&Measured::of(kind, "A", 1, vec![time], time))
        };
        assert!(of("word_common", 20).unwrap().met && !of("word_common", 21).unwrap().met);
        assert!(of("facets_wide", 1_000).unwrap().met && !of("ancestors_200", 3).unwrap().met);
        assert!(of("mix", 1).unwrap().met && !of("mix", 3).unwrap().met);
        assert!(of("descendants_cut", 1).is_none());
    }

    #[test]
    fn each_bound_that_is_not_held_is_a_fault() {
        let sound = json!({
            "naive": [{}],
            "exact": { "queries": 9, "found": 5, "mismatches": 0, "sql": { "queries": 9, "mismatches": 0 } },
            "flood": { "only_200_429_503": true, "within": true },
            "set_a": { "loaded": { "disk_bytes": 1 } },
        });
        assert!(faults(&sound).is_empty());
        assert!(faults(&json!({ "flood": null })).is_empty());
        for (place, wrong) in [
            ("/exact/mismatches", json!(1)),
            ("/exact/sql/mismatches", json!(1)),
            ("/exact/found", json!(4)),
            ("/exact/sql/queries", json!(0)),
            ("/flood/only_200_429_503", json!(false)),
            ("/flood/within", json!(false)),
            ("/set_a/loaded/disk_bytes", json!(MOST_DISK)),
        ] {
            let mut report = sound.clone();
            *report.pointer_mut(place).unwrap() = wrong;
            assert_eq!(faults(&report).len(), 1, "{place}");
        }
    }
}

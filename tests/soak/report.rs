//! What was measured, as JSON, as a table and as a plot.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use serde_json::{Value, json};

use crate::{
    Options, Result,
    faults::{Fault, Injected},
    memory::{self, Growth, MEGABYTE},
    observe::{Look, Observed},
    plot,
    trade::Sold,
    verify::Findings,
};

/// A lag below this counts as none.
const CAUGHT_UP_S: f64 = 1.0;

pub struct Report<'a> {
    pub options: &'a Options,
    pub injected: &'a [Injected],
    pub observed: &'a Observed,
    pub sold: &'a Sold,
    pub findings: &'a Findings,
    /// How often the indexer ended by itself.
    pub indexer: u32,
}

/// What one fault did.
pub struct Effect {
    pub fault: Fault,
    pub began: Duration,
    pub ended: Duration,
    pub worst_slots: u64,
    pub worst_s: f64,
    /// Seconds from its end until the index had caught up; none where the next one came first.
    pub caught_up_s: Option<f64>,
}

/// Furthest behind that the indexer may ever be, in seconds: nothing keeps it from its node for longer than 30.
const MOST_LAG_S: f64 = 40.0;

impl Report<'_> {
    pub fn write(&self) -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
        fs::create_dir_all(&folder)?;
        let effects = self.effects();
        let json = serde_json::to_string_pretty(&self.json(&effects))? + "\n";
        fs::write(folder.join("soak.json"), json)?;
        fs::write(folder.join("soak.svg"), plot::svg(self.observed, &effects))?;
        let table = self.table(&effects);
        fs::write(folder.join("soak.md"), &table)?;
        println!("{table}");
        Ok(())
    }

    /// # Errors
    /// Where anything was lost, came twice or differs, where the indexer ended, or where it did not catch up.
    pub fn verdict(&self) -> Result<()> {
        let mut wrong = self.findings.wrong.clone();
        if self.indexer > 0 {
            wrong.push(format!(
                "the indexer ended by itself {} times",
                self.indexer
            ));
        }
        let late = self
            .effects()
            .into_iter()
            .filter(|effect| effect.caught_up_s.is_none());
        wrong.extend(late.map(|effect| format!("not caught up after: {}", effect.fault.name())));
        let lags = self.observed.looks.iter().map(|look| look.seconds);
        let lag = lags.fold(0.0, f64::max);
        if lag > MOST_LAG_S {
            wrong.push(format!("{lag:.1} s behind, {MOST_LAG_S} at most"));
        }
        wrong.extend(memory::growths(&self.observed.records).iter().map(
            |Growth { at_s, second, last }| {
                format!(
                    "memory of the process of {at_s:.0} s grew from {second:.0} to {last:.0} MB between the second and the last \
                     third of its life"
                )
            },
        ));
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.join("\n").into())
    }

    fn effects(&self) -> Vec<Effect> {
        let ends = self.injected.iter().skip(1).map(|next| next.began);
        let until = ends.chain([Duration::MAX]);
        let effects = self.injected.iter().zip(until).map(|(injected, until)| {
            let looks = self.observed.looks.iter();
            let looks = looks.filter(|look| look.at >= injected.began && look.at < until);
            let looks: Vec<&Look> = looks.collect();
            let mut after = looks.iter().skip_while(|look| look.at < injected.ended);
            // Of one that lasts until the next begins, the last look tells.
            let caught_up = match after.clone().next() {
                Some(_) => after.find(|look| look.seconds < CAUGHT_UP_S),
                None => looks.last().filter(|look| look.seconds < CAUGHT_UP_S),
            };
            Effect {
                fault: injected.fault,
                began: injected.began,
                ended: injected.ended,
                worst_slots: looks
                    .iter()
                    .map(|look| look.slots)
                    .max()
                    .unwrap_or_default(),
                worst_s: looks.iter().map(|look| look.seconds).fold(0.0, f64::max),
                caught_up_s: caught_up
                    .map(|look| look.at.saturating_sub(injected.ended).as_secs_f64()),
            }
        });
        effects.collect()
    }

    fn json(&self, effects: &[Effect]) -> Value {
        let faults = effects.iter().map(|effect| {
            json!({
                "fault": format!("{:?}", effect.fault),
                "began_s": effect.began.as_secs_f64(),
                "ended_s": effect.ended.as_secs_f64(),
                "worst_lag_slots": effect.worst_slots,
                "worst_lag_s": effect.worst_s,
                "caught_up_s": effect.caught_up_s,
            })
        });
        json!({
            "minutes": self.options.minutes,
            "orders_per_s": self.options.rate,
            "indexer_ended_by_itself": self.indexer,
            "endings": self.endings(),
            "findings": self.findings,
            "faults": faults.collect::<Vec<_>>(),
            "samples": self.observed.records,
        })
    }

    fn endings(&self) -> BTreeMap<String, usize> {
        let mut endings = BTreeMap::new();
        for ending in self.sold.orders.values() {
            *endings.entry(format!("{ending:?}")).or_default() += 1;
        }
        endings
    }

    /// In Markdown: the faults by kind, and the figures of the whole.
    fn table(&self, effects: &[Effect]) -> String {
        let mut by_kind: Vec<(Fault, Vec<&Effect>)> = Vec::new();
        for effect in effects {
            match by_kind.iter_mut().find(|(fault, _)| *fault == effect.fault) {
                Some((_, of_kind)) => of_kind.push(effect),
                None => by_kind.push((effect.fault, vec![effect])),
            }
        }
        let mut text = "| fault | times | worst lag, slots | worst lag, s | caught up after, s |\n\
                        |---|---|---|---|---|\n"
            .to_owned();
        for (fault, of_kind) in by_kind {
            let worst = |of: fn(&Effect) -> f64| of_kind.iter().map(|e| of(e)).fold(0.0, f64::max);
            text += &format!(
                "| {} | {} | {} | {:.1} | {:.1} |\n",
                fault.name(),
                of_kind.len(),
                worst(|effect| effect.worst_slots as f64),
                worst(|effect| effect.worst_s),
                worst(|effect| effect.caught_up_s.unwrap_or(f64::INFINITY)),
            );
        }
        text + "\n" + &self.figures()
    }

    fn figures(&self) -> String {
        let findings = self.findings;
        let records = &self.observed.records;
        let memory = records.iter().filter_map(|record| record.rss_bytes);
        let memory: Vec<f64> = memory.map(|bytes| bytes as f64 / MEGABYTE).collect();
        let size = records
            .iter()
            .rev()
            .find_map(|record| record.database_bytes);
        let slots = records.last().map_or(0, |record| record.tip_slot);
        let lags = sorted(self.observed.looks.iter().map(|look| look.seconds));
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|part| quantile(&lags, part));
        format!(
            "- orders sent {}, served {}, equal to their accounts {}, closed {}\n\
             - accounts of all programs {}, served as the chain has them {}\n\
             - events in the log {}, none twice; finalized by the end {}\n\
             - network's slots {slots}\n\
             - lag in seconds: p50 {p50:.2}, p90 {p90:.2}, p99 {p99:.2}, max {:.2}\n\
             - memory of the indexer in MB: p50 {:.0}, max {:.0}\n\
             - size of the database in MB: {:.0}\n\
             - not as it has to be: {}\n",
            findings.orders_sent,
            findings.orders_served,
            findings.match_chain,
            findings.closed,
            findings.accounts_on_chain,
            findings.accounts_match,
            findings.events,
            findings.finalized,
            lags.last().copied().unwrap_or_default(),
            quantile(&sorted(memory.iter().copied()), 0.5),
            memory.iter().copied().fold(0.0, f64::max),
            size.unwrap_or_default() as f64 / MEGABYTE,
            findings.wrong.len(),
        )
    }
}

pub fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((last as f64 * part).round() as usize)
        .copied()
        .unwrap_or_default()
}

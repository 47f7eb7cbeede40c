//! The report as tables in Markdown, as docs/ATTACKS.md has them.

use std::fmt::Write as _;

use crate::{
    PERCENTS, Report, Variant,
    assumptions::TOKEN,
    court::{Row, best},
    strategy::Strategy,
    votes::Plot,
};

impl Report {
    /// All tables, in the order in which the text has them.
    pub fn tables(&self) -> Vec<String> {
        vec![
            self.gains(),
            self.costs(),
            variants(&self.turnouts),
            variants(&self.sizes),
            self.proposals(),
        ]
    }

    /// What of the deposit each strategy brings.
    fn gains(&self) -> String {
        let strategies: Vec<_> = Strategy::EVERY
            .into_iter()
            .filter(|strategy| *strategy != Strategy::Split)
            .collect();
        let mut head = vec!["weight".to_owned()];
        head.extend(strategies.iter().map(|strategy| strategy.name().to_owned()));
        head.push("buyer's best".to_owned());
        let mut table = vec![head];
        for percent in PERCENTS {
            let mut line = vec![format!("{percent} %")];
            for strategy in &strategies {
                let row = find(&self.seller, percent, *strategy);
                line.push(row.map_or_else(String::new, |row| of_ppm(row.gain_ppm)));
            }
            let buyer = self.buyer.iter().filter(|row| row.percent == percent);
            let most = buyer.map(|row| row.gain_ppm).max();
            line.push(of_ppm(most.unwrap_or_default()));
            table.push(line);
        }
        markdown(&table)
    }

    /// What it costs to vote always, and to do what brings most.
    fn costs(&self) -> String {
        let head = [
            "weight",
            "strategy",
            "final at 100 / 75 / 50 / 25 / 0 / none",
            "lost",
            "won",
            "worst",
            "others' gain",
            "capital, days",
            "pays above",
            "with a fall",
            "profit",
            "deterring fall",
        ];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for percent in PERCENTS {
            let all = find(&self.seller, percent, Strategy::All);
            let best = best(&self.seller, percent).filter(|row| row.strategy != Strategy::All);
            for row in all.into_iter().chain(best) {
                let mut ends: Vec<String> = row
                    .shares
                    .iter()
                    .rev()
                    .map(|count| of_runs(*count, row.runs))
                    .collect();
                ends.push(of_runs(row.undecided, row.runs));
                table.push(vec![
                    format!("{percent} %"),
                    row.strategy.name().to_owned(),
                    ends.join(" / "),
                    tokens(row.lost as i64),
                    tokens(row.won as i64),
                    tokens(row.worst),
                    tokens(row.others),
                    format!("{}, {}", tokens(row.capital as i64), row.days),
                    deposit(row.pays_above),
                    deposit(row.pays_above_with_fall),
                    tokens(row.profit),
                    deterring(row.deterring_fall_ppm),
                ]);
            }
        }
        markdown(&table)
    }

    fn proposals(&self) -> String {
        let head = [
            "weight",
            "takes, seen",
            "takes, last hour",
            "past guardians",
            "names guardians",
            "deposit lost",
            "treasury above",
            "others' passes, against it",
            "without it",
        ];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for percent in PERCENTS {
            let find = |plot| {
                let mut rows = self.votes.iter();
                rows.find(|row| row.percent == percent && row.plot == plot)
            };
            let accepted =
                |plot| find(plot).map_or_else(String::new, |row| of_runs(row.accepted, row.runs));
            let last = find(Plot::LastHour);
            let of_last = |count: fn(&crate::votes::VoteRow) -> u64| {
                last.map_or_else(String::new, |row| of_runs(count(row), row.runs))
            };
            table.push(vec![
                format!("{percent} %"),
                accepted(Plot::Seen),
                accepted(Plot::LastHour),
                of_last(|row| row.executed_past_guardians),
                accepted(Plot::Guardians),
                of_last(|row| row.deposits_lost),
                deposit(last.and_then(|row| row.pays_above)),
                accepted(Plot::Against),
                accepted(Plot::Away),
            ]);
        }
        markdown(&table)
    }
}

fn variants(all: &[Variant]) -> String {
    let head = [
        "active",
        "turnout",
        "error",
        "without weight",
        "half the deposit from",
        "pays above, with a fall",
        "of active",
    ];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for variant in all {
        let turnout: Vec<_> = variant.turnout.iter().map(u64::to_string).collect();
        let least = variant.least_percent;
        // In thousandths of a hundredth of the active weight, at a price of one.
        let part = variant.pays_above_with_fall.map(|deposit| {
            let part = u128::from(deposit) * 100_000 / u128::from(variant.active * TOKEN);
            format!("{}.{:03} %", part / 1_000, part % 1_000)
        });
        table.push(vec![
            grouped(variant.active as i64),
            format!("{} %", turnout.join(", ")),
            format!("{} %", variant.error),
            of_ppm(variant.without_ppm),
            least.map_or_else(nothing, |percent| format!("{percent} %")),
            deposit(variant.pays_above_with_fall),
            part.unwrap_or_else(nothing),
        ]);
    }
    markdown(&table)
}

fn find(rows: &[Row], percent: u64, strategy: Strategy) -> Option<&Row> {
    let mut rows = rows.iter();
    rows.find(|row| row.percent == percent && row.strategy == strategy)
}

fn nothing() -> String {
    "-".to_owned()
}

/// A percentage with one decimal.
fn of_ppm(ppm: i64) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let tenths = (ppm.unsigned_abs() + 500) / 1_000;
    format!("{sign}{}.{} %", tenths / 10, tenths % 10)
}

fn of_runs(count: u64, runs: u64) -> String {
    let tenths = (count * 1_000 + runs / 2) / runs.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A fall that there can be; nothing where none is needed.
fn deterring(fall_ppm: Option<i64>) -> String {
    match fall_ppm.filter(|ppm| *ppm > 0) {
        Some(ppm) if ppm > 1_000_000 => "none".to_owned(),
        fall => fall.map_or_else(nothing, of_ppm),
    }
}

/// Whole tokens of base units.
fn tokens(units: i64) -> String {
    grouped(units / TOKEN as i64)
}

fn deposit(units: Option<u64>) -> String {
    units.map_or_else(nothing, |units| tokens(units as i64))
}

fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

fn markdown(table: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (index, line) in table.iter().enumerate() {
        let _ = writeln!(text, "| {} |", line.join(" | "));
        if index == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(line.len()));
        }
    }
    text
}

//! Lag and memory over time, with the faults as bands behind them.

use std::fmt::Write;

use crate::{
    memory::MEGABYTE,
    observe::{Observed, Record},
    report::Effect,
};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 520.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 20.0;
/// Room for the numbers of the faults.
const TOP: f64 = 50.0;
const PANEL: f64 = 190.0;
const GAP: f64 = 40.0;
/// A fault of no length is drawn as long as this, in seconds.
const LEAST_BAND: f64 = 4.0;

/// One diagram of the two.
struct Panel<'a> {
    title: &'a str,
    top: f64,
    most: f64,
    color: &'a str,
    values: Vec<(f64, Option<f64>)>,
}

pub fn svg(observed: &Observed, effects: &[Effect]) -> String {
    let records = &observed.records;
    let seconds = records.last().map_or(1.0, |record| record.at_s);
    let of =
        |value: fn(&Record) -> Option<f64>| records.iter().map(|r| (r.at_s, value(r))).collect();
    let lag: Vec<_> = of(|record| Some(record.lag_s));
    let memory: Vec<_> = of(|record| record.rss_bytes.map(|bytes| bytes as f64 / MEGABYTE));
    let panels = [
        Panel {
            title: "lag, s (the worst of each 5 s)",
            top: TOP,
            most: ceiling(&lag),
            color: "#b3402a",
            values: lag,
        },
        Panel {
            title: "resident memory of the indexer, MB",
            top: TOP + PANEL + GAP,
            most: ceiling(&memory),
            color: "#2a5db3",
            values: memory,
        },
    ];
    let x = |at: f64| LEFT + at / seconds * (WIDTH - LEFT - RIGHT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"#333\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    for (number, effect) in effects.iter().enumerate() {
        bands(&mut out, &panels, &x, number + 1, effect);
    }
    for panel in &panels {
        draw(&mut out, panel, &x);
    }
    let bottom = TOP + 2.0 * PANEL + GAP;
    for minute in (0..=(seconds / 60.0) as u32).step_by(if seconds > 600.0 { 5 } else { 1 }) {
        let at = x(f64::from(minute) * 60.0);
        let y = bottom + 18.0;
        put(
            &mut out,
            format_args!(
                "<text x=\"{at:.1}\" y=\"{y}\" text-anchor=\"middle\">{minute} min</text>"
            ),
        );
    }
    out + "</svg>\n"
}

/// A fault's time in every panel, and its number above them.
fn bands(
    out: &mut String,
    panels: &[Panel],
    x: &impl Fn(f64) -> f64,
    number: usize,
    effect: &Effect,
) {
    let began = effect.began.as_secs_f64();
    let lasted = (effect.ended.as_secs_f64() - began).max(LEAST_BAND);
    let (left, width) = (x(began), x(began + lasted) - x(began));
    for panel in panels {
        let top = panel.top;
        put(
            out,
            format_args!(
                "<rect x=\"{left:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{PANEL}\" fill=\"#eee4c8\"/>"
            ),
        );
    }
    let (middle, y) = (left + width / 2.0, TOP - 22.0);
    put(
        out,
        format_args!(
            "<text x=\"{middle:.1}\" y=\"{y}\" text-anchor=\"middle\">{number}<title>{}</title></text>",
            effect.fault.name()
        ),
    );
}

fn draw(out: &mut String, panel: &Panel, x: &impl Fn(f64) -> f64) {
    let Panel {
        title,
        top,
        most,
        color,
        values,
    } = panel;
    let y = |value: f64| top + PANEL - value / most * PANEL;
    let (right, above) = (WIDTH - RIGHT, top - 7.0);
    put(
        out,
        format_args!("<text x=\"{LEFT}\" y=\"{above}\" fill=\"{color}\">{title}</text>"),
    );
    for part in 0..=4 {
        let value = most * f64::from(part) / 4.0;
        let (at, beside, text) = (y(value), LEFT - 6.0, y(value) + 4.0);
        put(
            out,
            format_args!(
                "<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#bbb\" stroke-width=\"0.5\"/>"
            ),
        );
        put(
            out,
            format_args!(
                "<text x=\"{beside}\" y=\"{text:.1}\" text-anchor=\"end\">{value:.0}</text>"
            ),
        );
    }
    // A line for each stretch of time that has values.
    for stretch in values.split(|(_, value)| value.is_none()) {
        let points = stretch
            .iter()
            .filter_map(|(at, value)| Some((x(*at), y((*value)?))));
        let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        put(
            out,
            format_args!(
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.3\"/>"
            ),
        );
    }
}

/// The next round number above all values.
fn ceiling(values: &[(f64, Option<f64>)]) -> f64 {
    let most = values
        .iter()
        .filter_map(|(_, value)| *value)
        .fold(1.0, f64::max);
    (most / 20.0).ceil() * 20.0
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a text never fails.
    let _ = out.write_fmt(format_args!("{line}\n"));
}

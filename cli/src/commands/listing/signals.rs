use std::fmt::Write;

use anyhow::Result;
use clap::Args;
use pedigree_sdk::api::Signals;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::{commands::Target, output::Output};

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing.
    listing: Pubkey,
    #[command(flatten)]
    target: Target,
}

/// Prints text itself; what it returns is the whole answer.
pub async fn run(options: Options, output: Output) -> Result<Option<Value>> {
    let (api, listing) = (options.target.api()?, options.listing);
    match output {
        Output::Json => {
            let path = ["v1", "listings", &listing.to_string(), "signals"];
            Ok(Some(api.get(&path, &[]).await?))
        }
        Output::Text => {
            output.lines(&text(&api.signals(&listing).await?));
            Ok(None)
        }
    }
}

fn text(signals: &Signals) -> String {
    let (quality, rating) = (&signals.quality, &signals.rating);
    let mut text = format!(
        "quality: {} with {} of 1000: rating {}, completion {}, peace {}, delivery {}\n",
        quality.grade.as_deref().unwrap_or("-"),
        quality.score,
        quality.rating,
        quality.completion,
        quality.peace,
        quality.delivery
    );
    let mean = rating.mean.map_or("-".to_owned(), |mean| mean.to_string());
    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "rating: {mean} of {} reviews, with 95 % between {} and {}",
        rating.reviews, rating.low, rating.high
    );
    let _ = writeln!(
        text,
        "orders: {}, of them {} sold, {} delivered, {} refunded, {} disputed; {} free receipts",
        signals.orders,
        signals.sales,
        signals.delivered,
        signals.refunded,
        signals.disputed,
        signals.free_receipts
    );
    let _ = writeln!(
        text,
        "sold: {} of the orders that are over; disputed: {} of all",
        percent(signals.success_rate),
        percent(signals.dispute_rate)
    );
    let delivery = signals.mean_delivery_seconds.map_or("-".to_owned(), time);
    let _ = writeln!(text, "mean delivery: {delivery}");
    for volume in &signals.volume {
        let _ = writeln!(
            text,
            "volume: {} base units of {}",
            volume.amount, volume.mint
        );
    }
    let _ = writeln!(
        text,
        "trending: {}, {} sold in the last 14 days",
        signals.trending, signals.recent_sales
    );
    text
}

fn percent(rate: Option<f64>) -> String {
    // Of a ten thousandth: a float of it may end in many digits.
    rate.map_or("-".to_owned(), |rate| format!("{:.2} %", rate * 100.0))
}

fn time(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use pedigree_sdk::api::{Index, Quality, RatingSignal, Volume};

    use super::*;

    #[test]
    fn signals_are_told_in_lines_and_what_never_happened_by_a_dash() {
        let mut signals = Signals {
            address: Pubkey::default(),
            orders: 40,
            sales: 31,
            free_receipts: 2,
            refunded: 3,
            disputed: 1,
            delivered: 35,
            volume: vec![Volume {
                mint: Pubkey::default(),
                amount: "31000000".to_owned(),
            }],
            success_rate: Some(0.9118),
            dispute_rate: Some(0.025),
            mean_delivery_seconds: Some(11_000),
            rating: RatingSignal {
                reviews: 12,
                mean: Some(4.5),
                estimate: 4.06,
                low: 3.2,
                high: 4.9,
            },
            trending: -7,
            recent_sales: 5,
            quality: Quality {
                grade: Some("B".to_owned()),
                score: 700,
                rating: 650,
                completion: 911,
                peace: 975,
                delivery: 640,
            },
            index: Index {
                slot: Some(1),
                finalized_slot: None,
                taint_slot: None,
            },
        };
        let expected = "quality: B with 700 of 1000: rating 650, completion 911, peace 975, delivery 640\n\
             rating: 4.5 of 12 reviews, with 95 % between 3.2 and 4.9\n\
             orders: 40, of them 31 sold, 35 delivered, 3 refunded, 1 disputed; 2 free receipts\n\
             sold: 91.18 % of the orders that are over; disputed: 2.50 % of all\n\
             mean delivery: 3 h\n\
             volume: 31000000 base units of 11111111111111111111111111111111\n\
             trending: -7, 5 sold in the last 14 days\n";
        assert_eq!(text(&signals), expected);
        (signals.success_rate, signals.mean_delivery_seconds) = (None, None);
        let told = text(&signals);
        assert!(
            told.contains("sold: - of the orders") && told.contains("delivery: -\n"),
            "{told}"
        );
    }

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let told = [0, 119, 120, 7_199, 7_200, 172_800].map(time);
        assert_eq!(told, ["0 s", "119 s", "2 min", "119 min", "2 h", "2 days"]);
    }
}

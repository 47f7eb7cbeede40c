//! Pages behind the first, by the cursors of those before them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use super::{
    client,
    queries::{Ask, Queries},
    source::Source,
};

/// Searches whose pages are followed.
const WALKS: usize = 12;
/// Pages followed of each, each of 20.
const FOLLOWED: usize = 50;
const PAGE: usize = 20;
/// Pages of a hundred that are walked, as the largest that the API gives.
const LARGE_PAGE: usize = 100;
/// Such pages behind which a cursor is far, and after which it is not followed further; of a search that goes on for long,
/// behind which it is deep.
const FAR: (usize, usize) = (20, 60);
const DEEP: (usize, usize) = (500, 1_000);
/// A walk ends after this time wherever it is.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pages as they follow one another, pages some thousands of listings behind the first of the same searches, and pages 50,000
/// to 100,000 listings behind it.
pub async fn of(base: &str, source: &Source<'_>, count: usize) -> Result<[Queries; 3]> {
    let walks = source.walks(WALKS).context("nothing to follow")?;
    let mut followed = Vec::new();
    for walk in &walks {
        followed.extend(follow(base, walk, PAGE, (0, FOLLOWED)).await?);
    }
    let mut far = Vec::new();
    for walk in &walks {
        far.extend(follow(base, walk, LARGE_PAGE, FAR).await?);
    }
    let mut deep = Vec::new();
    let mut walking = JoinSet::new();
    for walk in source.long_walks() {
        let base = base.to_owned();
        walking.spawn(async move { follow(&base, &walk, LARGE_PAGE, DEEP).await });
    }
    while let Some(walked) = walking.join_next().await {
        deep.extend(walked??);
    }
    // A small set has no pages that are far.
    let or = |some: Vec<Ask>, otherwise: &Vec<Ask>| match some.is_empty() {
        true => otherwise.clone(),
        false => some,
    };
    let far = or(far, &followed);
    let deep = or(deep, &far);
    let of_kind = |kind, asks: Vec<Ask>| Queries {
        kind,
        asks: spread(asks, count),
    };
    Ok([
        of_kind("pages_followed", followed),
        of_kind("page_far", far),
        of_kind("page_deep", deep),
    ])
}

/// Requests for the pages of a walk from the first of the bounds to the last, each with as many matches before it as it has.
async fn follow(
    base: &str,
    walk: &str,
    page: usize,
    (first, last): (usize, usize),
) -> Result<Vec<Ask>> {
    let (client, begun) = (reqwest::Client::new(), Instant::now());
    let large = format!("{walk}&limit={page}");
    let (mut path, mut asks) = (large.clone(), Vec::new());
    for number in 1..=last {
        let answer = client::answer(&client, base, &path).await?;
        let Some(cursor) = answer["next_cursor"].as_str() else {
            break;
        };
        path = format!("{large}&cursor={cursor}");
        if number > first {
            asks.push(Ask {
                path: format!("{walk}&cursor={cursor}"),
                offset: number * page,
            });
        }
        if begun.elapsed() > PATIENCE {
            break;
        }
    }
    Ok(asks)
}

/// So many of some, from all over them; again from the beginning where there are fewer.
fn spread(asks: Vec<Ask>, count: usize) -> Vec<Ask> {
    let stride = (asks.len() / count.max(1)).max(1);
    let some = asks.iter().step_by(stride).cycle();
    some.take(if asks.is_empty() { 0 } else { count })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_from_all_over_a_walk_and_again_where_they_are_few() {
        let asks = |count: usize| {
            let ask = |offset| Ask {
                path: String::new(),
                offset,
            };
            (0..count).map(ask).collect::<Vec<_>>()
        };
        let offsets = |asks: Vec<Ask>| asks.iter().map(|ask| ask.offset).collect::<Vec<_>>();
        assert_eq!(offsets(spread(asks(10), 3)), [0, 3, 6]);
        assert_eq!(offsets(spread(asks(2), 3)), [0, 1, 0]);
        assert!(spread(Vec::new(), 3).is_empty());
    }
}

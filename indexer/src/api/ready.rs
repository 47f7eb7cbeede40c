//! `/readyz`: whether the index may be trusted now.

use std::time::Duration;

use axum::extract::State;
use chrono::Utc;

use super::{
    Api,
    problem::{Problem, Result},
};
use crate::progress::{Snapshot, State as Indexing};

/// Slots behind the chain up to which the index counts as ready: a minute.
const LAG: i64 = 150;
/// How long errors may keep the index from going on, or the node may name the same newest slot.
const STILL: Duration = Duration::from_secs(60);
/// Age of the newest block, of whatever the node takes for the newest. The network's clock is not quite this machine's.
const AGE: Duration = Duration::from_secs(120);

/// What is stored.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
struct Stored {
    /// Newest slot.
    slot: i64,
    /// When its block was made, in Unix seconds; null where the node did not know, and where the network's clock is none.
    time: Option<i64>,
}

/// Whether the index is up to date: the database answers, searches know all listings, indexing has not halted, does not fail for more than a minute,
/// is less than a minute behind, and follows a chain that goes on: the node names a new slot at least once a minute, and
/// the newest block is less than two minutes old.
#[utoipa::path(
    get, path = "/readyz", tag = "index",
    responses((status = 200, body = String), (status = 503, body = Problem, content_type = "application/problem+json"))
)]
pub async fn readyz(State(api): State<Api>) -> Result<&'static str> {
    let _turn = api.limits().readiness.turn().await?;
    let stored: Option<Stored> = sqlx::query_as(
        "SELECT c.slot, CASE WHEN n.hashes_chain THEN b.block_time END AS time
         FROM cursor c LEFT JOIN blocks b ON b.slot = c.slot LEFT JOIN network n ON true",
    )
    .fetch_optional(api.pool())
    .await?;
    // Last, so that nothing of it is older than what is stored.
    if api.searchable().is_none() {
        return Err(Problem::unavailable("search is loading the listings"));
    }
    match hindrance(&api.progress().snapshot(), stored) {
        Some(hindrance) => Err(Problem::unavailable(hindrance)),
        None => Ok("ready\n"),
    }
}

/// Why the index is not ready, if it is not.
fn hindrance(indexing: &Snapshot, stored: Option<Stored>) -> Option<String> {
    if let Some(alarm) = &indexing.alarm {
        return Some(format!("indexing has halted: {alarm}"));
    }
    let failing = indexing.failing_since.map(|since| since.elapsed());
    if let Some(failing) = failing.filter(|failing| *failing > STILL) {
        let error = indexing.last_error.as_deref().unwrap_or_default();
        return Some(format!(
            "indexing fails since {} s: {error}",
            failing.as_secs()
        ));
    }
    let Some(stored) = stored else {
        return Some("nothing is indexed yet".to_owned());
    };
    // Where another process indexes, and this one only serves, nobody here knows more than the block's time.
    if indexing.state != Indexing::Idle {
        let Some(tip) = indexing.tip_slot.and_then(|tip| i64::try_from(tip).ok()) else {
            return Some("the node has not said yet how far its chain is".to_owned());
        };
        let lag = tip.saturating_sub(stored.slot);
        if lag > LAG {
            return Some(format!("the index is {lag} slots behind"));
        }
        let still = indexing.tip_since.map(|since| since.elapsed());
        if let Some(still) = still.filter(|still| *still > STILL) {
            return Some(format!(
                "the node stands still: its newest slot is the same since {} s",
                still.as_secs()
            ));
        }
    }
    let age = stored
        .time
        .map(|time| Utc::now().timestamp().saturating_sub(time));
    age.and_then(|age| u64::try_from(age).ok())
        .filter(|age| *age > AGE.as_secs())
        .map(|age| format!("the newest block is {age} s old: the node is behind its network"))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn ago(seconds: u64) -> Option<Instant> {
        Instant::now().checked_sub(Duration::from_secs(seconds))
    }

    fn made(seconds_ago: i64) -> Option<Stored> {
        Some(Stored {
            slot: 1_000,
            time: Some(Utc::now().timestamp() - seconds_ago),
        })
    }

    /// Up to date a moment ago.
    fn sound() -> Snapshot {
        Snapshot {
            state: Indexing::Running,
            slot: Some(1_000),
            tip_slot: Some(1_001),
            tip_since: ago(0),
            ..Snapshot::default()
        }
    }

    #[test]
    fn an_index_is_ready_while_it_keeps_up_with_a_chain_that_goes_on() {
        let timeless = made(0).map(|stored| Stored {
            time: None,
            ..stored
        });
        assert_eq!(hindrance(&sound(), made(3)), None);
        assert_eq!(hindrance(&sound(), timeless), None);
        let idle = Snapshot::default();
        assert_eq!(hindrance(&idle, made(3)), None);
        assert_eq!(hindrance(&idle, timeless), None);
        // A clock behind the network's.
        assert_eq!(hindrance(&sound(), made(-500)), None);
    }

    #[test]
    fn each_hindrance_is_named() {
        let hindered = |indexing: Snapshot, stored, words: &str| {
            let found = hindrance(&indexing, stored).unwrap_or_default();
            assert!(found.contains(words), "{words}: {found:?}");
        };
        hindered(sound(), None, "nothing is indexed");
        hindered(Snapshot::default(), None, "nothing is indexed");
        hindered(sound(), made(200), "newest block is 200 s old");
        hindered(Snapshot::default(), made(200), "newest block is 200 s old");
        let silent = Snapshot {
            tip_slot: None,
            ..sound()
        };
        hindered(silent, made(3), "has not said");
        let behind = Snapshot {
            tip_slot: Some(1_151),
            ..sound()
        };
        hindered(behind, made(3), "151 slots behind");
        let still = Snapshot {
            tip_since: ago(61),
            ..sound()
        };
        hindered(still, made(3), "stands still");
        let failing = Snapshot {
            state: Indexing::Retrying,
            failing_since: ago(61),
            last_error: Some("no route".to_owned()),
            ..sound()
        };
        hindered(failing, made(3), "no route");
        let halted = Snapshot {
            state: Indexing::Halted,
            alarm: Some("two nodes disagree".to_owned()),
            ..sound()
        };
        hindered(halted, made(3), "two nodes disagree");
    }
}

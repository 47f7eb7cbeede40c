//! Rule 11: a pause blocks new business and nothing else.

use super::{Taken, Verdict, holds};
use crate::call::Call;

/// New business, by program.
const NEW: [&str; 11] = [
    "listing.register",
    "listing.add_edge",
    "listing.update_terms",
    "listing.publish_version",
    "escrow.open_order",
    "escrow.open_free",
    "escrow.open_session",
    "escrow.top_up",
    "escrow.record_fees",
    "reward.lock",
    "reward.attest",
];

/// What succeeded while it was paused is no new business.
pub fn check(taken: &Taken) -> Verdict {
    let listing = taken
        .before
        .listing_config()
        .is_some_and(|config| config.paused != 0);
    let escrow = taken
        .before
        .escrow_config()
        .is_some_and(|config| config.paused != 0);
    let reward = taken
        .before
        .reward_config()
        .is_some_and(|config| config.paused != 0);
    if taken.events.is_empty() {
        // An order that exists already.
        return Ok(());
    }
    for name in taken.call.into_iter().flat_map(|call| call.names()) {
        let paused = if name.starts_with("listing.") {
            listing
        } else if name.starts_with("reward.") || name == "escrow.record_fees" {
            reward
        } else {
            escrow
        };
        holds!(
            !(paused && NEW.contains(&name)),
            "{name} succeeded during a pause"
        );
    }
    Ok(())
}

/// What was refused because of a pause is new business.
pub fn refused(call: &Call, error: &str) -> Verdict {
    let paused = error.ends_with(".Paused");
    holds!(
        !paused || call.names().any(|name| NEW.contains(&name)),
        "a pause stopped {:?}",
        call.names().collect::<Vec<_>>()
    );
    Ok(())
}

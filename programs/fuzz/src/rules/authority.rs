//! Who may do what: each event needs the signature of its party, or that its deadline has passed.

use common::receipt::{flag, state};
use escrow::state::party;
use listing::state::Listing;
use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use super::{Taken, Verdict, holds, signers};

pub fn check(taken: &Taken) -> Verdict {
    for event in taken.events {
        let may = may(taken, event);
        holds!(
            may,
            "{} of {} was nobody's to say",
            event.name(),
            event.address()
        );
    }
    Ok(())
}

fn may(taken: &Taken, event: &Event) -> bool {
    of_order(taken, event)
        .or_else(|| of_listing(taken, event))
        .or_else(|| signers::of_config(taken, event))
        .or_else(|| signers::of_reward(taken, event))
        .or_else(|| signers::of_dao(taken, event))
        .unwrap_or_else(|| of_settings(taken, event))
}

/// `None` for what is no order's event.
fn of_order(taken: &Taken, event: &Event) -> Option<bool> {
    let (address, now) = (event.address(), taken.after.now);
    let signed = |key: &Pubkey| taken.signed(key);
    if let Event::OrderOpened(event) = event {
        let head = &event.state.head;
        let session = taken.before.sessions.get(&head.buyer);
        return Some(match session {
            Some(session) => {
                let lives = session.revoked == 0 && now < session.expires_at;
                let listings = &session.listings[..usize::from(session.listings_len)];
                let allowed = listings.is_empty() || listings.contains(&head.listing);
                signed(&session.key)
                    && lives
                    && allowed
                    && head.owner == session.owner
                    && event.state.mint == session.mint
            }
            None => signed(&head.buyer) && head.owner == head.buyer,
        });
    }
    let passage = taken
        .orders
        .iter()
        .find(|passage| passage.address == address)?;
    let order = passage.before.as_ref()?;
    let owner = signed(&order.head.owner);
    let seller = signed(&order.seller);
    let runs = || {
        let listing = taken.before.listings.get(&order.head.listing);
        listing.is_some_and(|listing| signed(&listing.authority) || signed(&listing.operator))
    };
    Some(match event {
        Event::OrderDelivered(_) => (seller || runs()) && now <= order.deliver_by,
        Event::VoucherRedeemed(_) | Event::IntervalConfirmed(_) => seller || runs(),
        Event::IntervalAuthorised(_) => signed(&Pubkey::new_from_array(order.buyer_key)),
        Event::OrderSettled(_) | Event::OrderWithdrawn(_) => true,
        Event::OrderRefunded(_) => {
            let late = order.head.state == state::FUNDED && now > order.deliver_by;
            seller || (late && order.deliver_by > 0)
        }
        Event::OrderToppedUp(_) => {
            let session = taken.before.sessions.get(&order.head.buyer);
            let by_session = order.head.flags & flag::SESSION != 0;
            if by_session {
                session.is_some_and(|session| signed(&session.key))
            } else {
                owner
            }
        }
        Event::OrderEnded(_) | Event::DisputeConceded(_) => owner || seller,
        Event::OrderDisputed(event) if event.state.opener == party::SELLER => seller,
        Event::OrderDisputed(_) => owner,
        // The dao's account, or the deadline, speaks: see the rule of disputes.
        Event::DisputeRuled(_) | Event::DisputeLapsed(_) => true,
        Event::OrderFeesRecorded(_) => true,
        Event::OrderClosed(_) => owner || order.head.state == state::REFUNDED,
        _ => return None,
    })
}

/// `None` for what is no listing's event.
fn of_listing(taken: &Taken, event: &Event) -> Option<bool> {
    const WEEK: i64 = 7 * 24 * 60 * 60;
    let signed = |key: &Pubkey| taken.signed(key);
    let listing = |address: &Pubkey| taken.before.listings.get(address);
    let authority =
        |address: &Pubkey| listing(address).is_some_and(|listing| signed(&listing.authority));
    let expired = |listing: &Listing| {
        listing.status == listing::state::status::DRAFT
            && taken.after.now > listing.created_at + WEEK
    };
    let closes = |address: &Pubkey| {
        let found = listing(address);
        authority(address) || found.is_some_and(|found| expired(found))
    };
    Some(match event {
        Event::ListingRegistered(event) => signed(&event.state.publisher),
        Event::EdgeAdded(event) => authority(&event.state.child),
        Event::EdgeRemoved(event) => closes(&event.state.child),
        Event::RoyaltyTableClosed(event) => closes(&event.state.listing),
        Event::DraftDiscarded(event) => closes(&event.head.address),
        Event::AuthorityAccepted(event) => {
            listing(&event.head.address).is_some_and(|found| signed(&found.pending_authority))
        }
        Event::LicenseGranted(event) => authority(&event.state.parent),
        Event::LicenseRevoked(event) => authority(&event.state.parent),
        Event::ListingActivated(_)
        | Event::ListingPaused(_)
        | Event::ListingResumed(_)
        | Event::ListingRetired(_)
        | Event::TermsUpdated(_)
        | Event::VersionPublished(_)
        | Event::AuthorityProposed(_)
        | Event::PayoutChanged(_)
        | Event::OperatorChanged(_) => authority(&event.address()),
        // Whose purchase it was says the rule of reviews.
        Event::ReviewPosted(event) => signed(&event.state.reviewer),
        Event::ReviewEdited(event) => {
            let review = taken.before.reviews.get(&event.head.address);
            review.is_some_and(|review| signed(&review.reviewer))
        }
        Event::EdgeProved(event) => authority(&event.state.child),
        Event::PoolOpened(_) | Event::RoyaltyForwarded(_) => true,
        // The dao's account speaks: see the rule of rulings.
        Event::EdgeRevoked(_) | Event::EdgeRuled(_) => true,
        _ => return None,
    })
}

fn of_settings(taken: &Taken, event: &Event) -> bool {
    let signed = |key: &Pubkey| signers::speaks(taken, key);
    let upgrader = || taken.signed(&taken.memory.upgrader);
    let listing = taken.before.listing_config();
    let escrow = taken.before.escrow_config();
    let session = |address: &Pubkey| taken.before.sessions.get(address);
    match event {
        Event::ListingConfigInitialized(_) | Event::EscrowConfigInitialized(_) => upgrader(),
        Event::DefaultRoyaltySet(_) | Event::ListingRestored(_) => {
            listing.is_some_and(|config| signed(&config.authority))
        }
        // The dao's account speaks, where one is named: see the rule of rulings.
        Event::ListingSuspended(event) => {
            event.head.dispute != Pubkey::default()
                || listing.is_some_and(|config| signed(&config.authority))
        }
        Event::MintAllowed(_) | Event::MintUpdated(_) => {
            escrow.is_some_and(|config| signed(&config.authority))
        }
        Event::TreasuryWithdrawn(_) => true,
        Event::ProfileCreated(event) => signed(&event.state.publisher),
        Event::ProfileUpdated(event) => {
            let verified = event.state.verified > event.head.old.verified;
            let curator = listing.is_some_and(|config| signed(&config.authority));
            curator || (!verified && signed(&event.state.publisher))
        }
        Event::SessionOpened(event) => signed(&event.state.owner),
        Event::SessionRevoked(event) => {
            session(&event.head.address).is_some_and(|session| signed(&session.owner))
        }
        Event::SessionClosed(event) => session(&event.head.address)
            .is_some_and(|session| signed(&session.owner) || taken.after.now >= session.expires_at),
        _ => false,
    }
}

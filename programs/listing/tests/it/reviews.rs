//! Reviews by those who paid.

use anchor_lang::{Discriminator, bytemuck::bytes_of};
use common::receipt::{flag, state};
use escrow::state::Order;
use listing::{
    error::ListingError,
    state::{Listing, Review, status},
};
use pedigree_sdk::{
    events::Event,
    instructions::listing as ix,
    pda,
    programs::{ESCROW, SYSTEM},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::Outcome;

use crate::world::{World, receipt};

const WORDS: [u8; 32] = [6; 32];

/// A purchase that may be reviewed.
struct Purchase {
    listing: Pubkey,
    order: Pubkey,
    state: Order,
}

/// The stranger's paid order of the publisher's listing.
fn bought(w: &mut World) -> Purchase {
    let listing = w.active_of(&[], |_| {});
    let state = receipt(w.stranger.pubkey(), listing);
    Purchase {
        listing,
        order: w.put_order(&state),
        state,
    }
}

impl Purchase {
    fn post_by(&self, reviewer: &Pubkey, rating: u8) -> Instruction {
        let Self { listing, order, .. } = *self;
        let born_slot = self.state.head.born_slot;
        ix::post_review(
            *reviewer, *reviewer, listing, order, born_slot, rating, WORDS,
        )
    }

    /// By its owner.
    fn post(&self, rating: u8) -> Instruction {
        self.post_by(&self.state.head.owner, rating)
    }

    fn address(&self) -> Pubkey {
        pda::review(&self.listing, &self.order, self.state.head.born_slot)
    }

    fn edit(&self, rating: u8) -> Instruction {
        let reviewer = self.state.head.owner;
        ix::edit_review(reviewer, self.listing, self.address(), rating, [9; 32])
    }
}

/// How many reviews the listing counts, and the sum of their ratings.
fn counted(w: &World, listing: &Pubkey) -> (u64, u64) {
    let listing: Listing = w.state(listing);
    (listing.reviews, listing.rating_sum)
}

/// The rating and the hash before.
fn before(outcome: &Outcome) -> (u64, [u8; 32]) {
    let head = match outcome.event() {
        Event::ReviewPosted(event) => event.head,
        Event::ReviewEdited(event) => event.head,
        other => panic!("{other:?}"),
    };
    (head.old_rating, head.old_hash)
}

#[test]
fn who_paid_reviews_once_and_the_listing_counts_it() {
    let mut w = World::new();
    let bought = bought(&mut w);
    let (reviewer, key) = w.stranger();
    let seq = w.state::<Listing>(&bought.listing).seq;
    w.warp_slots(5);
    let posted = w.ok(&[bought.post(4)], &[&key]);
    assert_eq!(before(&posted), (0, [0; 32]));
    let review: Review = w.state(&bought.address());
    assert_eq!(
        (review.rating, review.hash, review.version, review.edits),
        (4, WORDS, 3, 0)
    );
    assert_eq!((review.created_at, review.edited_at), (w.now(), 0));
    assert_eq!(
        (review.listing, review.order),
        (bought.listing, bought.order)
    );
    assert_eq!((review.reviewer, review.rent_payer), (reviewer, reviewer));
    assert_eq!(counted(&w, &bought.listing), (1, 4));
    let listing: Listing = w.state(&bought.listing);
    assert_eq!((listing.seq, listing.updated_slot), (seq + 1, w.slot()));

    w.refused(&[bought.post(5)], &[&key], World::ACCOUNT_EXISTS);
    assert_eq!(counted(&w, &bought.listing), (1, 4));
}

#[test]
fn a_review_is_edited_once_though_its_order_is_closed_by_then() {
    let mut w = World::new();
    let bought = bought(&mut w);
    let key = w.stranger.insecure_clone();
    w.ok(&[bought.post(5)], &[&key]);
    w.put(bought.order, Default::default());
    let now = w.now();
    w.set_time(now + 60);
    let edited = w.ok(&[bought.edit(2)], &[&key]);
    assert_eq!(before(&edited), (5, WORDS));
    let review: Review = w.state(&bought.address());
    assert_eq!((review.rating, review.hash, review.edits), (2, [9; 32], 1));
    assert_eq!((review.created_at, review.edited_at), (now, now + 60));
    assert_eq!(counted(&w, &bought.listing), (1, 2));
    w.refused(&[bought.edit(5)], &[&key], ListingError::AlreadyEdited);
    assert_eq!(counted(&w, &bought.listing), (1, 2));
}

#[test]
fn p2_p3_p5_forged_free_unpaid_unsettled_or_foreign_orders_are_not_reviewed() {
    let mut w = World::new();
    let bought = bought(&mut w);
    let (stranger, key) = w.stranger();
    let other = w.active_of(&[], |_| {});
    let refused = |w: &mut World, order: Pubkey, born_slot: u64| {
        let post = ix::post_review(
            stranger,
            stranger,
            bought.listing,
            order,
            born_slot,
            5,
            WORDS,
        );
        w.refused(&[post], &[&key], ListingError::ReceiptMissing);
    };
    let with = |change: fn(&mut Order)| {
        let mut order = bought.state;
        change(&mut order);
        order
    };
    let states = [
        state::FUNDED,
        state::DELIVERED,
        state::DISPUTED,
        state::REFUNDED,
    ];
    let unsettled = states.map(|state| {
        let mut order = bought.state;
        order.head.state = state;
        order
    });
    for order in unsettled.into_iter().chain([
        with(|order| order.head.flags = flag::FREE),
        with(|order| order.head.flags = flag::FREE | flag::SESSION),
        receipt(stranger, other),
        // At this address with another bump than its own, the account would not be where escrow makes it.
        with(|order| order.head.bump ^= 1),
    ]) {
        let address = w.put_order(&order);
        refused(&mut w, address, 70);
    }
    // Of another program, with another discriminator, too short, elsewhere, and none at all.
    let address = w.put_order_of(SYSTEM, &bought.state);
    refused(&mut w, address, 70);
    w.put_order(&bought.state);
    w.edit(&address, |data| data[0] ^= 1);
    refused(&mut w, address, 70);
    w.edit(&address, |data| {
        data[0] ^= 1;
        data.truncate(100);
    });
    refused(&mut w, address, 70);
    let elsewhere = Pubkey::new_from_array(w.draw());
    let bytes = [Order::DISCRIMINATOR, bytes_of(&bought.state)].concat();
    w.put_owned(elsewhere, ESCROW, bytes);
    refused(&mut w, elsewhere, 70);
    w.put(address, Default::default());
    refused(&mut w, address, 70);
    w.put_order(&bought.state);
    w.ok(&[bought.post(5)], &[&key]);
}

#[test]
fn an_order_is_reviewed_by_its_owner_alone_of_a_sessions_by_the_sessions_owner() {
    let mut w = World::new();
    let listing = w.active_of(&[], |_| {});
    let ((owner, key), session) = (w.stranger(), w.actor());
    let mut state = receipt(session.pubkey(), listing);
    (state.head.owner, state.head.flags) = (owner, flag::SESSION);
    let bought = Purchase {
        listing,
        order: w.put_order(&state),
        state,
    };
    let by_session = bought.post_by(&session.pubkey(), 5);
    w.refused(&[by_session], &[&session], ListingError::NotReviewer);
    w.ok(&[bought.post(3)], &[&key]);
    let review: Review = w.state(&bought.address());
    assert_eq!(review.reviewer, owner);
    let mut edit = bought.edit(5);
    edit.accounts[0].pubkey = session.pubkey();
    w.refused(&[edit], &[&session], ListingError::NotReviewer);
}

#[test]
fn what_was_bought_before_the_listing_was_claimed_is_reviewed_too() {
    let mut w = World::new();
    let bought = bought(&mut w);
    let mut state = bought.state;
    state.head.flags = flag::UNCLAIMED;
    w.put_order(&state);
    let key = w.stranger.insecure_clone();
    w.ok(&[bought.post(3)], &[&key]);
    assert_eq!(counted(&w, &bought.listing), (1, 3));
}

#[test]
fn p18_a_rating_is_one_to_five() {
    let mut w = World::new();
    let bought = bought(&mut w);
    let key = w.stranger.insecure_clone();
    for rating in [0, 6, 255] {
        w.refused(
            &[bought.post(rating)],
            &[&key],
            ListingError::RatingOutOfBounds,
        );
    }
    w.ok(&[bought.post(1)], &[&key]);
    for rating in [0, 6, 255] {
        w.refused(
            &[bought.edit(rating)],
            &[&key],
            ListingError::RatingOutOfBounds,
        );
    }
    w.ok(&[bought.edit(5)], &[&key]);
    assert_eq!(counted(&w, &bought.listing), (1, 5));
}

#[test]
fn nobody_reviews_what_it_sells_though_it_bought_the_listing_later() {
    let mut w = World::new();
    let listing = w.active_of(&[], |_| {});
    let ((publisher, key), (buyer, buyer_key)) = (w.publisher(), w.stranger());
    let of = |w: &mut World, buyer: Pubkey, slot: u64| {
        let mut state = receipt(buyer, listing);
        state.head.born_slot = slot;
        Purchase {
            listing,
            order: w.put_order(&state),
            state,
        }
    };
    let own = of(&mut w, publisher, 70);
    w.refused(&[own.post(5)], &[&key], ListingError::OwnListing);
    let (first, second) = (of(&mut w, buyer, 70), of(&mut w, buyer, 80));
    w.put_order(&first.state);
    w.ok(&[first.post(1)], &[&buyer_key]);
    w.ok(&[ix::propose_authority(publisher, listing, buyer)], &[&key]);
    w.ok(&[ix::accept_authority(buyer, listing)], &[&buyer_key]);
    w.refused(&[first.edit(5)], &[&buyer_key], ListingError::OwnListing);
    w.put_order(&second.state);
    w.refused(&[second.post(5)], &[&buyer_key], ListingError::OwnListing);
    // Who sold it is a buyer as any other by now.
    w.ok(&[own.post(2)], &[&key]);
    assert_eq!(counted(&w, &listing), (2, 3));
}

#[test]
fn p37_neither_a_pause_nor_the_listings_status_keeps_a_review_back() {
    let statuses = [
        status::ACTIVE,
        status::PAUSED,
        status::RETIRED,
        status::SUSPENDED,
    ];
    for status in statuses {
        let mut w = World::new();
        let bought = bought(&mut w);
        w.edit_state(&bought.listing, |listing: &mut Listing| {
            listing.status = status;
        });
        let (admin, admin_key) = w.authority();
        let key = w.stranger.insecure_clone();
        w.ok(&[ix::update_config(admin, true, admin)], &[&admin_key]);
        w.ok(&[bought.post(4)], &[&key]);
        w.ok(&[bought.edit(2)], &[&key]);
        assert_eq!(counted(&w, &bought.listing), (1, 2));
    }
}

#[test]
fn p50_an_order_made_anew_where_one_was_closed_is_another_purchase_with_a_review_of_its_own() {
    let mut w = World::new();
    let first = bought(&mut w);
    let key = w.stranger.insecure_clone();
    w.ok(&[first.post(5)], &[&key]);
    // While the first lives, no other slot than its own gives a second review of it.
    let Purchase { listing, order, .. } = first;
    let reviewer = key.pubkey();
    let forged = ix::post_review(reviewer, reviewer, listing, order, 71, 5, WORDS);
    w.refused(&[forged], &[&key], World::ANOTHER_ADDRESS);

    let mut state = first.state;
    state.head.born_slot = 900;
    let second = Purchase {
        state,
        order: w.put_order(&state),
        ..first
    };
    assert_eq!(second.order, first.order);
    w.refused(&[first.post(5)], &[&key], World::ANOTHER_ADDRESS);
    w.ok(&[second.post(1)], &[&key]);
    w.refused(&[second.post(1)], &[&key], World::ACCOUNT_EXISTS);
    w.ok(&[first.edit(4)], &[&key]);
    assert_eq!(counted(&w, &listing), (2, 5));
    let reviews: [Review; 2] = [first.address(), second.address()].map(|at| w.state(&at));
    assert_eq!(reviews.map(|review| review.order_born_slot), [70, 900]);
}

#[test]
fn p4_p38_a_review_is_made_where_lamports_wait_whatever_rent_is_and_another_may_pay_it() {
    for lamports_per_byte in [6_960, 5_080, 696] {
        let mut w = World::new();
        let bought = bought(&mut w);
        w.set_rent(lamports_per_byte);
        w.fund(&bought.address(), 128 * lamports_per_byte);
        let (key, sponsor) = (w.stranger.insecure_clone(), w.actor());
        let (paid, waited) = (sponsor.pubkey(), w.lamports(&bought.address()));
        let before = w.lamports(&paid);
        let born_slot = bought.state.head.born_slot;
        let Purchase { listing, order, .. } = bought;
        let post = ix::post_review(key.pubkey(), paid, listing, order, born_slot, 4, [0; 32]);
        w.ok(&[post], &[&key, &sponsor]);
        let review: Review = w.state(&bought.address());
        assert_eq!((review.rent_payer, review.hash), (paid, [0; 32]));
        let size = w.svm.get_account(&bought.address()).unwrap().data.len() as u64;
        let rent = (128 + size) * lamports_per_byte;
        assert_eq!(w.lamports(&bought.address()), rent);
        assert_eq!(w.lamports(&paid), before - (rent - waited));
    }
}

#[test]
fn p33_a_review_is_edited_with_its_own_listing_alone() {
    let mut w = World::new();
    let bought = bought(&mut w);
    let key: Keypair = w.stranger.insecure_clone();
    w.ok(&[bought.post(1)], &[&key]);
    let other = w.active_of(&[], |_| {});
    let mut edit = bought.edit(5);
    edit.accounts[1].pubkey = other;
    w.refused(&[edit], &[&key], ListingError::WrongAccount);
    // Another's review is nothing to edit either.
    let publisher = w.publisher.insecure_clone();
    let mut edit = bought.edit(5);
    edit.accounts[0].pubkey = w.authority.pubkey();
    let admin = w.authority.insecure_clone();
    w.refused(&[edit], &[&admin], ListingError::NotReviewer);
    let mut edit = bought.edit(5);
    edit.accounts[0].pubkey = publisher.pubkey();
    w.refused(&[edit], &[&publisher], ListingError::OwnListing);
}

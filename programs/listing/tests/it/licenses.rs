use anchor_lang::{Discriminator, bytemuck::bytes_of};
use common::receipt::{ORDER_DISCRIMINATOR, flag, state};
use escrow::state::Order;
use listing::{
    error::ListingError,
    state::{LicenseGrant, derivatives},
};
use pedigree_sdk::{
    events::Event,
    instructions::listing::{self as ix, Licence, NewEdge},
    pda,
    programs::{ESCROW, LISTING},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{Outcome, listings::new_edge};

use crate::world::{World, receipt};

/// A world with a licensed listing of the publisher and a draft of the stranger's, and the stranger's claim.
fn licensed() -> (World, Pubkey, impl Fn(Licence) -> Instruction) {
    let mut w = World::new();
    let parent = w.active_of(&[], |args| args.derivatives = derivatives::LICENSED);
    let stranger = w.stranger.insecure_clone();
    let args = w.register_args();
    let child = w.draft(&stranger, &args);
    let key = stranger.pubkey();
    (w, parent, move |licence| {
        ix::add_edge(
            key,
            key,
            NewEdge {
                licence,
                ..new_edge(child, parent, 0)
            },
        )
    })
}

/// Who had given the grant before, and until when.
fn before(outcome: &Outcome) -> (Pubkey, i64) {
    let head = match outcome.event() {
        Event::LicenseGranted(event) => event.head,
        Event::LicenseRevoked(event) => event.head,
        other => panic!("{other:?}"),
    };
    (head.old_granted_by, head.old_expires_at)
}

#[test]
fn p4_a_grant_is_made_where_lamports_wait() {
    let (mut w, parent, claim) = licensed();
    let ((publisher, key), (stranger, stranger_key)) = (w.publisher(), w.stranger());
    let address = pda::grant(&parent, &stranger).0;
    w.fund(&address, 1);
    let grant = ix::grant_license(publisher, publisher, parent, stranger, i64::MAX);
    w.ok(&[grant], &[&key]);
    assert_eq!(w.state::<LicenseGrant>(&address).seq, 1);
    w.ok(&[claim(Licence::Grant)], &[&stranger_key]);
}

#[test]
fn a_grant_lasts_until_it_expires_or_is_revoked() {
    let (mut w, parent, claim) = licensed();
    let ((publisher, key), (stranger, stranger_key)) = (w.publisher(), w.stranger());
    let now = w.now();
    let grant = |until| ix::grant_license(publisher, publisher, parent, stranger, until);
    w.refused(
        &[claim(Licence::Open)],
        &[&stranger_key],
        ListingError::LicenseRequired,
    );
    for past in [now, now - 1, i64::MIN] {
        w.refused(&[grant(past)], &[&key], ListingError::ExpiryInThePast);
    }
    let granted = w.ok(&[grant(now + 10)], &[&key]);
    assert_eq!(before(&granted), (Pubkey::default(), 0));
    w.set_time(now + 10);
    w.refused(
        &[claim(Licence::Grant)],
        &[&stranger_key],
        ListingError::LicenseRequired,
    );
    let renewed = w.ok(&[grant(now + 100)], &[&key]);
    assert_eq!(before(&renewed), (publisher, now + 10));
    let revoked = w.ok(&[ix::revoke_license(publisher, parent, &stranger)], &[&key]);
    assert_eq!(before(&revoked), (publisher, now + 100));
    w.refused(
        &[claim(Licence::Grant)],
        &[&stranger_key],
        ListingError::LicenseRequired,
    );
    w.ok(&[grant(i64::MAX)], &[&key]);
    w.ok(&[claim(Licence::Grant)], &[&stranger_key]);
    let stored: LicenseGrant = w.state(&pda::grant(&parent, &stranger).0);
    assert_eq!(
        (stored.seq, stored.granted_by, stored.expires_at),
        (4, publisher, i64::MAX)
    );
}

#[test]
fn only_the_parents_authority_grants_and_revokes() {
    let (mut w, parent, _) = licensed();
    let ((publisher, key), (stranger, stranger_key)) = (w.publisher(), w.stranger());
    let until = w.now() + 10;
    let own = ix::grant_license(stranger, stranger, parent, stranger, until);
    w.refused(&[own], &[&stranger_key], ListingError::NotListingAuthority);
    w.ok(
        &[ix::grant_license(
            publisher, publisher, parent, stranger, until,
        )],
        &[&key],
    );
    let revoke = ix::revoke_license(stranger, parent, &stranger);
    w.refused(
        &[revoke],
        &[&stranger_key],
        ListingError::NotListingAuthority,
    );

    // The stranger's own listing in the parent's place does not give power over the publisher's grant.
    let args = w.register_args();
    let own = w.active(&stranger_key, &args, &[]);
    let mut foreign = ix::revoke_license(stranger, own, &stranger);
    let (wrong, right) = (
        pda::grant(&own, &stranger).0,
        pda::grant(&parent, &stranger).0,
    );
    foreign
        .accounts
        .iter_mut()
        .filter(|m| m.pubkey == wrong)
        .for_each(|m| m.pubkey = right);
    w.refused(&[foreign], &[&stranger_key], ListingError::WrongAccount);
}

#[test]
fn p33_anothers_grant_is_none() {
    let (mut w, parent, claim) = licensed();
    let ((publisher, key), (stranger, stranger_key)) = (w.publisher(), w.stranger());
    let until = w.now() + 10;
    let other = w.actor().pubkey();
    w.ok(
        &[ix::grant_license(
            publisher, publisher, parent, other, until,
        )],
        &[&key],
    );
    let own = w.active_of(&[], |_| {});
    w.ok(
        &[ix::grant_license(
            publisher, publisher, own, stranger, until,
        )],
        &[&key],
    );
    for foreign in [pda::grant(&parent, &other).0, pda::grant(&own, &stranger).0] {
        let mut instruction = claim(Licence::Grant);
        let right = pda::grant(&parent, &stranger).0;
        instruction
            .accounts
            .iter_mut()
            .filter(|m| m.pubkey == right)
            .for_each(|m| m.pubkey = foreign);
        w.refused(
            &[instruction],
            &[&stranger_key],
            ListingError::LicenseRequired,
        );
    }
}

#[test]
fn a_paid_receipt_of_ones_own_is_a_licence() {
    assert_eq!(Order::DISCRIMINATOR, ORDER_DISCRIMINATOR);
    let (mut w, parent, claim) = licensed();
    let (stranger, key) = w.stranger();
    let order = w.put_order(&receipt(stranger, parent));
    w.ok(&[claim(Licence::Receipt(order))], &[&key]);
}

#[test]
fn p2_p3_p5_forged_free_unclaimed_unsettled_or_foreign_receipts_are_none() {
    let (mut w, parent, claim) = licensed();
    let (stranger, key) = w.stranger();
    let good = receipt(stranger, parent);
    let with = |change: fn(&mut Order)| {
        let mut order = good;
        change(&mut order);
        order
    };
    let other = w.active_of(&[], |_| {});
    let publisher = w.publisher.pubkey();
    let refused = |w: &mut World, order| {
        w.refused(
            &[claim(Licence::Receipt(order))],
            &[&key],
            ListingError::LicenseRequired,
        );
    };
    for order in [
        with(|order| order.head.flags = flag::FREE),
        with(|order| order.head.flags = flag::UNCLAIMED),
        with(|order| order.head.state = state::DELIVERED),
        with(|order| order.head.state = state::REFUNDED),
        receipt(stranger, other),
        receipt(publisher, parent),
        // At this address with another bump than its own, the account would not be where escrow makes it.
        with(|order| order.head.bump ^= 1),
    ] {
        let order = w.put_order(&order);
        refused(&mut w, order);
    }
    let address = w.put_order_of(publisher, &good);
    refused(&mut w, address);
    w.put_order(&good);
    w.edit(&address, |data| data[0] ^= 1);
    refused(&mut w, address);
    w.edit(&address, |data| {
        data[0] ^= 1;
        data.truncate(100);
    });
    refused(&mut w, address);
    let elsewhere = Pubkey::new_from_array(w.draw());
    w.put_owned(
        elsewhere,
        ESCROW,
        [Order::DISCRIMINATOR, bytes_of(&good)].concat(),
    );
    refused(&mut w, elsewhere);
    refused(&mut w, parent);
    assert!(
        w.svm
            .get_account(&parent)
            .is_some_and(|account| account.owner == LISTING)
    );
}

#[test]
fn p50_rights_are_given_neither_over_a_draft_nor_by_who_listed_it_for_another() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let until = w.now() + 1_000;
    let grantee = w.stranger.pubkey();
    let grant = |parent| ix::grant_license(publisher, publisher, parent, grantee, until);
    // A draft can be discarded and registered anew, and its grants would still be there.
    let draft = w.draft_of(|args| args.derivatives = derivatives::LICENSED);
    w.refused(&[grant(draft)], &[&key], ListingError::ParentNotActivated);
    let unclaimed = w.active_of(&[], |args| {
        args.derivatives = derivatives::LICENSED;
        args.claimed = false;
        args.derivative_royalty_ppm = 0;
    });
    w.refused(&[grant(unclaimed)], &[&key], ListingError::UnclaimedGrant);
}

#[test]
fn a_sessions_receipt_licenses_the_sessions_owner_and_not_its_key() {
    let (mut w, parent, claim) = licensed();
    let ((owner, key), session) = (w.stranger(), w.actor());
    let mut order = receipt(session.pubkey(), parent);
    (order.head.owner, order.head.flags) = (session.pubkey(), flag::SESSION);
    let address = w.put_order(&order);
    let claim = claim(Licence::Receipt(address));
    w.refused(
        std::slice::from_ref(&claim),
        &[&key],
        ListingError::LicenseRequired,
    );
    order.head.owner = owner;
    w.put_order(&order);
    w.ok(&[claim], &[&key]);
}

#[test]
fn a_licence_waives_no_royalty_and_opens_no_forbidden_parent() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let until = w.now() + 10;
    for (rule, error) in [
        (derivatives::LICENSED, ListingError::RoyaltyBelowLicense),
        (derivatives::FORBIDDEN, ListingError::DerivativesForbidden),
    ] {
        let parent = w.active_of(&[], |args| {
            (args.derivatives, args.derivative_royalty_ppm) = (rule, 7);
        });
        let grant = ix::grant_license(publisher, publisher, parent, publisher, until);
        w.ok(&[grant], &[&key]);
        let child = w.draft_of(|_| {});
        let royalty = if rule == derivatives::LICENSED { 6 } else { 7 };
        let edge = NewEdge {
            licence: Licence::Grant,
            max_royalty_ppm: 7,
            ..new_edge(child, parent, royalty)
        };
        w.refused(&[ix::add_edge(publisher, publisher, edge)], &[&key], error);
    }
}

//! How disputes are opened.

use core::mem::offset_of;

use common::receipt::Contest;
use dao::{error::DaoError, state::bond_state};
use escrow::state::Order;
use listing::state::Listing;
use pedigree_sdk::{instructions::dao as ix, pda, programs::ESCROW};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn places_in_an_order_that_stand_twice_are_the_same() {
    let places = [
        offset_of!(Order, params_hash),
        offset_of!(Order, contested),
        offset_of!(Order, arbitrate_by),
        offset_of!(Order, disputes),
    ];
    assert_eq!(Contest::PLACES, places);
    assert_eq!(common::DAO_ID, dao::ID);
}

#[test]
fn an_orders_dispute_carries_what_escrow_knows_it_by() {
    let mut w = World::new(1);
    w.voters(&[30_000]);
    let (order, dispute) = w.order_case();
    let (state, of) = (w.dispute(&dispute), w.order_state(&order));
    assert_eq!((state.head.subject, state.head.number), (order, 1));
    assert_eq!(state.head.subject_hash, of.params_hash);
    assert_eq!(state.deadline, of.arbitrate_by);
    // A tenth of what is locked, above the floor.
    assert_eq!(state.quorum, 3_000);
    let docket = w.docket(&order).head;
    assert_eq!((docket.disputes, docket.open), (1, 1));
    // It is opened once.
    let open = w.open_ix(&order);
    let stranger = w.stranger.insecure_clone();
    w.chain.send(&[open], &[&stranger]).expect_err("once");
}

#[test]
fn p2_what_is_no_order_in_dispute_is_no_case() {
    let mut w = World::new(1);
    let calm = w.order_with(|order| {
        order.contested = 0;
        order.disputes = 1;
    });
    let open = w.open_ix(&calm);
    w.refused(open, DaoError::NotDisputed);
    let order = w.order();
    let account = w.chain.svm.get_account(&order).unwrap();
    let copy = Pubkey::new_from_array(w.chain.draw());
    w.chain.put_owned(copy, ESCROW, account.data.clone());
    let open = ix::open_order_case(&w.stranger.pubkey(), &copy, 1);
    w.refused(open, DaoError::NotDisputed);
}

#[test]
fn p15_a_dispute_whose_rounds_do_not_all_end_before_the_deadline_is_left_to_lapse() {
    let mut w = World::new(1);
    let whole = 3 * (EVIDENCE + COMMIT + REVEAL + APPEAL);
    let now = w.chain.now();
    let late = w.order_with(|order| order.arbitrate_by = now + whole);
    let open = w.open_ix(&late);
    w.refused(open, DaoError::TooLate);
    let in_time = w.order_with(|order| order.arbitrate_by = now + whole + 1);
    let open = w.open_ix(&in_time);
    w.crank(open);
}

#[test]
fn a_complaint_of_a_version_costs_a_bond_and_is_of_the_one_in_force() {
    let mut w = World::new(1);
    let (opener, listing, dispute) = w.version_case();
    assert_eq!(
        (w.held(&opener.pubkey()), w.vault(&dispute)),
        (0, CASE_BOND)
    );
    let state = w.dispute(&dispute);
    assert_eq!((state.version, state.bonds[0].state), (3, bond_state::HELD));
    let other = w.holder(CASE_BOND);
    let complaint = w.complain_ix(&other.pubkey(), &listing, 2);
    w.chain
        .edit_state(&listing, |listing: &mut Listing| listing.version = 4);
    let stranger = w.stranger.insecure_clone();
    w.chain.refused(
        std::slice::from_ref(&complaint),
        &[&other, &stranger],
        DaoError::VersionChanged,
    );
    w.chain.edit_state(&listing, |listing: &mut Listing| {
        listing.version = 3;
        listing.manifest_hash[0] ^= 1;
    });
    w.chain.refused(
        std::slice::from_ref(&complaint),
        &[&other, &stranger],
        DaoError::VersionChanged,
    );
    w.chain.edit_state(&listing, |listing: &mut Listing| {
        listing.manifest_hash[0] ^= 1;
        listing.activated_slot = 0;
    });
    w.chain.refused(
        std::slice::from_ref(&complaint),
        &[&other, &stranger],
        DaoError::VersionChanged,
    );
    w.chain
        .edit_state(&listing, |listing: &mut Listing| listing.activated_slot = 1);
    w.chain.ok(&[complaint], &[&other, &stranger]);
    assert_eq!(w.docket(&listing).head.open, 2);
}

#[test]
fn p8_bonds_are_in_no_other_token_and_the_docket_is_the_subjects() {
    let mut w = World::new(1);
    let (opener, listing) = (w.holder(CASE_BOND), w.listing());
    let stranger = w.stranger.insecure_clone();
    let mint = w.chain.mint(testkit::TokenProgram::Classic);
    let complaint = w.complain_ix(&opener.pubkey(), &listing, 1);
    let mut wrong = complaint.clone();
    wrong.accounts[8].pubkey = mint.address;
    w.chain
        .refused(&[wrong], &[&opener, &stranger], DaoError::WrongAccount);
    let order = w.order();
    let mut wrong = w.open_ix(&order);
    wrong.accounts[6].pubkey = mint.address;
    w.refused(wrong, DaoError::WrongAccount);
    let (other, _) = w.order_case();
    let mut wrong = w.open_ix(&order);
    wrong.accounts[4].pubkey = pda::docket(&other).0;
    w.refused(wrong, DaoError::WrongAccount);
}

#[test]
fn evidence_is_told_while_a_round_takes_it() {
    let mut w = World::new(1);
    let (_, dispute) = w.order_case();
    let submit = ix::submit_evidence(&w.stranger.pubkey(), &dispute, [3; 32]);
    w.crank(submit.clone());
    assert_eq!(w.dispute(&dispute).evidence_hash, [3; 32]);
    w.to(&dispute, EVIDENCE);
    w.refused(submit, DaoError::WrongPhase);
}

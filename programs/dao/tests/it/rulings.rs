//! What other programs do with a ruling.

use common::receipt::state;
use dao::{error::DaoError, state::direction};
use pedigree_sdk::{
    instructions::{dao as ix, escrow as on_escrow, reward as on_reward},
    pda,
};
use reward::state::Attestation;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn escrow_pays_by_the_second_ruling_of_thirty_jurors() {
    let mut w = World::new(1);
    let voters = w.voters(&[5_000; 30]);
    let (order, dispute) = w.order_case();
    let first: Vec<_> = voters.iter().map(|voter| (voter, Some(1))).collect();
    w.round(&dispute, &first);
    w.appeal(&dispute, direction::UP);
    let second: Vec<_> = voters.iter().map(|voter| (voter, Some(3))).collect();
    w.round(&dispute, &second);
    let apply = on_escrow::apply_ruling(&w.stranger.pubkey(), &order, 1);
    let stranger = w.stranger.insecure_clone();
    w.chain.refused(
        std::slice::from_ref(&apply),
        &[&stranger],
        escrow::error::EscrowError::NoRuling,
    );
    w.finish(&order, &dispute);
    w.crank(apply.clone());
    let of = w.order_state(&order);
    assert_eq!(of.refund_due, CONTESTED * 75 / 100);
    assert_eq!(of.paid_due, CONTESTED * 25 / 100);
    assert_eq!((of.head.state, of.owner_bond_due), (state::SETTLED, 1));
    w.chain.send(&[apply], &[&stranger]).expect_err("once");
}

#[test]
fn a_dispute_in_which_nobody_votes_ends_as_undisputed() {
    let mut w = World::new(1);
    w.voters(&[5_000; 3]);
    let (order, dispute) = w.order_case();
    w.round(&dispute, &[]);
    w.crank(ix::finish(&order, &dispute));
    w.crank(on_escrow::apply_ruling(&w.stranger.pubkey(), &order, 1));
    let of = w.order_state(&order);
    assert_eq!(
        (of.paid_due, of.refund_due, of.owner_bond_due),
        (CONTESTED, 0, 1)
    );
}

#[test]
fn an_upheld_complaint_slashes_who_called_the_version_good_and_frees_nobody_before() {
    let mut w = World::new(1);
    let voters = w.voters(&[10_000, 20_000]);
    let (opener, listing, dispute) = w.version_case();
    let key = voters[1].owner.pubkey();
    w.attested(&voters[1], &listing);
    let stranger = w.stranger.insecure_clone();
    let token = w.token;
    let destination = w.chain.token_account(&token, &stranger.pubkey(), 0);
    let slash =
        on_reward::slash_attestation(&voters[1].position, &listing, 3, 1, &destination, &key);
    w.chain.refused(
        std::slice::from_ref(&slash),
        &[&stranger],
        reward::error::RewardError::NoContraryRuling,
    );
    w.round(&dispute, &[(&voters[0], Some(4))]);
    w.pass(90 * DAY);
    let close =
        on_reward::close_attestation(&stranger.pubkey(), &voters[1].position, &listing, 3, &key);
    w.chain.refused(
        std::slice::from_ref(&close),
        &[&stranger],
        reward::error::RewardError::ListingDisputed,
    );
    w.crank(ix::finish(&listing, &dispute));
    w.chain.refused(
        &[close],
        &[&stranger],
        reward::error::RewardError::ListingDisputed,
    );
    w.crank(slash);
    assert_eq!(w.held(&stranger.pubkey()), 100);
    w.crank(ix::pay_bond(&opener.pubkey(), &dispute, 0, None));
    assert_eq!(w.held(&opener.pubkey()), CASE_BOND);
    assert_eq!(pda::dispute(&listing, 1).0, dispute);
}

#[test]
fn a_version_that_somebody_attested_is_complained_of_though_another_is_in_force() {
    let mut w = World::new(1);
    let voters = w.voters(&[10_000, 20_000]);
    let listing = w.listing();
    let of: listing::state::Listing = w.chain.state(&listing);
    let (shown, attestation, _) = w.attested(&voters[1], &listing);
    w.chain
        .edit_state(&listing, |listing: &mut listing::state::Listing| {
            listing.version += 1;
            listing.manifest_hash = [8; 32];
        });
    let (opener, stranger) = (w.holder(CASE_BOND), w.stranger.insecure_clone());
    let (by, source) = (opener.pubkey(), w.account(&opener.pubkey()));
    let open = |shown, attestation: &Attestation, hash| {
        let shown = (shown, attestation);
        ix::open_old_version_case(&by, &stranger.pubkey(), &source, shown, 1, hash)
    };
    let unattested = ix::open_version_case(
        &by,
        &stranger.pubkey(),
        &source,
        &listing,
        1,
        of.version,
        of.manifest_hash,
    );
    let another = w.listing();
    let of_another = Attestation {
        listing: another,
        ..attestation
    };
    let signers = [&opener, &stranger];
    for refused in [
        unattested,
        open(shown, &attestation, [8; 32]),
        open(shown, &of_another, of.manifest_hash),
    ] {
        w.chain
            .refused(&[refused], &signers, DaoError::VersionChanged);
    }
    let open = open(shown, &attestation, of.manifest_hash);
    w.chain.ok(&[open], &signers);
    let dispute = w.dispute(&pda::dispute(&listing, 1).0);
    assert_eq!(dispute.version, of.version);
    assert_eq!(dispute.head.subject_hash, attestation.subject_hash);
}

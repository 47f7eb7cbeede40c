//! Disputes, escrow's half.

use anchor_lang::bytemuck::{self, Zeroable};
use common::{
    DAO_ID,
    dispute::{DISPUTE_DISCRIMINATOR, DisputeHead, dispute_status},
    receipt::{mode, state},
};
use escrow::error::EscrowError;
use pedigree_sdk::{events::Event, instructions::escrow as ix, pda};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{modes::*, world::*};

const BOND: u64 = (TOTAL * BOND_PPM as u64).div_ceil(1_000_000);

fn ruling(order: &Pubkey, status: u8, share: u8, lost: bool) -> DisputeHead {
    DisputeHead {
        layout: 1,
        status,
        share,
        opener_lost: u8::from(lost),
        number: 1,
        subject: *order,
        ..DisputeHead::zeroed()
    }
}

/// The dao's account of the order's first dispute, as the dao would keep it.
fn put_ruling(world: &mut World, order: &Pubkey, ruling: &DisputeHead) -> Pubkey {
    let ruling = &DisputeHead {
        subject_hash: world.order(order).params_hash,
        ..*ruling
    };
    let address = pda::dispute(order, 1).0;
    let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(ruling)].concat();
    world.chain.put_owned(address, DAO_ID, data);
    address
}

#[test]
fn a_delivered_order_is_frozen_whole_and_its_bond_comes_from_the_opener() {
    let mut world = World::new(1);
    let order = world.delivered();
    let before = world.chain.balance(&world.buyer_account);
    let outcome = world.dispute(&order);
    let Event::OrderDisputed(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!((event.head.number, event.head.evidence_hash), (1, [6; 32]));
    let disputed = world.order(&order);
    assert_eq!(disputed.head.state, state::DISPUTED);
    assert_eq!((disputed.contested, disputed.bond), (TOTAL, BOND));
    assert_eq!(
        disputed.arbitrate_by,
        world.chain.now() + i64::from(ARBITRATION)
    );
    assert_eq!(world.chain.balance(&world.buyer_account), before - BOND);
    world.assert_conserved(&order);
    // Nothing else moves it.
    world.chain.set_time(disputed.settle_after + 1);
    let wrong = EscrowError::WrongState;
    let settle = world.settle_ix(&world.stranger, &order);
    world.chain.refused(&[settle], &[&world.stranger], wrong);
    let give = world.seller_refund_ix(&world.seller, &order, None);
    world
        .chain
        .refused(&[give], &[&world.seller], EscrowError::WrongState);
    world.chain.refused(
        &[world.withdraw_ix(&order)],
        &[&world.stranger],
        EscrowError::NothingDue,
    );
}

#[test]
fn p15_a_delivery_is_disputed_to_the_last_second_of_its_window_and_by_its_parties_alone() {
    let mut world = World::new(2);
    let order = world.open();
    let buyer = world.buyer.insecure_clone();
    let dispute = world.dispute_ix(&buyer, &world.buyer_account, &order);
    world
        .chain
        .refused(&[dispute.clone()], &[&buyer], EscrowError::WrongState);
    world.deliver(&order);
    for key in [&world.stranger, &world.payee, &world.operator].map(Keypair::insecure_clone) {
        let source = world
            .chain
            .token_account(&world.mint.clone(), &key.pubkey(), BOND);
        let dispute = world.dispute_ix(&key, &source, &order);
        world
            .chain
            .refused(&[dispute], &[&key], EscrowError::NotParty);
    }
    let settle_after = world.order(&order).settle_after;
    world.chain.set_time(settle_after + 1);
    world
        .chain
        .refused(&[dispute.clone()], &[&buyer], EscrowError::NothingToContest);
    world.chain.set_time(settle_after);
    world.chain.ok(&[dispute.clone()], &[&buyer]);
    world.wait(0);
    world
        .chain
        .refused(&[dispute], &[&buyer], EscrowError::WrongState);
}

#[test]
fn either_side_concedes_and_the_bond_returns_unless_its_own_owner_does() {
    for by_seller in [true, false] {
        let mut world = World::new(3);
        let order = world.delivered();
        let before = world.chain.balance(&world.buyer_account);
        world.dispute(&order);
        let concede = ix::concede(&world.stranger.pubkey(), &order);
        world
            .chain
            .refused(&[concede], &[&world.stranger], EscrowError::NotParty);
        let party = if by_seller {
            world.seller.insecure_clone()
        } else {
            world.buyer.insecure_clone()
        };
        let concede = ix::concede(&party.pubkey(), &order);
        world.chain.ok(&[concede.clone()], &[&party]);
        world
            .chain
            .refused(&[concede], &[&party], EscrowError::NothingContested);
        world.assert_conserved(&order);
        world.withdraw(&order);
        let (sellers, refunded) = if by_seller {
            (vec![], TOTAL)
        } else {
            (vec![TOTAL], 0)
        };
        world.assert_ended(&order, &sellers, refunded);
        let bond = if by_seller { BOND } else { 0 };
        let expected = before - BOND + bond + refunded;
        assert_eq!(world.chain.balance(&world.buyer_account), expected);
    }
}

#[test]
fn a_final_ruling_shares_what_is_contested_once() {
    for share in [0u8, 25, 50, 75, 100] {
        for lost in [false, true] {
            let mut world = World::new(4);
            let order = world.delivered();
            let before = world.chain.balance(&world.buyer_account);
            world.dispute(&order);
            put_ruling(
                &mut world,
                &order,
                &ruling(&order, dispute_status::FINAL, share, lost),
            );
            let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
            world.chain.ok(&[apply.clone()], &[&world.stranger]);
            world.wait(0);
            world
                .chain
                .refused(&[apply], &[&world.stranger], EscrowError::NothingContested);
            let treasury = world.chain.balance(&world.treasury);
            world.withdraw(&order);
            let back = TOTAL * u64::from(share) / 100;
            let sellers: Vec<_> = [TOTAL - back]
                .into_iter()
                .filter(|part| *part > 0)
                .collect();
            world.assert_ended(&order, &sellers, back);
            let (to_opener, to_treasury) = if lost { (0, BOND) } else { (BOND, 0) };
            assert_eq!(
                world.chain.balance(&world.buyer_account),
                before - BOND + back + to_opener
            );
            let fee: u64 = sellers.iter().map(|part| shares(*part).fee).sum();
            assert_eq!(
                world.chain.balance(&world.treasury),
                treasury + fee + to_treasury
            );
        }
    }
}

#[test]
fn p2_p3_p5_only_the_daos_final_account_of_this_very_dispute_rules() {
    let mut world = World::new(5);
    let order = world.delivered();
    let other = world.delivered();
    world.dispute(&order);
    let address = pda::dispute(&order, 1).0;
    let good = DisputeHead {
        subject_hash: world.order(&order).params_hash,
        ..ruling(&order, dispute_status::FINAL, 100, false)
    };
    let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
    let stranger = world.stranger.insecure_clone();
    let refused = |world: &mut World| {
        world
            .chain
            .refused(&[apply.clone()], &[&stranger], EscrowError::NoRuling);
    };
    refused(&mut world);
    let bytes = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&good)].concat();
    world
        .chain
        .put_owned(address, Pubkey::new_from_array([9; 32]), bytes.clone());
    refused(&mut world);
    let mut wrong = bytes.clone();
    wrong[0] ^= 1;
    world.chain.put_owned(address, DAO_ID, wrong);
    refused(&mut world);
    world.chain.put_owned(address, DAO_ID, bytes[..40].to_vec());
    refused(&mut world);
    for bad in [
        DisputeHead {
            subject: other,
            ..good
        },
        DisputeHead { number: 2, ..good },
        DisputeHead {
            status: dispute_status::OPEN,
            ..good
        },
        DisputeHead { status: 0, ..good },
    ] {
        put_ruling(&mut world, &order, &bad);
        refused(&mut world);
    }
    let elsewhere = Pubkey::new_from_array(world.chain.draw());
    world.chain.put_owned(elsewhere, DAO_ID, bytes);
    let apply_elsewhere = swap(apply.clone(), &address, elsewhere);
    world
        .chain
        .refused(&[apply_elsewhere], &[&stranger], EscrowError::NoRuling);
    put_ruling(&mut world, &order, &DisputeHead { share: 101, ..good });
    world
        .chain
        .refused(&[apply.clone()], &[&stranger], EscrowError::NoRuling);
    put_ruling(&mut world, &order, &good);
    world.chain.ok(&[apply], &[&stranger]);
}

#[test]
fn p41_without_a_ruling_anyone_lets_it_lapse_as_if_undisputed() {
    let mut world = World::new(6);
    let order = world.delivered();
    let before = world.chain.balance(&world.buyer_account);
    world.dispute(&order);
    let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
    world.chain.set_time(world.order(&order).arbitrate_by - 1);
    world.chain.refused(
        &[lapse.clone()],
        &[&world.stranger],
        EscrowError::ArbitrationStillOpen,
    );
    world.wait(1);
    world.chain.ok(&[lapse], &[&world.stranger]);
    world.withdraw(&order);
    world.assert_ended(&order, &[TOTAL], 0);
    assert_eq!(world.chain.balance(&world.buyer_account), before);
    // Where no round had a quorum nobody has to wait.
    let order = world.delivered();
    world.dispute(&order);
    put_ruling(
        &mut world,
        &order,
        &ruling(&order, dispute_status::UNDECIDED, 100, true),
    );
    let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
    world.chain.ok(&[apply], &[&world.stranger]);
    world.withdraw(&order);
    world.assert_ended(&order, &[TOTAL], 0);
}

#[test]
fn p41_a_final_ruling_for_no_share_that_there_is_lapses_like_none() {
    let mut world = World::new(12);
    let order = world.delivered();
    world.dispute(&order);
    put_ruling(
        &mut world,
        &order,
        &ruling(&order, dispute_status::FINAL, 33, false),
    );
    let stranger = world.stranger.insecure_clone();
    world.chain.set_time(world.order(&order).arbitrate_by);
    let apply = ix::apply_ruling(&stranger.pubkey(), &order, 1);
    world
        .chain
        .refused(&[apply], &[&stranger], EscrowError::NoRuling);
    let lapse = ix::lapse_dispute(&stranger.pubkey(), &order, 1);
    world.chain.ok(&[lapse], &[&stranger]);
    world.withdraw(&order);
    world.assert_ended(&order, &[TOTAL], 0);
}

#[test]
fn the_seller_has_nothing_to_dispute_and_cannot_take_the_owners_place() {
    let mut world = World::new(7);
    let order = world.delivered();
    let seller = world.seller.insecure_clone();
    let source = world
        .chain
        .token_account(&world.mint.clone(), &seller.pubkey(), BOND);
    let dispute = world.dispute_ix(&seller, &source, &order);
    world
        .chain
        .refused(&[dispute], &[&seller], EscrowError::NotParty);
}

#[test]
fn what_is_earned_while_a_dispute_lasts_joins_it() {
    let mut world = World::new(10);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1_000);
    world.dispute(&order);
    let first = world.order(&order);
    world.redeem(&order, 2, 3_000);
    world.dispute(&order);
    let joined = world.order(&order);
    assert_eq!((joined.contested, joined.disputes), (3_000, 1));
    assert_eq!(joined.arbitrate_by, first.arbitrate_by);
    assert_eq!(joined.bond, 150);
    world.assert_conserved(&order);
}

#[test]
fn p50_a_ruling_on_an_order_rules_on_no_other_made_at_its_address() {
    let mut world = World::new(11);
    let order = world.delivered();
    world.dispute(&order);
    let other = DisputeHead {
        subject_hash: [1; 32],
        ..ruling(&order, dispute_status::FINAL, 100, false)
    };
    let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&other)].concat();
    world
        .chain
        .put_owned(pda::dispute(&order, 1).0, DAO_ID, data);
    let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
    world
        .chain
        .refused(&[apply], &[&world.stranger], EscrowError::NoRuling);
}

#[test]
fn a_final_ruling_is_applied_and_not_passed_over() {
    let mut world = World::new(12);
    let order = world.delivered();
    world.dispute(&order);
    put_ruling(
        &mut world,
        &order,
        &ruling(&order, dispute_status::FINAL, 100, false),
    );
    world.chain.set_time(world.order(&order).arbitrate_by);
    let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
    world
        .chain
        .refused(&[lapse], &[&world.stranger], EscrowError::RulingStands);
    let elsewhere = pda::dispute(&order, 2).0;
    let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
    let lapse = swap(lapse, &pda::dispute(&order, 1).0, elsewhere);
    world
        .chain
        .refused(&[lapse], &[&world.stranger], EscrowError::NoRuling);
}

#[test]
fn p16_p49_a_bond_that_cannot_be_paid_waits_and_blocks_nobody() {
    let mut world = World::new(8);
    let order = world.delivered();
    world.dispute(&order);
    let buyer_account = world.buyer_account;
    world.chain.set_frozen(&buyer_account, true);
    world.chain.set_time(world.order(&order).arbitrate_by);
    let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
    world.chain.ok(&[lapse], &[&world.stranger]);
    world.withdraw(&order);
    let paid = world.order(&order);
    assert_eq!((paid.paid, paid.bond), (shares(TOTAL).payee, BOND));
    assert!(world.chain.exists(&paid.vault));
    let close = world.close_ix(&world.buyer, &order);
    world
        .chain
        .refused(&[close], &[&world.buyer], EscrowError::StillDue);
    world.chain.set_frozen(&buyer_account, false);
    world.withdraw(&order);
    world.assert_ended(&order, &[TOTAL], 0);
}

#[test]
fn only_the_pending_part_of_a_metered_order_is_frozen() {
    let mut world = World::new(9);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1_000);
    world.dispute(&order);
    assert_eq!(world.order(&order).contested, 1_000);
    // It goes on beside the dispute.
    world.redeem(&order, 2, 3_000);
    world.wait(WINDOW);
    world.settle(&order);
    assert_eq!(world.order(&order).paid, shares(2_000).payee);
    put_ruling(
        &mut world,
        &order,
        &ruling(&order, dispute_status::FINAL, 50, false),
    );
    let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
    world.chain.ok(&[apply], &[&world.stranger]);
    world.chain.set_time(world.order(&order).ends_at);
    world.settle(&order);
    world.assert_ended(&order, &[2_000, 500], TOTAL - 2_500);
}

#[test]
fn a_new_dispute_waits_until_the_last_ones_bond_was_paid_out() {
    let mut world = World::new(13);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1_000);
    world.dispute(&order);
    let concede = ix::concede(&world.seller.pubkey(), &order);
    world.chain.ok(&[concede], &[&world.seller]);
    world.redeem(&order, 2, 2_000);
    let buyer = world.buyer.insecure_clone();
    let again = world.dispute_ix(&buyer, &world.buyer_account, &order);
    world.chain.refused(
        std::slice::from_ref(&again),
        &[&buyer],
        EscrowError::AlreadyContested,
    );
    world.withdraw(&order);
    world.chain.ok(&[again], &[&buyer]);
    assert_eq!(world.order(&order).disputes, 2);
    world.assert_conserved(&order);
}

//! Disputes, escrow's half.

use anchor_lang::bytemuck::{self, Zeroable};
use common::{
    DAO_ID,
    dispute::{DISPUTE_DISCRIMINATOR, DisputeHead, dispute_status},
    receipt::{mode, state},
};
use escrow::{error::EscrowError, state::party};
use pedigree_sdk::{events::Event, instructions::escrow as ix, pda, programs::ESCROW};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{modes::*, world::*};

const BOND: u64 = (TOTAL * BOND_PPM as u64).div_ceil(1_000_000);

pub fn ruling(order: &Pubkey, status: u8, share: u8) -> DisputeHead {
    DisputeHead {
        layout: 1,
        status,
        share,
        number: 1,
        subject: *order,
        ..DisputeHead::zeroed()
    }
}

/// The dao's account of the dispute that the ruling numbers, as the dao would keep it.
pub fn put_ruling(world: &mut World, order: &Pubkey, ruling: &DisputeHead) -> Pubkey {
    let ruling = &DisputeHead {
        subject_hash: world.order(order).params_hash,
        ..*ruling
    };
    let address = pda::dispute(order, ruling.number).0;
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
    let again = world.dispute_ix(&buyer, &world.buyer_account, &order);
    world
        .chain
        .refused(&[again], &[&buyer], EscrowError::WrongState);
}

/// A delivered order that one of its parties disputes; where the opener's bond came from, and what was there before.
fn disputed(world: &mut World, by_owner: bool) -> (Pubkey, Pubkey, u64) {
    let order = world.delivered();
    let source = if by_owner {
        world.buyer_account
    } else {
        world.sellers_account()
    };
    let before = world.chain.balance(&source);
    if by_owner {
        world.dispute(&order);
    } else {
        world.dispute_by_seller(&order);
    }
    assert_eq!(world.chain.balance(&source), before - BOND);
    (order, source, before)
}

#[test]
fn either_side_concedes_and_the_bond_returns_unless_its_own_owner_does() {
    for (by_owner, sellers_concession) in
        [(true, true), (true, false), (false, true), (false, false)]
    {
        let mut world = World::new(3);
        let (order, source, before) = disputed(&mut world, by_owner);
        let concede = world.concede_ix(&world.stranger, &order);
        world
            .chain
            .refused(&[concede], &[&world.stranger], EscrowError::NotParty);
        let party = if sellers_concession {
            world.seller.insecure_clone()
        } else {
            world.buyer.insecure_clone()
        };
        let concede = world.concede_ix(&party, &order);
        world.chain.ok(&[concede.clone()], &[&party]);
        world
            .chain
            .refused(&[concede], &[&party], EscrowError::NothingContested);
        world.assert_conserved(&order);
        let treasury = world.chain.balance(&world.treasury);
        world.withdraw(&order);
        let (sellers, refunded) = if sellers_concession {
            (vec![], TOTAL)
        } else {
            (vec![TOTAL], 0)
        };
        world.assert_ended(&order, &sellers, refunded);
        let returns = by_owner == sellers_concession;
        let (bond, lost) = if returns { (BOND, 0) } else { (0, BOND) };
        let refund = if by_owner { refunded } else { 0 };
        assert_eq!(world.chain.balance(&source), before - BOND + bond + refund);
        let fee: u64 = sellers.iter().map(|part| shares(*part).fee).sum();
        assert_eq!(world.chain.balance(&world.treasury), treasury + fee + lost);
    }
}

#[test]
fn a_final_ruling_shares_what_is_contested_once_and_takes_the_bond_of_who_got_below_half() {
    for share in [0u8, 25, 50, 75, 100] {
        for by_owner in [true, false] {
            let mut world = World::new(4);
            let (order, source, before) = disputed(&mut world, by_owner);
            put_ruling(
                &mut world,
                &order,
                &ruling(&order, dispute_status::FINAL, share),
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
            let openers = if by_owner { share } else { 100 - share };
            let (to_opener, lost) = if openers < 50 { (0, BOND) } else { (BOND, 0) };
            let refund = if by_owner { back } else { 0 };
            assert_eq!(
                world.chain.balance(&source),
                before - BOND + refund + to_opener,
                "{share} {by_owner}"
            );
            let fee: u64 = sellers.iter().map(|part| shares(*part).fee).sum();
            assert_eq!(world.chain.balance(&world.treasury), treasury + fee + lost);
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
        ..ruling(&order, dispute_status::FINAL, 100)
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
        DisputeHead {
            status: dispute_status::OPEN,
            ..good
        },
        DisputeHead { status: 0, ..good },
    ] {
        put_ruling(&mut world, &order, &bad);
        refused(&mut world);
    }
    // Another dispute's number, at the address of this one.
    let second = DisputeHead { number: 2, ..good };
    let second = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&second)].concat();
    world.chain.put_owned(address, DAO_ID, second);
    refused(&mut world);
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
        &ruling(&order, dispute_status::UNDECIDED, 100),
    );
    let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
    world.chain.ok(&[apply], &[&world.stranger]);
    world.withdraw(&order);
    world.assert_ended(&order, &[TOTAL], 0);
}

#[test]
fn p41_a_sellers_dispute_lapses_too_and_costs_nobody_a_bond() {
    let mut world = World::new(7);
    let (order, source, before) = disputed(&mut world, false);
    world.chain.set_time(world.order(&order).arbitrate_by);
    let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
    world.chain.ok(&[lapse], &[&world.stranger]);
    world.withdraw(&order);
    world.assert_ended(&order, &[TOTAL], 0);
    assert_eq!(world.chain.balance(&source), before);
}

#[test]
fn a_seller_concedes_only_what_it_saw() {
    for by_owner in [true, false] {
        let mut world = World::new(22);
        let order = world.open_mode(mode::METERED);
        world.sellers_account();
        world.redeem(&order, 1, 10);
        if by_owner {
            world.dispute(&order);
        } else {
            world.dispute_by_seller(&order);
        }
        world.redeem(&order, 2, 1_000_000);
        let seller = world.seller.insecure_clone();
        let seen = world.concede_ix(&seller, &order);
        // The owner is first: all that was redeemed is contested now.
        world.dispute(&order);
        assert_eq!(world.order(&order).contested, 1_000_000);
        world
            .chain
            .refused(&[seen], &[&seller], EscrowError::OrderChanged);
        let concede = world.concede_ix(&seller, &order);
        world.chain.ok(&[concede], &[&seller]);
        assert_eq!(world.order(&order).refund_due, 1_000_000);
    }
}

#[test]
fn a_dispute_that_was_ruled_on_takes_nothing_more_in() {
    let mut world = World::new(23);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 10);
    world.dispute(&order);
    put_ruling(
        &mut world,
        &order,
        &ruling(&order, dispute_status::FINAL, 100),
    );
    world.redeem(&order, 2, 1_000_000);
    let buyer = world.buyer.insecure_clone();
    let join = world.dispute_ix(&buyer, &world.buyer_account, &order);
    let account = pda::dispute(&order, 1).0;
    for missing in [pda::dispute(&order, 2).0, ESCROW] {
        let without = swap(join.clone(), &account, missing);
        world
            .chain
            .refused(&[without], &[&buyer], EscrowError::NoRuling);
    }
    world
        .chain
        .refused(&[join], &[&buyer], EscrowError::RulingStands);
    let apply = ix::apply_ruling(&buyer.pubkey(), &order, 1);
    world.chain.ok(&[apply], &[&buyer]);
    assert_eq!(world.order(&order).refund_due, 10);
    // What was redeemed since is disputed on its own.
    world.dispute(&order);
    let state = world.order(&order);
    assert_eq!((state.contested, state.disputes), (999_990, 2));
    world.assert_conserved(&order);
}

#[test]
fn a_seller_disputes_where_no_dispute_lasts_and_adds_to_none() {
    let mut world = World::new(14);
    let order = world.open_mode(mode::METERED);
    world.sellers_account();
    let seller = world.seller.insecure_clone();
    for by_owner in [false, true] {
        world.redeem(
            &order,
            1 + u64::from(by_owner) * 2,
            1_000 + u64::from(by_owner) * 2_000,
        );
        let outcome = if by_owner {
            world.dispute(&order)
        } else {
            world.dispute_by_seller(&order)
        };
        let Event::OrderDisputed(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        let opener = if by_owner {
            party::OWNER
        } else {
            party::SELLER
        };
        assert_eq!(event.head.opener, u64::from(opener));
        assert_eq!(world.order(&order).opener, opener);
        world.redeem(
            &order,
            2 + u64::from(by_owner) * 2,
            2_000 + u64::from(by_owner) * 2_000,
        );
        let source = world.sellers_account();
        let more = world.dispute_ix(&seller, &source, &order);
        world
            .chain
            .refused(&[more], &[&seller], EscrowError::AlreadyContested);
        let concede = world.concede_ix(&seller, &order);
        world.chain.ok(&[concede], &[&seller]);
        world.wait(WINDOW);
    }
    assert_eq!(world.order(&order).disputes, 2);
    world.assert_conserved(&order);
}

#[test]
fn the_owners_dispute_takes_the_place_of_the_sellers_whose_bond_is_its_own_again() {
    let mut world = World::new(15);
    let (order, sellers, before) = disputed(&mut world, false);
    let first = world.order(&order);
    assert_eq!((first.opener, first.disputes), (party::SELLER, 1));
    world.wait(5);
    let owners = world.chain.balance(&world.buyer_account);
    world.dispute(&order);
    let second = world.order(&order);
    assert_eq!(
        (second.opener, second.disputes, second.arbitrate_by),
        (party::OWNER, 2, first.arbitrate_by + 5)
    );
    assert_eq!(
        (second.contested, second.bond, second.seller_bond_due),
        (TOTAL, BOND, BOND)
    );
    assert_eq!(world.chain.balance(&world.buyer_account), owners - BOND);
    world.assert_conserved(&order);
    // It leaves while the dispute lasts, by anyone; nothing else does.
    world.withdraw(&order);
    assert_eq!(world.chain.balance(&sellers), before);
    world.assert_conserved(&order);
    let withdraw = world.withdraw_ix(&order);
    world
        .chain
        .refused(&[withdraw], &[&world.stranger], EscrowError::NothingDue);
    // A ruling on the first is none on the second.
    put_ruling(
        &mut world,
        &order,
        &ruling(&order, dispute_status::FINAL, 0),
    );
    let stranger = world.stranger.insecure_clone();
    for number in [1, 2] {
        let apply = ix::apply_ruling(&stranger.pubkey(), &order, number);
        world
            .chain
            .refused(&[apply], &[&stranger], EscrowError::NoRuling);
    }
    let of_second = DisputeHead {
        number: 2,
        ..ruling(&order, dispute_status::FINAL, 100)
    };
    put_ruling(&mut world, &order, &of_second);
    let apply = ix::apply_ruling(&stranger.pubkey(), &order, 2);
    world.chain.ok(&[apply], &[&stranger]);
    world.withdraw(&order);
    world.assert_ended(&order, &[], TOTAL);
    assert_eq!(world.chain.balance(&world.buyer_account), owners + TOTAL);
}

#[test]
fn p15_a_seller_that_opens_at_the_last_second_leaves_the_owner_a_window() {
    for (late, replaces) in [(WINDOW, true), (WINDOW + 1, false)] {
        let mut world = World::new(16);
        let order = world.delivered();
        world.sellers_account();
        world.chain.set_time(world.order(&order).settle_after);
        world.dispute_by_seller(&order);
        world.wait(late);
        let buyer = world.buyer.insecure_clone();
        let dispute = world.dispute_ix(&buyer, &world.buyer_account, &order);
        if replaces {
            world.chain.ok(&[dispute], &[&buyer]);
        } else {
            // It had its window twice; the seller's goes on, with what it asks for.
            world
                .chain
                .refused(&[dispute], &[&buyer], EscrowError::NothingToContest);
        }
    }
}

#[test]
fn a_sellers_dispute_of_a_sliver_keeps_nothing_that_it_redeems_later_from_the_owners() {
    let mut world = World::new(17);
    let order = world.open_mode(mode::METERED);
    world.sellers_account();
    world.redeem(&order, 1, 1);
    world.dispute_by_seller(&order);
    // Long after the window of that one.
    world.wait(2 * WINDOW);
    let buyer = world.buyer.insecure_clone();
    let nothing = world.dispute_ix(&buyer, &world.buyer_account, &order);
    world
        .chain
        .refused(&[nothing], &[&buyer], EscrowError::NothingToContest);
    world.redeem(&order, 2, 1_000_000);
    world.wait(WINDOW - 1);
    world.dispute(&order);
    let state = world.order(&order);
    assert_eq!(
        (state.contested, state.opener, state.disputes),
        (1_000_000, party::OWNER, 2)
    );
    assert_eq!((state.bond, state.seller_bond_due), (50_000, 1));
    world.assert_conserved(&order);
}

#[test]
fn a_sellers_dispute_that_was_ruled_on_is_replaced_by_nothing() {
    let mut world = World::new(18);
    let (order, ..) = disputed(&mut world, false);
    let buyer = world.buyer.insecure_clone();
    let dispute = world.dispute_ix(&buyer, &world.buyer_account, &order);
    let account = pda::dispute(&order, 1).0;
    for wrong in [pda::dispute(&order, 2).0, ESCROW] {
        let swapped = swap(dispute.clone(), &account, wrong);
        world
            .chain
            .refused(&[swapped], &[&buyer], EscrowError::NoRuling);
    }
    put_ruling(
        &mut world,
        &order,
        &ruling(&order, dispute_status::FINAL, 0),
    );
    world
        .chain
        .refused(&[dispute.clone()], &[&buyer], EscrowError::RulingStands);
    for open in [dispute_status::OPEN, dispute_status::UNDECIDED] {
        put_ruling(&mut world, &order, &ruling(&order, open, 0));
    }
    world.chain.ok(&[dispute], &[&buyer]);
}

#[test]
fn p49_a_sellers_bond_that_cannot_be_paid_keeps_no_owner_from_disputing() {
    let mut world = World::new(19);
    let order = world.open_mode(mode::METERED);
    let sellers = world.sellers_account();
    world.redeem(&order, 1, 1_000);
    world.dispute_by_seller(&order);
    world.chain.set_frozen(&sellers, true);
    world.dispute(&order);
    let concede = world.concede_ix(&world.seller, &order);
    world.chain.ok(&[concede], &[&world.seller]);
    world.withdraw(&order);
    world.redeem(&order, 2, 2_000);
    world.dispute(&order);
    let state = world.order(&order);
    assert_eq!((state.disputes, state.seller_bond_due), (3, 50));
    world.assert_conserved(&order);
}

#[test]
fn p32_bonds_go_to_their_openers_associated_accounts_unless_they_say_otherwise() {
    for by_owner in [true, false] {
        let mut world = World::new(20);
        let (order, source, before) = disputed(&mut world, by_owner);
        let opener = if by_owner {
            world.buyer.insecure_clone()
        } else {
            world.seller.insecure_clone()
        };
        world.chain.set_time(world.order(&order).arbitrate_by);
        let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
        world.chain.ok(&[lapse], &[&world.stranger]);
        let mint = world.mint;
        let withdraw = world.withdraw_ix(&order);
        let strangers = world
            .chain
            .token_account(&mint, &world.stranger.pubkey(), 0);
        let spare = world.chain.spare_token_account(&mint, &opener.pubkey(), 0);
        for wrong in [strangers, spare, ESCROW] {
            let mut astray = withdraw.clone();
            astray.accounts[if by_owner { 9 } else { 10 }].pubkey = wrong;
            world.chain.refused(
                &[astray],
                &[&world.stranger],
                EscrowError::WrongTokenAccount,
            );
        }
        let state = world.order(&order);
        let own = ix::withdraw(&opener.pubkey(), &order, &state, Some(spare));
        world.chain.ok(&[own], &[&opener]);
        assert_eq!(world.chain.balance(&spare), BOND);
        assert_eq!(world.chain.balance(&source), before - BOND);
        world.assert_ended(&order, &[TOTAL], 0);
    }
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
fn nothing_joins_a_dispute_that_anyone_may_let_lapse() {
    let mut world = World::new(24);
    let mut args = world.mode_args(mode::METERED, &world.buyer.pubkey());
    args.ends_at += i64::from(ARBITRATION);
    let order = world.open_with(args);
    world.redeem(&order, 1, 1_000);
    world.dispute(&order);
    let first = world.order(&order);
    let buyer = world.buyer.insecure_clone();
    world.chain.set_time(first.arbitrate_by - 1);
    world.redeem(&order, 2, 2_000);
    world.dispute(&order);
    world.redeem(&order, 3, 3_000);
    world.wait(1);
    let late = world.dispute_ix(&buyer, &world.buyer_account, &order);
    world
        .chain
        .refused(&[late.clone()], &[&buyer], EscrowError::ArbitrationOver);
    // In one transaction it lapses, and what is fresh is contested under a deadline of its own.
    let lapse = ix::lapse_dispute(&buyer.pubkey(), &order, 1);
    world.chain.ok(&[lapse, late], &[&buyer]);
    let second = world.order(&order);
    assert_eq!((second.contested, second.disputes), (1_000, 2));
    assert_eq!(
        second.arbitrate_by,
        world.chain.now() + i64::from(ARBITRATION)
    );
    world.assert_conserved(&order);
}

#[test]
fn p50_a_ruling_on_an_order_rules_on_no_other_made_at_its_address() {
    let mut world = World::new(11);
    let order = world.delivered();
    world.dispute(&order);
    let other = DisputeHead {
        subject_hash: [1; 32],
        ..ruling(&order, dispute_status::FINAL, 100)
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
        &ruling(&order, dispute_status::FINAL, 100),
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
    assert_eq!(
        (paid.paid, paid.owner_bond_due),
        (shares(TOTAL).payee, BOND)
    );
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
        &ruling(&order, dispute_status::FINAL, 50),
    );
    let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
    world.chain.ok(&[apply], &[&world.stranger]);
    world.chain.set_time(world.order(&order).ends_at);
    world.settle(&order);
    world.assert_ended(&order, &[2_000, 500], TOTAL - 2_500);
}

#[test]
fn a_new_dispute_opens_while_the_last_ones_bond_waits() {
    let mut world = World::new(13);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1_000);
    world.dispute(&order);
    let concede = world.concede_ix(&world.seller, &order);
    world.chain.ok(&[concede], &[&world.seller]);
    world.redeem(&order, 2, 2_000);
    world.dispute(&order);
    let state = world.order(&order);
    assert_eq!(
        (state.disputes, state.bond, state.owner_bond_due),
        (2, 50, 50)
    );
    world.assert_conserved(&order);
}

#[test]
fn what_no_ruling_may_say_is_none_and_the_dispute_lapses() {
    for (mode, share) in [mode::ONE_TIME, mode::METERED]
        .into_iter()
        .flat_map(|mode| [1, 24, 33, 99, 101, u8::MAX].map(|share| (mode, share)))
    {
        let mut world = World::new(21);
        let order = if mode == mode::METERED {
            let order = world.open_mode(mode);
            world.redeem(&order, 1, TOTAL);
            order
        } else {
            world.delivered()
        };
        let before = world.chain.balance(&world.buyer_account);
        world.dispute(&order);
        put_ruling(
            &mut world,
            &order,
            &ruling(&order, dispute_status::FINAL, share),
        );
        let apply = ix::apply_ruling(&world.stranger.pubkey(), &order, 1);
        let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
        let stranger = world.stranger.insecure_clone();
        let no_ruling = EscrowError::NoRuling;
        world
            .chain
            .refused(&[apply.clone()], &[&stranger], no_ruling);
        world.chain.set_time(world.order(&order).arbitrate_by - 1);
        let early = EscrowError::ArbitrationStillOpen;
        world.chain.refused(&[lapse.clone()], &[&stranger], early);
        world.wait(1);
        world
            .chain
            .refused(&[apply.clone()], &[&stranger], no_ruling);
        world.chain.ok(&[lapse], &[&stranger]);
        world.chain.refused(&[apply], &[&stranger], no_ruling);
        world.withdraw(&order);
        world.assert_ended(&order, &[TOTAL], 0);
        // Its bond is the opener's again.
        assert_eq!(world.chain.balance(&world.buyer_account), before);
    }
}

//! What a fall of the network's rent sets free.

use common::receipt::mode;
use escrow::{error::EscrowError, opening::OpenArgs};
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::Chain;

use crate::{sessions, world::*};

/// One account of each kind, with who paid its rent: orders of every mode, one that is final, a receipt of what is free.
fn accounts(world: &mut World) -> Vec<(&'static str, Pubkey, Pubkey)> {
    let (buyer, stranger) = (world.buyer.pubkey(), world.stranger.pubkey());
    let session = sessions::open(world, &[]);
    let mut accounts = vec![
        ("config", pda::escrow_config().0, stranger),
        (
            "mint",
            pda::mint_config(&world.mint.address).0,
            world.admin.pubkey(),
        ),
        ("session", session.address, buyer),
        ("settled", world.settled(), buyer),
    ];
    for mode in [
        mode::ONE_TIME,
        mode::METERED,
        mode::SUBSCRIPTION,
        mode::LEASE,
    ] {
        accounts.push(("order", world.open_mode(mode), buyer));
    }
    world.edit_listing(|listing| listing.terms_len = 0);
    let args = OpenArgs {
        price: 0,
        max_total: 0,
        unit: [0; 32],
        ..world.args()
    };
    let free = ix::open_free(&buyer, Some(stranger), &world.listing, args);
    world.chain.ok(&[free], &[&world.buyer, &world.stranger]);
    accounts.push(("free", pda::order(&buyer, &args.key).0, stranger));
    accounts
}

fn least(chain: &Chain, account: &Pubkey) -> u64 {
    let length = chain.svm.get_account(account).unwrap().data.len();
    chain.svm.minimum_balance_for_rent_exemption(length)
}

#[test]
fn p38_what_a_fall_of_rent_sets_free_goes_to_who_paid_it_and_no_more() {
    for (before, after) in [(6_960, 5_080), (6_960, 696), (5_080, 696)] {
        let mut world = World::at_rent(before, 1);
        for (kind, account, payer) in accounts(&mut world) {
            let reclaim = ix::reclaim_excess(&account, &payer);
            let nothing = EscrowError::NothingToReclaim;
            world.chain.refused(&[reclaim.clone()], &[], nothing);
            world.chain.set_rent(after);
            let held = world.chain.lamports(&account);
            let excess = held - least(&world.chain, &account);
            assert!(excess > 0, "{kind}");
            let paid = world.chain.lamports(&payer);
            let outcome = world.chain.ok(&[reclaim.clone()], &[]);
            assert!(outcome.events.is_empty());
            assert_eq!(world.chain.lamports(&payer), paid + excess, "{kind}");
            assert_eq!(world.chain.lamports(&account), held - excess, "{kind}");
            world.chain.refused(&[reclaim], &[], nothing);
            world.chain.set_rent(before);
        }
    }
}

#[test]
fn p32_what_rent_sets_free_goes_to_nobody_but_who_paid_it() {
    let mut world = World::at_rent(6_960, 2);
    let accounts = accounts(&mut world);
    world.chain.set_rent(696);
    let thief = world.seller.pubkey();
    for (_, account, _) in accounts {
        let reclaim = ix::reclaim_excess(&account, &thief);
        let error = EscrowError::WrongRentPayer;
        world.chain.refused(&[reclaim], &[], error);
    }
}

#[test]
fn p2_p3_what_is_no_account_of_the_program_gives_nothing_back() {
    let mut world = World::at_rent(6_960, 3);
    let order = world.open();
    let buyer = world.buyer.pubkey();
    world.chain.set_rent(696);
    let data = world.chain.svm.get_account(&order).unwrap().data;
    let foreign = Pubkey::new_from_array(world.chain.draw());
    world
        .chain
        .put_owned(foreign, pedigree_sdk::programs::LISTING, data.clone());
    let unknown = Pubkey::new_from_array(world.chain.draw());
    let escrow = pedigree_sdk::programs::ESCROW;
    world
        .chain
        .put_owned(unknown, escrow, [&[9; 8], &data[8..]].concat());
    let short = Pubkey::new_from_array(world.chain.draw());
    world.chain.put_owned(short, escrow, data[..20].to_vec());
    for account in [foreign, unknown, short, world.vault(&order), buyer] {
        let reclaim = ix::reclaim_excess(&account, &world.stranger.pubkey());
        let error = EscrowError::WrongAccount;
        world.chain.refused(&[reclaim], &[], error);
    }
}

#[test]
fn p38_an_order_whose_excess_was_reclaimed_ends_as_any_other() {
    let mut world = World::at_rent(6_960, 4);
    let order = world.delivered();
    world.chain.set_rent(696);
    let buyer = world.buyer.insecure_clone();
    let reclaim = ix::reclaim_excess(&order, &buyer.pubkey());
    world.chain.ok(&[reclaim], &[]);
    world.accept(&order);
    world.assert_ended(&order, &[TOTAL], 0);
    world.wait(VALIDITY + 1);
    let close = world.close_ix(&buyer, &order);
    world.chain.ok(&[close], &[&buyer]);
}

#[test]
fn p49_a_payer_of_rent_that_became_a_program_keeps_no_order_from_its_end() {
    let mut world = World::at_rent(6_960, 5);
    let sponsor = world.chain.actor();
    let (args, mut params) = (world.args(), world.open_params());
    params.payer = Some(sponsor.pubkey());
    let buyer = world.buyer.insecure_clone();
    world
        .chain
        .ok(&[ix::open_order(&params, args)], &[&buyer, &sponsor]);
    let order = params.address(&args.key);
    world.chain.set_rent(696);
    let (svm, code) = (&mut world.chain.svm, testkit::Program::Escrow.file());
    svm.add_program(sponsor.pubkey(), &code).unwrap();
    let both =
        |world: &World| world.chain.lamports(&order) + world.chain.lamports(&sponsor.pubkey());
    let before = both(&world);
    // Some networks credit nothing to a program, and refuse it then.
    let reclaim = ix::reclaim_excess(&order, &sponsor.pubkey());
    let _ = world.chain.send(&[reclaim], &[]);
    assert_eq!(both(&world), before);
    world.deliver(&order);
    world.accept(&order);
    world.assert_ended(&order, &[TOTAL], 0);
}

//! A thousand metered calls of several buyers, each paid by a voucher that is handed over with it, redeemed in batches; one
//! of what was redeemed is disputed. Buyers, seller and strangers do what docs/ORDERS.md lets them, over a month.

mod seller;
mod service;
mod tab;

use pedigree_sdk::{pda, programs::TOKEN};
use solana_program::pubkey::Pubkey;

use crate::{
    books::{counts, finds},
    shop::{Shop, amount, text},
};
use service::{Service, TABS};
use tab::KEY;

const HOUR: i64 = 60 * 60;
/// A dispute window, too.
const DAY: i64 = 24 * HOUR;
const BOND_PPM: u64 = 50_000;
/// How long an order runs, unless it is ended.
const ENDS_IN: i64 = 30 * DAY;
/// How long a dispute waits for a ruling.
const RULING: i64 = 30 * DAY;

/// Whose order of the two that each buyer has.
const GIVEN_NOTICE: usize = 0;
const DISPUTED: usize = 2;
const SERVED_NO_MORE: usize = 3;
const BY_SESSION: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_are_paid_by_vouchers_and_a_disputed_sliver_is_frozen_alone() {
    let mut service = Service::open(Shop::with_a_clock().await).await;
    // A day and an hour apart: what was redeemed before is always mature.
    let opened_at = service.opened_at;
    let [first, second, third, fourth, sixth] =
        [1, 2, 3, 4, 6].map(|n| opened_at + n * (DAY + HOUR));

    service.serve(250).await;
    service.redeem_by_command().await;
    service.shop.market.travel_to(first).await;
    service.serve(250).await;
    service.redeem().await;
    let (sliver, bond) = dispute(&mut service).await;
    service.agree().await;

    // The rest goes on, the disputed order's included, and what has matured is paid.
    service.shop.market.travel_to(second).await;
    service.settle(SERVED_NO_MORE);
    service.settle(BY_SESSION);
    service.serve(250).await;
    service.redeem().await;
    assert_eq!(service.tabs[DISPUTED].entry.ledger.contested, sliver);
    service.agree().await;

    service.shop.market.travel_to(third).await;
    service.serve(200).await;
    // What was served before is redeemed all the same.
    revoke_session(&service);
    service.redeem().await;
    notice(&mut service);

    service.shop.market.travel_to(fourth).await;
    service.serve(50).await;
    service.redeem().await;
    assert_eq!(service.served, 1_000);
    the_seller_ends_one(&mut service).await;
    service.agree().await;
    found_while_they_run(&service).await;
    counts(&service.shop, &service.offer.listing, &service.ledgers(), 0).await;

    service.shop.market.travel_to(sixth).await;
    for over in [GIVEN_NOTICE, SERVED_NO_MORE] {
        service.end_with(over, "settled");
    }
    service.agree().await;

    // The others run to their end; of the disputed one only the sliver stays.
    service
        .shop
        .market
        .travel_to(opened_at + ENDS_IN + HOUR)
        .await;
    for tab in 0..TABS {
        match tab {
            GIVEN_NOTICE | SERVED_NO_MORE => {}
            DISPUTED => service.end_with(tab, "funded"),
            _ => service.end_with(tab, "settled"),
        }
    }
    let frozen = &service.tabs[DISPUTED].entry.ledger;
    assert_eq!(
        (frozen.held(), frozen.contested, frozen.bond),
        (sliver, sliver, bond)
    );
    service.agree().await;
    service.refuses(&["dispute", "lapse"], DISPUTED, "ArbitrationStillOpen");

    service.shop.market.travel_to(first + RULING + HOUR).await;
    lapse(&mut service, bond);
    service.agree().await;
    session_returns_what_is_left(&service).await;
    everything_adds_up(&service).await;
}

/// What was redeemed last of one order is contested: exactly that, for a bond.
async fn dispute(service: &mut Service) -> (u64, u64) {
    let evidence = "7e".repeat(32);
    let tab = &mut service.tabs[DISPUTED];
    let sliver = tab.entry.ledger.pending;
    tab.entry.ledger.contest(BOND_PPM);
    let bond = tab.entry.ledger.bond;
    assert!(sliver > 0 && bond == (sliver * BOND_PPM).div_ceil(1_000_000));
    let order = tab.entry.order.to_string();
    let open = ["dispute", "open", &order, "--evidence", &evidence];
    let disputed = service
        .shop
        .market
        .cli(&[&open[..], &["--wallet", tab.wallet]].concat());
    tab.entry.shows(&disputed);
    assert_eq!(
        (amount(&disputed, "contested"), amount(&disputed, "pending")),
        (sliver, 0)
    );
    println!(
        "in dispute: {sliver} of {}, for a bond of {bond}",
        disputed["earned"]
    );
    (sliver, bond)
}

fn revoke_session(service: &Service) {
    let session = service.session.to_string();
    let owner = service.tabs[BY_SESSION].wallet;
    let revoked = service
        .shop
        .market
        .cli(&["session", "revoke", &session, "--wallet", owner]);
    assert_eq!(revoked["revoked"], true);
}

/// The owner gives notice: for two windows the seller goes on redeeming.
fn notice(service: &mut Service) {
    let tab = &mut service.tabs[GIVEN_NOTICE];
    tab.entry.ledger.pay();
    let ended = service.shop.act("end", &tab.entry.order, tab.wallet);
    tab.entry.shows(&ended);
}

/// The seller ends an order: what nobody has earned goes back at once, what is pending stays so.
async fn the_seller_ends_one(service: &mut Service) {
    let tab = &mut service.tabs[SERVED_NO_MORE];
    tab.entry.ledger.give_rest_back();
    let rest = tab.entry.ledger.refund_due;
    tab.entry.ledger.pay();
    let owner = service.shop.wallet(tab.wallet);
    let held = service.shop.holds(&owner).await;
    tab.entry
        .shows(&service.shop.act("end", &tab.entry.order, "seller"));
    assert_eq!(service.shop.holds(&owner).await, held + rest);
}

/// Nobody ruled in time: by anyone's call it is as though nothing had been contested.
fn lapse(service: &mut Service, bond: u64) {
    let tab = &mut service.tabs[DISPUTED];
    let order = tab.entry.order.to_string();
    let lapsed = service.shop.market.cli(&["dispute", "lapse", &order]);
    assert_eq!(text(&lapsed, "state"), "settled");
    assert_eq!(amount(&lapsed, "contested"), 0);
    tab.entry.ledger.lapse();
    tab.entry.ledger.pay();
    tab.entry.state = "settled";
    let withdrawn = service.shop.act("withdraw", &tab.entry.order, "stranger");
    tab.entry.shows(&withdrawn);
    println!("lapsed: the bond of {bond} is its opener's again");
}

/// Its key's orders gave back into its vault; it has expired, and a stranger closes it.
async fn session_returns_what_is_left(service: &Service) {
    let owner = service.tabs[BY_SESSION].wallet;
    let session = service.session.to_string();
    let vault = pda::vault(&service.session, &TOKEN);
    let refunded = service.by_session(|ledger| ledger.refunded);
    let spent = service.by_session(|ledger| ledger.deposited);
    assert_eq!(
        service.shop.balance(&vault).await,
        service.cap - spent + refunded
    );
    let close = ["session", "close", &session, "--wallet", "publisher"];
    service.shop.market.cli(&close);
    assert_eq!(service.shop.balance(&vault).await, 0);
    service.shop.indexed().await;
    let key = service.shop.wallet(KEY);
    let found = format!(
        "/v1/sessions?key={key}&owner={}",
        service.shop.wallet(owner)
    );
    let (_, found) = service.shop.market.get(&found).await;
    let (_, one) = service
        .shop
        .market
        .get(&format!("/v1/sessions/{session}"))
        .await;
    for shown in [&found["items"][0], &one] {
        assert_eq!(text(shown, "address"), session);
        assert_eq!(
            (&shown["closed"], &shown["revoked"]),
            (&true.into(), &true.into())
        );
    }
}

/// The chain's token accounts, the ledgers and the index, to the base unit.
async fn everything_adds_up(service: &Service) {
    let shop = &service.shop;
    let ledgers = service.ledgers();
    for (wallet, held) in &service.held {
        let own = service.tabs.iter().filter(|tab| tab.wallet == *wallet);
        let spent: u64 = own.map(|tab| tab.entry.ledger.spent()).sum();
        assert_eq!(
            shop.holds(&shop.wallet(wallet)).await,
            held - spent,
            "{wallet}"
        );
    }
    for ledger in &ledgers {
        assert_eq!(ledger.given(), ledger.earned);
        assert_eq!(ledger.deposited, ledger.given() + ledger.refunded);
    }
    let owed: u64 = service.tabs.iter().map(|tab| tab.owes).sum();
    let earned: u64 = ledgers.iter().map(|ledger| ledger.earned).sum();
    assert_eq!(earned, owed, "every call is paid, and nothing else");
    service.offer.is_paid(shop, &ledgers).await;
    counts(shop, &service.offer.listing, &ledgers, TABS as u64).await;
    let all: Vec<Pubkey> = service.orders();
    finds(shop, "state=settled&mode=metered", &all).await;
    shop.verify_every_account().await;
}

async fn found_while_they_run(service: &Service) {
    let orders = service.orders();
    let (listing, session) = (service.offer.listing, service.session);
    let (buyer, seller) = (service.shop.wallet("buyer"), service.shop.wallet("seller"));
    let owner = service.shop.wallet(service.tabs[BY_SESSION].wallet);
    for (query, found) in [
        (format!("listing={listing}&mode=metered"), &orders[..]),
        (format!("seller={seller}&state=funded"), &orders[..]),
        (
            format!("buyer={buyer}&state=funded&mode=metered"),
            &orders[..2],
        ),
        (format!("buyer={session}"), &orders[4..]),
        (format!("owner={owner}&listing={listing}"), &orders[4..]),
        (
            format!("listing={listing}&mode=lease&mode=subscription"),
            &[],
        ),
        ("state=settled&state=refunded".to_owned(), &[]),
    ] {
        finds(&service.shop, &query, found).await;
    }
}

//! Subscriptions that end in their second period: whole periods and, by the second, the current one.

use escrow::state::Order;
use solana_program::pubkey::Pubkey;

use crate::{
    books::{Entry, agree, counts, finds},
    offer::{Offer, ROYALTY_PPM},
    shop::{Shop, amount},
};

/// Of a month; no part of a second divides it evenly.
const PRICE: u64 = 5_000_011;
const MONTHS: u64 = 3;
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_cancelled_in_their_second_period_pay_it_by_the_second() {
    let shop = Shop::with_a_clock().await;
    let term = format!("mode=subscription,unit=month,price={PRICE}");
    let offer = Offer::publish(&shop, &term);
    let quote = offer.quote(&shop, MONTHS).await;
    assert_eq!(
        (&quote["mode"], &quote["period"]),
        (&"subscription".into(), &MONTH.into())
    );
    assert_eq!(amount(&quote, "total"), MONTHS * PRICE);
    let [mut cancelled, mut ended] =
        ["buyer", "deployer"].map(|wallet| subscribe(&shop, &offer, wallet));
    let wallets = ["buyer", "deployer"].map(|wallet| shop.wallet(wallet));
    let [before_buyer, before_deployer] =
        [shop.holds(&wallets[0]).await, shop.holds(&wallets[1]).await];
    let opened_at = shop.account::<Order>(&cancelled.order).await.opened_at;

    // The seller, half a day into it: even the first period may still be disputed.
    shop.market.travel_to(opened_at + MONTH + DAY / 2).await;
    // Nothing that happens to the others touches one that begins now.
    let kept = subscribe(&shop, &offer, "authority");
    let part = end(&shop, &ended.order, "seller").await;
    ended.ledger.earn(PRICE + part);
    ended.ledger.give_rest_back();
    ended.ledger.pay();
    let back = MONTHS * PRICE - PRICE - part;
    assert_eq!(ended.ledger.refunded, back);
    assert_eq!(shop.holds(&wallets[1]).await, before_deployer + back);
    agree(&shop, [&cancelled, &ended, &kept]).await;

    // The buyer, later: the first period is the seller's, the second's seconds may be disputed for a day more.
    shop.market
        .travel_to(opened_at + MONTH + 10 * DAY + 5 * HOUR + 7)
        .await;
    let part = end(&shop, &cancelled.order, "buyer").await;
    cancelled.ledger.earn(PRICE);
    cancelled.ledger.ripen();
    cancelled.ledger.earn(part);
    cancelled.ledger.give_rest_back();
    cancelled.ledger.pay();
    let back = MONTHS * PRICE - PRICE - part;
    assert_eq!(cancelled.ledger.refunded, back);
    assert_eq!(shop.holds(&wallets[0]).await, before_buyer + back);
    agree(&shop, [&cancelled, &ended, &kept]).await;
    let again = ["order", "end", &cancelled.order.to_string()];
    assert!(shop.market.refused(&again).contains("OrderEnded"));

    // What is left matures, and strangers pay it out.
    shop.market.travel_to(opened_at + MONTH + 12 * DAY).await;
    for entry in [&mut cancelled, &mut ended] {
        entry.ledger.ripen();
        entry.ledger.pay();
        entry.state = "settled";
        entry.shows(&shop.act("settle", &entry.order, "stranger"));
    }
    agree(&shop, [&cancelled, &ended, &kept]).await;
    let ledgers = [&cancelled.ledger, &ended.ledger];
    offer.is_paid(&shop, &ledgers).await;
    counts(&shop, &offer.listing, &ledgers, 2).await;
    found_by_what_they_are(&shop, &offer, [&cancelled, &ended, &kept].map(|e| e.order)).await;
    shop.verify_every_account().await;
}

fn subscribe(shop: &Shop, offer: &Offer, wallet: &str) -> Entry {
    let opened = offer.order(shop, MONTHS, &["--wallet", wallet]);
    assert_eq!(amount(&opened, "deposited"), MONTHS * PRICE);
    Entry::opened(&opened, ROYALTY_PPM)
}

/// Ends it now; what its second period has earned by this second.
async fn end(shop: &Shop, order: &Pubkey, wallet: &str) -> u64 {
    let before = shop.time().await;
    shop.act("end", order, wallet);
    let after = shop.time().await;
    let order = shop.account::<Order>(order).await;
    assert!((before..=after).contains(&order.ends_at));
    let seconds =
        u128::try_from(order.ends_at - order.opened_at - MONTH).expect("its second month");
    let part = u128::from(PRICE) * seconds / u128::try_from(MONTH).expect("a length");
    println!("{wallet} ends it {seconds} s into its second month: {PRICE} + {part}");
    u64::try_from(part).expect("an amount")
}

async fn found_by_what_they_are(shop: &Shop, offer: &Offer, orders: [Pubkey; 3]) {
    let [cancelled, ended, kept] = orders;
    let (listing, buyer) = (offer.listing, shop.wallet("buyer"));
    let seller = shop.wallet("seller");
    for (query, found) in [
        (format!("mode=subscription&listing={listing}"), &orders[..]),
        ("mode=metered&mode=lease".to_owned(), &[]),
        ("state=settled".to_owned(), &[cancelled, ended]),
        (format!("state=funded&seller={seller}"), &[kept]),
        (format!("buyer={buyer}"), &[cancelled]),
        (format!("buyer={buyer}&state=funded"), &[]),
    ] {
        finds(shop, &query, found).await;
    }
}

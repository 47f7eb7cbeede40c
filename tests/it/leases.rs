//! Leases whose provider vanishes: what it confirmed is paid, the rest goes back, and nobody has to be asked.

use escrow::state::Order;
use solana_program::pubkey::Pubkey;

use crate::{
    books::{Entry, agree, counts, finds},
    offer::{Offer, ROYALTY_PPM, TERM},
    shop::{Shop, amount},
};

/// Of an hour.
const PRICE: u64 = 3_001;
const HOURS: u64 = 8;
const HOUR: i64 = 60 * 60;
/// An hour and three quarters: of three hours in a row, the first is mature when the third is confirmed.
const WINDOW: u32 = 6_300;

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_whose_provider_vanishes_pays_what_it_confirmed_and_strangers_return_the_rest() {
    let shop = Shop::with_a_clock().await;
    shop.set_windows(WINDOW).await;
    let offer = Offer::publish(&shop, &format!("mode=lease,unit=hour,price={PRICE}"));
    let quote = offer.quote(&shop, HOURS).await;
    assert_eq!(
        (&quote["mode"], &quote["period"]),
        (&"lease".into(), &HOUR.into())
    );
    assert_eq!(amount(&quote, "total"), HOURS * PRICE);
    a_longer_one_than_a_year_and_a_day_has_no_quote(&shop, &offer).await;
    let parties = ["buyer", "deployer", "authority"];
    let mut before = Vec::new();
    for party in parties {
        before.push(shop.holds(&shop.wallet(party)).await);
    }
    // A key that holds no money sends the first one's heartbeats. The last one's provider is never there.
    let mut hoping = lease(&shop, &offer, "buyer", "stranger");
    let mut doubting = lease(&shop, &offer, "deployer", "deployer");
    let mut ignored = lease(&shop, &offer, "authority", "authority");
    let orders = [hoping.order, doubting.order, ignored.order];
    let opened_at = shop.account::<Order>(&hoping.order).await.opened_at;
    let hour = |hour: i64| opened_at + hour * HOUR + HOUR / 2;

    authorise(&shop, "stranger", &hoping);
    authorise(&shop, "deployer", &doubting);
    for confirmed in 0..3 {
        shop.market.travel_to(hour(confirmed + 1)).await;
        if confirmed == 2 {
            // The first of them can be disputed no longer.
            hoping.ledger.ripen();
            doubting.ledger.ripen();
        }
        for lease in [&mut hoping, &mut doubting] {
            lease.ledger.earn(PRICE);
        }
        confirm(&shop, [&hoping, &doubting]);
        authorise(&shop, "stranger", &hoping);
        authorise(&shop, "deployer", &doubting);
    }
    agree(&shop, [&hoping, &doubting, &ignored]).await;

    // The provider vanishes. One buyer goes on authorising, in vain; the other lets it pass.
    for silent in 4..6 {
        shop.market.travel_to(hour(silent)).await;
        authorise(&shop, "stranger", &hoping);
    }
    // The second hour's window is over by now, the third one's begins.
    hoping.ledger.ripen();
    hoping.ledger.pay();
    hoping.shows(&shop.act("settle", &hoping.order, "stranger"));
    agree(&shop, [&hoping, &doubting, &ignored]).await;

    // Past the end, but within the grace for its last hour, nothing goes back.
    shop.market.travel_to(hour(8)).await;
    hoping.ledger.ripen();
    hoping.ledger.pay();
    hoping.shows(&shop.act("settle", &hoping.order, "stranger"));
    shop.refuses(
        &["order", "settle", &ignored.order.to_string()],
        "NothingMature",
    );
    // What it might still have confirmed, nobody authorised.
    let late = hoping.order.to_string();
    shop.refuses(
        &[
            "order",
            "heartbeat",
            "--confirm",
            &late,
            "--wallet",
            "operator",
        ],
        "NotAuthorised",
    );

    shop.market.travel_to(hour(9)).await;
    hoping.ledger.give_rest_back();
    hoping.ledger.pay();
    hoping.state = "settled";
    // The second hour is paid, the third one's window begins; the rest goes back at once.
    doubting.ledger.ripen();
    doubting.ledger.give_rest_back();
    doubting.ledger.pay();
    ignored.ledger.give_rest_back();
    ignored.ledger.pay();
    ignored.state = "refunded";
    for lease in [&hoping, &doubting, &ignored] {
        lease.shows(&shop.act("settle", &lease.order, "stranger"));
    }
    agree(&shop, [&hoping, &doubting, &ignored]).await;
    assert_eq!(doubting.ledger.pending, PRICE);
    found_by_what_they_are(&shop, &offer, orders).await;

    shop.market.travel_to(hour(11)).await;
    doubting.ledger.ripen();
    doubting.ledger.pay();
    doubting.state = "settled";
    doubting.shows(&shop.act("settle", &doubting.order, "stranger"));
    agree(&shop, [&hoping, &doubting, &ignored]).await;

    let leases = [&hoping, &doubting, &ignored];
    let ledgers = leases.map(|lease| &lease.ledger);
    for ((ledger, party), (before, earned)) in ledgers
        .into_iter()
        .zip(parties)
        .zip(before.into_iter().zip([3, 3, 0]))
    {
        assert_eq!(ledger.spent(), earned * PRICE, "{party}");
        let holds = shop.holds(&shop.wallet(party)).await;
        assert_eq!(holds, before - earned * PRICE, "{party}");
    }
    offer.is_paid(&shop, &ledgers).await;
    counts(&shop, &offer.listing, &ledgers, 2).await;
    shop.verify_every_account().await;
}

fn lease(shop: &Shop, offer: &Offer, wallet: &str, key: &str) -> Entry {
    let opened = offer.order(shop, HOURS, &["--buyer-key", key, "--wallet", wallet]);
    assert_eq!(amount(&opened, "deposited"), HOURS * PRICE);
    assert_eq!(opened["authorised"], 1);
    Entry::opened(&opened, ROYALTY_PPM)
}

/// The buyer's heartbeat.
fn authorise(shop: &Shop, key: &str, lease: &Entry) {
    let order = lease.order.to_string();
    let beat = ["order", "heartbeat", "--authorise", &order, "--wallet", key];
    lease.shows(&shop.market.cli(&beat)["leases"][0]);
}

/// The provider's heartbeat, for both at once.
fn confirm(shop: &Shop, leases: [&Entry; 2]) {
    let [one, other] = leases.map(|lease| lease.order.to_string());
    let beat = ["order", "heartbeat", "--confirm", &one, &other];
    let by = ["--wallet", "operator"];
    let shown = shop.market.cli(&[&beat[..], &by].concat());
    for (lease, shown) in leases.iter().zip(shown["leases"].as_array().expect("both")) {
        lease.shows(shown);
    }
}

async fn a_longer_one_than_a_year_and_a_day_has_no_quote(shop: &Shop, offer: &Offer) {
    let listing = offer.listing.to_string();
    let query = format!("/v1/quote?listing={listing}&term={TERM}&quantity=8785");
    let (status, refused) = shop.market.get(&query).await;
    assert_eq!(
        (status, &refused["parameter"]),
        (422, &"quantity".into()),
        "{refused}"
    );
    let wanted = ["--listing", &listing, "--term", TERM, "--quantity", "8785"];
    for verb in ["quote", "open"] {
        shop.refuses(&[&["order", verb], &wanted[..]].concat(), "EndOutOfBounds");
    }
}

/// While one of them waits for its last hour to mature.
async fn found_by_what_they_are(shop: &Shop, offer: &Offer, orders: [Pubkey; 3]) {
    let [hoping, doubting, ignored] = orders;
    let (listing, seller) = (offer.listing, shop.wallet("seller"));
    let owner = shop.wallet("authority");
    for (query, found) in [
        (format!("listing={listing}&mode=lease"), &orders[..]),
        (format!("seller={seller}&state=settled"), &[hoping]),
        ("mode=lease&state=funded".to_owned(), &[doubting]),
        (format!("owner={owner}&state=refunded"), &[ignored]),
        (format!("listing={listing}&mode=one_time"), &[]),
    ] {
        finds(shop, &query, found).await;
    }
}

//! Orders of every mode, sessions, disputes, royalties.

use common::receipt::mode;

use super::{Chapter, Story};

pub const ONE_TIME: &[Chapter] = &[bought, settled, reviewed, disputed, ruled];
pub const RUNNING: &[Chapter] = &[
    opened,
    used,
    used_more,
    contested,
    decided,
    withdrawn,
    contested_again,
    lapsed,
    ended,
    over,
    closed,
];

fn bought(story: &mut Story) {
    let child = story.at("child");
    let (carol, frank) = (story.somebody("carol"), story.somebody("frank"));
    let order = story.market.open_order(&carol, &child, 1);
    let session = story.market.open_session(&frank, "agent");
    let disputable = story.market.open_disputable(&frank, &child, 2);
    let pool = story.market.open_pool(&child);
    let mut events = vec![
        story.keep("order", order),
        story.keep("session", session),
        story.keep("disputed", disputable),
        story.keep("pool", pool),
    ];
    let by_session = story
        .market
        .open_by_session(&story.at("session"), &child, 3);
    events.push(story.keep("by session", by_session));
    story.tell(events);
}

fn settled(story: &mut Story) {
    let (order, session, pool) = (story.at("order"), story.at("session"), story.at("pool"));
    let (by_session, disputed) = (story.at("by session"), story.at("disputed"));
    let amount = story.some(60_000);
    let market = &mut story.market;
    let events = [
        market.deliver_order(&order),
        market.settle_order(&order),
        market.deliver_order(&by_session),
        market.deliver_order(&disputed),
        market.revoke_session(&session),
        market.forward(&pool, amount, 0, true),
        market.forward(&pool, 0, 1, false),
    ];
    story.tell(events);
}

fn reviewed(story: &mut Story) {
    let (order, session, pool) = (story.at("order"), story.at("session"), story.at("pool"));
    let rating = 5 - u8::try_from(story.some(0)).unwrap();
    let posted = story.market.post_review(&order, rating);
    let posted = story.keep("review", posted);
    let review = story.at("review");
    let market = &mut story.market;
    let events = [
        posted,
        market.record_order_fees(&order),
        market.record_fees(&order, 0),
        market.forward(&pool, 5, 1, true),
        market.edit_review(&review, 2),
        market.close_session(&session),
    ];
    story.tell(events);
}

fn disputed(story: &mut Story) {
    let disputed = story.at("disputed");
    let event = story.market.dispute_order(&disputed, true);
    story.tell([event]);
}

fn ruled(story: &mut Story) {
    let (disputed, by_session) = (story.at("disputed"), story.at("by session"));
    let percent = u8::try_from(story.some(40)).unwrap();
    let market = &mut story.market;
    let events = [
        market.rule_dispute(&disputed, percent),
        market.withdraw(&disputed),
        market.settle_order(&by_session),
    ];
    story.tell(events);
}

fn opened(story: &mut Story) {
    let child = story.at("child");
    let (carol, dave) = (story.somebody("carol"), story.somebody("dave"));
    let market = &mut story.market;
    let metered = market.open_running(&carol, &child, 4, mode::METERED);
    let lease = market.open_running(&dave, &child, 5, mode::LEASE);
    let subscription = market.open_running(&carol, &child, 6, mode::SUBSCRIPTION);
    let events = [
        story.keep("metered", metered),
        story.keep("lease", lease),
        story.keep("subscription", subscription),
    ];
    story.tell(events);
}

fn used(story: &mut Story) {
    let (metered, lease) = (story.at("metered"), story.at("lease"));
    let (owed, more) = (story.some(100), story.some(500));
    let market = &mut story.market;
    let events = [
        market.redeem(&metered, 1, owed),
        market.top_up(&metered, more),
        market.authorise(&lease),
    ];
    story.tell(events);
}

/// The voucher has matured, and the interval that was authorised is over.
fn used_more(story: &mut Story) {
    story.skip(2);
    let (metered, lease) = (story.at("metered"), story.at("lease"));
    let owed = story.some(300);
    let market = &mut story.market;
    let events = [market.redeem(&metered, 2, owed), market.confirm(&lease)];
    story.tell(events);
}

fn contested(story: &mut Story) {
    let (metered, lease) = (story.at("metered"), story.at("lease"));
    let subscription = story.at("subscription");
    let back = story.some(10);
    let market = &mut story.market;
    let events = [
        market.dispute_order(&metered, true),
        market.dispute_order(&subscription, false),
        market.refund(&lease, Some(back)),
    ];
    story.tell(events);
}

fn decided(story: &mut Story) {
    let (metered, subscription) = (story.at("metered"), story.at("subscription"));
    let percent = u8::try_from(story.some(60)).unwrap();
    let market = &mut story.market;
    let events = [
        market.concede(&metered),
        market.rule_dispute(&subscription, percent),
    ];
    story.tell(events);
}

fn withdrawn(story: &mut Story) {
    let (metered, subscription) = (story.at("metered"), story.at("subscription"));
    let owed = story.some(600);
    let market = &mut story.market;
    let events = [
        market.withdraw(&metered),
        market.withdraw(&subscription),
        market.redeem(&metered, 3, owed),
    ];
    story.tell(events);
}

fn contested_again(story: &mut Story) {
    let event = story.market.dispute_order(&story.at("metered"), true);
    story.tell([event]);
}

fn lapsed(story: &mut Story) {
    story.skip(3);
    let event = story.market.lapse(&story.at("metered"));
    story.tell([event]);
}

fn ended(story: &mut Story) {
    let (metered, lease) = (story.at("metered"), story.at("lease"));
    let subscription = story.at("subscription");
    let market = &mut story.market;
    let events = [
        market.end_order(&metered, true),
        market.end_order(&lease, false),
        market.end_order(&subscription, true),
    ];
    story.tell(events);
}

fn over(story: &mut Story) {
    story.skip(6);
    let (metered, lease) = (story.at("metered"), story.at("lease"));
    let subscription = story.at("subscription");
    let market = &mut story.market;
    let events = [
        market.settle_due(&metered, false),
        market.settle_due(&lease, true),
        market.settle_due(&subscription, false),
    ];
    story.tell(events);
}

fn closed(story: &mut Story) {
    let (metered, lease) = (story.at("metered"), story.at("lease"));
    let market = &mut story.market;
    let events = [
        market.withdraw(&metered),
        market.withdraw(&lease),
        market.close_order(&metered),
    ];
    story.tell(events);
}

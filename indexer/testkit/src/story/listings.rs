//! Listings: drafts that come and go, lineage, versions, owners.

use super::{Chapter, Story};
use crate::market::New;

pub const BEGINNING: &[Chapter] = &[parents, child_and_draft, draft_goes];
pub const LIFE: &[Chapter] = &[changes, changes_hands];

const DRAFT: New<'_> = New {
    publisher: "bob",
    key: "draft",
    name: "draft",
    kind: listing::state::kind::DATASET,
    license: "mit",
    manifest: b"{}",
    uri: "cas:sha256",
    price: 1_000_000,
};

fn parents(story: &mut Story) {
    let mut events = Vec::new();
    for (name, publisher) in [("base", "alice"), ("other", "bob"), ("third", "erin")] {
        let new = story.market.register(&New {
            publisher,
            key: name,
            name,
            ..New::default()
        });
        events.push(story.keep(name, new));
        events.push(story.market.activate(&story.at(name)));
    }
    events.push(story.market.open_epoch(0));
    story.tell(events);
}

/// Two royalties, and a draft with an edge that bears one and another that does not.
fn child_and_draft(story: &mut Story) {
    let (base, other) = (story.at("base"), story.at("other"));
    let new = story.market.register(&New {
        key: "child",
        name: "child",
        ..New::default()
    });
    let registered = story.keep("child", new);
    let child = story.at("child");
    let new = story.market.register(&DRAFT);
    let drafted = story.keep("draft", new);
    let draft = story.at("draft");
    let market = &mut story.market;
    let events = [
        registered,
        market.add_edge(&child, &base, 50_000),
        market.add_edge(&child, &other, 10_000),
        market.activate(&child),
        drafted,
        market.add_edge(&draft, &base, 20_000),
        market.add_edge(&draft, &other, 0),
    ];
    story.tell(events);
}

fn draft_goes(story: &mut Story) {
    let (base, other, draft) = (story.at("base"), story.at("other"), story.at("draft"));
    let market = &mut story.market;
    let events = [
        market.remove_edge(&draft, &other),
        market.remove_edge(&draft, &base),
        market.close_royalty_table(&draft),
        market.discard(&draft),
    ];
    story.tell(events);
}

fn changes(story: &mut Story) {
    let (base, other) = (story.at("base"), story.at("other"));
    let (price, seconds) = (story.some(2_000_000), story.some(500));
    let manifest = format!("{{\"v\":{}}}", story.some(2));
    let (payee, operator, buyer) = (
        story.somebody("payee"),
        story.somebody("operator"),
        story.somebody("gina"),
    );
    let new = story.market.register(&DRAFT);
    // Another life at the address of the one that was discarded.
    let again = story.keep("draft", new);
    let market = &mut story.market;
    let events = [
        market.publish(&base, manifest.as_bytes(), "cas:sha256"),
        market.reprice(&base, price),
        market.pause(&base),
        market.resume(&base),
        market.set_payout(&base, &payee),
        market.set_operator(&base, &operator),
        market.propose_authority(&base, &buyer),
        market.grant_license(&other, "dave", i64::try_from(seconds).unwrap()),
        again,
    ];
    story.tell(events);
    story.tell_unreadable();
}

fn changes_hands(story: &mut Story) {
    let (base, other, child, third) = (
        story.at("base"),
        story.at("other"),
        story.at("child"),
        story.at("third"),
    );
    let root = [u8::try_from(story.some(7)).unwrap(); 32];
    let market = &mut story.market;
    let events = [
        market.accept_authority(&base),
        market.revoke_license(&other, "dave"),
        market.prove_edge(&child, &base, root),
        market.retire(&third),
    ];
    story.tell(events);
}

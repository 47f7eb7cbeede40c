//! Epochs and what their points bring.

use super::{Chapter, Story};

pub const EPOCHS: &[Chapter] = &[finished, claimed, expired];

fn finished(story: &mut Story) {
    let market = &mut story.market;
    let events = [market.finish_epoch(0), market.open_epoch(1)];
    story.tell(events);
}

fn claimed(story: &mut Story) {
    let buyer = story.market.order(&story.at("order")).head.buyer;
    let event = story.market.claim(&buyer, 0);
    story.tell([event]);
}

fn expired(story: &mut Story) {
    let publisher = story.market.order(&story.at("order")).payee;
    let market = &mut story.market;
    let events = [market.expire_epoch(0), market.close_points(&publisher, 0)];
    story.tell(events);
}

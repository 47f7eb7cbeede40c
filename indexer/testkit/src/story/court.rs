//! Disputes before the court, and what its rulings change.

use dao::state::direction;
use listing::state::relation;

use super::{Chapter, Story};

pub const EDGES: &[Chapter] = &[
    jurors_lock,
    edges_disputed,
    committed,
    revealed,
    appealed,
    revealed_again,
    settled,
    carried_out,
];
pub const VERSIONS: &[Chapter] = &[complained, contradicted, closed];

/// In favour of whoever opened the case.
const ALL: u8 = 4;

fn jurors_lock(story: &mut Story) {
    let (carols, daves) = (story.some(2_000), story.some(3_000));
    let carol = story.market.lock("carol", 1, carols);
    let dave = story.market.lock("dave", 1, daves);
    let locked = [story.keep("carol's", carol), story.keep("dave's", dave)];
    story.tell(locked);
}

/// One is false, another is missing.
fn edges_disputed(story: &mut Story) {
    let (base, child, third) = (story.at("base"), story.at("child"), story.at("third"));
    let erin = story.somebody("erin");
    let market = &mut story.market;
    let is_false = market.open_edge_case(&erin, &child, &base, None);
    let missing = market.open_edge_case(&erin, &child, &third, Some(relation::TRAINED_ON));
    let events = [
        story.keep("false edge", is_false),
        story.keep("missing edge", missing),
    ];
    story.tell(events);
}

fn committed(story: &mut Story) {
    let dispute = story.at("false edge");
    let evidence = [u8::try_from(story.some(3)).unwrap(); 32];
    let told = story.market.submit_evidence(&dispute, evidence);
    let carol = story.market.commit(&dispute, &story.at("carol's"));
    let dave = story.market.commit(&dispute, &story.at("dave's"));
    let events = [told, story.keep("carol", carol), story.keep("dave", dave)];
    story.tell(events);
}

fn revealed(story: &mut Story) {
    let (carol, dave) = (story.at("carol"), story.at("dave"));
    let dispute = story.at("false edge");
    let market = &mut story.market;
    let events = [
        market.reveal(&carol, 0),
        market.reveal(&dave, ALL),
        market.tally(&dispute),
    ];
    story.tell(events);
}

fn appealed(story: &mut Story) {
    let dispute = story.at("false edge");
    let alice = story.somebody("alice");
    let appealed = story.market.appeal(&dispute, &alice, direction::DOWN);
    let dave = story.market.commit(&dispute, &story.at("dave's"));
    let events = [appealed, story.keep("dave again", dave)];
    story.tell(events);
}

fn revealed_again(story: &mut Story) {
    let (dave, dispute) = (story.at("dave again"), story.at("false edge"));
    let market = &mut story.market;
    let events = [
        market.reveal(&dave, ALL),
        market.tally(&dispute),
        market.finish_dispute(&dispute),
    ];
    story.tell(events);
}

fn settled(story: &mut Story) {
    let dispute = story.at("false edge");
    let mut events = Vec::new();
    for juror in ["carol", "dave", "dave again"] {
        events.push(story.market.settle_juror(&story.at(juror)));
    }
    events.push(story.market.pay_bond(&dispute, 0));
    events.push(story.market.close_dispute(&dispute));
    story.tell(events);
}

/// The entry of another edge moves to where the false one's was, in the table of the next generation; the missing edge's is
/// added in the one after it.
fn carried_out(story: &mut Story) {
    let (base, child, third) = (story.at("base"), story.at("child"), story.at("third"));
    let amount = story.some(70_000);
    let market = &mut story.market;
    let mut events = vec![
        market.revoke_edge(&child, &base),
        market.rule_edge(&child, &third, relation::TRAINED_ON),
    ];
    let pool = story.market.open_pool(&child);
    events.push(story.keep("pool", pool));
    let pool = story.at("pool");
    events.push(story.market.forward(&pool, amount, 1, true));
    events.push(story.market.suspend(&third, 1));
    events.push(story.market.restore(&third));
    events.push(story.market.resume(&third));
    story.tell(events);
}

fn complained(story: &mut Story) {
    let (base, third) = (story.at("base"), story.at("third"));
    let (carols, daves) = (story.at("carol's"), story.at("dave's"));
    let (stake, disputed) = (story.some(500), story.at("disputed"));
    let erin = story.somebody("erin");
    let market = &mut story.market;
    let good = market.attest(&daves, &base, stake);
    let other = market.attest(&carols, &third, stake);
    let complaint = market.open_version_case(&erin, &base);
    let on_order = market.open_order_case(&disputed);
    let events = [
        story.keep("attestation", good),
        story.keep("other attestation", other),
        story.keep("complaint", complaint),
        story.keep("order's case", on_order),
    ];
    story.tell(events);
}

fn contradicted(story: &mut Story) {
    let (complaint, on_order) = (story.at("complaint"), story.at("order's case"));
    let attestation = story.at("attestation");
    let dave = story.market.commit(&complaint, &story.at("dave's"));
    let committed = story.keep("dave", dave);
    let dave = story.at("dave");
    let market = &mut story.market;
    let events = [
        committed,
        market.reveal(&dave, ALL),
        market.tally(&complaint),
        market.finish_dispute(&complaint),
        market.slash(&attestation, &complaint),
        market.tally(&on_order),
        market.finish_dispute(&on_order),
    ];
    story.tell(events);
}

fn closed(story: &mut Story) {
    let (on_order, attestation) = (story.at("order's case"), story.at("other attestation"));
    let daves = story.at("dave's");
    let market = &mut story.market;
    let events = [
        market.close_dispute(&on_order),
        market.close_attestation(&attestation),
        market.request_unlock(&daves),
        market.withdraw_position(&daves),
    ];
    story.tell(events);
}

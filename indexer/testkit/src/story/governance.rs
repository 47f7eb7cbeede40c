//! Settings, proposals, guardians.

use dao::state::{program, vote_choice};
use escrow::instructions::ConfigArgs;
use pedigree_sdk::{instructions::dao::Action, programs::TOKEN};
use solana_program::pubkey::Pubkey;

use super::{Chapter, Story};
use crate::market::{MINT, key};

pub const SETTINGS: &[Chapter] = &[set_up, changed];
pub const PROPOSALS: &[Chapter] = &[proposed, voted, decided, ended, handed_over];

fn set_up(story: &mut Story) {
    let market = &mut story.market;
    let events = [
        market.listing_config(),
        market.escrow_config(25_000),
        market.mint(1_000_000_000),
        market.reward_config(),
        market.court_config(),
        market.governance("steward"),
        market.profile("alice", "Alice"),
    ];
    story.tell(events);
}

fn changed(story: &mut Story) {
    let (royalty, fee, share) = (story.ppm(10_000), story.ppm(30_000), story.ppm(300_000));
    let (most, bond, rate, fees) = (
        story.some(2_000_000_000),
        story.some(4_000),
        story.some(500_000),
        story.some(12),
    );
    let name = story.somebody("Alice Ltd");
    let market = &mut story.market;
    let events = [
        market.pause_listing(true),
        market.pause_listing(false),
        market.set_default_royalty(royalty),
        market.update_escrow(fee),
        market.update_mint(true, most),
        market.withdraw_treasury(fees),
        market.update_rewards(share),
        market.set_rate(rate, 2),
        market.update_court(bond),
        market.profile("alice", &name),
    ];
    story.tell(events);
}

/// A fee that is accepted, a rate that nobody votes on, and two of the steward's: one is vetoed, one forgotten.
fn proposed(story: &mut Story) {
    let fee = Action::UpdateEscrow(fees(story.ppm(10_000)));
    let rate = Action::SetRate {
        mint: MINT,
        rate: story.some(1),
        price: 2,
    };
    let mint = Action::AllowMint {
        mint: MINT,
        token_program: TOKEN,
        max_deposit: u64::MAX,
    };
    let market = &mut story.market;
    let fee = market.propose("carol", &fee);
    let rate = market.propose("dave", &rate);
    let vetoed = market.decree("steward", &mint);
    let forgotten = market.decree("steward", &mint);
    let events = [
        story.keep("fee", fee),
        story.keep("rate", rate),
        story.keep("vetoed", vetoed),
        story.keep("forgotten", forgotten),
    ];
    story.tell(events);
}

fn voted(story: &mut Story) {
    let carols = story.at("carol's");
    let cast = story
        .market
        .cast(&story.at("fee"), &carols, vote_choice::NO);
    let mut events = vec![story.keep("vote", cast)];
    let vote = story.at("vote");
    events.push(story.market.change_vote(&vote, vote_choice::YES));
    story.tell(events);
}

fn decided(story: &mut Story) {
    let (fee, rate) = (story.at("fee"), story.at("rate"));
    let (vetoed, forgotten) = (story.at("vetoed"), story.at("forgotten"));
    let market = &mut story.market;
    let events = [
        market.conclude(&fee),
        market.conclude(&rate),
        market.veto(&vetoed),
        market.expire(&forgotten),
        market.pay_deposit(&rate),
    ];
    story.tell(events);
}

fn ended(story: &mut Story) {
    let (fee, rate, vote) = (story.at("fee"), story.at("rate"), story.at("vote"));
    let market = &mut story.market;
    let events = [
        market.execute(&fee),
        market.close_vote(&vote),
        market.close_proposal(&rate),
    ];
    story.tell(events);
}

fn handed_over(story: &mut Story) {
    let paused = u8::try_from(story.some(u64::from(program::LISTING))).unwrap();
    let market = &mut story.market;
    let events = [
        market.guard(paused, true),
        market.guard(paused, false),
        market.hand_over(),
    ];
    story.tell(events);
}

fn fees(fee_ppm: u32) -> ConfigArgs {
    ConfigArgs {
        paused: false,
        allow_unclaimed: false,
        fee_ppm,
        delivery_window: 3_600,
        dispute_window: 86_400,
        arbitration_period: 2_592_000,
        bond_ppm: 50_000,
        treasury: key("treasury"),
        pending_authority: Pubkey::default(),
    }
}

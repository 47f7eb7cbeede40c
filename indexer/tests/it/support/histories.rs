//! Chains that the tests index.

mod forking;

pub use forking::Forking;

use common::receipt::mode;
use dao::state::vote_choice;
use escrow::instructions::ConfigArgs;
use pedigree_sdk::{events::Event, instructions::dao::Action, programs::TOKEN};
use solana_program::pubkey::Pubkey;

use super::{
    Story,
    chain::{Chain, transaction},
    market::{MINT, Market, New, key},
};

/// What every history here begins with, up to slot 13: a base listing, and its child and another, active. The addresses are
/// those of base and child.
pub fn beginning() -> (Chain, Market, [Pubkey; 2]) {
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    let profile = market.profile("alice", "Alice");
    let (base, registered) = market.register(&New {
        key: "model/base",
        name: "base",
        ..New::default()
    });
    let activated = market.activate(&base);
    // One transaction changes one entity several times.
    chain.push(vec![transaction("10/0", [profile, registered, activated])]);
    market.slot = chain.push(Vec::new()) + 1;
    let (child, registered) = market.register(&New {
        key: "model/child",
        name: "child",
        ..New::default()
    });
    let edge = market.add_edge(&child, &base, 50_000);
    let (other, other_registered) = market.register(&New {
        publisher: "bob",
        key: "data/x",
        name: "x",
        ..New::default()
    });
    chain.push(vec![
        transaction("12/0", [registered, edge]),
        transaction("12/1", [other_registered]),
    ]);
    market.slot += 1;
    let more = [
        market.activate(&other),
        market.add_edge(&child, &other, 10_000),
        market.activate(&child),
    ];
    chain.push_events(more);
    (chain, market, [base, child])
}

/// A short history: profiles, lineage with royalties and a proof, versions, an order that is settled, a review, a discarded
/// draft. [`everything`] has the other events.
pub fn history() -> (Chain, Market) {
    let (mut chain, mut market, [base, child]) = beginning();
    market.slot += 3;
    let (draft, registered) = market.register(&New {
        publisher: "bob",
        key: "draft",
        name: "draft",
        ..New::default()
    });
    let renamed = market.profile("alice", "Alice Ltd");
    let published = market.publish(&base, b"{\"v\":2}", "cas:sha256");
    chain.push_at(
        market.slot,
        vec![transaction("16/0", [registered, renamed, published])],
    );
    market.slot += 1;
    let (order, opened) = market.open_order("carol", &child, 1);
    chain.push_events([market.discard(&draft), opened, market.settle_order(&order)]);
    market.slot += 1;
    let (again, registered) = market.register(&New {
        publisher: "bob",
        key: "draft",
        name: "draft 2",
        ..New::default()
    });
    let (review, posted) = market.post_review(&order, 5);
    chain.push_events([
        posted,
        market.close_order(&order),
        registered,
        market.pause(&again),
        market.edit_review(&review, 2),
        market.prove_edge(&child, &base, [7; 32]),
    ]);
    (chain, market)
}

/// What [`rewards_and_court`] leaves behind.
pub struct Judged {
    pub listing: Pubkey,
    /// Of carol, withdrawn and locked anew under the same address, and of dave.
    pub positions: [Pubkey; 2],
    /// Erin's complaint about the listing, upheld.
    pub version_case: Pubkey,
    pub order: Pubkey,
    /// Nobody voted in it; its account is closed.
    pub order_case: Pubkey,
    /// In the complaint: carol's, settled, and dave's.
    pub jurors: [Pubkey; 2],
}

/// A history of `reward` and the court, in slots 10 to 17: fees credited in an epoch, positions, an
/// attestation, a complaint that is upheld, and a dispute of an order in which nobody votes.
pub fn rewards_and_court() -> (Chain, Market, Judged) {
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    let (listing, registered) = market.register(&New::default());
    let begun = [
        market.reward_config(),
        market.court_config(),
        registered,
        market.activate(&listing),
        market.open_epoch(0),
    ];
    chain.push_events(begun);
    market.slot = 11;
    let (carols, locked) = market.lock("carol", 1, 1_000);
    let (daves, also) = market.lock("dave", 1, 3_000);
    chain.push_events([locked, also]);
    market.slot = 12;
    let (sold, opened) = market.open_order("frank", &listing, 1);
    let events = [
        opened,
        market.settle_order(&sold),
        market.record_fees(&sold, 0),
        market.attest(&daves, &listing, 500).1,
    ];
    // One transaction changes one epoch and one position several times.
    chain.push(vec![transaction("12/0", events)]);
    market.slot = 13;
    let (order, opened) = market.open_order("frank", &listing, 2);
    let (order_case, disputed) = market.open_order_case(&order);
    let (version_case, complained) = market.open_version_case("erin", &listing);
    chain.push_events([opened, disputed, complained]);
    market.slot = 14;
    let told = market.submit_evidence(&version_case, [3; 32]);
    let (carol, committed) = market.commit(&version_case, &carols);
    let (dave, too) = market.commit(&version_case, &daves);
    chain.push_events([told, committed, too]);
    market.slot = 15;
    let revealed = [market.reveal(&carol, 0), market.reveal(&dave, 4)];
    chain.push_events(revealed);
    market.slot = 16;
    let ruled = [
        market.tally(&version_case),
        market.finish_dispute(&version_case),
        market.settle_juror(&carol),
        market.request_unlock(&carols),
        market.tally(&order_case),
        market.finish_dispute(&order_case),
    ];
    chain.push_events(ruled);
    market.slot = 17;
    let withdrawn = market.withdraw_position(&carols);
    let (again, locked) = market.lock("carol", 1, 700);
    assert_eq!(again, carols);
    let ended = [
        withdrawn,
        locked,
        market.close_dispute(&order_case),
        market.finish_epoch(0),
        market.open_epoch(1),
    ];
    chain.push_events(ended);
    let judged = Judged {
        listing,
        positions: [carols, daves],
        version_case,
        order,
        order_case,
        jurors: [carol, dave],
    };
    (chain, market, judged)
}

/// What [`governed`] leaves behind.
pub struct Governed {
    /// Carol's, of escrow's fee: accepted and carried out.
    pub fee: Pubkey,
    /// Dave's, of a rate: nobody voted in time; its account is closed.
    pub rate: Pubkey,
    /// The steward's, of a mint: vetoed.
    pub mint: Pubkey,
    /// On the fee: carol's, and dave's, which is closed.
    pub votes: [Pubkey; 2],
}

/// A history of three proposals, in slots 10 to 15.
pub fn governed() -> (Chain, Market, Governed) {
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    let begun = [
        market.reward_config(),
        market.court_config(),
        market.governance("steward"),
    ];
    chain.push_events(begun);
    market.slot = 11;
    let (carols, locked) = market.lock("carol", 1, 1_000);
    let (daves, also) = market.lock("dave", 1, 3_000);
    chain.push_events([locked, also]);
    market.slot = 12;
    let (fee, proposed) = market.propose("carol", &Action::UpdateEscrow(fees()));
    let (rate, too) = market.propose(
        "dave",
        &Action::SetRate {
            mint: MINT,
            rate: 1,
            price: 2,
        },
    );
    let (mint, decreed) = market.decree(
        "steward",
        &Action::AllowMint {
            mint: MINT,
            token_program: TOKEN,
            max_deposit: u64::MAX,
        },
    );
    chain.push_events([proposed, too, decreed]);
    market.slot = 13;
    let (carol, cast) = market.cast(&fee, &carols, vote_choice::YES);
    let (dave, against) = market.cast(&fee, &daves, vote_choice::NO);
    let changed = market.change_vote(&dave, vote_choice::ABSTAIN);
    // One transaction changes one proposal several times.
    chain.push(vec![transaction("13/0", [cast, against, changed])]);
    market.slot = 14;
    let decided = [
        market.conclude(&fee),
        market.conclude(&rate),
        market.veto(&mint),
        market.pay_deposit(&rate),
    ];
    chain.push_events(decided);
    market.slot = 15;
    let ended = [
        market.execute(&fee),
        market.close_vote(&dave),
        market.close_proposal(&rate),
    ];
    chain.push_events(ended);
    let governed = Governed {
        fee,
        rate,
        mint,
        votes: [carol, dave],
    };
    (chain, market, governed)
}

/// Escrow's settings with a fee of 1 %.
fn fees() -> ConfigArgs {
    ConfigArgs {
        paused: false,
        allow_unclaimed: false,
        fee_ppm: 10_000,
        delivery_window: 3_600,
        dispute_window: 86_400,
        arbitration_period: 2_592_000,
        bond_ppm: 50_000,
        treasury: key("treasury"),
        pending_authority: Pubkey::default(),
    }
}

/// Tables that are folded from events.
pub const FOLDED: [&str; 19] = [
    "entity_events",
    "accounts",
    "profiles",
    "listings",
    "versions",
    "edges",
    "royalty_tables",
    "pools",
    "reviews",
    "mints",
    // Counted again, and wrongly, as their orders go.
    "market",
    "market_volumes",
    "market_days",
    "orders",
    "sessions",
    "epochs",
    "positions",
    "disputes",
    "proposals",
];

/// Every event of the four programs, and one that cannot be read.
pub fn everything() -> Chain {
    Story::whole().chain
}

/// Many small blocks that touch listings, profiles and orders; every fourth each runs an order by vouchers, opens a session
/// and takes it back, or claims a parent.
pub fn long_history(blocks: u32) -> Chain {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (listing, registered) = market.register(&New::default());
    chain.push_events([registered, market.activate(&listing)]);
    for number in 0..blocks {
        market.slot = chain.tip() + 1;
        let buyer = format!("buyer {number}");
        let (order, opened) = market.open_order(&buyer, &listing, 1);
        let mut events = vec![
            market.profile("alice", &format!("Alice {number}")),
            opened,
            market.settle_order(&order),
        ];
        events.extend(more(&mut market, &listing, &buyer, number));
        chain.push_events(events);
    }
    chain
}

fn more(market: &mut Market, listing: &Pubkey, buyer: &str, number: u32) -> Vec<Event> {
    match number % 4 {
        1 => {
            let (order, opened) = market.open_running(buyer, listing, 2, mode::METERED);
            vec![
                opened,
                market.redeem(&order, 1, number.into()),
                market.top_up(&order, 1),
            ]
        }
        2 => {
            let (session, opened) = market.open_session(buyer, "agent");
            vec![opened, market.revoke_session(&session)]
        }
        3 => {
            let (child, registered) = market.register(&New {
                key: buyer,
                name: "child",
                ..New::default()
            });
            vec![
                registered,
                market.add_edge(&child, listing, 1 + number),
                market.activate(&child),
            ]
        }
        _ => Vec::new(),
    }
}

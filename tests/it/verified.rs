//! `verify` against the network: every kind of account, and each of its answers.

use listing::state::Edge;
use pedigree_sdk::{
    accounts::EntityKind,
    api::Api,
    instructions::{
        dao as on_dao, escrow as on_escrow, listing as on_listing, reward as on_reward,
    },
    pda,
    verify::Verdict,
};
use pedigree_tests::market::Market;
use solana_program::pubkey::Pubkey;

use crate::{
    lies::{self, IN_VERIFIED, verdict},
    shop::{Shop, address},
};

const PRICE: u64 = 1_000_003;

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_account_is_verified_against_the_network_with_each_answer() {
    let shop = Shop::open(Market::empty());
    let accounts = Accounts::make(&shop).await;
    shop.indexed().await;

    shop.verify_every_account().await;
    let served = lies::are_told_of(&shop, &IN_VERIFIED, |kind| accounts.of(kind, &shop)).await;
    accounts.change_all(&shop).await;
    for account in &served {
        assert_eq!(verdict(&shop, account).await, Verdict::Newer, "{account:?}");
    }
    shop.indexed().await;
    shop.verify_every_account().await;
    what_is_closed_is_told(&shop, &accounts).await;
}

fn api(shop: &Shop) -> Api {
    Api::new(&shop.market.http).expect("a client")
}

/// One account of each kind that has to be made, and what else it takes.
struct Accounts {
    /// Listings that derivatives owe royalties.
    parents: [Pubkey; 2],
    licensed: Pubkey,
    /// Owes the first parent, and has a pool.
    sold: Pubkey,
    /// Owes the first parent, and is not active.
    draft: Pubkey,
    /// Undelivered, of `sold`.
    order: Pubkey,
    /// By the buyer of `licensed`.
    review: Pubkey,
    session: Pubkey,
}

impl Accounts {
    async fn make(shop: &Shop) -> Self {
        let publisher = shop.wallet("publisher");
        let named = on_listing::set_profile(publisher, publisher, "P", "https://p.example");
        shop.send("publisher", named).await;
        let owed = ["--derivative-royalty-ppm", "100000"];
        let parents = ["first-parent", "second-parent"].map(|name| {
            let parent = shop.register("publisher", name, PRICE, &owed);
            shop.activate(&parent, "publisher");
            parent
        });
        let licensed = ["--derivatives", "licensed"];
        let licensed = shop.register("publisher", "licensed", PRICE, &licensed);
        shop.activate(&licensed, "publisher");
        grant(shop, &licensed, "1h");

        let [sold, draft] = ["sold", "draft"].map(|name| {
            let child = shop.register("seller", name, PRICE, &[]);
            add_edge(shop, &child, &parents[0]);
            child
        });
        shop.activate(&sold, "seller");
        let open = ["order", "open", "--listing", &sold.to_string()];
        let order = address(&shop.market.cli(&open));
        let review = review(shop, &licensed);
        let open = ["session", "open", "--key", "stranger", "--amount", "5000"];
        let session = [&open[..], &["--expires-in", "1h"]].concat();
        Self {
            parents,
            licensed,
            sold,
            draft,
            order,
            review,
            session: address(&shop.market.cli(&session)),
        }
    }

    fn edge(&self) -> Pubkey {
        pda::edge(&self.draft, &self.parents[0]).0
    }

    fn of(&self, kind: EntityKind, shop: &Shop) -> Pubkey {
        match kind {
            EntityKind::ListingConfig => pda::listing_config().0,
            EntityKind::Profile => pda::profile(&shop.wallet("publisher")).0,
            EntityKind::Listing => self.draft,
            EntityKind::Edge => self.edge(),
            EntityKind::RoyaltyTable => pda::royalties(&self.draft, 0).0,
            EntityKind::PoolLedger => pda::ledger(&self.sold, 0, &shop.mint).0,
            EntityKind::LicenseGrant => pda::grant(&self.licensed, &shop.wallet("seller")).0,
            EntityKind::Review => self.review,
            EntityKind::EscrowConfig => pda::escrow_config().0,
            EntityKind::MintConfig => pda::mint_config(&shop.mint).0,
            EntityKind::Order => self.order,
            EntityKind::Session => self.session,
            EntityKind::RewardConfig => pda::reward_config().0,
            EntityKind::Emission => pda::emission().0,
            EntityKind::Rate => pda::rate(&shop.mint).0,
            EntityKind::DaoConfig => pda::dao_config().0,
            EntityKind::Governance => pda::governance().0,
            other => panic!("there is no {other}"),
        }
    }

    /// Changes each of them on the chain.
    async fn change_all(&self, shop: &Shop) {
        let authority = shop.wallet("authority");
        let nobody = Pubkey::default();
        let config = on_listing::update_config(authority, false, nobody);
        shop.send("authority", config).await;
        shop.set_windows(3_600).await;
        let mint = on_escrow::update_mint(&authority, &shop.mint, true, u64::MAX);
        shop.send("authority", mint).await;
        change_reward_and_dao(shop).await;
        let publisher = shop.wallet("publisher");
        let named = on_listing::set_profile(publisher, publisher, "Q", "https://q.example");
        shop.send("publisher", named).await;
        grant(shop, &self.licensed, "2h");

        // The edge is closed, and made again: another life at the same address. That changes draft and table too.
        let seller = shop.wallet("seller");
        let edge: Edge = shop.account(&self.edge()).await;
        let parent = &self.parents[0];
        let remove = on_listing::remove_edge(seller, self.draft, parent, true, edge.rent_payer);
        let served = api(shop).account(&self.edge()).await.expect("an edge");
        shop.send("seller", remove).await;
        assert_eq!(verdict(shop, &served).await, Verdict::Closed);
        add_edge(shop, &self.draft, parent);
        add_edge(shop, &self.draft, &self.parents[1]);

        let review = self.review.to_string();
        shop.market
            .cli(&["review", "edit", &review, "--rating", "2"]);
        settle(shop, &self.order, "seller");
        let sold = self.sold.to_string();
        let forwarded = shop.market.cli(&["royalty", "forward", &sold]);
        let forwarded = forwarded["forwarded"].as_array().map(Vec::len);
        assert_eq!(forwarded, Some(1), "a royalty is passed on");
        let session = self.session.to_string();
        shop.market.cli(&["session", "revoke", &session]);
    }
}

/// Settings, rate and emission, and what numbers proposals.
async fn change_reward_and_dao(shop: &Shop) {
    let authority = shop.wallet("authority");
    let pending = shop.wallet("stranger");
    let reward: reward::state::Config = shop.account(&pda::reward_config().0).await;
    let court: dao::state::Config = shop.account(&pda::dao_config().0).await;
    let changes = [
        on_reward::update_config(
            &authority,
            reward::instructions::ConfigArgs {
                paused: false,
                buyer_share_ppm: reward.buyer_share_ppm,
                cooling: reward.cooling,
                claim_window: reward.claim_window,
                min_stake: reward.min_stake,
                pending_authority: pending,
            },
        ),
        on_reward::set_rate(&authority, &authority, &shop.mint, 1, 1),
        on_reward::open_epoch(&authority, 0),
        on_dao::decree(
            &authority,
            &authority,
            1,
            &on_dao::Action::UpdateListing { paused: false },
            [0; 32],
        ),
        on_dao::update_config(
            &authority,
            dao::instructions::ConfigArgs {
                evidence: court.evidence,
                commit: court.commit,
                reveal: court.reveal,
                appeal: court.appeal,
                quorum_ppm: court.quorum_ppm,
                quorum_floor: court.quorum_floor,
                case_bond: court.case_bond,
                appeal_bond: court.appeal_bond,
                treasury: court.treasury,
                pending_authority: pending,
            },
        ),
    ];
    for change in changes {
        shop.send("authority", change).await;
    }
}

/// Accounts that were served and are closed since, whether the index has heard of that or not.
async fn what_is_closed_is_told(shop: &Shop, accounts: &Accounts) {
    let sold = accounts.sold.to_string();
    let open = ["order", "open", "--valid-for", "30s", "--listing", &sold];
    let order = address(&shop.market.cli(&open));
    shop.act("refund", &order, "seller");
    shop.indexed().await;
    let closing = [
        accounts.draft,
        accounts.edge(),
        pda::royalties(&accounts.draft, 0).0,
        order,
        accounts.session,
    ];
    let mut served = Vec::new();
    for address in &closing {
        let account = api(shop).account(address).await.expect("an account");
        assert_eq!(verdict(shop, &account).await, Verdict::Match);
        served.push(account);
    }

    let (draft, session) = (accounts.draft.to_string(), accounts.session.to_string());
    shop.market
        .cli(&["listing", "discard", &draft, "--wallet", "seller"]);
    shop.market.cli(&["session", "close", &session]);
    shop.close_order(&order).await;
    for account in &served {
        assert_eq!(verdict(shop, account).await, Verdict::Closed, "{account:?}");
    }
    shop.indexed().await;
    for address in &closing {
        let account = api(shop).account(address).await.expect("an account");
        assert!(account.closed, "{account:?}");
        assert_eq!(verdict(shop, &account).await, Verdict::Closed);
    }
}

/// Delivers an order, which its buyer accepts.
fn settle(shop: &Shop, order: &Pubkey, seller: &str) {
    let (text, content) = (order.to_string(), "5a".repeat(32));
    let deliver = ["order", "deliver", &text, "--content-hash", &content];
    shop.market
        .cli(&[&deliver[..], &["--wallet", seller]].concat());
    shop.act("accept", order, "buyer");
}

/// A review of a listing of the publisher's by its buyer.
fn review(shop: &Shop, listing: &Pubkey) -> Pubkey {
    let open = ["order", "open", "--listing", &listing.to_string()];
    let order = address(&shop.market.cli(&open));
    settle(shop, &order, "publisher");
    let post = ["review", "post", &order.to_string(), "--rating", "5"];
    address(&shop.market.cli(&post))
}

fn add_edge(shop: &Shop, child: &Pubkey, parent: &Pubkey) {
    let (child, parent) = (child.to_string(), parent.to_string());
    let add = ["listing", "add-edge", &child, "--parent", &parent];
    let more = ["--relation", "adapted_from", "--wallet", "seller"];
    shop.market.cli(&[&add[..], &more].concat());
}

fn grant(shop: &Shop, parent: &Pubkey, valid_for: &str) {
    let parent = parent.to_string();
    let grant = ["listing", "grant", &parent, "--to", "seller"];
    let more = ["--valid-for", valid_for, "--wallet", "publisher"];
    shop.market.cli(&[&grant[..], &more].concat());
}

//! A market whose listings come before the court, a block for each thing that happens.

use listing::state::relation;
use pedigree_indexer::store::Store;
use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use super::{
    chain::Chain,
    market::{Market, New},
};

pub struct Verdicts {
    pub chain: Chain,
    pub market: Market,
    /// The one position that votes.
    judge: Pubkey,
}

impl Verdicts {
    pub fn new() -> Self {
        let mut chain = Chain::default();
        let mut market = Market::at(10);
        let begun = [market.reward_config(), market.court_config()];
        let (judge, locked) = market.lock("judge", 1, 1_000);
        chain.push_events(begun.into_iter().chain([locked]));
        Self {
            chain,
            market,
            judge,
        }
    }

    /// A block of what happens.
    pub fn block<T>(&mut self, happens: impl FnOnce(&mut Market) -> (T, Vec<Event>)) -> T {
        self.market.slot = self.chain.tip() + 1;
        let (given, events) = happens(&mut self.market);
        self.chain.push_events(events);
        given
    }

    /// An active listing.
    pub fn list(&mut self, name: &str, parents: &[Pubkey]) -> Pubkey {
        self.block(|market| listed(market, name, parents))
    }

    /// A complaint about the version in force, decided.
    pub fn version(&mut self, listing: &Pubkey, upheld: bool) -> Pubkey {
        let judge = self.judge;
        self.block(|market| {
            let (dispute, opened) = market.open_version_case("erin", listing);
            let decided = market.decide_case(&dispute, &judge, upheld);
            (dispute, [vec![opened], decided].concat())
        })
    }

    /// A complaint about an edge, decided: it is false, or missing.
    pub fn edge(&mut self, child: &Pubkey, parent: &Pubkey, missing: bool) -> Pubkey {
        let judge = self.judge;
        self.block(|market| {
            let relation = missing.then_some(relation::ADAPTED_FROM);
            let (dispute, opened) = market.open_edge_case("erin", child, parent, relation);
            let decided = market.decide_case(&dispute, &judge, true);
            (dispute, [vec![opened], decided].concat())
        })
    }

    /// A ruling on an edge, carried out.
    pub fn carry_out(&mut self, child: &Pubkey, parent: &Pubkey, missing: bool) {
        self.block(|market| {
            let ruled = match missing {
                true => market.rule_edge(child, parent, relation::ADAPTED_FROM),
                false => market.revoke_edge(child, parent),
            };
            ((), vec![ruled])
        });
    }

    /// Another version, which nobody complained of yet.
    pub fn mend(&mut self, listing: &Pubkey) {
        self.block(|market| {
            let manifest = format!("{{\"mended\":{}}}", market.slot);
            let published = market.publish(listing, manifest.as_bytes(), "cas:sha256");
            ((), vec![published])
        });
    }

    /// Suspends a listing by the ruling of this number, or restores it.
    pub fn set_suspended(&mut self, listing: &Pubkey, ruling: Option<u16>) {
        self.block(|market| {
            let changed = match ruling {
                Some(number) => market.suspend(listing, number),
                None => market.restore(listing),
            };
            ((), vec![changed])
        });
    }

    /// Stores what is not stored yet.
    pub async fn apply(&self, store: &Store) {
        let stored = store.frontier().await.unwrap().map(|at| at.slot);
        let mut blocks = self.chain.decoded();
        blocks.retain(|block| Some(block.slot) > stored);
        store.apply(blocks).await.unwrap();
    }
}

/// The events of a new active listing.
pub fn listed(market: &mut Market, name: &str, parents: &[Pubkey]) -> (Pubkey, Vec<Event>) {
    let (listing, registered) = market.register(&New {
        key: name,
        name,
        ..New::default()
    });
    let mut events = vec![registered];
    events.extend(
        parents
            .iter()
            .map(|parent| market.add_edge(&listing, parent, 0)),
    );
    events.push(market.activate(&listing));
    (listing, events)
}

/// Spreads all that there is, and says in how many batches.
pub async fn spread(store: &Store) -> u32 {
    let mut batches = 1;
    while store.spread_taint().await.unwrap() {
        batches += 1;
    }
    batches
}

/// Names of listings that the API calls tainted, in their order.
pub async fn tainted(store: &Store) -> String {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM listings
         WHERE address IN (SELECT listing FROM own_taints UNION SELECT listing FROM taints) ORDER BY name",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    names.join(" ")
}

/// Names of those that are tainted by themselves.
pub async fn own(store: &Store) -> String {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM listings WHERE address IN (SELECT listing FROM own_taints) ORDER BY name",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    names.join(" ")
}

pub async fn taint_slot(store: &Store) -> Option<u64> {
    let slot: Option<i64> = sqlx::query_scalar("SELECT taint_slot FROM cursor")
        .fetch_one(store.pool())
        .await
        .unwrap();
    slot.map(|slot| slot.try_into().unwrap())
}

/// How many listings are tainted as far as that is spread.
pub async fn reached(store: &Store) -> usize {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM taints")
        .fetch_one(store.pool())
        .await
        .unwrap();
    count.try_into().unwrap()
}

/// All is spread, and as the lineage says.
pub async fn assert_spread(store: &Store) {
    assert!(!store.taint_pending().await.unwrap());
    let frontier = store.frontier().await.unwrap().unwrap();
    assert_eq!(taint_slot(store).await, Some(frontier.slot));
    let checked = store.check().await.unwrap();
    assert!(checked.is_sound(), "{checked:?}");
}

use common::receipt::mode;
use pedigree_sdk::events::Event;
use rand::{Rng, rngs::StdRng};
use solana_program::pubkey::Pubkey;

use super::super::{
    chain::{Chain, transaction},
    market::{Market, New},
};

/// Most that a voucher or a payment into a pool adds.
const MOST: u64 = 1_000;

/// A chain that grows, and changes its mind at random.
pub struct Forking {
    pub chain: Chain,
    trade: Trade,
    /// Trade at each slot, so that a fork goes on from the state at its beginning.
    states: Vec<(u64, Trade)>,
}

/// A market, and what is in it that something may happen to.
#[derive(Clone)]
struct Trade {
    market: Market,
    listings: Vec<Pubkey>,
    /// Child and parent.
    edges: Vec<(Pubkey, Pubkey)>,
    pools: Vec<Pubkey>,
    /// Metered ones, and the slot in which each was opened.
    orders: Vec<(Pubkey, u64)>,
    sessions: Vec<Pubkey>,
}

impl Forking {
    pub fn new() -> Self {
        let mut chain = Chain::default();
        let mut market = Market::at(10);
        let profile = market.profile("alice", "Alice");
        let (listing, registered) = market.register(&New::default());
        chain.push_events([profile, registered, market.activate(&listing)]);
        let trade = Trade {
            market,
            listings: vec![listing],
            edges: Vec::new(),
            pools: Vec::new(),
            orders: Vec::new(),
            sessions: Vec::new(),
        };
        Self {
            states: vec![(chain.tip(), trade.clone())],
            chain,
            trade,
        }
    }

    /// In two rounds of five leaves up to four blocks, then adds one to three. Gives how many it added.
    pub fn grow(&mut self, rng: &mut StdRng, round: u32) -> usize {
        let Self {
            chain,
            trade,
            states,
        } = self;
        if rng.random_bool(0.4) {
            let back = rng.random_range(0..states.len().min(5));
            states.truncate(states.len() - back);
            let (slot, state) = states.last().unwrap().clone();
            *trade = state;
            *chain = chain.fork_after(slot, &format!("round {round}"));
        }
        let new = rng.random_range(1..4);
        for _ in 0..new {
            trade.market.slot = chain.tip() + rng.random_range(1..3);
            let name = format!("{round} at {} of {}", trade.market.slot, chain.fork);
            let mut events = vec![trade.market.profile("alice", &name)];
            events.extend(trade.happens(rng, &name));
            chain.push_at(trade.market.slot, vec![transaction(&name, events)]);
            states.push((chain.tip(), trade.clone()));
        }
        new
    }
}

fn any<T: Copy>(rng: &mut StdRng, of: &[T]) -> Option<T> {
    (!of.is_empty()).then(|| of[rng.random_range(0..of.len())])
}

impl Trade {
    fn happens(&mut self, rng: &mut StdRng, name: &str) -> Vec<Event> {
        let listing = any(rng, &self.listings).unwrap();
        match rng.random_range(0..6) {
            0 => self.derive(rng, name, listing),
            1 => self.royalties(rng),
            2 => {
                let slot = self.market.slot;
                let (order, opened) = self.market.open_running(name, &listing, 1, mode::METERED);
                self.orders.push((order, slot));
                let voucher = rng.random_range(1..MOST);
                vec![opened, self.market.redeem(&order, 1, voucher)]
            }
            3 => self.goes_on(rng),
            4 => {
                let (session, opened) = self.market.open_session(name, "agent");
                self.sessions.push(session);
                let (_, bought) = self.market.open_by_session(&session, &listing, 1);
                vec![opened, bought]
            }
            _ => self.session_ends(rng),
        }
    }

    /// A new listing, in most cases with a royalty, and then a pool.
    fn derive(&mut self, rng: &mut StdRng, name: &str, parent: Pubkey) -> Vec<Event> {
        let (child, registered) = self.market.register(&New {
            key: name,
            name,
            manifest: name.as_bytes(),
            ..New::default()
        });
        self.listings.push(child);
        let ppm = rng.random_range(0..3) * 50_000;
        let mut events = vec![
            registered,
            self.market.add_edge(&child, &parent, ppm),
            self.market.activate(&child),
        ];
        self.edges.push((child, parent));
        if ppm > 0 {
            let (pool, opened) = self.market.open_pool(&child);
            self.pools.push(pool);
            events.push(opened);
        }
        events
    }

    /// Something is forwarded, or the court takes an edge away.
    fn royalties(&mut self, rng: &mut StdRng) -> Vec<Event> {
        if let Some(pool) = any(rng, &self.pools).filter(|_| rng.random_bool(0.7)) {
            let (amount, payable) = (rng.random_range(0..MOST), rng.random_bool(0.5));
            return vec![self.market.forward(&pool, amount, 0, payable)];
        }
        let Some((child, parent)) = self.edges.pop() else {
            return Vec::new();
        };
        vec![self.market.revoke_edge(&child, &parent)]
    }

    /// A metered order while it lasts: more is deposited, and the next voucher redeemed once the one before it is mature.
    fn goes_on(&mut self, rng: &mut StdRng) -> Vec<Event> {
        let lasting = |(_, opened): &(Pubkey, u64)| self.market.slot < opened + 30;
        let orders: Vec<(Pubkey, u64)> = self.orders.iter().copied().filter(lasting).collect();
        let Some((address, opened)) = any(rng, &orders) else {
            return Vec::new();
        };
        let topped = self.market.top_up(&address, rng.random_range(1..MOST));
        let order = self.market.order(&address);
        let now = order.opened_at + i64::try_from(self.market.slot - opened).unwrap();
        if order.contested > 0 && now < order.arbitrate_by {
            return vec![topped];
        }
        if order.contested > 0 {
            return vec![topped, self.market.lapse(&address)];
        }
        if order.matures_at > now {
            return vec![topped, self.market.dispute_order(&address, true)];
        }
        let (sequence, owed) = (order.sequence + 1, order.earned + rng.random_range(1..MOST));
        vec![topped, self.market.redeem(&address, sequence, owed)]
    }

    fn session_ends(&mut self, rng: &mut StdRng) -> Vec<Event> {
        let Some(session) = self.sessions.pop() else {
            return Vec::new();
        };
        let revoked = self.market.revoke_session(&session);
        if rng.random_bool(0.5) {
            return vec![revoked, self.market.close_session(&session)];
        }
        vec![revoked]
    }
}

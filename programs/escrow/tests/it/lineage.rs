//! Sales and royalties on random lineages, of both programs, against a model that knows nothing of them.

use std::collections::BTreeMap;

use common::receipt::state;
use pedigree_sdk::instructions::{escrow as ix, listing as l};
use rand::{Rng, SeedableRng, rngs::StdRng};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::{market::Market, world::FEE_PPM};

const NODES: usize = 7;
const STEPS: usize = 120;

/// A listing as the model sees it.
struct Node {
    address: Pubkey,
    owner: Keypair,
    /// Index of the parent, and its ppm.
    parents: Vec<(usize, u32)>,
    price: u64,
    /// Base units that its pool ever took in, and gave to each parent.
    received: u64,
    credited: Vec<u64>,
    /// What its wallet should hold.
    earned: u64,
}

impl Node {
    fn royalty(&self) -> u128 {
        self.parents.iter().map(|(_, ppm)| u128::from(*ppm)).sum()
    }
}

struct Lineage {
    market: Market,
    buyer: Keypair,
    nodes: Vec<Node>,
    /// Orders that are not settled: the node, the address, the total.
    open: Vec<(usize, Pubkey, u64)>,
    fees: u64,
    supply: u64,
}

impl Lineage {
    fn random(rng: &mut StdRng, seed: u64) -> Self {
        let program = TokenProgram::BOTH[seed as usize % 2];
        let mut market = Market::new(program, seed);
        let buyer = market.rich();
        let mut nodes: Vec<Node> = Vec::new();
        for n in 0..NODES {
            let mut parents = BTreeMap::new();
            for _ in 0..rng.random_range(0..=n.min(4)) {
                parents.insert(rng.random_range(0..n), rng.random_range(1..=150_000));
            }
            let parents: Vec<(usize, u32)> = parents.into_iter().collect();
            let of: Vec<(Pubkey, u32)> = parents
                .iter()
                .map(|(i, ppm)| (nodes[*i].address, *ppm))
                .collect();
            let (owner, price) = (market.chain.actor(), rng.random_range(1..=2_000_003));
            let mint = market.mint;
            market.chain.token_account(&mint, &owner.pubkey(), 0);
            nodes.push(Node {
                address: market.on_sale(&owner, price, &of),
                owner,
                credited: vec![0; parents.len()],
                parents,
                price,
                received: 0,
                earned: 0,
            });
        }
        let supply = market.supply();
        Self {
            market,
            buyer,
            nodes,
            open: vec![],
            fees: 0,
            supply,
        }
    }

    fn order(&mut self, node: usize, quantity: u64) {
        let (listing, buyer) = (self.nodes[node].address, self.buyer.insecure_clone());
        let (open, order) = self
            .market
            .open_ix(&buyer.pubkey(), &listing, quantity)
            .expect("it has a price");
        self.market.chain.ok(&[open], &[&buyer]);
        self.open
            .push((node, order, self.nodes[node].price * quantity));
    }

    /// The next step of an open order: its delivery, or its settlement.
    fn proceed(&mut self, at: usize) {
        let (node, address, total) = self.open[at];
        let order = self.market.order(&address);
        if order.head.state == state::FUNDED {
            let owner = self.nodes[node].owner.insecure_clone();
            let deliver = self.market.deliver_ix(&owner.pubkey(), &address);
            self.market.chain.ok(&[deliver], &[&owner]);
            return;
        }
        let settle = ix::accept(&self.buyer.pubkey(), &address, &order);
        self.market.chain.ok(&[settle], &[&self.buyer]);
        self.open.swap_remove(at);
        let floor = |ppm: u128| (u128::from(total) * ppm / 1_000_000) as u64;
        let (fee, royalty) = (
            floor(u128::from(FEE_PPM)),
            floor(self.nodes[node].royalty()),
        );
        self.fees += fee;
        self.nodes[node].received += royalty;
        self.nodes[node].earned += total - fee - royalty;
    }

    fn forward(&mut self, node: usize, entry: usize) {
        let (parent, ppm) = self.nodes[node].parents[entry];
        let due =
            u128::from(self.nodes[node].received) * u128::from(ppm) / self.nodes[node].royalty();
        let credit = due as u64 - self.nodes[node].credited[entry];
        let up = (u128::from(credit) * self.nodes[parent].royalty()).div_ceil(1_000_000) as u64;
        let forwarding = self
            .market
            .forwarding(&self.nodes[node].address, entry as u8);
        let outcome = self.market.chain.send(&[l::forward(forwarding)], &[]);
        assert_eq!(outcome.is_ok(), credit > 0, "{outcome:?}");
        self.nodes[node].credited[entry] += credit;
        self.nodes[parent].received += up;
        self.nodes[parent].earned += credit - up;
    }

    /// Every wallet, pool and treasury holds what the model says.
    fn check(&self) {
        let Market { chain, mint, .. } = &self.market;
        for node in &self.nodes {
            let wallet = mint.associated(&node.owner.pubkey());
            assert_eq!(chain.balance(&wallet), node.earned);
            let sent: u64 = node.credited.iter().sum();
            assert_eq!(self.market.pooled(&node.address), node.received - sent);
        }
        let treasury = pedigree_sdk::pda::treasury(&mint.address).0;
        assert_eq!(chain.balance(&treasury), self.fees);
        assert_eq!(self.market.supply(), self.supply);
    }
}

#[test]
fn p53_sales_and_forwards_in_any_order_pay_every_ancestor_to_the_unit() {
    for seed in 0..8 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut lineage = Lineage::random(&mut rng, seed);
        for _ in 0..STEPS {
            let node = rng.random_range(0..NODES);
            let entries = lineage.nodes[node].parents.len();
            match rng.random_range(0..4) {
                0 => lineage.order(node, rng.random_range(1..=3)),
                1 | 2 if !lineage.open.is_empty() => {
                    let at = rng.random_range(0..lineage.open.len());
                    lineage.proceed(at);
                }
                3 if entries > 0 => lineage.forward(node, rng.random_range(0..entries)),
                _ => {}
            }
            lineage.check();
        }
        while !lineage.open.is_empty() {
            lineage.proceed(0);
        }
        // Children first, each pool is emptied once: fewer units are left than there are entries.
        for node in (0..NODES).rev() {
            let entries = lineage.nodes[node].parents.len();
            for entry in 0..entries {
                lineage.forward(node, entry);
            }
            let left = lineage.market.pooled(&lineage.nodes[node].address);
            assert!(left < entries.max(1) as u64, "{left} units are left");
        }
        lineage.check();
        assert!(lineage.fees > 0, "seed {seed}: nothing was sold");
    }
}

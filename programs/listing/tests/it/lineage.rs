//! Royalties on random lineages, against a model that knows nothing of the program.

use std::collections::BTreeMap;

use pedigree_sdk::instructions::listing as ix;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Mint, TokenProgram};

use crate::world::World;

/// A small deterministic generator (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// A listing as the model sees it: base units in, and out to each parent.
struct Node {
    address: Pubkey,
    wallet: Pubkey,
    payout: Pubkey,
    /// Index of the parent, and its ppm.
    parents: Vec<(usize, u32)>,
    received: u64,
    credited: Vec<u64>,
    /// What its wallet should hold.
    earned: u64,
}

impl Node {
    fn royalty(&self) -> u32 {
        self.parents.iter().map(|(_, ppm)| ppm).sum()
    }
}

struct Lineage {
    w: World,
    mint: Mint,
    nodes: Vec<Node>,
}

impl Lineage {
    fn random(dice: &mut Dice, seed: u64, program: TokenProgram) -> Self {
        let mut w = World::seeded(seed);
        let mint = w.mint(program);
        let mut nodes: Vec<Node> = Vec::new();
        for n in 0..9 {
            let mut parents = BTreeMap::new();
            for _ in 0..dice.roll(5).min(n) {
                parents.insert(dice.roll(n) as usize, 1 + dice.roll(150_000) as u32);
            }
            let parents: Vec<(usize, u32)> = parents.into_iter().collect();
            let wallet = w.actor().pubkey();
            let of: Vec<(Pubkey, u32)> = parents
                .iter()
                .map(|(i, ppm)| (nodes[*i].address, *ppm))
                .collect();
            let address = w.active_of(&of, |args| args.payout = Some(wallet));
            if !parents.is_empty() {
                w.open_pool(&address, &mint);
            }
            let payout = w.token_account(&mint, &wallet, 0);
            let credited = vec![0; parents.len()];
            nodes.push(Node {
                address,
                wallet,
                payout,
                parents,
                received: 0,
                credited,
                earned: 0,
            });
        }
        Self { w, mint, nodes }
    }

    fn deposit(&mut self, node: usize, amount: u64) {
        let pool = pedigree_sdk::pda::pool(&self.nodes[node].address, 0, &self.mint.address).0;
        self.w.deposit(&pool, amount);
        self.nodes[node].received += amount;
    }

    /// Forwards an entry on chain and in the model; whether anything moved.
    fn forward(&mut self, node: usize, entry: usize) -> bool {
        let (parent, ppm) = self.nodes[node].parents[entry];
        let due = u128::from(self.nodes[node].received) * u128::from(ppm)
            / u128::from(self.nodes[node].royalty());
        let credit = due as u64 - self.nodes[node].credited[entry];
        let up = (u128::from(credit) * u128::from(self.nodes[parent].royalty())).div_ceil(1_000_000)
            as u64;
        let forwarding = self.w.forwarding(
            &self.nodes[node].address,
            &self.mint,
            entry as u8,
            self.nodes[parent].payout,
        );
        let outcome = self.w.send(&[ix::forward(forwarding)], &[]);
        assert_eq!(outcome.is_ok(), credit > 0, "{outcome:?}");
        self.nodes[node].credited[entry] += credit;
        self.nodes[parent].received += up;
        self.nodes[parent].earned += credit - up;
        credit > 0
    }

    /// Every wallet and pool holds what the model says.
    fn check(&self) {
        for node in &self.nodes {
            assert_eq!(self.w.balance(&node.payout), node.earned, "{}", node.wallet);
            let pool = pedigree_sdk::pda::pool(&node.address, 0, &self.mint.address).0;
            let sent: u64 = node.credited.iter().sum();
            if !node.parents.is_empty() {
                assert_eq!(self.w.balance(&pool), node.received - sent);
            }
        }
    }
}

#[test]
fn p53_every_ancestor_of_a_random_lineage_is_paid_to_the_unit() {
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let program = TokenProgram::BOTH[seed as usize % 2];
        let mut lineage = Lineage::random(&mut dice, seed, program);
        let sellers: Vec<usize> = (0..lineage.nodes.len())
            .filter(|n| !lineage.nodes[*n].parents.is_empty())
            .collect();
        if sellers.is_empty() {
            continue;
        }
        let mut moved = 0;
        for _ in 0..60 {
            let node = sellers[dice.roll(sellers.len() as u64) as usize];
            if dice.roll(3) == 0 {
                let amount = [1, 2, 999, 1_000_003, 1 << 40][dice.roll(5) as usize];
                lineage.deposit(node, amount);
            } else {
                let entry = dice.roll(lineage.nodes[node].parents.len() as u64) as usize;
                moved += u32::from(lineage.forward(node, entry));
            }
            lineage.check();
        }
        assert!(moved > 5, "seed {seed}: hardly anything moved");
        // Children first, each pool is emptied once: what is left is less than its entries.
        for node in sellers.into_iter().rev() {
            for entry in 0..lineage.nodes[node].parents.len() {
                lineage.forward(node, entry);
            }
            let left =
                lineage.nodes[node].received - lineage.nodes[node].credited.iter().sum::<u64>();
            assert!(
                left < lineage.nodes[node].parents.len() as u64 && left <= 15,
                "{left} units are left"
            );
        }
        lineage.check();
        let (sold, earned): (u64, u64) =
            lineage.nodes.iter().fold((0, 0), |(sold, earned), node| {
                let sent: u64 = node.credited.iter().sum();
                (sold + node.received - sent, earned + node.earned)
            });
        let on_chain: u64 = lineage
            .nodes
            .iter()
            .map(|node| lineage.w.balance(&node.payout))
            .sum();
        assert_eq!(on_chain, earned);
        assert!(sold <= 15 * lineage.nodes.len() as u64);
    }
}

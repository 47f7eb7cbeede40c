//! Random sequences of all instructions by several actors: after each step the ledgers add up.

use std::collections::{BTreeMap, BTreeSet};

use pedigree_sdk::{
    accounts::EntityKind, accounts::identify, events::Event, instructions::reward as ix, pda,
    programs::REWARD,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use reward::{
    math,
    state::{Config, Epoch, Position, epoch_status, verdict},
};
use solana_account::ReadableAccount;
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::world::*;

const STEPS: usize = 400;

struct Play {
    w: World,
    rng: StdRng,
    actors: Vec<Keypair>,
    listings: Vec<Pubkey>,
    claimed: u64,
    burnt: u64,
    granted: u64,
    succeeded: BTreeMap<&'static str, usize>,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut w = World::new(seed);
        let actors: Vec<_> = (0..4).map(|_| w.holder(1_000_000)).collect();
        let stranger = w.stranger.insecure_clone();
        let token = w.token;
        w.chain.token_account(&token, &stranger.pubkey(), 0);
        let listings = (0..2).map(|_| w.listing()).collect();
        Self {
            w,
            rng: StdRng::seed_from_u64(seed),
            actors,
            listings,
            claimed: 0,
            burnt: 0,
            granted: 4_000_000,
            succeeded: BTreeMap::new(),
        }
    }

    fn actor(&mut self) -> Keypair {
        self.actors
            .choose(&mut self.rng)
            .expect("there are some")
            .insecure_clone()
    }

    fn step(&mut self) {
        let (owner, other) = (self.actor(), self.actor());
        let key = owner.pubkey();
        let id = self.rng.random_range(0..3);
        let listing = *self.listings.choose(&mut self.rng).expect("there are some");
        let index = self.w.index();
        let opened: Vec<Epoch> = self.all(EntityKind::Epoch);
        let past = opened.choose(&mut self.rng).map_or(0, |epoch| epoch.index);
        let stranger = self.w.stranger.pubkey();
        let (name, instruction): (&'static str, Instruction) = match self.rng.random_range(0..16) {
            0 => ("open_epoch", ix::open_epoch(&stranger, index)),
            1 | 2 => {
                let fee = 1u64 << self.rng.random_range(2..34);
                let sale = self.w.sale(&key, &other.pubkey(), fee);
                ("record_fees", self.w.record_ix(&sale, index))
            }
            3 | 4 => ("finish_epoch", ix::finish_epoch(past)),
            5 | 15 => ("claim", self.w.claim_ix(&key, past)),
            6 => ("expire_epoch", ix::expire_epoch(past)),
            7 => (
                "close_points",
                ix::close_points(&stranger, &key, past, &stranger),
            ),
            8 => {
                let amount = self.rng.random_range(1..400_000);
                ("lock", self.w.lock_ix(&key, id, amount))
            }
            9 => ("request_unlock", ix::request_unlock(&key, id)),
            10 => ("withdraw_position", self.w.withdraw_ix(&key, id)),
            11 => {
                let stake = self.rng.random_range(900..100_000);
                let verdict = if self.rng.random_bool(0.5) {
                    verdict::GOOD
                } else {
                    verdict::BAD
                };
                let args = self.w.attest_args(&listing, verdict, stake);
                ("attest", self.w.attest_ix(&key, &listing, args))
            }
            12 => {
                let share = *[0, 50, 100].choose(&mut self.rng).expect("there are some");
                let number = self.rng.random_range(1..4);
                let ruling = self.w.ruling(&listing, number, share);
                self.w.put_dispute(&ruling);
                ("slash_attestation", self.w.slash_ix(&key, &listing, number))
            }
            13 => (
                "close_attestation",
                self.w.close_attestation_ix(&key, &listing),
            ),
            _ => {
                let seconds = DAY << self.rng.random_range(0..6);
                self.w.pass(seconds);
                return;
            }
        };
        let signers = [&owner, &self.w.stranger.insecure_clone()];
        if let Ok(outcome) = self.w.chain.send(&[instruction], &signers) {
            *self.succeeded.entry(name).or_default() += 1;
            match outcome.event() {
                Event::PointsClaimed(event) => self.claimed += event.head.amount,
                Event::AttestationSlashed(event) => self.burnt += event.head.burnt,
                _ => {}
            }
        }
        self.check();
    }

    fn all<T: pedigree_sdk::accounts::Account>(&self, kind: EntityKind) -> Vec<T> {
        let ours = self.w.chain.accounts().filter(|(_, account)| {
            *account.owner() == REWARD && identify(&REWARD, account.data()) == Ok(kind)
        });
        let keys: BTreeSet<Pubkey> = ours.map(|(key, _)| *key).collect();
        keys.iter().map(|key| self.w.chain.state(key)).collect()
    }

    /// What is locked, emitted and minted adds up.
    fn check(&self) {
        let stake = self.w.stake();
        let positions: Vec<Position> = self.all(EntityKind::Position);
        let locked: u64 = positions.iter().map(|position| position.amount).sum();
        let active = positions.iter().filter(|position| !position.is_unlocking());
        assert_eq!(locked, stake.locked);
        assert_eq!(
            active.map(|position| position.amount).sum::<u64>(),
            stake.active
        );
        assert_eq!(positions.len() as u64, stake.positions);
        assert_eq!(self.w.vault(), stake.locked);
        for position in &positions {
            assert!(position.staked <= position.amount);
        }
        let attestations: Vec<reward::state::Attestation> = self.all(EntityKind::Attestation);
        let staked: u64 = attestations
            .iter()
            .map(|attestation| attestation.stake)
            .sum();
        assert_eq!(
            staked,
            positions
                .iter()
                .map(|position| position.staked)
                .sum::<u64>()
        );

        let config: Config = self.w.chain.state(&pda::reward_config().0);
        let emission = self.w.emission();
        let emitted = math::cumulative(config.first_emission, config.halving, emission.accrued);
        assert_eq!(
            emitted.unwrap() + emission.returned,
            emission.pool + emission.granted
        );
        let epochs: Vec<Epoch> = self.all(EntityKind::Epoch);
        assert_eq!(
            epochs.iter().map(|epoch| epoch.allotted).sum::<u64>(),
            emission.granted
        );
        for epoch in &epochs {
            assert!(epoch.claimed <= epoch.allotted && epoch.allotted <= epoch.total);
            assert!(epoch.status != epoch_status::OPEN || epoch.allotted == 0);
        }
        let claimed: u64 = epochs.iter().map(|epoch| epoch.claimed).sum();
        assert_eq!(claimed, self.claimed);
        assert!(claimed <= config.cap);
        assert_eq!(self.w.supply(), self.granted + self.claimed - self.burnt);
    }
}

#[test]
fn p10_p42_random_sequences_of_all_instructions_keep_every_ledger() {
    let mut succeeded: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..6 {
        let mut play = Play::new(seed);
        for _ in 0..STEPS {
            play.step();
        }
        for (name, count) in play.succeeded {
            *succeeded.entry(name).or_default() += count;
        }
    }
    println!("{succeeded:?}");
    assert_eq!(succeeded.len(), 12, "each went through: {succeeded:?}");
}

//! Random lineages before the court, spread at random moments, against what the lineage says.

use rand::{Rng, SeedableRng, rngs::StdRng};
use solana_program::pubkey::Pubkey;

use crate::support::{
    running::clean_hash,
    store,
    verdicts::{Verdicts, assert_spread, spread, taint_slot},
};

/// What may happen next.
#[derive(Default)]
struct Lineage {
    listings: Vec<Pubkey>,
    /// In force: child and parent, with the case against it, if there is one.
    edges: Vec<(Pubkey, Pubkey, Option<Pubkey>)>,
}

impl Lineage {
    fn happen(&mut self, world: &mut Verdicts, rng: &mut StdRng) {
        let count = self.listings.len();
        let any = count.checked_sub(1).map(|last| rng.random_range(0..=last));
        match (rng.random_range(0..10), any) {
            (0..5, _) | (_, None) => {
                let mut parents: Vec<Pubkey> = (0..count.min(rng.random_range(0..4)))
                    .map(|_| self.listings[rng.random_range(0..count)])
                    .collect();
                parents.sort();
                parents.dedup();
                let child = world.list(&format!("listing {count}"), &parents);
                self.listings.push(child);
                self.edges
                    .extend(parents.into_iter().map(|parent| (child, parent, None)));
            }
            (5..7, Some(index)) => {
                world.version(&self.listings[index], true);
            }
            (7, Some(index)) => world.mend(&self.listings[index]),
            (_, Some(_)) if self.edges.is_empty() => {}
            (_, Some(_)) => {
                let index = rng.random_range(0..self.edges.len());
                let (child, parent, case) = self.edges[index];
                match case {
                    None => self.edges[index].2 = Some(world.edge(&child, &parent, false)),
                    Some(_) => {
                        world.carry_out(&child, &parent, false);
                        self.edges.swap_remove(index);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn random_lineages_and_rulings_end_as_the_lineage_says_whenever_they_are_spread() {
    for seed in 0..6 {
        let mut rng = StdRng::seed_from_u64(seed);
        let (store, _database) = store().await;
        let mut world = Verdicts::new();
        let mut lineage = Lineage::default();
        let mut last = None;
        for _ in 0..60 {
            lineage.happen(&mut world, &mut rng);
            if rng.random_bool(0.6) {
                world.apply(&store).await;
            }
            if rng.random_bool(0.3) && store.frontier().await.unwrap().is_some() {
                store.spread_taint().await.unwrap();
                let now = taint_slot(&store).await;
                assert!(now >= last, "seed {seed}: {last:?} to {now:?}");
                last = now;
                let checked = store.check().await.unwrap();
                assert!(checked.is_sound(), "seed {seed}: {checked:?}");
            }
        }
        world.apply(&store).await;
        spread(&store).await;
        assert_spread(&store).await;
        let hash = store.table_hash().await.unwrap();
        assert_eq!(hash, clean_hash(&world.chain).await, "seed {seed}");
    }
}

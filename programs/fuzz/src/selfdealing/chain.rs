//! A schedule of a self-dealer on a chain: a random sequence in which one person is every actor but the treasury and who runs
//! the settings, until strangers have ended everything.

use pedigree_sdk::pda;

use crate::{
    cast::Role,
    rules::Violation,
    run::Run,
    state::State,
    step,
    world::{World, token},
};

/// Steps of a schedule.
const LENGTH: usize = 1_200;

/// What the person paid and was minted over a schedule, by what it lost in each mint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By mint: its reference price, and what the treasury has of the person's.
    pub fees: Vec<(u64, u64)>,
    /// Base units of the token that are the person's and were not.
    pub minted: u64,
}

impl Outcome {
    /// What of its fees came back at the reference prices, in ppm, rounded up.
    pub fn returned_ppm(&self) -> u64 {
        // What the fees would have bought, in 10⁻¹² base units of the token: rounded down, which is to the person's favour.
        const SCALE: u128 = 1_000_000_000_000;
        let priced = self.fees.iter().filter(|(price, _)| *price > 0);
        let bought: u128 = priced
            .map(|(price, fee)| u128::from(*fee) * 1_000_000 * SCALE / u128::from(*price))
            .sum();
        let minted = u128::from(self.minted) * SCALE;
        if minted == 0 {
            return 0;
        }
        let ppm = minted.saturating_mul(1_000_000).div_ceil(bought.max(1));
        u64::try_from(ppm).unwrap_or(u64::MAX)
    }
}

pub fn play(beginning: &World, seed: u64, index: u64) -> Result<Outcome, String> {
    let mut run = Run::new(beginning);
    let steps = step::self_dealing(seed, index, LENGTH);
    let stopped = |violation: Violation| violation.to_string();
    run.all(&steps).map_err(|stop| stopped(stop.violation))?;
    let (before, after) = (&beginning.state, &run.world.state);
    let mut outcome = Outcome::default();
    for mint in &beginning.mints.clean {
        let rate = after.rates.values().find(|rate| rate.mint == mint.address);
        let price = rate.map_or(0, |rate| rate.price);
        let fee = treasury(&run.world, after, &mint.address)
            - treasury(&run.world, before, &mint.address);
        outcome.fees.push((price, fee));
    }
    // Whatever of the token exists is the person's, locked or not, but for what the treasury has of it.
    let token = token().address;
    let supply = after.supply(&token) - treasury(&run.world, after, &token);
    outcome.minted = supply.saturating_sub(run.world.memory.endowed);
    Ok(outcome)
}

/// What the treasuries hold of a mint.
fn treasury(world: &World, state: &State, mint: &solana_program::pubkey::Pubkey) -> u64 {
    let mut owners = world.cast.role(Role::Treasurer);
    owners.extend([pda::dao_authority().0, pda::escrow_config().0]);
    let tokens = state.tokens.values();
    let held = tokens.filter(|token| token.mint == *mint && owners.contains(&token.owner));
    held.map(|token| token.amount).sum()
}

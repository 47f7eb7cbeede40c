use std::collections::{BTreeMap, HashMap};

use common::ppm;
use solana_program::pubkey::Pubkey;

/// The royalty-bearing parents of each listing with their ppm, in the order of its royalty table. A listing that is
/// not named owes nothing.
pub type Lineage = HashMap<Pubkey, Vec<(Pubkey, u32)>>;

/// Who has a royalty in the end. Amounts are base units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What each listing's payout wallet got.
    pub paid: BTreeMap<Pubkey, u64>,
    /// What is left in each listing's pool: the rounding of its shares, at most 15 units.
    pub left: BTreeMap<Pubkey, u64>,
}

/// Why a royalty cannot flow through a lineage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineageError {
    #[error("the listing {0} is its own ancestor")]
    Cycle(Pubkey),
    #[error("amounts or royalties of {0} are too large")]
    TooLarge(Pubkey),
}

/// Where a royalty ends that goes into `listing`'s empty pool, when each entry of every pool above is forwarded once,
/// after all that flows into that pool has arrived.
///
/// Another order of `forward`s pays each ancestor the same but for single units, as each rounds up what goes on.
pub fn waterfall(
    lineage: &Lineage,
    listing: &Pubkey,
    royalty: u64,
) -> Result<Outcome, LineageError> {
    let none = Vec::new();
    let entries = |address: &Pubkey| lineage.get(address).unwrap_or(&none);
    let total = |address: &Pubkey| {
        entries(address)
            .iter()
            .try_fold(0u32, |sum, (_, ppm)| sum.checked_add(*ppm))
            .ok_or(LineageError::TooLarge(*address))
    };
    let mut pools: BTreeMap<Pubkey, u64> = BTreeMap::from([(*listing, royalty)]);
    let mut outcome = Outcome::default();
    for address in children_first(lineage, listing)? {
        let received = pools.get(&address).copied().unwrap_or_default();
        let mut left = received;
        for (parent, share) in entries(&address) {
            let too_large = || LineageError::TooLarge(*parent);
            let of_all = u64::from(total(&address)?);
            let amount =
                ppm::mul_div_floor(received, u64::from(*share), of_all).ok_or_else(too_large)?;
            let up = ppm::ceil(amount, total(parent)?).ok_or_else(too_large)?;
            let paid = amount.checked_sub(up).ok_or_else(too_large)?;
            left = left.checked_sub(amount).ok_or_else(too_large)?;
            for (to, amount) in [
                (pools.entry(*parent), up),
                (outcome.paid.entry(*parent), paid),
            ] {
                let sum = to.or_default();
                *sum = sum.checked_add(amount).ok_or_else(too_large)?;
            }
        }
        outcome.left.insert(address, left);
    }
    outcome.left.retain(|_, left| *left > 0);
    outcome.paid.retain(|_, paid| *paid > 0);
    Ok(outcome)
}

/// The listing and its royalty-bearing ancestors, each before all its parents.
pub fn children_first(lineage: &Lineage, listing: &Pubkey) -> Result<Vec<Pubkey>, LineageError> {
    #[derive(PartialEq)]
    enum Mark {
        Open,
        Done,
    }
    let none = Vec::new();
    let parents = |address: &Pubkey| lineage.get(address).unwrap_or(&none).iter();
    let mut marks = HashMap::from([(*listing, Mark::Open)]);
    // Depth first, by a stack of its own: a lineage may be deeper than the thread's.
    let mut path = vec![(*listing, parents(listing))];
    let mut order = Vec::new();
    while let Some((address, rest)) = path.last_mut() {
        match rest.next() {
            Some((parent, _)) => match marks.get(parent) {
                Some(Mark::Open) => return Err(LineageError::Cycle(*parent)),
                Some(Mark::Done) => {}
                None => {
                    marks.insert(*parent, Mark::Open);
                    path.push((*parent, parents(parent)));
                }
            },
            None => {
                marks.insert(*address, Mark::Done);
                order.push(*address);
                path.pop();
            }
        }
    }
    order.reverse();
    Ok(order)
}

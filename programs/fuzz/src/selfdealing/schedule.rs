//! A schedule of a self-dealer on the programs' own arithmetic and accounts, without a chain.
//!
//! One person owns all wallets that trade, the listings, what these derive from, positions that vote in the court and that
//! attest. Others trade too, and dilute epochs; the treasury and what others sell and derive from are not the person's.

use anchor_lang::bytemuck::Zeroable;
use dao::state::{Round, bond_of};
use escrow::state::Shares;
use reward::{
    math,
    state::{Config, Emission, Epoch, Points, epoch_status},
};

use crate::dice::Dice;

/// Wallets of the person's, and of all others together.
const WALLETS: usize = 8;
const OWN: usize = 4;

/// What the person did with its fees, and what it has in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Base units of the mint for 10⁶ of the token: the reference price.
    pub price: u64,
    /// Base units of the mint that went to the treasury.
    pub fees: u64,
    /// Base units of the token that were minted for it.
    pub minted: u64,
    /// Base units of both that it had, and has.
    pub before: (u64, u64),
    pub after: (u64, u64),
}

impl Outcome {
    /// Worth in 10⁻⁶ base units of the mint: exact.
    fn worth(&self, (cash, tokens): (u64, u64)) -> u128 {
        u128::from(cash) * 1_000_000 + u128::from(tokens) * u128::from(self.price)
    }

    /// Whether the person has more than it began with.
    pub fn profits(&self) -> bool {
        self.worth(self.after) > self.worth(self.before)
    }

    /// What of its fees came back, in ppm, rounded up.
    pub fn returned_ppm(&self) -> u64 {
        let worth = u128::from(self.minted) * u128::from(self.price);
        let ppm = worth.div_ceil(u128::from(self.fees).max(1));
        u64::try_from(ppm).unwrap_or(u64::MAX)
    }
}

/// The highest rate that the reward program takes at a price.
fn highest_rate(price: u64) -> u64 {
    let (mut taken, mut refused) = (0, u64::MAX);
    while refused - taken > 1 {
        let middle = taken + (refused - taken) / 2;
        if math::is_within_half(middle, price) {
            taken = middle;
        } else {
            refused = middle;
        }
    }
    taken
}

struct Person {
    cash: u64,
    tokens: u64,
    fees: u64,
    minted: u64,
}

/// One schedule, drawn from `dice`. `None` where an amount did not fit.
pub fn play(dice: &mut Dice) -> Option<Outcome> {
    let size = dice.below(39);
    let price = dice.below(1 << size) + 1;
    let most = highest_rate(price);
    let mut rate = if dice.chance(70) {
        most
    } else {
        dice.below(most) + 1
    };
    let config = Config {
        first_emission: 1 << dice.below(40),
        halving: 1 + dice.below(3) as u32,
        ..Config::zeroed()
    };
    let share = dice.below(1_000_001) as u32;
    let mut person = Person {
        cash: 1 << 62,
        tokens: 1 << 30,
        fees: 0,
        minted: 0,
    };
    let before = (person.cash, person.tokens);
    let mut emission = Emission::zeroed();
    let (mut index, mut previous) = (0, 0);
    for _ in 0..=dice.below(5) {
        index += dice.below(3) as u32;
        let mut epoch = Epoch {
            index,
            previous,
            ..Epoch::zeroed()
        };
        let mut points = [0; WALLETS];
        for _ in 0..dice.below(12) {
            trade(dice, &mut person, rate, share, &mut epoch, &mut points)?;
            if dice.chance(20) {
                judge(dice, &mut person)?;
            }
            if dice.chance(10) {
                attest(dice, &mut person)?;
            }
            if dice.chance(5) {
                rate = dice.below(most) + 1;
            }
        }
        emission.finish(&config, &mut epoch).ok()?;
        epoch.status = epoch_status::FINISHED;
        for (wallet, points) in points.into_iter().enumerate() {
            let account = Points {
                epoch: index,
                points,
                ..Points::zeroed()
            };
            let amount = epoch.claim(&account, 0).ok()?;
            if wallet < OWN {
                person.tokens += amount;
                person.minted += amount;
            }
        }
        if dice.chance(30) {
            emission.take_back(&config, &epoch).ok()?;
        }
        previous = index + 1;
        index += 1;
    }
    Some(Outcome {
        price,
        fees: person.fees,
        minted: person.minted,
        before,
        after: (person.cash, person.tokens),
    })
}

/// An order between two of the person's wallets, or two of others: part of it given back, what is left settled and recorded.
fn trade(
    dice: &mut Dice,
    person: &mut Person,
    rate: u64,
    share: u32,
    epoch: &mut Epoch,
    points: &mut [u64; WALLETS],
) -> Option<()> {
    let size = dice.below(28);
    let total = dice.below(1 << size) + 1;
    // A refund, or a ruling for the buyer: the person's own money either way.
    let back = if dice.chance(20) {
        dice.below(total)
    } else {
        0
    };
    let fee_ppm = dice.pick([1, 25_000, 33_333, 100_000]);
    let royalty_ppm = dice.pick([0, 1, 100_000, 800_000]);
    let shares = Shares::of_sale(total - back, fee_ppm, royalty_ppm).ok()?;
    let own = dice.chance(60);
    let base = if own { 0 } else { OWN };
    if own {
        // Everything else comes back: what it sold, and royalties of parents of its own.
        let royalty = if dice.chance(25) { shares.royalty } else { 0 };
        let bond = if dice.chance(10) { total / 20 } else { 0 };
        person.cash -= shares.fee + royalty + bond;
        person.fees += shares.fee;
    }
    let credit = math::credit(shares.fee, rate)?;
    if credit == 0 || dice.chance(5) {
        return Some(());
    }
    let (publisher, buyer) = math::split(credit, share)?;
    points[base + dice.below(OWN as u64) as usize] += publisher;
    points[base + dice.below(OWN as u64) as usize] += buyer;
    epoch.credit(credit).ok()
}

/// A dispute of the person's before a jury of its own, and of others who vote as most of its weight does: they gain of what it
/// loses. What it loses of one position it may win with another.
fn judge(dice: &mut Dice, person: &mut Person) -> Option<()> {
    let opener = dice.below(5_000);
    let mut round = Round {
        status: dao::state::round_status::RUNNING,
        quorum: 1,
        ..Round::zeroed()
    };
    let ruling = dice.below(5) as u8;
    let mut jurors = vec![];
    for at in 0..=dice.below(6) {
        let weight = dice.below(1_000_000) + 1;
        let is_own = at == 0 || dice.chance(70);
        let choice = match at {
            0 => ruling,
            _ if is_own && dice.chance(60) => dice.below(6) as u8,
            _ => ruling,
        };
        let bond = bond_of(weight).ok()?;
        round.commit(bond).ok()?;
        if choice < 5 {
            round.reveal(choice, weight).ok()?;
        }
        if is_own {
            person.tokens -= bond;
        }
        jurors.push((is_own, choice, weight));
    }
    round.count().ok()?;
    // Others never lose here: a jury that is bought to rob them is another matter than dealing with oneself.
    let robbed = |&(own, choice, _): &(bool, u8, u64)| !own && choice.abs_diff(round.median) >= 2;
    if jurors.iter().any(robbed) {
        let own = jurors.iter().filter(|(own, ..)| *own);
        for (_, _, weight) in own {
            person.tokens += bond_of(*weight).ok()?;
        }
        return Some(());
    }
    let lost = dice.chance(50);
    person.tokens -= if lost { opener } else { 0 };
    round.pot += if lost { opener } else { 0 };
    for (own, choice, weight) in jurors {
        let amount = round.settle(choice, weight).ok()?;
        person.tokens += if own { amount } else { 0 };
    }
    Some(())
}

/// The person attests, has the contrary ruled, and slashes itself: a tenth comes back.
fn attest(dice: &mut Dice, person: &mut Person) -> Option<()> {
    let stake = dice.below(20_000) + 1;
    let (burnt, reward) = math::slash(stake)?;
    person.tokens -= burnt + reward;
    person.tokens += reward;
    Some(())
}

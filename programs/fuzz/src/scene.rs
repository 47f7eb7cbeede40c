//! How a step's choices are made: mostly of what fits, now and then of anything.

use std::rc::Rc;

use escrow::state::Order;
use listing::state::Listing;
use solana_program::pubkey::Pubkey;
use testkit::Mint;

use crate::{
    cast::Role,
    dice::Dice,
    state::{Accounts, State},
    world::World,
};

/// How many steps in a hundred choose blindly now and then.
const WILD: u64 = 15;
/// How often such a step does so.
const BLIND: u64 = 30;

pub struct Scene<'a> {
    pub world: &'a World,
    pub dice: Dice,
    wild: bool,
}

impl<'a> Scene<'a> {
    pub fn new(world: &'a World, dice: u64) -> Self {
        let mut dice = Dice::new(dice);
        let wild = dice.chance(WILD);
        Self { world, dice, wild }
    }

    pub fn state(&self) -> &'a State {
        let world: &'a World = self.world;
        &world.state
    }

    pub fn now(&self) -> i64 {
        self.world.state.now
    }

    /// Whether this choice is to be made blindly.
    pub fn blind(&mut self) -> bool {
        self.wild && self.dice.chance(BLIND)
    }

    /// What is right, or blindly something else.
    pub fn or<T>(&mut self, right: T, other: impl FnOnce(&mut Self) -> T) -> T {
        if self.blind() { other(self) } else { right }
    }

    pub fn anyone(&mut self) -> Pubkey {
        self.world.cast.anyone(&mut self.dice)
    }

    pub fn one(&mut self, role: Role) -> Pubkey {
        self.world.cast.one(role, &mut self.dice)
    }

    /// One of a role, or anyone.
    pub fn mostly(&mut self, role: Role) -> Pubkey {
        if self.dice.chance(85) {
            self.one(role)
        } else {
            self.anyone()
        }
    }

    /// The one whose key this is, or blindly anyone.
    pub fn signer(&mut self, right: &Pubkey) -> Pubkey {
        self.or(*right, Self::anyone)
    }

    /// Who pays somebody's rent.
    pub fn payer(&mut self, of: &Pubkey) -> Pubkey {
        if self.dice.chance(30) {
            self.one(Role::Sponsor)
        } else {
            *of
        }
    }

    /// The same where none stands for the one itself.
    pub fn sponsor(&mut self) -> Option<Pubkey> {
        self.dice.chance(30).then(|| self.one(Role::Sponsor))
    }

    /// One of the accounts that fit, or blindly any; if none fits, seldom any.
    ///
    /// Which one depends on where its address lies, not on how many there are: a sequence from which steps were dropped
    /// goes on with the same ones.
    pub fn find<T>(
        &mut self,
        accounts: &'a Accounts<T>,
        fits: impl Fn(&Pubkey, &T) -> bool,
    ) -> Option<(Pubkey, Rc<T>)> {
        let (at, blind) = (self.dice.roll(), self.blind() || self.dice.chance(3));
        nearest(accounts, at, |key, account| blind || fits(key, account))
    }

    pub fn order(&mut self, fits: impl Fn(&Order) -> bool) -> Option<(Pubkey, Rc<Order>)> {
        self.find(&self.state().orders, |_, order| fits(order))
    }

    pub fn listing(
        &mut self,
        fits: impl Fn(&Pubkey, &Listing) -> bool,
    ) -> Option<(Pubkey, Rc<Listing>)> {
        self.find(&self.state().listings, fits)
    }

    /// A clean mint: mostly one of the first two.
    pub fn mint(&mut self) -> Mint {
        let mints = &self.world.mints;
        let at = self.dice.pick([0, 0, 0, 0, 1, 1, 1, 2]);
        self.or(mints.clean[at], |scene| {
            scene.dice.pick(scene.world.mints.unclean)
        })
    }

    /// A key of sixteen bytes.
    pub fn key(&mut self) -> [u8; 16] {
        self.dice.bytes()
    }

    /// An amount up to `most`: often its bounds, seldom beyond.
    pub fn amount(&mut self, most: u64) -> u64 {
        let right = match self.dice.below(8) {
            0 => most,
            1 => 1,
            2 => most / 2,
            _ => self.dice.below(most).saturating_add(1).min(most.max(1)),
        };
        self.or(right, |scene| {
            scene.dice.pick([0, most.saturating_add(1), u64::MAX])
        })
    }
}

/// Whether something can be done to an order, tried on a copy.
pub fn could(order: &Order, act: impl FnOnce(&mut Order) -> bool) -> bool {
    let mut copy = *order;
    act(&mut copy)
}

/// The account that fits whose address follows `at`, in a circle.
fn nearest<T>(
    accounts: &Accounts<T>,
    at: u64,
    fits: impl Fn(&Pubkey, &T) -> bool,
) -> Option<(Pubkey, Rc<T>)> {
    let place = |key: &Pubkey| {
        let mut first = [0; 8];
        first.copy_from_slice(&key.as_ref()[..8]);
        u64::from_le_bytes(first).wrapping_sub(at)
    };
    accounts
        .iter()
        .filter(|(key, account)| fits(key, account))
        .min_by_key(|(key, _)| place(key))
        .map(|(key, account)| (*key, account.clone()))
}

//! Who acts.

use std::{collections::BTreeMap, ops::Range};

use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::Chain;

use crate::dice::Dice;

macro_rules! roles {
    ($($role:ident $name:literal $count:literal,)*) => {
        /// What an actor mostly does; each may try everything.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Role { $($role,)* }

        const ROLES: &[(Role, &str, usize)] = &[$((Role::$role, $name, $count),)*];
    };
}

roles! {
    // May upgrade the programs.
    Upgrader "upgrader" 1,
    Seller "seller" 3,
    Operator "operator" 2,
    Payee "payee" 2,
    Buyer "buyer" 4,
    // Keys of sessions, vouchers and heartbeats.
    Key "key" 4,
    Treasurer "treasurer" 2,
    // Lock the reward program's token and vote.
    Voter "voter" 6,
    Guardian "guardian" 3,
    Steward "steward" 1,
    // Run the settings of escrow, reward and the dao, and of listing.
    Admin "admin" 2,
    Curator "curator" 2,
    // Pays others' rent.
    Sponsor "sponsor" 1,
    Stranger "stranger" 2,
}

/// All actors with their keys.
pub struct Cast {
    actors: Vec<(String, Keypair)>,
    places: BTreeMap<Pubkey, usize>,
    roles: BTreeMap<Role, Range<usize>>,
}

impl Cast {
    /// Actors with lamports.
    pub fn new(chain: &mut Chain) -> Self {
        let mut cast = Self {
            actors: vec![],
            places: BTreeMap::new(),
            roles: BTreeMap::new(),
        };
        for (role, name, count) in ROLES {
            let start = cast.actors.len();
            for n in 0..*count {
                let keypair = if *role == Role::Upgrader {
                    chain.upgrade_authority.insecure_clone()
                } else {
                    chain.actor()
                };
                cast.places.insert(keypair.pubkey(), cast.actors.len());
                cast.actors.push((format!("{name} {n}"), keypair));
            }
            cast.roles.insert(*role, start..cast.actors.len());
        }
        cast
    }

    /// The keys of a role.
    pub fn role(&self, role: Role) -> Vec<Pubkey> {
        let range = self.roles.get(&role).cloned().unwrap_or(0..0);
        self.actors[range]
            .iter()
            .map(|(_, key)| key.pubkey())
            .collect()
    }

    pub fn one(&self, role: Role, dice: &mut Dice) -> Pubkey {
        *dice
            .choose(&self.role(role))
            .expect("every role has an actor")
    }

    pub fn anyone(&self, dice: &mut Dice) -> Pubkey {
        dice.choose(&self.actors)
            .expect("there are actors")
            .1
            .pubkey()
    }

    /// The keypair of one of the actors.
    pub fn keypair(&self, key: &Pubkey) -> Option<&Keypair> {
        self.places.get(key).map(|at| &self.actors[*at].1)
    }

    pub fn has(&self, key: &Pubkey) -> bool {
        self.places.contains_key(key)
    }

    /// `buyer 1`, or the beginning of an address that is no actor's.
    pub fn name(&self, key: &Pubkey) -> String {
        match self.places.get(key) {
            Some(at) => self.actors[*at].0.clone(),
            None => key.to_string()[..8].to_owned(),
        }
    }
}

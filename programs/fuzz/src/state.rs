//! Everything on the chain that the rules are about, as it is between two steps.

use std::{collections::BTreeMap, rc::Rc};

use common::dispute::DisputeHead;
use pedigree_sdk::{
    accounts::{self, EntityKind},
    pda,
    programs::{DAO, ESCROW, LISTING, OWN, REWARD, SYSTEM, TOKEN, TOKEN_2022},
};
use solana_account::{AccountSharedData, ReadableAccount};
use solana_program::pubkey::Pubkey;
use solana_rent::Rent;
use testkit::Chain;

/// Accounts of one type by their addresses.
pub type Accounts<T> = BTreeMap<Pubkey, Rc<T>>;

/// Whose accounts are looked at.
const OWNERS: [Pubkey; 7] = [LISTING, ESCROW, REWARD, DAO, TOKEN, TOKEN_2022, SYSTEM];

macro_rules! state {
    ($($kind:ident $field:ident $module:ident::$ty:ident;)*) => {
        /// A cheap copy of all accounts, decoded.
        #[derive(Clone, Default)]
        pub struct State {
            pub now: i64,
            pub slot: u64,
            pub rent: Rent,
            $(pub $field: Accounts<$module::state::$ty>,)*
            pub tokens: BTreeMap<Pubkey, Token>,
            /// What other programs read of the dao's disputes.
            pub rulings: BTreeMap<Pubkey, DisputeHead>,
            raw: BTreeMap<Pubkey, AccountSharedData>,
        }

        impl State {
            fn learn_own(&mut self, key: Pubkey, owner: &Pubkey, data: &[u8]) -> Result<(), String> {
                match accounts::identify(owner, data).map_err(|error| error.to_string())? {
                    $(EntityKind::$kind => {
                        let account = accounts::decode(owner, data).map_err(|error| error.to_string())?;
                        self.$field.insert(key, Rc::new(account));
                    })*
                }
                Ok(())
            }

            fn forget(&mut self, key: &Pubkey) {
                $(self.$field.remove(key);)*
                self.tokens.remove(key);
                self.rulings.remove(key);
            }
        }
    };
}

state! {
    ListingConfig listing_configs listing::Config;
    Profile profiles listing::Profile;
    Listing listings listing::Listing;
    Edge edges listing::Edge;
    RoyaltyTable tables listing::RoyaltyTable;
    PoolLedger ledgers listing::PoolLedger;
    LicenseGrant grants listing::LicenseGrant;
    Review reviews listing::Review;
    EscrowConfig escrow_configs escrow::Config;
    MintConfig mints escrow::MintConfig;
    Order orders escrow::Order;
    Session sessions escrow::Session;
    RewardConfig reward_configs reward::Config;
    Emission emissions reward::Emission;
    Stake stakes reward::Stake;
    Rate rates reward::Rate;
    Epoch epochs reward::Epoch;
    Points points reward::Points;
    Position positions reward::Position;
    Attestation attestations reward::Attestation;
    DaoConfig dao_configs dao::Config;
    Docket dockets dao::Docket;
    Dispute disputes dao::Dispute;
    Juror jurors dao::Juror;
    Governance governances dao::Governance;
    Proposal proposals dao::Proposal;
    Vote votes dao::Vote;
}

/// A token account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub mint: Pubkey,
    pub owner: Pubkey,
    pub program: Pubkey,
    pub amount: u64,
    pub frozen: bool,
    pub demands_memo: bool,
}

impl Token {
    /// Whether it can take money for `owner`.
    pub fn takes(&self, mint: &Pubkey, owner: &Pubkey) -> bool {
        self.mint == *mint && self.owner == *owner && !self.frozen && !self.demands_memo
    }

    /// `None` for mints and whatever else a token program owns.
    fn parse(program: Pubkey, data: &[u8]) -> Option<Self> {
        const LEN: usize = 165;
        const KIND_ACCOUNT: u8 = 2;
        let plain = data.len() == LEN;
        if !plain && data.get(LEN) != Some(&KIND_ACCOUNT) {
            return None;
        }
        let key = |at: usize| Pubkey::try_from(data.get(at..at + 32)?).ok();
        Some(Self {
            mint: key(0)?,
            owner: key(32)?,
            program,
            amount: u64::from_le_bytes(*data.get(64..)?.first_chunk()?),
            frozen: data.get(108) == Some(&2),
            demands_memo: !plain && demands_memo(&data[LEN + 1..]),
        })
    }
}

fn demands_memo(mut records: &[u8]) -> bool {
    const MEMO_TRANSFER: u16 = 8;
    while let Some((head, rest)) = records.split_first_chunk::<4>() {
        let [kind, length] = [[head[0], head[1]], [head[2], head[3]]].map(u16::from_le_bytes);
        if kind == MEMO_TRANSFER {
            return rest.first() == Some(&1);
        }
        records = rest.get(usize::from(length)..).unwrap_or_default();
    }
    false
}

impl State {
    /// The chain as it is now, by what changed since `self`. Errors where an account of ours is of no known type.
    pub fn next(&self, chain: &Chain) -> Result<Self, String> {
        let mut next = self.clone();
        (next.now, next.slot) = (chain.now(), chain.slot());
        next.rent = chain.svm.get_sysvar();
        let mut seen = 0usize;
        for (key, account) in chain.accounts() {
            if !OWNERS.contains(account.owner()) {
                continue;
            }
            seen += 1;
            if self.raw.get(key) != Some(account) {
                next.forget(key);
                next.learn(*key, account)
                    .map_err(|error| format!("{key}: {error}"))?;
            }
        }
        if seen < next.raw.len() {
            let is_there = |key: &Pubkey| {
                let account = chain.svm.accounts_db().get_account_ref(key);
                account.is_some_and(|account| OWNERS.contains(account.owner()))
            };
            let gone: Vec<_> = next
                .raw
                .keys()
                .filter(|key| !is_there(key))
                .copied()
                .collect();
            for key in gone {
                next.forget(&key);
                next.raw.remove(&key);
            }
        }
        Ok(next)
    }

    fn learn(&mut self, key: Pubkey, account: &AccountSharedData) -> Result<(), String> {
        let (owner, data) = (*account.owner(), account.data());
        self.raw.insert(key, account.clone());
        match owner {
            LISTING | ESCROW | REWARD | DAO => {
                self.learn_own(key, &owner, data)?;
                if let Some(dispute) = self.disputes.get(&key) {
                    self.rulings.insert(key, dispute.head);
                }
            }
            TOKEN | TOKEN_2022 => {
                if let Some(token) = Token::parse(owner, data) {
                    self.tokens.insert(key, token);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Accounts of the programs with who paid their rent.
    pub fn rent_payers(&self) -> Vec<(Pubkey, Pubkey)> {
        let mut all = Vec::new();
        macro_rules! of {
            ($($field:ident)*) => {
                $(all.extend(self.$field.iter().map(|(key, account)| (*key, account.rent_payer)));)*
            };
        }
        of! { listing_configs profiles listings edges tables ledgers grants reviews }
        of! { escrow_configs mints orders sessions }
        of! { reward_configs emissions stakes rates epochs points positions attestations }
        of! { dao_configs dockets disputes governances proposals }
        all.extend(self.jurors.iter().map(|(key, juror)| (*key, juror.owner)));
        all.extend(self.votes.iter().map(|(key, vote)| (*key, vote.owner)));
        all
    }

    /// Lamports of an account above what the network asks for it now.
    pub fn excess(&self, key: &Pubkey) -> u64 {
        let length = self.raw.get(key).map_or(0, |account| account.data().len());
        self.lamports(key)
            .saturating_sub(self.rent.minimum_balance(length))
    }

    pub fn lamports(&self, key: &Pubkey) -> u64 {
        self.raw.get(key).map_or(0, ReadableAccount::lamports)
    }

    /// Whether one of our programs owns the account.
    pub fn is_ours(&self, key: &Pubkey) -> bool {
        let account = self.raw.get(key);
        account.is_some_and(|account| OWN.contains(account.owner()))
    }

    /// Which program owns an account.
    pub fn program(&self, key: &Pubkey) -> Option<Pubkey> {
        self.raw.get(key).map(|account| *account.owner())
    }

    /// Slot of birth and number of the last event of an account of ours.
    pub fn position(&self, key: &Pubkey) -> Option<(u64, u64)> {
        let account = self.raw.get(key).filter(|_| self.is_ours(key))?;
        let kind = accounts::identify(account.owner(), account.data()).ok()?;
        accounts::position(kind, account.data()).ok()
    }

    /// Every address whose account differs between the two.
    pub fn changed<'a>(&'a self, after: &'a Self) -> impl Iterator<Item = &'a Pubkey> {
        let changed = after
            .raw
            .iter()
            .filter(|(key, account)| self.raw.get(*key) != Some(*account));
        let gone = self.raw.keys().filter(|key| !after.raw.contains_key(*key));
        changed.map(|(key, _)| key).chain(gone)
    }

    /// Whether an account's owner and bytes are the same in both, whatever became of its lamports.
    pub fn same_data(&self, after: &Self, key: &Pubkey) -> bool {
        let data = |state: &Self| {
            let account = state.raw.get(key)?;
            Some((*account.owner(), account.data().to_vec()))
        };
        data(self) == data(after)
    }

    /// Addresses of wallets and of whatever else the system program owns.
    pub fn is_wallet(&self, key: &Pubkey) -> bool {
        self.raw
            .get(key)
            .is_some_and(|account| account.owner() == &SYSTEM)
    }

    /// Settings of the listing program, once they are made.
    pub fn listing_config(&self) -> Option<&listing::state::Config> {
        self.listing_configs.values().next().map(Rc::as_ref)
    }

    /// Settings of the escrow program, once they are made.
    pub fn escrow_config(&self) -> Option<&escrow::state::Config> {
        self.escrow_configs.values().next().map(Rc::as_ref)
    }

    /// Settings of the reward program, once they are made.
    pub fn reward_config(&self) -> Option<&reward::state::Config> {
        self.reward_configs.values().next().map(Rc::as_ref)
    }

    /// Index of the reward program's epoch of now.
    pub fn epoch(&self) -> Option<u32> {
        let config = self.reward_config()?;
        reward::math::epoch_at(config.starts_at, config.epoch_length, self.now)
    }

    /// The sums over all positions.
    pub fn stake(&self) -> Option<&reward::state::Stake> {
        self.stakes.values().next().map(Rc::as_ref)
    }

    /// Settings of the court, once they are made.
    pub fn dao_config(&self) -> Option<&dao::state::Config> {
        self.dao_configs.values().next().map(Rc::as_ref)
    }

    /// How proposals are voted on, once that was made.
    pub fn governance(&self) -> Option<&dao::state::Governance> {
        self.governances.values().next().map(Rc::as_ref)
    }

    /// Base units of a mint that its token program counts.
    pub fn supply(&self, mint: &Pubkey) -> u64 {
        let data = self.raw.get(mint).map(ReadableAccount::data);
        data.and_then(|data| data.get(36..44)?.first_chunk())
            .map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// Settings of a mint.
    pub fn mint(&self, mint: &Pubkey) -> Option<&escrow::state::MintConfig> {
        let found = self.mints.values().find(|config| config.mint == *mint);
        found.map(Rc::as_ref)
    }

    pub fn balance(&self, token_account: &Pubkey) -> u64 {
        self.tokens
            .get(token_account)
            .map_or(0, |token| token.amount)
    }

    /// The table that a ledger's pool is shared out by.
    pub fn table_of(
        &self,
        ledger: &listing::state::PoolLedger,
    ) -> Option<&listing::state::RoyaltyTable> {
        let (address, _) = pda::royalties(&ledger.listing, ledger.generation);
        self.tables.get(&address).map(Rc::as_ref)
    }

    /// The account of a ledger's listing, generation and mint, if it was opened.
    pub fn ledger(
        &self,
        listing: &Pubkey,
        generation: u16,
        mint: &Pubkey,
    ) -> Option<&listing::state::PoolLedger> {
        let found = self.ledgers.values().find(|ledger| {
            ledger.listing == *listing && ledger.generation == generation && ledger.mint == *mint
        });
        found.map(Rc::as_ref)
    }

    /// Token accounts that can take money for `owner`.
    pub fn takers<'a>(
        &'a self,
        mint: &'a Pubkey,
        owner: &'a Pubkey,
    ) -> impl Iterator<Item = &'a Pubkey> {
        self.tokens
            .iter()
            .filter(|(_, token)| token.takes(mint, owner))
            .map(|(key, _)| key)
    }
}

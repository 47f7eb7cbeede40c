//! The chain, who acts on it, and what of its past the rules need.

use std::{collections::BTreeMap, rc::Rc};

use anchor_lang::bytemuck::Zeroable;
use common::dispute::DisputeHead;
use dao::state::Dispute;
use escrow::opening::OpenArgs;
use pedigree_sdk::{
    accounts,
    events::Event,
    instructions::escrow::{self as buying, OpenOrder},
    pda,
    programs::{DAO, OWN, TOKEN},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use testkit::{Chain, Mint, Program, TokenProgram};

use crate::{
    call::{Call, Change},
    cast::{Cast, Role},
    memory::Memory,
    state::State,
};

/// The network's genesis hash, as escrow's settings get it.
pub const GENESIS: [u8; 32] = [5; 32];
/// Base units of each mint that every buyer begins with.
const BUDGET: u64 = 10_000_000_000;
/// The same of everybody else who holds any.
const SAVINGS: u64 = 10_000_000;
/// Base units of the reward program's token that each voter begins with, and everybody else who holds any.
const ENDOWMENT: u64 = 1_000_000;
const POCKET: u64 = 100_000;
/// The reward program's token, once it is made.
pub const DECIMALS: u8 = 6;

/// The mints that there are.
pub struct Mints {
    /// Clean ones: of SPL Token, of Token-2022 with metadata, and one more that is rarely allowed.
    pub clean: [Mint; 3],
    /// Never to be taken: with a fee, with a permanent delegate, and wrapped SOL.
    pub unclean: [Mint; 3],
}

/// An order that was asked for.
#[derive(Clone)]
pub struct Asked {
    pub params: OpenOrder,
    pub args: OpenArgs,
    /// Of a listing without a price.
    pub free: bool,
}

impl Asked {
    pub fn instruction(&self) -> Instruction {
        let Self { params, args, free } = self;
        if *free {
            buying::open_free(&params.buyer, params.payer, &params.listing, *args)
        } else {
            buying::open_order(params, *args)
        }
    }

    pub fn address(&self) -> Pubkey {
        self.params.address(&self.args.key)
    }

    pub fn params_hash(&self) -> [u8; 32] {
        let params = &self.params;
        let buyer = params.session.unwrap_or(params.buyer);
        let mint = if self.free {
            Pubkey::default()
        } else {
            params.mint
        };
        self.args.params_hash(&buyer, &params.listing, &mint)
    }
}

/// What the court was asked to rule on: that an edge is false or, with the relation that it would have, missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub child: Pubkey,
    pub parent: Pubkey,
    pub missing: Option<u8>,
    /// Of the dispute at the edge's address.
    pub number: u16,
}

impl Complaint {
    pub fn edge(&self) -> Pubkey {
        pda::edge(&self.child, &self.parent).0
    }

    pub fn dispute(&self) -> Pubkey {
        pda::dispute(&self.edge(), self.number).0
    }
}

pub struct World {
    pub chain: Chain,
    pub cast: Rc<Cast>,
    pub mints: Rc<Mints>,
    pub state: Rc<State>,
    pub memory: Memory,
    /// Orders asked for lately, to be asked for again.
    pub asked: Vec<Asked>,
    /// Of edges, of which a case was opened.
    pub complaints: Vec<Complaint>,
    /// What was sent last and succeeded, while nothing has happened since.
    pub last: Option<Call>,
}

impl World {
    /// The programs, actors, mints and token accounts, before anything is sent.
    pub fn new() -> Self {
        const FEE: u16 = 1;
        const PERMANENT_DELEGATE: u16 = 12;
        let programs = [
            Program::Listing,
            Program::Escrow,
            Program::Reward,
            Program::Dao,
        ];
        let mut chain = Chain::new(&programs, 42);
        let cast = Cast::new(&mut chain);
        let mints = Mints {
            clean: [
                chain.mint(TokenProgram::Classic),
                chain.extended_mint(&[(18, vec![1; 64]), (19, vec![1; 100])]),
                chain.mint(TokenProgram::Classic),
            ],
            unclean: [
                chain.extended_mint(&[(FEE, vec![0; 108])]),
                chain.extended_mint(&[(PERMANENT_DELEGATE, vec![1; 32])]),
                chain.native_mint(TokenProgram::Classic),
            ],
        };
        for (role, amount) in [
            (Role::Buyer, BUDGET),
            (Role::Seller, SAVINGS),
            (Role::Stranger, SAVINGS),
            (Role::Treasurer, 0),
        ] {
            for owner in cast.role(role) {
                for mint in &mints.clean {
                    chain.token_account(mint, &owner, amount);
                }
            }
        }
        // The dao's treasury.
        for mint in &mints.clean {
            chain.token_account(mint, &pda::dao_authority().0, SAVINGS);
        }
        // One payee has no account in two of the mints.
        let payees = cast.role(Role::Payee);
        for mint in &mints.clean {
            chain.token_account(mint, &payees[0], 0);
        }
        chain.token_account(&mints.clean[0], &payees[1], 0);
        let upgrader = cast.role(Role::Upgrader)[0];
        let state = State::default()
            .next(&chain)
            .expect("there is nothing of the programs yet");
        Self {
            memory: Memory::new(&state, &mints, upgrader),
            state: Rc::new(state),
            chain,
            cast: Rc::new(cast),
            mints: Rc::new(mints),
            asked: vec![],
            complaints: vec![],
            last: None,
        }
    }

    /// The same world once more.
    pub fn fork(&self) -> Self {
        Self {
            chain: self.chain.fork(),
            cast: self.cast.clone(),
            mints: self.mints.clone(),
            state: self.state.clone(),
            memory: self.memory.clone(),
            asked: self.asked.clone(),
            complaints: self.complaints.clone(),
            last: self.last.clone(),
        }
    }

    /// The actors that have to sign a call.
    pub fn signers(cast: &Cast, call: &Call) -> Vec<Keypair> {
        let keys = call.signers();
        keys.iter()
            .filter_map(|key| cast.keypair(key))
            .map(Keypair::insecure_clone)
            .collect()
    }

    /// Changes the surroundings by hand.
    pub fn change(&mut self, change: &Change) {
        let chain = &mut self.chain;
        match change {
            Change::Time { at, slots } => {
                chain.set_time(*at);
                chain.warp_slots(*slots);
            }
            Change::Frozen(account, frozen) => chain.set_frozen(account, *frozen),
            Change::Memo(account) => {
                chain.edit(account, demand_memo);
                // A larger account needs more rent.
                let lamports = chain.lamports(account);
                chain.fund(account, lamports + 1_000_000);
            }
            Change::Ruling(address, head) => rule(chain, *address, head),
            Change::Endow => self.endow(),
            Change::GiveUpgrades => give_upgrades(chain),
            Change::Rent(lamports) => chain.set_rent(*lamports),
        }
    }

    /// Mints by their addresses.
    pub fn mint(&self, address: &Pubkey) -> Option<Mint> {
        let token = token();
        let all = self.mints.clean.iter().chain(&self.mints.unclean);
        let mut all = all.chain(std::iter::once(&token));
        all.find(|mint| mint.address == *address).copied()
    }

    /// Remembers what later steps need of what was told.
    pub fn note(&mut self, events: &[Event]) {
        for event in events {
            if let Event::EdgeCaseOpened(event) = event {
                let relation = event.head.relation as u8;
                self.complaints.push(Complaint {
                    child: event.head.child,
                    parent: event.head.parent,
                    missing: (relation > 0).then_some(relation),
                    number: event.state.head.number,
                });
            }
        }
    }

    /// Gives the token to those who are to have any. It was never earned: the mint counts it all the same.
    fn endow(&mut self) {
        let (token, mut given) = (token(), 0);
        let voters = self.cast.role(Role::Voter);
        let others = [Role::Seller, Role::Buyer, Role::Stranger, Role::Payee];
        let others = others.iter().flat_map(|role| self.cast.role(*role));
        let rich = voters.into_iter().map(|owner| (owner, ENDOWMENT));
        let treasuries = self.cast.role(Role::Treasurer).into_iter();
        let treasuries = treasuries.chain([pda::dao_authority().0]);
        for (owner, amount) in rich
            .chain(others.map(|owner| (owner, POCKET)))
            .chain(treasuries.map(|owner| (owner, 0)))
        {
            self.chain.token_account(&token, &owner, amount);
            given += amount;
        }
        self.chain.edit(&token.address, |data| {
            data[36..44].copy_from_slice(&given.to_le_bytes());
        });
        self.memory.endowed = given;
        self.memory.supply.insert(token.address, given.into());
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts a dispute's account there, such as the dao never makes one.
fn rule(chain: &mut Chain, address: Pubkey, head: &DisputeHead) {
    let dispute = Dispute {
        head: *head,
        ..Dispute::zeroed()
    };
    chain.put_owned(address, DAO, accounts::to_bytes(&dispute));
}

fn give_upgrades(chain: &mut Chain) {
    const AUTHORITY: std::ops::Range<usize> = 13..45;
    let dao = pda::dao_authority().0;
    for program in OWN {
        let data = pda::program_data(&program).0;
        chain.edit(&data, |data| data[AUTHORITY].copy_from_slice(dao.as_ref()));
    }
}

/// The reward program's token.
pub fn token() -> Mint {
    Mint {
        address: pda::token().0,
        program: TOKEN,
        decimals: DECIMALS,
    }
}

/// Makes a Token-2022 account take nothing without a memo: by an extension more.
fn demand_memo(data: &mut Vec<u8>) {
    const PLAIN: usize = 165;
    const KIND_ACCOUNT: u8 = 2;
    const MEMO_TRANSFER: [u8; 5] = [8, 0, 1, 0, 1];
    if data.len() == PLAIN {
        data.push(KIND_ACCOUNT);
    }
    data.extend(MEMO_TRANSFER);
}

/// How many base units of each mint there are.
pub fn supply(state: &State) -> BTreeMap<Pubkey, u128> {
    let mut supply = BTreeMap::new();
    for token in state.tokens.values().filter(|token| token.amount > 0) {
        *supply.entry(token.mint).or_default() += u128::from(token.amount);
    }
    supply
}

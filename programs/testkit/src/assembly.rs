//! The dao with a governance: a chain whose programs are the dao's, members with locked tokens, guardians, a steward.

use std::ops::{Deref, DerefMut};

use dao::{
    actions::Guardians,
    constants::{LONG_TIME_LOCK, TIME_LOCK},
    instructions::{ConfigArgs, GovernanceArgs},
    state::{Governance, Proposal, Vote, action, program, vote_choice},
};
use escrow::instructions::ConfigArgs as EscrowArgs;
use pedigree_sdk::{
    instructions::{
        dao::{self as ix, Action},
        escrow as on_escrow, listing as on_listing, reward as on_reward,
    },
    pda,
    programs::{DAO, ESCROW, LISTING, REWARD},
};
use reward::instructions::ConfigArgs as RewardArgs;
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::{Outcome, court::*};

pub const PERIOD: i64 = 5 * DAY;
pub const DEPOSIT: u64 = 500;
pub const QUORUM: u64 = 3_000;
/// Of the hand-over.
pub const FLOOR: u64 = 10_000;
pub const WEIGHTS: [u64; 4] = [4_000, 3_000, 2_000, 1_000];
pub const LOCK: i64 = TIME_LOCK as i64;
pub const LONG_LOCK: i64 = LONG_TIME_LOCK as i64;
pub const EXECUTABLE: i64 = 30 * DAY;
pub const YES: u8 = vote_choice::YES;
pub const NO: u8 = vote_choice::NO;
pub const ABSTAIN: u8 = vote_choice::ABSTAIN;
pub const TEXT: [u8; 32] = [9; 32];

/// A world with a governance. All members together have 10,000, of which 3,000 are a quorum.
pub struct Assembly {
    pub world: World,
    pub steward: Keypair,
    /// Two of these three sign.
    pub guardians: Vec<Keypair>,
    pub members: Vec<Voter>,
}

impl Deref for Assembly {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Assembly {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

/// The dao's signature.
pub fn authority() -> Pubkey {
    pda::dao_authority().0
}

impl Assembly {
    /// A dao without governance.
    pub fn bare(seed: u64) -> Self {
        let mut world = World::new(seed);
        let steward = world.chain.actor();
        let guardians = (0..3).map(|_| world.chain.actor()).collect();
        Self {
            world,
            steward,
            guardians,
            members: Vec::new(),
        }
    }

    /// A governance, listing and escrow whose settings are the dao's, and members who may vote.
    pub fn new(seed: u64) -> Self {
        let mut a = Self::bare(seed);
        a.initialize();
        a.members = a.world.voters(&WEIGHTS);
        a
    }

    /// The same with everything the dao's.
    pub fn whole(seed: u64) -> Self {
        let mut a = Self::new(seed);
        let admin = a.admin.insecure_clone();
        a.update(|args| args.pending_authority = authority());
        let args = RewardArgs {
            pending_authority: authority(),
            ..reward_args()
        };
        let stranger = a.stranger.insecure_clone();
        let propose = on_reward::update_config(&stranger.pubkey(), args);
        a.chain.ok(&[propose], &[&stranger, &admin]);
        for which in [program::REWARD, program::DAO] {
            a.crank(ix::accept_authority(which));
        }
        a
    }

    fn initialize(&mut self) {
        let (upgrader, stranger) = (self.upgrader(), self.stranger.insecure_clone());
        let (key, payer) = (upgrader.pubkey(), stranger.pubkey());
        let initialize = self.initialize_ix(FLOOR, self.named(2), governance_args());
        let listing = on_listing::initialize(key, payer, authority());
        let escrow =
            on_escrow::initialize(&key, &payer, &authority(), [1; 32], escrow_args(&payer));
        for instruction in [initialize, listing, escrow] {
            self.chain.ok(&[instruction], &[&upgrader, &stranger]);
        }
    }

    pub fn initialize_ix(
        &self,
        floor: u64,
        guardians: Guardians,
        args: GovernanceArgs,
    ) -> Instruction {
        let (key, payer) = (self.upgrader().pubkey(), self.stranger.pubkey());
        let steward = self.steward.pubkey();
        ix::initialize_governance(&key, &payer, &steward, floor, guardians, args)
    }

    /// The guardians, so many of whom have to sign.
    pub fn named(&self, threshold: u8) -> Guardians {
        let keys: Vec<Pubkey> = self.guardians.iter().map(Signer::pubkey).collect();
        named(&keys, threshold)
    }

    pub fn governance(&self) -> Governance {
        self.chain.state(&pda::governance().0)
    }

    pub fn proposal(&self, number: u64) -> Proposal {
        self.chain.state(&pda::proposal(number).0)
    }

    pub fn vote_of(&self, number: u64, member: usize) -> Vote {
        let position = &self.members[member].position;
        self.chain
            .state(&pda::vote(&pda::proposal(number).0, position).0)
    }

    pub fn next(&self) -> u64 {
        self.governance().proposals + 1
    }

    /// By the first member; the stranger pays the rent.
    pub fn propose_ix(&self, action: &Action) -> Instruction {
        let (member, payer) = (&self.members[0], self.stranger.pubkey());
        let owner = member.owner.pubkey();
        let source = self.account(&owner);
        let number = self.next();
        ix::propose(
            &owner,
            &payer,
            &member.position,
            &source,
            number,
            action,
            TEXT,
        )
    }

    pub fn propose(&mut self, action: &Action) -> u64 {
        let (number, propose) = (self.next(), self.propose_ix(action));
        let (owner, payer) = (self.owner(0), self.stranger.insecure_clone());
        self.chain.ok(&[propose], &[&owner, &payer]);
        number
    }

    #[track_caller]
    pub fn unproposed(&mut self, action: &Action, error: dao::error::DaoError) {
        let propose = self.propose_ix(action);
        let (owner, payer) = (self.owner(0), self.stranger.insecure_clone());
        self.chain.refused(&[propose], &[&owner, &payer], error);
    }

    pub fn owner(&self, member: usize) -> Keypair {
        self.members[member].owner.insecure_clone()
    }

    pub fn cast_ix(&self, number: u64, member: usize, choice: u8) -> Instruction {
        let member = &self.members[member];
        ix::cast(&member.owner.pubkey(), &member.position, number, choice)
    }

    pub fn cast(&mut self, number: u64, member: usize, choice: u8) -> Outcome {
        let (cast, owner) = (self.cast_ix(number, member, choice), self.owner(member));
        self.chain.ok(&[cast], &[&owner])
    }

    pub fn change_ix(&self, number: u64, member: usize, choice: u8) -> Instruction {
        let member = &self.members[member];
        ix::change_vote(&member.owner.pubkey(), &member.position, number, choice)
    }

    /// Votes of the first members, in order.
    pub fn vote(&mut self, number: u64, choices: &[u8]) {
        for (member, choice) in choices.iter().enumerate() {
            self.cast(number, member, *choice);
        }
    }

    pub fn at(&mut self, time: i64) {
        self.chain.set_time(time);
        self.chain.warp_slots(1);
    }

    /// Moves to the end of its vote and counts it.
    pub fn conclude(&mut self, number: u64) {
        let end = self.proposal(number).ends_at;
        self.at(end);
        self.crank(ix::conclude(number));
    }

    /// Proposed and accepted by everybody.
    pub fn accepted(&mut self, action: &Action) -> u64 {
        let number = self.propose(action);
        self.vote(number, &[YES; 4]);
        self.conclude(number);
        number
    }

    /// The same, at the end of its time lock.
    pub fn ready(&mut self, action: &Action) -> u64 {
        let number = self.accepted(action);
        let from = self.proposal(number).execute_from;
        self.at(from);
        number
    }

    /// By the stranger, who paid the proposal's rent too.
    pub fn execute_ix(&self, number: u64, action: &Action) -> Instruction {
        let stranger = self.stranger.pubkey();
        ix::execute(&stranger, number, action, &stranger)
    }

    /// Proposed, accepted and carried out.
    pub fn enact(&mut self, action: &Action) -> u64 {
        let number = self.ready(action);
        let execute = self.execute_ix(number, action);
        self.crank(execute);
        number
    }

    pub fn decree_ix(&self, action: &Action) -> Instruction {
        let (steward, payer) = (self.steward.pubkey(), self.stranger.pubkey());
        ix::decree(&steward, &payer, self.next(), action, TEXT)
    }

    pub fn decree(&mut self, action: &Action) -> u64 {
        let (number, decree) = (self.next(), self.decree_ix(action));
        let (steward, payer) = (
            self.steward.insecure_clone(),
            self.stranger.insecure_clone(),
        );
        self.chain.ok(&[decree], &[&steward, &payer]);
        number
    }

    /// Keys of the guardians at these places.
    pub fn keys(&self, guardians: &[usize]) -> Vec<Pubkey> {
        guardians
            .iter()
            .map(|guardian| self.guardians[*guardian].pubkey())
            .collect()
    }

    /// Sends what guardians sign.
    pub fn guard(&mut self, instruction: Instruction) -> Outcome {
        let guardians: Vec<_> = self.guardians.iter().map(Keypair::insecure_clone).collect();
        let signers: Vec<&Keypair> = guardians.iter().collect();
        self.chain.ok(&[instruction], &signers)
    }

    #[track_caller]
    pub fn unguarded(&mut self, instruction: Instruction, error: dao::error::DaoError) {
        let guardians: Vec<_> = self.guardians.iter().map(Keypair::insecure_clone).collect();
        let signers: Vec<&Keypair> = guardians.iter().collect();
        self.chain.refused(&[instruction], &signers, error);
    }

    /// The court's settings without anybody to take them over.
    pub fn court(&self) -> ConfigArgs {
        self.args()
    }
}

pub fn named(keys: &[Pubkey], threshold: u8) -> Guardians {
    let mut all = [Pubkey::default(); 5];
    all[..keys.len()].copy_from_slice(keys);
    Guardians {
        keys: all,
        threshold,
    }
}

pub fn governance_args() -> GovernanceArgs {
    GovernanceArgs {
        voting_period: PERIOD as u32,
        quorum_ppm: 300_000,
        quorum_floor: 1_000,
        threshold_ppm: 600_000,
        deposit: DEPOSIT,
    }
}

pub fn escrow_args(treasury: &Pubkey) -> EscrowArgs {
    EscrowArgs {
        paused: false,
        allow_unclaimed: false,
        fee_ppm: 20_000,
        delivery_window: DAY as u32,
        dispute_window: DAY as u32,
        arbitration_period: 90 * DAY as u32,
        bond_ppm: 50_000,
        treasury: *treasury,
        pending_authority: Pubkey::default(),
    }
}

pub fn reward_args() -> RewardArgs {
    RewardArgs {
        paused: false,
        buyer_share_ppm: 0,
        cooling: 15 * DAY as u32,
        claim_window: 30 * DAY as u32,
        min_stake: 1,
        pending_authority: Pubkey::default(),
    }
}

/// Whether an action waits for a week, and not for two days.
pub fn waits_long(action: &Action) -> bool {
    matches!(action.kind(), action::SET_GUARDIANS | action::UPGRADE)
}

/// Makes upgrades of all programs the dao's.
pub fn give_upgrades(a: &mut Assembly) {
    for program in [LISTING, ESCROW, REWARD, DAO] {
        let data = pda::program_data(&program).0;
        a.chain.edit(&data, |data| {
            data[13..45].copy_from_slice(authority().as_ref());
        });
    }
    let escrow = pda::escrow_config().0;
    a.chain
        .edit_state(&escrow, |config: &mut escrow::state::Config| {
            config.treasury = authority();
        });
}

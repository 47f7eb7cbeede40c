use anchor_lang::prelude::*;

use super::{Governance, action, after, bond_state, less, plus, vote_choice};
use crate::{
    constants::{
        ANY_ACCOUNT_AFTER, EXECUTABLE, LONG_TIME_LOCK, MAX_PAYLOAD, PROPOSAL_STAYS, TIME_LOCK,
        TWO_THIRDS_PPM,
    },
    error::DaoError,
    math,
};

/// Status of a proposal.
pub mod proposal_status {
    pub const VOTING: u8 = 1;
    /// Accepted: carried out once its time lock has run out.
    pub const QUEUED: u8 = 2;
    pub const EXECUTED: u8 = 3;
    pub const REJECTED: u8 = 4;
    pub const VETOED: u8 = 5;
    /// Nobody carried it out in time.
    pub const EXPIRED: u8 = 6;
}

/// Who made a proposal.
pub mod origin {
    /// The owner of a position: it is voted on.
    pub const MEMBER: u8 = 1;
    /// The steward: it is not.
    pub const STEWARD: u8 = 2;
}

/// An action that was proposed, PDA `["proposal", number]`. What it does is fixed when it is made.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Proposal {
    pub layout: u8,
    pub bump: u8,
    /// One of [`proposal_status`].
    pub status: u8,
    /// One of [`action`].
    pub action: u8,
    /// One of [`origin`].
    pub origin: u8,
    /// Of its deposit, one of [`bond_state`].
    pub deposit_state: u8,
    /// Bytes of `payload` in use.
    pub payload_len: u16,
    pub seq: u64,
    /// Slot in which the account was made.
    pub born_slot: u64,
    /// In the address; from 1.
    pub number: u64,
    /// Unix seconds, as the four below.
    pub proposed_at: i64,
    /// Votes are cast before.
    pub ends_at: i64,
    /// From then on it may be carried out; 0 until it was accepted.
    pub execute_from: i64,
    /// 0 until it has come to its end.
    pub ended_at: i64,
    /// Seconds from its acceptance.
    pub time_lock: u32,
    /// Of yes and no, those that have to be yes, in ppm.
    pub threshold_ppm: u32,
    /// Weight that has to vote.
    pub quorum: u64,
    pub yes: u64,
    pub no: u64,
    pub abstain: u64,
    /// Votes whose accounts were not closed yet.
    pub votes: u64,
    /// Base units.
    pub deposit: u64,
    /// The position's owner, or the steward.
    pub proposer: Address,
    /// What the action changes: settings, a mint, a profile, a token account, a buffer; of the dao's own, `authority`.
    pub target: Address,
    /// SHA-256 of the text that says why.
    pub text_hash: [u8; 32],
    pub rent_payer: Address,
    /// The action's arguments.
    pub payload: [u8; MAX_PAYLOAD],
    pub spare: [u8; 32],
}

impl Proposal {
    /// Begins the vote on an action that was filled in. Of the active weight and the settings of now, whatever becomes of
    /// them meanwhile.
    pub fn begin(&mut self, governance: &Governance, active: u64, now: i64) -> Result<()> {
        let guards = self.action == action::SET_GUARDIANS;
        let quorum = math::quorum(active, governance.quorum_ppm, governance.quorum_floor)
            .ok_or(DaoError::AmountTooLarge)?;
        self.quorum = math::doubled(quorum, u8::from(guards)).ok_or(DaoError::AmountTooLarge)?;
        self.threshold_ppm = match guards {
            true => governance.threshold_ppm.max(TWO_THIRDS_PPM),
            false => governance.threshold_ppm,
        };
        self.origin = origin::MEMBER;
        self.status = proposal_status::VOTING;
        self.deposit = governance.deposit;
        self.deposit_state = bond_state::HELD;
        self.proposed_at = now;
        self.ends_at = after(now, governance.voting_period)?;
        Ok(())
    }

    /// Queues an action that was filled in, without a vote.
    pub fn decree(&mut self, now: i64) -> Result<()> {
        self.origin = origin::STEWARD;
        self.proposed_at = now;
        self.ends_at = now;
        self.queue(now)
    }

    fn queue(&mut self, now: i64) -> Result<()> {
        self.time_lock = match self.action {
            action::SET_GUARDIANS | action::UPGRADE => LONG_TIME_LOCK,
            _ => TIME_LOCK,
        };
        self.status = proposal_status::QUEUED;
        self.execute_from = after(now, self.time_lock)?;
        Ok(())
    }

    /// The action's arguments.
    pub fn arguments(&self) -> &[u8] {
        self.payload
            .get(..usize::from(self.payload_len))
            .unwrap_or_default()
    }

    /// Errors with `VotingOver` unless votes are taken at `now`.
    fn check_voting(&self, now: i64) -> Result<()> {
        require!(
            self.status == proposal_status::VOTING && now < self.ends_at,
            DaoError::VotingOver
        );
        Ok(())
    }

    /// Whether no vote is cast any more.
    fn is_voted(&self, now: i64) -> bool {
        self.status != proposal_status::VOTING || now >= self.ends_at
    }

    fn sum(&mut self, choice: u8) -> Result<&mut u64> {
        match choice {
            vote_choice::YES => Ok(&mut self.yes),
            vote_choice::NO => Ok(&mut self.no),
            vote_choice::ABSTAIN => Ok(&mut self.abstain),
            _ => Err(DaoError::NoSuchVote.into()),
        }
    }

    /// A position of this weight votes. Fails with `VotingOver`, `NoSuchVote`.
    pub fn cast(&mut self, choice: u8, weight: u64, now: i64) -> Result<()> {
        self.check_voting(now)?;
        let sum = self.sum(choice)?;
        *sum = plus(*sum, weight)?;
        self.votes = plus(self.votes, 1)?;
        Ok(())
    }

    /// It votes otherwise: all sums together stay what they were. Fails with `VotingOver`, `NoSuchVote`.
    pub fn change(&mut self, from: u8, to: u8, weight: u64, now: i64) -> Result<()> {
        self.check_voting(now)?;
        require!(from != to, DaoError::NoSuchVote);
        let sum = self.sum(from)?;
        *sum = less(*sum, weight)?;
        let sum = self.sum(to)?;
        *sum = plus(*sum, weight)?;
        Ok(())
    }

    /// Accepts it or rejects it, once, and says whose its deposit is. Fails with `VotingOpen`, `ProposalOver`.
    pub fn conclude(&mut self, now: i64) -> Result<()> {
        require!(
            self.status == proposal_status::VOTING,
            DaoError::ProposalOver
        );
        require!(now >= self.ends_at, DaoError::VotingOpen);
        let voted = plus(plus(self.yes, self.no)?, self.abstain)?;
        let quorate = voted >= self.quorum;
        self.deposit_state = match math::forfeits(self.yes, self.no, quorate) {
            true => bond_state::LOST,
            false => bond_state::DUE,
        };
        if quorate && math::passes(self.yes, self.no, self.threshold_ppm) {
            return self.queue(now);
        }
        self.end(proposal_status::REJECTED, now);
        Ok(())
    }

    fn end(&mut self, status: u8, now: i64) {
        self.status = status;
        self.ended_at = now;
    }

    /// The guardians stop it. Fails with `ProposalOver`, `NoVeto`.
    pub fn veto(&mut self, now: i64) -> Result<()> {
        require!(
            matches!(
                self.status,
                proposal_status::VOTING | proposal_status::QUEUED
            ),
            DaoError::ProposalOver
        );
        require!(self.action != action::SET_GUARDIANS, DaoError::NoVeto);
        if self.deposit_state == bond_state::HELD {
            self.deposit_state = bond_state::DUE;
        }
        self.end(proposal_status::VETOED, now);
        Ok(())
    }

    /// Unix seconds: from then on it may not be carried out any more.
    fn expires(&self) -> Result<i64> {
        require!(self.status == proposal_status::QUEUED, DaoError::NotQueued);
        after(self.execute_from, EXECUTABLE)
    }

    /// It is carried out, once. Fails with `NotQueued`, `TimeLocked`, `ExecutionOver`, and with `StewardGone` where it is the
    /// steward's and that is gone.
    pub fn execute(&mut self, governance: &Governance, now: i64) -> Result<()> {
        let expires = self.expires()?;
        require!(now >= self.execute_from, DaoError::TimeLocked);
        require!(now < expires, DaoError::ExecutionOver);
        require!(
            self.origin == origin::MEMBER || !governance.is_handed_over(),
            DaoError::StewardGone
        );
        self.end(proposal_status::EXECUTED, now);
        Ok(())
    }

    /// Nobody carried it out. Fails with `NotQueued`, `StillExecutable`.
    pub fn expire(&mut self, now: i64) -> Result<()> {
        require!(now >= self.expires()?, DaoError::StillExecutable);
        self.end(proposal_status::EXPIRED, now);
        Ok(())
    }

    /// Pays its deposit, once: returns whether that goes to the treasury. Fails with `NothingDue`.
    pub fn pay_deposit(&mut self) -> Result<bool> {
        let lost = match self.deposit_state {
            bond_state::DUE => false,
            bond_state::LOST => true,
            _ => return Err(DaoError::NothingDue.into()),
        };
        self.deposit_state = bond_state::PAID;
        Ok(lost)
    }

    /// Whether its vote ended so long ago that any token account of who proposed it will do for its deposit.
    pub fn takes_any_account(&self, now: i64) -> bool {
        now.saturating_sub(self.ends_at) > ANY_ACCOUNT_AFTER
    }

    /// A vote's account is closed. Fails with `VotingOpen`.
    pub fn close_vote(&mut self, now: i64) -> Result<()> {
        require!(self.is_voted(now), DaoError::VotingOpen);
        self.votes = less(self.votes, 1)?;
        Ok(())
    }

    /// Errors with `ProposalOpen`, `StillNeeded` unless its account may be closed.
    pub fn check_closable(&self, now: i64) -> Result<()> {
        let paid = matches!(self.deposit_state, bond_state::NONE | bond_state::PAID);
        require!(
            self.ended_at > 0 && self.votes == 0 && paid,
            DaoError::ProposalOpen
        );
        require!(
            now.saturating_sub(self.ended_at) > PROPOSAL_STAYS,
            DaoError::StillNeeded
        );
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = plus(self.seq, 1)?;
        Ok(())
    }
}

use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
use common::dispute::{DisputeHead, dispute_status};

use super::{Config, Round, after, plus, round_status};
use crate::{
    constants::{ANY_ACCOUNT_AFTER, ROUNDS, RULING_STAYS},
    error::DaoError,
    math,
};

/// What a dispute is about.
pub mod case {
    /// An order: the buyer's share.
    pub const ORDER: u8 = 1;
    /// A version of a listing: whether the complaint is upheld.
    pub const VERSION: u8 = 2;
    /// An edge that is said to be false: whether it is revoked.
    pub const FALSE_EDGE: u8 = 3;
    /// An edge that is said to be missing: whether it is added.
    pub const MISSING_EDGE: u8 = 4;
}

/// Where an appellant wants the ruling to move.
pub mod direction {
    /// To a smaller share: to the seller's side, or to the complaint's rejection.
    pub const DOWN: u8 = 1;
    pub const UP: u8 = 2;
}

/// What became of a party's bond.
pub mod bond_state {
    /// There is none.
    pub const NONE: u8 = 0;
    pub const HELD: u8 = 1;
    /// Its owner's again.
    pub const DUE: u8 = 2;
    /// In the pot of a round.
    pub const LOST: u8 = 3;
    pub const PAID: u8 = 4;
}

/// What who opened a case, or appealed, has paid.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Bond {
    /// One of [`bond_state`].
    pub state: u8,
    /// One of [`direction`].
    pub direction: u8,
    pub reserved: [u8; 6],
    pub amount: u64,
    pub owner: Address,
}

/// A dispute, PDA `["dispute", subject, number]`. Other programs read its head.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Dispute {
    pub head: DisputeHead,
    /// One of [`case`].
    pub case: u8,
    /// Index of the round that is in force.
    pub round: u8,
    /// Index of the last round with a ruling, plus one; 0 where there is none.
    pub ruled: u8,
    pub vault_bump: u8,
    /// Of the listing whose version this is about; 0 of anything else.
    pub version: u32,
    /// Seconds, as the three below; fixed at its opening.
    pub evidence: u32,
    pub commit: u32,
    pub reveal: u32,
    pub appeal: u32,
    /// Bond of a first appeal.
    pub appeal_bond: u64,
    /// Revealed weight that the first round needs.
    pub quorum: u64,
    /// Unix seconds: from then on anyone may end it as it stands.
    pub deadline: i64,
    /// 0 until it has ended.
    pub ended_at: i64,
    /// Hash of what was submitted last.
    pub evidence_hash: [u8; 32],
    pub vault: Address,
    pub rent_payer: Address,
    /// Of who opened the case, and of the two appeals. That of a round is lost to its pot.
    pub bonds: [Bond; ROUNDS],
    pub rounds: [Round; ROUNDS],
    pub spare: [u8; 64],
}

impl Dispute {
    /// Begins it, with its first round. Fails with `TooLate` where not all rounds end before the deadline.
    pub fn begin(&mut self, config: &Config, active: u64, now: i64, deadline: i64) -> Result<()> {
        self.evidence = config.evidence;
        self.commit = config.commit;
        self.reveal = config.reveal;
        self.appeal = config.appeal;
        self.appeal_bond = config.appeal_bond;
        self.deadline = deadline;
        self.quorum = math::quorum(active, config.quorum_ppm, config.quorum_floor)
            .ok_or(DaoError::AmountTooLarge)?;
        let mut end = now;
        for _ in 0..ROUNDS {
            for phase in [self.evidence, self.commit, self.reveal, self.appeal] {
                end = after(end, phase)?;
            }
        }
        require!(end < deadline, DaoError::TooLate);
        self.head.status = dispute_status::OPEN;
        self.begin_round(0, now)
    }

    fn begin_round(&mut self, index: u8, now: i64) -> Result<()> {
        let quorum = math::doubled(self.quorum, index).ok_or(DaoError::AmountTooLarge)?;
        self.round = index;
        *self.at(index)? = Round {
            status: round_status::RUNNING,
            starts_at: now,
            quorum,
            ..Round::zeroed()
        };
        Ok(())
    }

    /// A round by its index.
    pub fn at(&mut self, index: u8) -> Result<&mut Round> {
        self.rounds
            .get_mut(usize::from(index))
            .ok_or_else(|| DaoError::WrongAccount.into())
    }

    /// The round that is in force, and where in it `now` is: the ends of its phases.
    fn current(&mut self) -> Result<(&mut Round, [i64; 4])> {
        let phases = [self.evidence, self.commit, self.reveal, self.appeal].map(i64::from);
        let round = self.at(self.round)?;
        let evidence = round.starts_at.saturating_add(phases[0]);
        let commit = evidence.saturating_add(phases[1]);
        let reveal = commit.saturating_add(phases[2]);
        let ends = [evidence, commit, reveal, reveal.saturating_add(phases[3])];
        Ok((round, ends))
    }

    /// Errors with `DisputeOver`.
    pub fn check_open(&self) -> Result<()> {
        require!(
            self.head.status == dispute_status::OPEN,
            DaoError::DisputeOver
        );
        Ok(())
    }

    /// Errors with `DisputeOpen`.
    pub fn check_ended(&self) -> Result<()> {
        require!(
            self.head.status != dispute_status::OPEN,
            DaoError::DisputeOpen
        );
        Ok(())
    }

    /// Errors with `WrongPhase` unless evidence is taken at `now`.
    pub fn check_evidence(&mut self, now: i64) -> Result<()> {
        self.check_open()?;
        let (_, [evidence, ..]) = self.current()?;
        require!(now < evidence, DaoError::WrongPhase);
        Ok(())
    }

    /// The round in force while it takes commitments; errors with `WrongPhase` at any other time.
    pub fn committing(&mut self, now: i64) -> Result<&mut Round> {
        self.check_open()?;
        let (round, [evidence, commit, ..]) = self.current()?;
        require!(evidence <= now && now < commit, DaoError::WrongPhase);
        Ok(round)
    }

    /// The round in force while it takes reveals; errors with `WrongPhase` at any other time.
    pub fn revealing(&mut self, now: i64) -> Result<&mut Round> {
        self.check_open()?;
        let (round, [_, commit, reveal, _]) = self.current()?;
        require!(commit <= now && now < reveal, DaoError::WrongPhase);
        Ok(round)
    }

    /// Errors with `NoSuchChoice` for a choice that this dispute has not.
    pub fn check_choice(&self, choice: u8) -> Result<()> {
        let known = match self.case {
            case::ORDER => usize::from(choice) < math::CHOICES,
            _ => choice == 0 || choice == 4,
        };
        require!(known, DaoError::NoSuchChoice);
        Ok(())
    }

    /// Counts the round in force, once, after its reveals. Fails with `WrongPhase`, `AlreadyCounted`.
    pub fn tally(&mut self, now: i64) -> Result<()> {
        self.check_open()?;
        let (round, [_, _, reveal, _]) = self.current()?;
        require!(now >= reveal, DaoError::WrongPhase);
        round.count()?;
        if round.status == round_status::QUORATE {
            self.ruled = self.round.checked_add(1).ok_or(DaoError::LedgerBroken)?;
        }
        Ok(())
    }

    /// The last ruling, an index.
    pub fn ruling(&self) -> Option<u8> {
        let index = usize::from(self.ruled.checked_sub(1)?);
        self.rounds.get(index).map(|round| round.median)
    }

    /// Appeals against the ruling of the round in force, with a bond that it returns, and begins the next round.
    ///
    /// Fails with `WrongPhase`, and with `NothingToAppeal` where there is no ruling, no further round, or none that could
    /// move that way.
    pub fn appeal(&mut self, owner: &Address, wanted: u8, now: i64) -> Result<u64> {
        self.check_open()?;
        let (round, [_, _, reveal, appeal]) = self.current()?;
        require!(reveal <= now && now < appeal, DaoError::WrongPhase);
        let (quorate, median) = (round.status == round_status::QUORATE, round.median);
        let moves = match wanted {
            direction::DOWN => median > 0,
            direction::UP => usize::from(median).saturating_add(1) < math::CHOICES,
            _ => false,
        };
        let index = self.round;
        let next = index.checked_add(1).ok_or(DaoError::LedgerBroken)?;
        require!(
            quorate && moves && usize::from(next) < ROUNDS,
            DaoError::NothingToAppeal
        );
        let amount = math::doubled(self.appeal_bond, index).ok_or(DaoError::AmountTooLarge)?;
        self.bond(next, owner, wanted, amount)?;
        self.begin_round(next, now)?;
        Ok(amount)
    }

    /// Holds a party's bond.
    pub fn bond(&mut self, index: u8, owner: &Address, wanted: u8, amount: u64) -> Result<()> {
        let bond = self
            .bonds
            .get_mut(usize::from(index))
            .ok_or(DaoError::LedgerBroken)?;
        *bond = Bond {
            state: bond_state::HELD,
            direction: wanted,
            amount,
            owner: *owner,
            ..Bond::zeroed()
        };
        Ok(())
    }

    /// Ends it: with the last ruling, or as though it had never been opened where there is none.
    ///
    /// That may be done once nobody can appeal any more: the round in force has no quorum, is the last one, or its time to
    /// appeal is over; and past the deadline in any case, when a round that nobody counted changes nothing. Fails with
    /// `WrongPhase`.
    pub fn finish(&mut self, now: i64) -> Result<()> {
        self.check_open()?;
        let is_last = usize::from(self.round).saturating_add(1) == ROUNDS;
        let past_deadline = now >= self.deadline;
        let (round, [.., appeal]) = self.current()?;
        let settled = match round.status {
            round_status::VOID => true,
            round_status::QUORATE => is_last || now >= appeal,
            _ => false,
        };
        require!(settled || past_deadline, DaoError::WrongPhase);
        if round.status == round_status::RUNNING {
            round.status = round_status::VOID;
        }
        self.ended_at = now;
        match self.ruling() {
            Some(median) => {
                self.head.status = dispute_status::FINAL;
                self.head.share = math::share(median);
            }
            None => self.head.status = dispute_status::UNDECIDED,
        }
        self.decide_bonds()
    }

    /// The opener loses its bond where the last ruling gave its side less than half; an appellant where the round that it
    /// asked for ruled and did not move its way. What is lost goes to the pot of a round that ruled.
    fn decide_bonds(&mut self) -> Result<()> {
        let ruling = self.ruling();
        let mut before = None;
        for (index, (bond, round)) in self.bonds.iter_mut().zip(&self.rounds).enumerate() {
            let quorate = round.status == round_status::QUORATE;
            let lost = match (index, ruling, before) {
                (0, Some(median), _) => math::share(median) < 50,
                (0, None, _) => false,
                (_, _, Some(old)) if quorate => match bond.direction {
                    direction::DOWN => round.median >= old,
                    _ => round.median <= old,
                },
                _ => false,
            };
            if quorate {
                before = Some(round.median);
            }
            if bond.state == bond_state::HELD {
                bond.state = if lost {
                    bond_state::LOST
                } else {
                    bond_state::DUE
                };
            }
        }
        let last = self.ruled.saturating_sub(1);
        for index in 0u8..3 {
            let bond = self.bonds[usize::from(index)];
            if bond.state == bond_state::LOST {
                let round = self.at(if index == 0 { last } else { index })?;
                round.pot = plus(round.pot, bond.amount)?;
            }
        }
        Ok(())
    }

    /// Pays a party's bond that is its again: returns whose it is and how much.
    pub fn pay_bond(&mut self, index: u8) -> Result<(Address, u64)> {
        let bond = self
            .bonds
            .get_mut(usize::from(index))
            .filter(|bond| bond.state == bond_state::DUE)
            .ok_or(DaoError::NothingDue)?;
        bond.state = bond_state::PAID;
        Ok((bond.owner, bond.amount))
    }

    /// Whether it ended so long ago that any token account of a party will do for what it still waits for.
    pub fn takes_any_account(&self, now: i64) -> bool {
        self.ended_at > 0 && now.saturating_sub(self.ended_at) > ANY_ACCOUNT_AFTER
    }

    /// Errors with `DisputeOpen`, `StillDue`, `StillNeeded` unless its account may be closed.
    pub fn check_closable(&self, now: i64) -> Result<()> {
        self.check_ended()?;
        let waits = self
            .bonds
            .iter()
            .any(|bond| matches!(bond.state, bond_state::HELD | bond_state::DUE));
        let jurors = self.rounds.iter().any(|round| round.jurors > 0);
        require!(!waits && !jurors, DaoError::StillDue);
        require!(
            now.saturating_sub(self.ended_at) > RULING_STAYS,
            DaoError::StillNeeded
        );
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.head.seq = plus(self.head.seq, 1)?;
        Ok(())
    }
}

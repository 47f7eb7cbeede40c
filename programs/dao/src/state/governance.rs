use anchor_lang::{address_eq, prelude::*};

use super::{after, plus};
use crate::{
    constants::{MAX_GUARDIANS, MAX_PAUSE, PAUSE_EVERY},
    error::DaoError,
};

/// Who may change what, and how proposals are voted on, PDA `["governance"]`. Proposals copy what concerns them.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Governance {
    pub layout: u8,
    pub bump: u8,
    pub authority_bump: u8,
    pub deposits_bump: u8,
    /// How many guardians sign together; 0 where there are none.
    pub guardian_threshold: u8,
    /// Programs that the guardians have paused, a bit each: 1 << [`paused`](crate::state::program).
    pub paused: u8,
    pub reserved: [u8; 2],
    pub seq: u64,
    /// Made so far. The next one's number is one more.
    pub proposals: u64,
    /// Active weight from which on the steward goes. Never changes.
    pub handover_floor: u64,
    /// Unix seconds: when the steward went; 0 until then.
    pub handed_over_at: i64,
    /// Unix seconds: when the guardians' last pause began; 0 where there was none.
    pub paused_at: i64,
    /// Weight that has to vote on a proposal at least.
    pub quorum_floor: u64,
    /// Base units that who proposes pays in.
    pub deposit: u64,
    /// Seconds to vote.
    pub voting_period: u32,
    /// Weight that has to vote, in ppm of the active weight.
    pub quorum_ppm: u32,
    /// Of yes and no, those that have to be yes, in ppm.
    pub threshold_ppm: u32,
    pub reserved_word: [u8; 4],
    /// PDA `["authority"]`: signs for the dao.
    pub authority: Address,
    /// May have actions carried out without a vote, behind the same time locks, until the hand-over clears it.
    pub steward: Address,
    /// What deposits are paid in: the reward program's token.
    pub mint: Address,
    /// The token account that holds them.
    pub deposits: Address,
    pub rent_payer: Address,
    /// Those that are not all zero.
    pub guardians: [Address; MAX_GUARDIANS],
    pub spare: [u8; 96],
}

impl Governance {
    /// Errors with `NotSteward` for any other key.
    pub fn check_steward(&self, key: &Address) -> Result<()> {
        require!(
            !self.is_handed_over() && address_eq(&self.steward, key),
            DaoError::NotSteward
        );
        Ok(())
    }

    pub fn is_handed_over(&self) -> bool {
        self.handed_over_at > 0
    }

    /// Whether as many guardians as have to are among those that sign, each counted once.
    // Not inlined: one copy for all instructions.
    #[inline(never)]
    pub fn is_signed_by(&self, accounts: &[AccountView]) -> bool {
        let nobody = Address::default();
        let signs = |guardian: &&Address| {
            **guardian != nobody
                && accounts
                    .iter()
                    .any(|account| account.is_signer() && address_eq(account.address(), guardian))
        };
        let signing = self.guardians.iter().filter(signs).count();
        signing > 0 && signing >= usize::from(self.guardian_threshold)
    }

    /// The guardians pause a program, in a pause that runs or that begins now. Fails with `PauseTooSoon`, `AlreadyPaused`.
    pub fn pause(&mut self, program: u8, now: i64) -> Result<()> {
        if now >= self.pause_ends()? {
            let next = after(self.paused_at, PAUSE_EVERY)?;
            require!(self.paused == 0 && now >= next, DaoError::PauseTooSoon);
            self.paused_at = now;
        }
        require!(!self.has_paused(program), DaoError::AlreadyPaused);
        self.paused |= bit(program);
        Ok(())
    }

    /// The guardians, or anybody once the pause has run out, lift it of a program. Fails with `NotPaused`, `NotGuardians`.
    pub fn unpause(&mut self, program: u8, by_guardians: bool, now: i64) -> Result<()> {
        require!(self.has_paused(program), DaoError::NotPaused);
        require!(
            by_guardians || now >= self.pause_ends()?,
            DaoError::NotGuardians
        );
        self.supersede(program);
        Ok(())
    }

    /// Whether a program is paused is no affair of the guardians any more: a vote has set it.
    pub fn supersede(&mut self, program: u8) {
        self.paused &= !bit(program);
    }

    fn has_paused(&self, program: u8) -> bool {
        self.paused & bit(program) != 0
    }

    fn pause_ends(&self) -> Result<i64> {
        after(self.paused_at, MAX_PAUSE)
    }

    /// The steward goes, for ever, once that much weight is active. Fails with `NotSteward`, `FloorNotReached`.
    pub fn hand_over(&mut self, active: u64, now: i64) -> Result<()> {
        require!(!self.is_handed_over(), DaoError::NotSteward);
        require!(active >= self.handover_floor, DaoError::FloorNotReached);
        self.steward = Address::default();
        self.handed_over_at = now;
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = plus(self.seq, 1)?;
        Ok(())
    }
}

fn bit(program: u8) -> u8 {
    1u8.checked_shl(u32::from(program)).unwrap_or(0)
}

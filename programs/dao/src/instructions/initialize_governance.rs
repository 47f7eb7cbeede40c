use anchor_lang::{Id, address_eq, find_program_address, prelude::*, programs::Token};
use common::{cold::Cold, emitter, pda::Payer, token, upgrade};

use crate::{
    actions::Guardians,
    constants::{
        AUTHORITY_SEED, DEPOSITS_SEED, GOVERNANCE_SEED, LAYOUT, THRESHOLD_PPM, VOTE_QUORUM_PPM,
        VOTING_PERIOD,
    },
    error::DaoError,
    events::{EntityHead, GovernanceInitializedV1},
    state::{Config, Governance},
};

/// How proposals are voted on, as a proposal may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct GovernanceArgs {
    /// Seconds to vote; a day to two weeks.
    pub voting_period: u32,
    /// Weight that has to vote, in ppm of the active weight; 10,000 to 400,000.
    pub quorum_ppm: u32,
    /// Weight that has to vote at least; not 0, and at most the floor of the hand-over.
    pub quorum_floor: u64,
    /// Of yes and no, those that have to be yes, in ppm; 500,001 to 900,000.
    pub threshold_ppm: u32,
    /// Base units that who proposes pays in; not 0, and at most the floor of the hand-over.
    pub deposit: u64,
}

impl GovernanceArgs {
    /// Their bounds. Neither the floor nor the deposit can be set out of everybody's reach: that much was once active, or the
    /// steward is still there.
    pub fn check(&self, handover_floor: u64) -> Result<()> {
        require!(
            VOTING_PERIOD.contains(&self.voting_period),
            DaoError::VotingPeriodOutOfBounds
        );
        require!(
            VOTE_QUORUM_PPM.contains(&self.quorum_ppm),
            DaoError::QuorumOutOfBounds
        );
        require!(
            THRESHOLD_PPM.contains(&self.threshold_ppm),
            DaoError::ThresholdOutOfBounds
        );
        // Half, as guardians are replaced by twice the quorum.
        require!(
            (1..=handover_floor / 2).contains(&self.quorum_floor)
                && (1..=handover_floor).contains(&self.deposit),
            DaoError::FloorOutOfBounds
        );
        Ok(())
    }

    /// Writes the settings, and fails as [`Self::check`] does.
    pub fn apply(&self, governance: &mut Governance) -> Result<()> {
        self.check(governance.handover_floor)?;
        governance.voting_period = self.voting_period;
        governance.quorum_ppm = self.quorum_ppm;
        governance.quorum_floor = self.quorum_floor;
        governance.threshold_ppm = self.threshold_ppm;
        governance.deposit = self.deposit;
        Ok(())
    }
}

#[event_cpi]
#[derive(Accounts)]
pub struct InitializeGovernance {
    pub upgrade_authority: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Cold<Account<Config>>,
    /// CHECK: made here.
    #[account(mut)]
    pub governance: UncheckedAccount,
    /// CHECK: compared with the config.
    pub mint: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub deposits: UncheckedAccount,
    /// CHECK: its address and owner are checked.
    pub program_data: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

impl InitializeGovernance {
    fn validate(&self) -> Result<()> {
        let key = self.upgrade_authority.address();
        require!(
            upgrade::is_authority(&crate::ID, self.program_data.account(), key),
            DaoError::NotUpgradeAuthority
        );
        require!(
            address_eq(self.mint.address(), &self.config.mint),
            DaoError::WrongAccount
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the program's upgrade authority, as its ProgramData account says, once.
/// - Fixes for ever the active weight at which the steward goes; names steward and guardians; all settings are within their
///   bounds.
/// - Makes the token account that deposits are paid into, which is the dao's.
pub fn initialize_governance(
    ctx: &mut Context<InitializeGovernance>,
    steward: Address,
    handover_floor: u64,
    guardians: Guardians,
    args: GovernanceArgs,
) -> Result<()> {
    ctx.accounts.validate()?;
    let accounts = &ctx.accounts;
    let payer = Payer::new(accounts.payer.account())?;
    let (mut governance, bump) =
        payer.init::<Governance>(accounts.governance.account(), &[GOVERNANCE_SEED])?;
    let (authority, authority_bump) = find_program_address(&[AUTHORITY_SEED], &crate::ID);
    governance.deposits_bump = token::create_at_pda(
        &payer,
        accounts.deposits.account(),
        accounts.mint.account(),
        &authority,
        &Token::id(),
        &crate::ID,
        &[DEPOSITS_SEED],
    )?;
    governance.layout = LAYOUT;
    governance.bump = bump;
    governance.authority_bump = authority_bump;
    governance.handover_floor = handover_floor;
    governance.authority = authority;
    governance.steward = steward;
    governance.mint = *accounts.mint.address();
    governance.deposits = *accounts.deposits.address();
    governance.rent_payer = *payer.address();
    guardians.apply(&mut governance)?;
    args.apply(&mut governance)?;
    governance.advance()?;
    let head = EntityHead {
        address: *governance.address(),
    };
    emitter!(ctx).state::<GovernanceInitializedV1>(&head, &governance);
    Ok(())
}

use anchor_lang::{find_program_address, prelude::*};
use common::{REWARD_ID, emitter, pda::Payer, upgrade};

use crate::{
    constants::{CONFIG_SEED, LAYOUT},
    error::DaoError,
    events::{ConfigInitializedV1, EntityHead},
    state::Config,
};

/// Settings that the config's authority may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct ConfigArgs {
    /// Seconds for evidence, commitments and reveals, an hour to a week each and at most two weeks together.
    pub evidence: u32,
    pub commit: u32,
    pub reveal: u32,
    /// Seconds to appeal; an hour to four days.
    pub appeal: u32,
    /// Revealed weight that a first round needs, in ppm of the active weight; 1 to 200,000.
    pub quorum_ppm: u32,
    /// Revealed weight that a first round needs at least; not 0.
    pub quorum_floor: u64,
    /// Bond of who opens a case that is no order's, in base units; not 0.
    pub case_bond: u64,
    /// Bond of a first appeal, in base units; not 0.
    pub appeal_bond: u64,
    /// The wallet that donations to vaults go to.
    pub treasury: Address,
    /// Who may take over the config; all zero for nobody.
    pub pending_authority: Address,
}

impl ConfigArgs {
    /// The settings as they are.
    pub fn of(config: &Config) -> Self {
        Self {
            evidence: config.evidence,
            commit: config.commit,
            reveal: config.reveal,
            appeal: config.appeal,
            quorum_ppm: config.quorum_ppm,
            quorum_floor: config.quorum_floor,
            case_bond: config.case_bond,
            appeal_bond: config.appeal_bond,
            treasury: config.treasury,
            pending_authority: config.pending_authority,
        }
    }

    /// Writes the settings, and fails as [`Config::invariant`] does.
    pub fn apply(&self, config: &mut Config) -> Result<()> {
        config.evidence = self.evidence;
        config.commit = self.commit;
        config.reveal = self.reveal;
        config.appeal = self.appeal;
        config.quorum_ppm = self.quorum_ppm;
        config.quorum_floor = self.quorum_floor;
        config.case_bond = self.case_bond;
        config.appeal_bond = self.appeal_bond;
        config.treasury = self.treasury;
        config.pending_authority = self.pending_authority;
        config.invariant()
    }
}

#[event_cpi]
#[derive(Accounts)]
pub struct Initialize {
    pub upgrade_authority: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    /// CHECK: made here.
    #[account(mut)]
    pub config: UncheckedAccount,
    /// CHECK: its address and owner are checked.
    pub program_data: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - Signed by the program's upgrade authority, as its ProgramData account says.
/// - Makes the config, once, with `authority` as its authority; all settings are within their bounds.
/// - Bonds are paid in the reward program's token.
pub fn initialize(
    ctx: &mut Context<Initialize>,
    authority: Address,
    args: ConfigArgs,
) -> Result<()> {
    let accounts = &ctx.accounts;
    let key = accounts.upgrade_authority.address();
    require!(
        upgrade::is_authority(&crate::ID, accounts.program_data.account(), key),
        DaoError::NotUpgradeAuthority
    );
    let payer = Payer::new(accounts.payer.account())?;
    let (mut config, bump) = payer.init::<Config>(accounts.config.account(), &[CONFIG_SEED])?;
    config.layout = LAYOUT;
    config.bump = bump;
    config.authority = authority;
    config.mint = find_program_address(&[reward::constants::TOKEN_SEED], &REWARD_ID).0;
    config.rent_payer = *payer.address();
    args.apply(&mut config)?;
    config.advance()?;
    let head = EntityHead {
        address: *accounts.config.address(),
    };
    emitter!(ctx).state::<ConfigInitializedV1>(&head, &config);
    Ok(())
}

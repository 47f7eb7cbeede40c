use anchor_lang::prelude::*;
use common::{emitter, pda::Payer, upgrade};

use crate::{
    constants::{CONFIG_SEED, LAYOUT},
    error::EscrowError,
    events::{ConfigInitializedV1, EntityHead},
    state::Config,
};

/// Settings that the config's authority may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct ConfigArgs {
    /// Refuse new orders.
    pub paused: bool,
    /// Take orders of listings that no publisher claimed.
    pub allow_unclaimed: bool,
    /// In parts per million of the seller's part; at most 100,000.
    pub fee_ppm: u32,
    /// Seconds; 60 to 30 days.
    pub delivery_window: u32,
    /// Seconds; 60 to 30 days.
    pub dispute_window: u32,
    /// Seconds until anyone may let a dispute lapse; a day to 180 days.
    pub arbitration_period: u32,
    /// A dispute's bond, in ppm of what it contests; 1 to 200,000.
    pub bond_ppm: u32,
    /// The wallet whose associated token accounts fees are withdrawn to.
    pub treasury: Address,
    /// Who may take over the config; all zero for nobody.
    pub pending_authority: Address,
}

impl ConfigArgs {
    /// The settings as they are.
    pub fn of(config: &Config) -> Self {
        Self {
            paused: config.paused != 0,
            allow_unclaimed: config.allow_unclaimed != 0,
            fee_ppm: config.fee_ppm,
            delivery_window: config.delivery_window,
            dispute_window: config.dispute_window,
            arbitration_period: config.arbitration_period,
            bond_ppm: config.bond_ppm,
            treasury: config.treasury,
            pending_authority: config.pending_authority,
        }
    }

    /// Writes the settings, and fails with `FeeTooHigh`, `WindowOutOfBounds`, `TreasuryMissing`,
    /// `ArbitrationOutOfBounds` or `BondOutOfBounds`.
    pub fn apply(&self, config: &mut Config) -> Result<()> {
        config.paused = u8::from(self.paused);
        config.allow_unclaimed = u8::from(self.allow_unclaimed);
        config.fee_ppm = self.fee_ppm;
        config.delivery_window = self.delivery_window;
        config.dispute_window = self.dispute_window;
        config.arbitration_period = self.arbitration_period;
        config.bond_ppm = self.bond_ppm;
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

impl Initialize {
    fn validate(&self) -> Result<()> {
        let key = self.upgrade_authority.address();
        require!(
            upgrade::is_authority(&crate::ID, self.program_data.account(), key),
            EscrowError::NotUpgradeAuthority
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the program's upgrade authority, as its ProgramData account says.
/// - Makes the config, once, with `authority` as its authority and the network's genesis hash.
/// - Fee and windows are within their bounds.
pub fn initialize(
    ctx: &mut Context<Initialize>,
    authority: Address,
    genesis_hash: [u8; 32],
    args: ConfigArgs,
) -> Result<()> {
    ctx.accounts.validate()?;
    let accounts = &ctx.accounts;
    let payer = Payer::new(accounts.payer.account())?;
    let (mut config, bump) = payer.init::<Config>(accounts.config.account(), &[CONFIG_SEED])?;
    config.layout = LAYOUT;
    config.bump = bump;
    config.authority = authority;
    config.genesis_hash = genesis_hash;
    config.rent_payer = *payer.address();
    args.apply(&mut config)?;
    config.advance()?;
    let head = EntityHead {
        address: *accounts.config.address(),
    };
    emitter!(ctx).state::<ConfigInitializedV1>(&head, &config);
    Ok(())
}

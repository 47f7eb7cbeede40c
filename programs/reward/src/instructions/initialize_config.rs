use anchor_lang::{Id, pinocchio::sysvars::Sysvar, prelude::*, programs::Token};
use common::{
    emitter,
    pda::Payer,
    token::{self, Supply},
    upgrade,
};

use crate::{
    constants::{CONFIG_SEED, DECIMALS, EMISSION_SEED, LAYOUT, STAKE_SEED, TOKEN_SEED, VAULT_SEED},
    error::RewardError,
    events::{ConfigInitializedV1, InitializedHead},
    state::{Config, Emission, Stake},
};

/// What never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct Terms {
    /// Most that is ever minted, in base units.
    pub cap: u64,
    /// What an epoch emits before the first halving, in base units.
    pub first_emission: u64,
    /// Seconds; an hour to 30 days.
    pub epoch_length: u32,
    /// Epochs after which emission halves; 1 to 10,000.
    pub halving: u32,
}

/// Settings that the config's authority may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct ConfigArgs {
    /// Refuse new points, positions and attestations.
    pub paused: bool,
    /// The buyer's share of what a fee credits, in ppm; at most 1,000,000.
    pub buyer_share_ppm: u32,
    /// Seconds from a requested unlock to the withdrawal; 15 to 90 days.
    pub cooling: u32,
    /// Seconds to claim what an epoch brought; 30 to 366 days.
    pub claim_window: u32,
    /// Least stake of an attestation, in base units; not 0.
    pub min_stake: u64,
    /// Who may take over the config; all zero for nobody.
    pub pending_authority: Address,
}

impl ConfigArgs {
    /// The settings as they are.
    pub fn of(config: &Config) -> Self {
        Self {
            paused: config.paused != 0,
            buyer_share_ppm: config.buyer_share_ppm,
            cooling: config.cooling,
            claim_window: config.claim_window,
            min_stake: config.min_stake,
            pending_authority: config.pending_authority,
        }
    }

    /// Writes the settings, and fails as [`Config::invariant`] does.
    pub fn apply(&self, config: &mut Config) -> Result<()> {
        config.paused = u8::from(self.paused);
        config.buyer_share_ppm = self.buyer_share_ppm;
        config.cooling = self.cooling;
        config.claim_window = self.claim_window;
        config.min_stake = self.min_stake;
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
    /// CHECK: made here.
    #[account(mut)]
    pub emission: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub stake: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub mint: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// CHECK: its address and owner are checked.
    pub program_data: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

impl Initialize {
    fn validate(&self) -> Result<()> {
        let key = self.upgrade_authority.address();
        require!(
            upgrade::is_authority(&crate::ID, self.program_data.account(), key),
            RewardError::NotUpgradeAuthority
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the program's upgrade authority, as its ProgramData account says.
/// - Makes, once, the config with `authority` as its authority, the emission, the stake, the token, whose authority is the
///   config and which nobody can freeze, and the vault.
/// - All settings are within their bounds, and what is ever emitted is within the cap. Epoch 0 begins now.
pub fn initialize(
    ctx: &mut Context<Initialize>,
    authority: Address,
    terms: Terms,
    args: ConfigArgs,
) -> Result<()> {
    ctx.accounts.validate()?;
    let accounts = &ctx.accounts;
    let payer = Payer::new(accounts.payer.account())?;
    let (mint, vault) = (accounts.mint.account(), accounts.vault.account());
    let (mut config, bump) = payer.init::<Config>(accounts.config.account(), &[CONFIG_SEED])?;
    let owner = *accounts.config.address();
    Supply::create(&payer, mint, DECIMALS, &owner, &crate::ID, &[TOKEN_SEED])?;
    let (program, seeds) = (Token::id(), [VAULT_SEED]);
    token::create_at_pda(&payer, vault, mint, &owner, &program, &crate::ID, &seeds)?;
    config.layout = LAYOUT;
    config.bump = bump;
    config.decimals = DECIMALS;
    config.authority = authority;
    config.mint = *mint.address();
    config.vault = *vault.address();
    config.rent_payer = *payer.address();
    config.starts_at = Clock::get()?.unix_timestamp;
    config.cap = terms.cap;
    config.first_emission = terms.first_emission;
    config.epoch_length = terms.epoch_length;
    config.halving = terms.halving;
    args.apply(&mut config)?;
    config.advance()?;
    let (mut emission, bump) =
        payer.init::<Emission>(accounts.emission.account(), &[EMISSION_SEED])?;
    emission.layout = LAYOUT;
    emission.bump = bump;
    emission.rent_payer = *payer.address();
    emission.advance()?;
    let (mut stake, bump) = payer.init::<Stake>(accounts.stake.account(), &[STAKE_SEED])?;
    stake.layout = LAYOUT;
    stake.bump = bump;
    stake.rent_payer = *payer.address();
    stake.advance()?;
    let head = InitializedHead {
        address: owner,
        emission_address: *emission.address(),
        stake_address: *stake.address(),
        emission: *emission,
        stake: *stake,
    };
    emitter!(ctx).state::<ConfigInitializedV1>(&head, &config);
    Ok(())
}

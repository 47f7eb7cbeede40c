//! What proposals do: their arguments and bounds, checked when they are proposed, and the calls that carry them out.
//!
//! What an action changes, its target, is fixed with its arguments. Of the accounts of a call the target and the dao's
//! authority are compared here; the others are what the called program asks for, and it refuses any other.

pub mod call;
mod guardians;
mod transfer;
mod upgrade;

use anchor_lang::{
    BORSH_CONFIG, BorshConfig,
    accounts::{Account, SlabSchema},
    address_eq,
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
use common::token;
use escrow::{
    instructions::ConfigArgs as EscrowArgs,
    state::{Config as EscrowConfig, MintConfig},
};
use listing::{
    constants::MAX_ROYALTY_PPM,
    state::{Config as ListingConfig, Listing, Profile},
};
use reward::{instructions::ConfigArgs as RewardArgs, state::Config as RewardConfig};
use wincode::SchemaRead;

pub use {
    call::{Authority, Call, program_id},
    guardians::Guardians,
    transfer::Transfer,
    upgrade::Upgrade,
};

use crate::{
    error::DaoError,
    instructions::{ConfigArgs, GovernanceArgs},
    state::{Config, Governance, Proposal, action},
};

/// An action before it is a proposal.
#[derive(Clone, Copy)]
pub struct Action<'a> {
    /// One of [`action`].
    pub kind: u8,
    pub arguments: &'a [u8],
    pub target: &'a AccountView,
}

impl Action<'_> {
    /// Errors with `NoSuchAction`, `PayloadMalformed`, `WrongTarget`, `ActionOutOfBounds` unless it could be carried out as
    /// things are.
    // Not inlined: its copies of settings would lie in the stack of what calls it.
    #[inline(never)]
    pub fn check(&self, governance: &Governance) -> Result<()> {
        let nobody = Address::default();
        match self.kind {
            action::UPDATE_DAO => {
                let args: ConfigArgs = self.read()?;
                load::<Config>(self.target)?;
                // Its bounds depend on nothing but themselves, and so do escrow's.
                let applied = args.apply(&mut Config::zeroed());
                within(applied.is_ok() && args.pending_authority == nobody)
            }
            action::UPDATE_GOVERNANCE => {
                let args: GovernanceArgs = self.read()?;
                self.check_own(governance)?;
                within(args.check(governance.handover_floor).is_ok())
            }
            action::UPDATE_LISTING => {
                let (_, pending): (bool, Address) = self.read()?;
                load::<ListingConfig>(self.target)?;
                within(pending == nobody)
            }
            action::UPDATE_ESCROW => {
                let args: EscrowArgs = self.read()?;
                load::<EscrowConfig>(self.target)?;
                let applied = args.apply(&mut EscrowConfig::zeroed());
                // Once the fees are the treasury's, they leave it by the quarter.
                let treasury = !governance.is_handed_over()
                    || address_eq(&args.treasury, &governance.authority);
                within(applied.is_ok() && args.pending_authority == nobody && treasury)
            }
            action::UPDATE_REWARD => {
                let args: RewardArgs = self.read()?;
                let mut settings = *load::<RewardConfig>(self.target)?;
                let applied = args.apply(&mut settings);
                within(applied.is_ok() && args.pending_authority == nobody)
            }
            action::ALLOW_MINT => {
                let _: u64 = self.read()?;
                self.check_mint()
            }
            action::UPDATE_MINT => {
                let _: (bool, u64) = self.read()?;
                load::<MintConfig>(self.target)?;
                Ok(())
            }
            action::SET_RATE => {
                let (rate, price): (u64, u64) = self.read()?;
                self.check_mint()?;
                within(reward::math::is_within_half(rate, price))
            }
            action::VERIFY => {
                let (verified, name_hash): (bool, [u8; 32]) = self.read()?;
                let profile = load::<Profile>(self.target)?;
                within(!verified || profile.is_named(&name_hash))
            }
            action::SET_DEFAULT_ROYALTY => {
                let royalty_ppm: u32 = self.read()?;
                load::<ListingConfig>(self.target)?;
                within(royalty_ppm <= MAX_ROYALTY_PPM)
            }
            action::SUSPEND => {
                let _: bool = self.read()?;
                load::<Listing>(self.target)?;
                Ok(())
            }
            action::SET_GUARDIANS => {
                let args: Guardians = self.read()?;
                self.check_own(governance)?;
                within(args.check().is_ok())
            }
            action::TRANSFER => {
                let args: Transfer = self.read()?;
                args.check(self.target, governance)
            }
            action::UPGRADE => {
                let args: Upgrade = self.read()?;
                args.check(self.target, governance)
            }
            _ => Err(DaoError::NoSuchAction.into()),
        }
    }

    fn read<T>(&self) -> Result<T>
    where
        T: for<'de> SchemaRead<'de, BorshConfig, Dst = T>,
    {
        read(self.arguments)
    }

    fn check_own(&self, governance: &Governance) -> Result<()> {
        require!(
            address_eq(self.target.address(), &governance.authority),
            DaoError::WrongTarget
        );
        Ok(())
    }

    fn check_mint(&self) -> Result<()> {
        require!(
            token::clean_mint(self.target).is_some(),
            DaoError::WrongTarget
        );
        Ok(())
    }
}

/// An account of ours, whichever of our programs' it is. Fails with `WrongTarget`.
pub fn load<T>(view: &AccountView) -> Result<Account<T>>
where
    T: Pod + Zeroable + SlabSchema,
{
    Account::load(*view).map_err(|_| DaoError::WrongTarget.into())
}

fn within(bounds: bool) -> Result<()> {
    require!(bounds, DaoError::ActionOutOfBounds);
    Ok(())
}

/// An action's arguments, as a call of the program that they are for carries them, with nothing after them.
fn read<T>(arguments: &[u8]) -> Result<T>
where
    T: for<'de> SchemaRead<'de, BorshConfig, Dst = T>,
{
    wincode::config::deserialize_exact(arguments, BORSH_CONFIG)
        .map_err(|_| DaoError::PayloadMalformed.into())
}

/// What carrying an action out needs besides it.
pub struct Execution<'a> {
    pub authority: Authority<'a>,
    /// Who carries it out, and pays rent for what is made.
    pub payer: &'a AccountView,
    /// The call's accounts without these two, in order.
    pub further: &'a [AccountView],
}

/// Carries an action out, or fails and with it the whole transaction. What guardians have paused and the action decides on
/// is their affair no more.
pub fn carry_out(
    proposal: &Proposal,
    governance: &mut Governance,
    execution: &Execution<'_>,
) -> Result<()> {
    let arguments = proposal.arguments();
    if let Some(call) = Call::of(proposal.action) {
        if let Some(program) = call.replaces() {
            governance.supersede(program);
        }
        return call.make(arguments, &proposal.target, execution);
    }
    match proposal.action {
        action::TRANSFER => read::<Transfer>(arguments)?.make(proposal, governance, execution),
        action::UPGRADE => read::<Upgrade>(arguments)?.make(proposal, governance, execution),
        _ => {
            require!(execution.further.is_empty(), DaoError::WrongAccount);
            match proposal.action {
                action::SET_GUARDIANS => read::<Guardians>(arguments)?.apply(governance),
                _ => read::<GovernanceArgs>(arguments)?.apply(governance),
            }
        }
    }
}

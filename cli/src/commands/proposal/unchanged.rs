//! Whether a proposal would change anything.

use anyhow::{Result, bail};
use dao::{
    actions::{self as on_dao, Guardians},
    instructions::{ConfigArgs as CourtArgs, GovernanceArgs},
};
use escrow::{
    instructions::ConfigArgs as EscrowArgs,
    state::{Config as EscrowConfig, MintConfig},
};
use listing::state::{Config as ListingConfig, Listing, Profile, status};
use pedigree_sdk::{instructions::dao::Action, pda};
use reward::{
    instructions::ConfigArgs as RewardArgs,
    state::{Config as RewardConfig, Rate},
};
use solana_program::pubkey::Pubkey;

use super::{governance, upgrade};
use crate::session::Session;

/// Errors with `NothingChanges` where everything is already what the action would make it: a vote on that is a mistake.
pub async fn refuse(session: &Session, action: &Action) -> Result<()> {
    let same = match *action {
        Action::UpdateDao(args) => {
            let now = session.account(&pda::dao_config().0).await?;
            args == CourtArgs {
                pending_authority: Pubkey::default(),
                ..CourtArgs::of(&now)
            }
        }
        Action::UpdateGovernance(args) => {
            let now = governance(session).await?;
            args == GovernanceArgs {
                voting_period: now.voting_period,
                quorum_ppm: now.quorum_ppm,
                quorum_floor: now.quorum_floor,
                threshold_ppm: now.threshold_ppm,
                deposit: now.deposit,
            }
        }
        Action::UpdateListing { paused } => {
            let now = session
                .account::<ListingConfig>(&pda::listing_config().0)
                .await?;
            (now.paused != 0) == paused
        }
        Action::UpdateEscrow(args) => {
            let now = session
                .account::<EscrowConfig>(&pda::escrow_config().0)
                .await?;
            args == EscrowArgs {
                pending_authority: Pubkey::default(),
                ..EscrowArgs::of(&now)
            }
        }
        Action::UpdateReward(args) => {
            let now = session
                .account::<RewardConfig>(&pda::reward_config().0)
                .await?;
            args == RewardArgs {
                pending_authority: Pubkey::default(),
                ..RewardArgs::of(&now)
            }
        }
        Action::UpdateMint {
            mint,
            enabled,
            max_deposit,
        } => {
            let now = session
                .account::<MintConfig>(&pda::mint_config(&mint).0)
                .await?;
            (now.enabled != 0, now.max_deposit) == (enabled, max_deposit)
        }
        Action::SetRate { mint, rate, price } => {
            let now = session.find::<Rate>(&pda::rate(&mint).0).await?;
            now.is_some_and(|now| (now.rate, now.price) == (rate, price))
        }
        Action::Verify {
            publisher,
            verified,
            ..
        } => {
            let now = session
                .account::<Profile>(&pda::profile(&publisher).0)
                .await?;
            (now.verified != 0) == verified
        }
        Action::Suspend { listing, suspends } => {
            let now = session.account::<Listing>(&listing).await?;
            (now.status == status::SUSPENDED) == suspends
        }
        Action::SetDefaultRoyalty { royalty_ppm } => {
            let now = session
                .account::<ListingConfig>(&pda::listing_config().0)
                .await?;
            now.default_royalty_ppm == royalty_ppm
        }
        Action::SetGuardians(Guardians {
            mut keys,
            threshold,
        }) => {
            let mut now = governance(session).await?;
            // In which order they stand says nothing.
            keys.sort_unstable();
            now.guardians.sort_unstable();
            (keys, threshold) == (now.guardians, now.guardian_threshold)
        }
        Action::Upgrade {
            buffer,
            upgrade: on_dao::Upgrade { program, .. },
        } => upgrade::is_same(session, program, &buffer).await?,
        _ => false,
    };
    match (same, action) {
        (false, _) => Ok(()),
        (true, Action::Upgrade { .. }) => {
            bail!("NothingChanges: --buffer: this is the code that runs already")
        }
        (true, _) => bail!(
            "NothingChanges: everything is as this would make it: name a setting that is to change"
        ),
    }
}

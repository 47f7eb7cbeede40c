//! How programs change hands.

use anyhow::{Result, bail};
use clap::Args;
use dao::{
    instructions::ConfigArgs as CourtArgs,
    state::{Config as CourtConfig, program},
};
use escrow::{instructions::ConfigArgs as EscrowArgs, state::Config as EscrowConfig};
use listing::state::Config as ListingConfig;
use pedigree_localnet::deploy::give_upgrades;
use pedigree_sdk::{
    instructions::{
        dao as on_dao, escrow as on_escrow, listing as on_listing, reward as on_reward,
    },
    pda,
};
use reward::{instructions::ConfigArgs as RewardArgs, state::Config as RewardConfig};
use serde_json::Value;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    Which,
    owners::{Owned, Owners},
};
use crate::{
    commands::wallet::{Signing, Wallet, with_sent},
    session::Session,
};

#[derive(Debug, Args)]
pub struct Offer {
    #[command(flatten)]
    which: Which,
    /// Who may take them over; the dao unless given.
    #[arg(long, value_name = "NAME|ADDRESS")]
    to: Option<String>,
    /// Take the offer back.
    #[arg(long, conflicts_with = "to")]
    withdraw: bool,
    /// Have escrow's fees go to the dao's treasury, from now on.
    #[arg(long, conflicts_with_all = ["to", "withdraw"])]
    fees: bool,
    #[command(flatten)]
    signing: Signing,
}

pub async fn offer(options: Offer) -> Result<Value> {
    let wallet = options.signing.open("authority").await?;
    let session = &wallet.session;
    let owners = Owners::read(session).await?;
    let (own, dao) = (wallet.address(), owners.dao());
    let to = match &options.to {
        Some(name) => session.address(name)?,
        None if options.withdraw => Pubkey::default(),
        None => dao,
    };
    // What the dao has it does not give away.
    let chosen = choose(&owners, &options.which, |owned| owned.authority != dao)?;
    let fees = options.fees.then_some(dao);
    if fees.is_some() && chosen.iter().all(|owned| owned.program != program::ESCROW) {
        bail!("--fees: escrow is not among the programs that are offered");
    }
    let mut instructions = Vec::new();
    for owned in chosen {
        if owned.authority != own {
            bail!(
                "NotConfigAuthority: {}'s settings are {}'s, and {own} signs",
                owned.name(),
                owned.authority
            );
        }
        instructions.push(offered(session, owned.program, &own, to, fees).await?);
    }
    send(&wallet, &instructions).await
}

/// What offers a program's settings, which else stay as they are.
async fn offered(
    session: &Session,
    which: u8,
    by: &Pubkey,
    to: Pubkey,
    fees: Option<Pubkey>,
) -> Result<Instruction> {
    Ok(match which {
        program::LISTING => {
            let now = session
                .account::<ListingConfig>(&pda::listing_config().0)
                .await?;
            on_listing::update_config(*by, now.paused != 0, to)
        }
        program::ESCROW => {
            let now = session
                .account::<EscrowConfig>(&pda::escrow_config().0)
                .await?;
            let now = EscrowArgs::of(&now);
            let args = EscrowArgs {
                treasury: fees.unwrap_or(now.treasury),
                pending_authority: to,
                ..now
            };
            on_escrow::update_config(by, args)
        }
        program::REWARD => {
            let now = session
                .account::<RewardConfig>(&pda::reward_config().0)
                .await?;
            let args = RewardArgs {
                pending_authority: to,
                ..RewardArgs::of(&now)
            };
            on_reward::update_config(by, args)
        }
        _ => {
            let now = session.account::<CourtConfig>(&pda::dao_config().0).await?;
            let args = CourtArgs {
                pending_authority: to,
                ..CourtArgs::of(&now)
            };
            on_dao::update_config(by, args)
        }
    })
}

#[derive(Debug, Args)]
pub struct Accept {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    signing: Signing,
}

pub async fn accept(options: Accept) -> Result<Value> {
    let wallet = options.signing.open("authority").await?;
    let owners = Owners::read(&wallet.session).await?;
    let (own, dao) = (wallet.address(), owners.dao());
    let takes = |owned: &Owned| owned.pending == Some(dao) || owned.pending == Some(own);
    let chosen = choose(&owners, &options.which, takes)?;
    let mut instructions = Vec::new();
    for owned in chosen {
        let name = owned.name();
        instructions.push(match owned.pending {
            Some(pending) if pending == dao => on_dao::accept_authority(owned.program),
            Some(pending) if pending == own => accepted(owned.program, &own),
            Some(pending) => bail!(
                "NotPendingAuthority: {name}'s settings are offered to {pending}, and {own} signs"
            ),
            None => bail!(
                "NotPendingAuthority: {name}'s settings are offered to nobody: `pedigree deploy offer {name}`"
            ),
        });
    }
    send(&wallet, &instructions).await
}

fn accepted(which: u8, own: &Pubkey) -> Instruction {
    match which {
        program::LISTING => on_listing::accept_config_authority(*own),
        program::ESCROW => on_escrow::accept_config_authority(own),
        program::REWARD => on_reward::accept_config_authority(own),
        _ => on_dao::accept_config_authority(own),
    }
}

#[derive(Debug, Args)]
pub struct GiveUpgrades {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    signing: Signing,
}

pub async fn upgrades(options: GiveUpgrades) -> Result<Value> {
    let wallet = options.signing.open("deployer").await?;
    let owners = Owners::read(&wallet.session).await?;
    let (own, dao) = (wallet.address(), owners.dao());
    let chosen = choose(&owners, &options.which, |owned| owned.upgrades != Some(dao))?;
    let mut instructions = Vec::new();
    for owned in chosen {
        if owned.upgrades != Some(own) {
            let whose = owned
                .upgrades
                .map_or("nobody".to_owned(), |key| key.to_string());
            bail!(
                "NotUpgradeAuthority: {whose} upgrades {}, and {own} signs",
                owned.name()
            );
        }
        if owned.authority != dao {
            bail!(
                "{name}'s settings are not the dao's yet, and whoever upgrades it could still mend what goes wrong with them: `pedigree deploy offer {name}` first",
                name = owned.name()
            );
        }
        let program = on_dao::program_address(owned.program);
        instructions.push(give_upgrades(&program, &own, &dao));
    }
    send(&wallet, &instructions).await
}

/// The programs that the command line names, or else all that `is_about` holds of; there is one.
fn choose<'a>(
    owners: &'a Owners,
    which: &Which,
    is_about: impl Fn(&Owned) -> bool,
) -> Result<Vec<&'a Owned>> {
    let all = owners.programs.iter();
    let chosen: Vec<&Owned> = match which.programs.is_empty() {
        true => all.filter(|owned| is_about(owned)).collect(),
        false => all
            .filter(|owned| which.programs.contains(&owned.program))
            .collect(),
    };
    if chosen.is_empty() {
        bail!("there is nothing to do for any of the programs: look at `pedigree deploy status`");
    }
    Ok(chosen)
}

/// Sends, and says whose everything is afterwards.
async fn send(wallet: &Wallet, instructions: &[Instruction]) -> Result<Value> {
    let sent = wallet.send(instructions).await?;
    let owners = Owners::read(&wallet.session).await?;
    Ok(with_sent(owners.told(&wallet.session).await?, &sent))
}

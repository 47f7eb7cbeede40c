//! `pedigree deploy`.

mod buffer;
mod give;
mod owners;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use dao::state::Governance;
use pedigree_sdk::{instructions::dao as instruction, pda};
use serde_json::{Value, json};

use super::{
    Target, values,
    wallet::{Signing, with_sent},
};
use owners::Owners;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Offer the settings of programs to the dao, or to another key, as their authority. They are as before until that
    /// accepts them; for the dao anyone accepts, at once if they like, and nothing gives them back.
    Offer(give::Offer),
    /// Take over settings that were offered: for the dao as anyone, for a wallet as that one.
    Accept(give::Accept),
    /// Give the upgrades of programs whose settings are the dao's to it, as who may upgrade them now. From then on only a
    /// proposal does, and nothing else gives them back.
    GiveUpgrades(give::GiveUpgrades),
    /// Write the new code of a program to a buffer of the dao's: what `pedigree proposal propose upgrade` is then about.
    WriteBuffer(buffer::WriteBuffer),
    /// End the steward's office for ever, as anyone, once everything is the dao's and enough weight is locked.
    HandOver(HandOver),
    /// Whose the programs are, and what the hand-over still needs.
    Status(Status),
}

/// Some of the programs.
#[derive(Debug, Args)]
pub struct Which {
    /// listing, escrow, reward or dao; all that it is about unless given.
    #[arg(value_name = "PROGRAM", value_parser = values::program)]
    programs: Vec<u8>,
}

#[derive(Debug, Args)]
pub struct HandOver {
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Offer(options) => give::offer(options).await,
        Command::Accept(options) => give::accept(options).await,
        Command::GiveUpgrades(options) => give::upgrades(options).await,
        Command::WriteBuffer(options) => buffer::write(options).await,
        Command::HandOver(options) => hand_over(options).await,
        Command::Status(options) => {
            let session = options.target.session().await?;
            Owners::read(&session).await?.told(&session).await
        }
    }
}

async fn hand_over(options: HandOver) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let session = &wallet.session;
    let missing = Owners::read(session).await?.missing(session).await?;
    if !missing.is_empty() {
        bail!("no hand-over yet: {}", missing.join("; "));
    }
    let sent = wallet.send(&[instruction::hand_over()]).await?;
    let governance = session.account::<Governance>(&pda::governance().0).await?;
    let handed = json!({
        "dao": governance.authority.to_string(),
        "handed_over_at": pedigree_sdk::render::rfc3339(governance.handed_over_at),
    });
    Ok(with_sent(handed, &sent))
}

//! Whose programs, settings and fees are.

use anyhow::{Context, Result, bail};
use dao::state::{Config as CourtConfig, Governance, program};
use escrow::state::Config as EscrowConfig;
use listing::state::Config as ListingConfig;
use pedigree_localnet::deploy::upgrade_authority;
use pedigree_sdk::{
    fetch, instructions::dao::program_address, names::PROGRAM, pda, render::rfc3339,
};
use reward::state::{Config as RewardConfig, Stake};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::session::Session;

/// All of the programs.
pub const ALL: [u8; 4] = [
    program::LISTING,
    program::ESCROW,
    program::REWARD,
    program::DAO,
];

/// A program, and who may change its settings and its code.
pub struct Owned {
    /// One of [`program`].
    pub program: u8,
    pub authority: Pubkey,
    /// Who was offered the settings.
    pub pending: Option<Pubkey>,
    pub upgrades: Option<Pubkey>,
}

impl Owned {
    pub fn name(&self) -> &'static str {
        PROGRAM.name(self.program).unwrap_or("unknown")
    }
}

/// Everything that a hand-over asks for.
pub struct Owners {
    /// In the order of [`ALL`].
    pub programs: Vec<Owned>,
    /// Escrow's.
    treasury: Pubkey,
    governance: Governance,
}

impl Owners {
    pub async fn read(session: &Session) -> Result<Self> {
        let governance = session.find::<Governance>(&pda::governance().0).await?;
        let governance = governance.context("there is no dao on this network yet")?;
        let listing: ListingConfig = session.account(&pda::listing_config().0).await?;
        let escrow: EscrowConfig = session.account(&pda::escrow_config().0).await?;
        let reward: RewardConfig = session.account(&pda::reward_config().0).await?;
        let court: CourtConfig = session.account(&pda::dao_config().0).await?;
        let settings = [
            (listing.authority, listing.pending_authority),
            (escrow.authority, escrow.pending_authority),
            (reward.authority, reward.pending_authority),
            (court.authority, court.pending_authority),
        ];
        let data = ALL.map(|which| pda::program_data(&program_address(which)).0);
        let data = fetch::raw_many(&session.rpc, &data).await?;
        let programs = ALL.into_iter().zip(settings).zip(data);
        let programs = programs.map(|((program, (authority, pending)), data)| Owned {
            program,
            authority,
            pending: Some(pending).filter(|pending| *pending != Pubkey::default()),
            upgrades: data.and_then(|(_, bytes)| upgrade_authority(&bytes)),
        });
        // What signs for the dao follows from the program's address: a node that says otherwise is not to be given anything.
        if governance.authority != pda::dao_authority().0 {
            bail!(
                "the node says that {} signs for the dao, which it does not: ask another node",
                governance.authority
            );
        }
        Ok(Self {
            programs: programs.collect(),
            treasury: escrow.treasury,
            governance,
        })
    }

    /// What signs for the dao.
    pub fn dao(&self) -> Pubkey {
        self.governance.authority
    }

    /// What the hand-over still needs, each with what does it.
    pub async fn missing(&self, session: &Session) -> Result<Vec<String>> {
        let dao = self.dao();
        let mut missing = Vec::new();
        for owned in &self.programs {
            let name = owned.name();
            match owned.pending {
                Some(pending) if pending == dao => missing.push(format!(
                    "{name}'s settings are offered to the dao: `pedigree deploy accept {name}`"
                )),
                Some(pending) => missing.push(format!(
                    "{name}'s settings are offered to {pending}: `pedigree deploy offer {name}`"
                )),
                None if owned.authority != dao => missing.push(format!(
                    "{name}'s settings are {}'s: `pedigree deploy offer {name}`",
                    owned.authority
                )),
                None => {}
            }
            if owned.upgrades != Some(dao) {
                missing.push(format!(
                    "{name}'s upgrades are {}: `pedigree deploy give-upgrades {name}`",
                    owned
                        .upgrades
                        .map_or_else(|| "nobody's".to_owned(), |key| format!("{key}'s"))
                ));
            }
        }
        if self.treasury != dao {
            missing.push(format!(
                "escrow's fees go to {}: `pedigree deploy offer escrow --fees`, or a proposal",
                self.treasury
            ));
        }
        let (settled, floor) = (settled(session).await?, self.governance.handover_floor);
        if settled < floor {
            missing.push(format!(
                "{settled} of {floor} base units were locked all of this week and the last one"
            ));
        }
        Ok(missing)
    }

    pub async fn told(&self, session: &Session) -> Result<Value> {
        let programs = self.programs.iter().map(|owned| {
            json!({
                "program": owned.name(),
                "authority": owned.authority.to_string(),
                "pending_authority": owned.pending.map(|key| key.to_string()),
                "upgrade_authority": owned.upgrades.map(|key| key.to_string()),
            })
        });
        let programs: Vec<Value> = programs.collect();
        let handed = self.governance.handed_over_at;
        let is_over = self.governance.is_handed_over();
        let missing = match is_over {
            true => Vec::new(),
            false => self.missing(session).await?,
        };
        Ok(json!({
            "dao": self.dao().to_string(),
            "steward": (!is_over).then(|| self.governance.steward.to_string()),
            "handed_over_at": is_over.then(|| rfc3339(handed)),
            "settled_weight": settled(session).await?.to_string(),
            "handover_floor": self.governance.handover_floor.to_string(),
            "treasury": self.treasury.to_string(),
            "programs": programs,
            "missing": missing,
        }))
    }
}

/// What was active all of this week and the last one.
async fn settled(session: &Session) -> Result<u64> {
    let stake = session.account::<Stake>(&pda::stake().0).await?;
    Ok(stake.settled(fetch::time(&session.rpc).await?))
}

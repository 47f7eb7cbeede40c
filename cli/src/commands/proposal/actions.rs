//! Actions as the command line says them.

use anyhow::{Result, bail};
use clap::Args;
use dao::{
    actions as on_dao,
    constants::MAX_GUARDIANS,
    instructions::{ConfigArgs as CourtArgs, GovernanceArgs},
};
use escrow::{instructions::ConfigArgs, state::MintConfig};
use listing::state::Profile;
use pedigree_sdk::{instructions::dao::Action, pda};
use reward::instructions::ConfigArgs as RewardArgs;
use solana_program::pubkey::Pubkey;

use super::governance;
use crate::commands::{values, wallet::Wallet};

#[derive(Debug, Args)]
pub struct Escrow {
    /// Of a seller's part, in ppm; at most 100,000.
    #[arg(long, value_name = "PPM")]
    fee_ppm: Option<u32>,
    /// Time to deliver: seconds, or a number with m, h or d; 60 to 30d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    delivery_window: Option<u32>,
    /// Time to dispute what was delivered; 60 to 30d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    dispute_window: Option<u32>,
    /// Time for a ruling; 1d to 180d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    arbitration_period: Option<u32>,
    /// A dispute's bond, in ppm of what it contests; 1 to 200,000.
    #[arg(long, value_name = "PPM")]
    bond_ppm: Option<u32>,
    /// Whether new orders are refused.
    #[arg(long, value_name = "BOOL")]
    paused: Option<bool>,
    /// Whether listings that no publisher claimed are sold.
    #[arg(long, value_name = "BOOL")]
    allow_unclaimed: Option<bool>,
    /// The wallet that fees are withdrawn to.
    #[arg(long, value_name = "NAME|ADDRESS")]
    treasury: Option<String>,
}

pub async fn escrow(options: Escrow, wallet: &Wallet) -> Result<Action> {
    let config = wallet.session.account(&pda::escrow_config().0).await?;
    let now = ConfigArgs::of(&config);
    let treasury = options.treasury.as_deref();
    let treasury = treasury.map(|name| wallet.session.address(name));
    Ok(Action::UpdateEscrow(ConfigArgs {
        paused: options.paused.unwrap_or(now.paused),
        allow_unclaimed: options.allow_unclaimed.unwrap_or(now.allow_unclaimed),
        fee_ppm: options.fee_ppm.unwrap_or(now.fee_ppm),
        delivery_window: options.delivery_window.unwrap_or(now.delivery_window),
        dispute_window: options.dispute_window.unwrap_or(now.dispute_window),
        arbitration_period: options.arbitration_period.unwrap_or(now.arbitration_period),
        bond_ppm: options.bond_ppm.unwrap_or(now.bond_ppm),
        treasury: treasury.transpose()?.unwrap_or(now.treasury),
        // None can be proposed.
        pending_authority: Pubkey::default(),
    }))
}

#[derive(Debug, Args)]
pub struct Listing {
    /// Whether new listings are refused.
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    paused: bool,
}

pub async fn listing(options: Listing, _: &Wallet) -> Result<Action> {
    Ok(Action::UpdateListing {
        paused: options.paused,
    })
}

#[derive(Debug, Args)]
pub struct Reward {
    /// Whether new points, positions and attestations are refused.
    #[arg(long, value_name = "BOOL")]
    paused: Option<bool>,
    /// The buyer's share of what a fee credits, in ppm; at most 1,000,000.
    #[arg(long, value_name = "PPM")]
    buyer_share_ppm: Option<u32>,
    /// From a requested unlock to the withdrawal: seconds, or a number with m, h or d; 15d to 90d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    cooling: Option<u32>,
    /// Time to claim what an epoch brought; 30d to 366d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    claim_window: Option<u32>,
    /// Least stake of an attestation, in base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    min_stake: Option<u64>,
}

pub async fn reward(options: Reward, wallet: &Wallet) -> Result<Action> {
    let config = wallet.session.account(&pda::reward_config().0).await?;
    let now = RewardArgs::of(&config);
    Ok(Action::UpdateReward(RewardArgs {
        paused: options.paused.unwrap_or(now.paused),
        buyer_share_ppm: options.buyer_share_ppm.unwrap_or(now.buyer_share_ppm),
        cooling: options.cooling.unwrap_or(now.cooling),
        claim_window: options.claim_window.unwrap_or(now.claim_window),
        min_stake: options.min_stake.unwrap_or(now.min_stake),
        // None can be proposed.
        pending_authority: Pubkey::default(),
    }))
}

#[derive(Debug, Args)]
pub struct Court {
    /// Time for evidence: seconds, or a number with m, h or d; 1h to 7d, and 14d with the two below.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    evidence: Option<u32>,
    /// Time to commit a vote; 1h to 7d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    commit: Option<u32>,
    /// Time to reveal it; 1h to 7d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    reveal: Option<u32>,
    /// Time to appeal; 1h to 4d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    appeal: Option<u32>,
    /// Weight that has to be revealed in a first round, in ppm of the active weight; 1 to 200,000.
    #[arg(long, value_name = "PPM")]
    quorum_ppm: Option<u32>,
    /// Weight that has to be revealed in it at least, in base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    quorum_floor: Option<u64>,
    /// Bond of who opens a case that is no order's, in base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    case_bond: Option<u64>,
    /// Bond of a first appeal, in base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    appeal_bond: Option<u64>,
    /// The wallet that donations to disputes' vaults go to.
    #[arg(long, value_name = "NAME|ADDRESS")]
    treasury: Option<String>,
}

pub async fn court(options: Court, wallet: &Wallet) -> Result<Action> {
    let config = wallet.session.account(&pda::dao_config().0).await?;
    let now = CourtArgs::of(&config);
    let treasury = options.treasury.as_deref();
    let treasury = treasury.map(|name| wallet.session.address(name));
    Ok(Action::UpdateDao(CourtArgs {
        evidence: options.evidence.unwrap_or(now.evidence),
        commit: options.commit.unwrap_or(now.commit),
        reveal: options.reveal.unwrap_or(now.reveal),
        appeal: options.appeal.unwrap_or(now.appeal),
        quorum_ppm: options.quorum_ppm.unwrap_or(now.quorum_ppm),
        quorum_floor: options.quorum_floor.unwrap_or(now.quorum_floor),
        case_bond: options.case_bond.unwrap_or(now.case_bond),
        appeal_bond: options.appeal_bond.unwrap_or(now.appeal_bond),
        treasury: treasury.transpose()?.unwrap_or(now.treasury),
        // None can be proposed.
        pending_authority: Pubkey::default(),
    }))
}

#[derive(Debug, Args)]
pub struct Voting {
    /// Time to vote: seconds, or a number with m, h or d; 1d to 14d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    voting_period: Option<u32>,
    /// Weight that has to vote, in ppm of the active weight; 10,000 to 400,000.
    #[arg(long, value_name = "PPM")]
    quorum_ppm: Option<u32>,
    /// Weight that has to vote at least, in base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    quorum_floor: Option<u64>,
    /// Of yes and no, those that have to be yes, in ppm; 500,001 to 900,000.
    #[arg(long, value_name = "PPM")]
    threshold_ppm: Option<u32>,
    /// What who proposes pays in, in base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    deposit: Option<u64>,
}

pub async fn voting(options: Voting, wallet: &Wallet) -> Result<Action> {
    let now = governance(&wallet.session).await?;
    Ok(Action::UpdateGovernance(GovernanceArgs {
        voting_period: options.voting_period.unwrap_or(now.voting_period),
        quorum_ppm: options.quorum_ppm.unwrap_or(now.quorum_ppm),
        quorum_floor: options.quorum_floor.unwrap_or(now.quorum_floor),
        threshold_ppm: options.threshold_ppm.unwrap_or(now.threshold_ppm),
        deposit: options.deposit.unwrap_or(now.deposit),
    }))
}

#[derive(Debug, Args)]
pub struct Allow {
    /// Address of the mint.
    mint: Pubkey,
    /// Most of one order, in base units.
    #[arg(long, value_name = "BASE_UNITS")]
    max_deposit: u64,
}

pub async fn allow(options: Allow, wallet: &Wallet) -> Result<Action> {
    let mint = wallet.session.mint_at(&options.mint).await?;
    Ok(Action::AllowMint {
        mint: options.mint,
        token_program: mint.token_program,
        max_deposit: options.max_deposit,
    })
}

#[derive(Debug, Args)]
pub struct Mint {
    /// Address of the mint; the settlement mint unless given.
    mint: Option<Pubkey>,
    /// Most of one order, in base units.
    #[arg(long, value_name = "BASE_UNITS")]
    max_deposit: Option<u64>,
    /// Whether new orders are taken in it.
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
}

pub async fn mint(options: Mint, wallet: &Wallet) -> Result<Action> {
    let mint = mint_or_own(options.mint, wallet)?;
    let settings = pda::mint_config(&mint).0;
    let now = wallet.session.account::<MintConfig>(&settings).await?;
    Ok(Action::UpdateMint {
        mint,
        enabled: options.enabled.unwrap_or(now.enabled != 0),
        max_deposit: options.max_deposit.unwrap_or(now.max_deposit),
    })
}

#[derive(Debug, Args)]
pub struct Rate {
    /// Address of the mint; the settlement mint unless given.
    mint: Option<Pubkey>,
    /// Points per 10⁶ base units of a fee; 0 credits nothing.
    #[arg(long)]
    rate: u64,
    /// Base units of the mint for 10⁶ of the reward token; 2 × rate × price is at most 10¹².
    #[arg(long, value_name = "BASE_UNITS")]
    price: u64,
}

pub async fn rate(options: Rate, wallet: &Wallet) -> Result<Action> {
    Ok(Action::SetRate {
        mint: mint_or_own(options.mint, wallet)?,
        rate: options.rate,
        price: options.price,
    })
}

#[derive(Debug, Args)]
pub struct Verify {
    /// The publisher's key.
    #[arg(value_name = "NAME|ADDRESS")]
    publisher: String,
    /// Whether it is verified.
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    verified: bool,
}

pub async fn verify(options: Verify, wallet: &Wallet) -> Result<Action> {
    let publisher = wallet.session.address(&options.publisher)?;
    let profile = pda::profile(&publisher).0;
    let profile = wallet.session.account::<Profile>(&profile).await?;
    Ok(Action::Verify {
        publisher,
        verified: options.verified,
        name_hash: profile.name_hash(),
    })
}

#[derive(Debug, Args)]
pub struct DefaultRoyalty {
    /// In millionths of the child's price, 800000 at most.
    #[arg(value_name = "PPM")]
    royalty_ppm: u32,
}

pub async fn default_royalty(options: DefaultRoyalty, _: &Wallet) -> Result<Action> {
    let royalty_ppm = options.royalty_ppm;
    Ok(Action::SetDefaultRoyalty { royalty_ppm })
}

#[derive(Debug, Args)]
pub struct Suspend {
    /// Address of the listing.
    #[arg(value_name = "ADDRESS")]
    listing: Pubkey,
}

pub async fn suspend(options: Suspend, _: &Wallet) -> Result<Action> {
    let listing = options.listing;
    Ok(Action::Suspend {
        listing,
        suspends: true,
    })
}

pub async fn restore(options: Suspend, _: &Wallet) -> Result<Action> {
    let listing = options.listing;
    Ok(Action::Suspend {
        listing,
        suspends: false,
    })
}

#[derive(Debug, Args)]
pub struct Guardians {
    /// A guardian, all of whom these replace; those of now unless given.
    #[arg(long = "guardian", value_name = "NAME|ADDRESS")]
    guardians: Vec<String>,
    /// How many of them sign together; as many as now unless given.
    #[arg(long, value_name = "COUNT")]
    threshold: Option<u8>,
    /// Have no guardians.
    #[arg(long, conflicts_with_all = ["guardians", "threshold"])]
    none: bool,
}

pub async fn guardians(options: Guardians, wallet: &Wallet) -> Result<Action> {
    if options.none {
        return Ok(Action::SetGuardians(together(&[], 0)?));
    }
    let now = governance(&wallet.session).await?;
    let named = options.guardians.iter();
    let mut named = named
        .map(|name| wallet.session.address(name))
        .collect::<Result<Vec<Pubkey>>>()?;
    if named.is_empty() {
        let known = now.guardians.into_iter();
        named = known.filter(|key| *key != Pubkey::default()).collect();
    }
    let threshold = options.threshold.unwrap_or(now.guardian_threshold);
    Ok(Action::SetGuardians(together(&named, threshold)?))
}

/// These keys, so many of which sign together.
fn together(named: &[Pubkey], threshold: u8) -> Result<on_dao::Guardians> {
    let count = named.len();
    if count > MAX_GUARDIANS {
        bail!("--guardian: there are {MAX_GUARDIANS} guardians at most, and {count} are named");
    }
    let mut keys = [Pubkey::default(); MAX_GUARDIANS];
    for (index, (key, name)) in keys.iter_mut().zip(named).enumerate() {
        if *name == Pubkey::default() {
            bail!("--guardian: {name} is nobody's address");
        }
        if named[..index].contains(name) {
            bail!("--guardian: {name} is named twice");
        }
        *key = *name;
    }
    match (count, usize::from(threshold)) {
        (0, 0) => {}
        (0, _) => bail!("--threshold: there are no guardians: name some with --guardian"),
        (_, together) if (1..=count).contains(&together) => {}
        (_, together) => bail!(
            "--threshold: of {count} guardians 1 to {count} may have to sign together, not {together}"
        ),
    }
    Ok(on_dao::Guardians { keys, threshold })
}

#[derive(Debug, Args)]
pub struct Transfer {
    /// The wallet whose associated token account takes it.
    #[arg(long, value_name = "NAME|ADDRESS")]
    to: String,
    /// Base units.
    #[arg(long, value_name = "BASE_UNITS")]
    amount: u64,
    /// Address of the mint; the settlement mint unless given.
    #[arg(long, value_name = "ADDRESS")]
    mint: Option<Pubkey>,
}

pub async fn transfer(options: Transfer, wallet: &Wallet) -> Result<Action> {
    let mint = mint_or_own(options.mint, wallet)?;
    let token_program = wallet.session.mint_at(&mint).await?.token_program;
    Ok(Action::Transfer {
        mint,
        token_program,
        transfer: on_dao::Transfer {
            to: wallet.session.address(&options.to)?,
            amount: options.amount,
        },
    })
}

fn mint_or_own(mint: Option<Pubkey>, wallet: &Wallet) -> Result<Pubkey> {
    mint.map_or_else(|| wallet.session.mint(), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guardians_are_different_keys_of_which_some_sign_together() {
        let [one, two, nobody] = [1, 2, 0].map(|byte| Pubkey::new_from_array([byte; 32]));
        let pair = together(&[one, two], 2).unwrap();
        assert_eq!(pair.keys, [one, two, nobody, nobody, nobody]);
        assert_eq!(pair.threshold, 2);
        assert_eq!(together(&[], 0).unwrap().keys, [nobody; MAX_GUARDIANS]);
        let many: Vec<_> = (1..7)
            .map(|byte| Pubkey::new_from_array([byte; 32]))
            .collect();
        for (keys, threshold, option) in [
            (&[one, two][..], 0, "--threshold"),
            (&[one, two], 3, "--threshold"),
            (&[], 1, "--threshold"),
            (&[one, one], 1, "--guardian"),
            (&[one, nobody], 1, "--guardian"),
            (&many[..], 1, "--guardian"),
        ] {
            let error = together(keys, threshold).unwrap_err().to_string();
            assert!(error.starts_with(option), "{error}");
        }
        assert!(together(&many[..5], 5).is_ok());
    }
}

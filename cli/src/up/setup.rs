//! What a fresh network needs before anything can be sold: configs, a settlement mint, balances.

use std::path::Path;

use anyhow::{Context, Result};
use dao::{
    actions::Guardians,
    constants::MAX_GUARDIANS,
    instructions::{ConfigArgs as CourtArgs, GovernanceArgs},
};
use escrow::instructions::ConfigArgs;
use pedigree_localnet::token;
use pedigree_sdk::{
    instructions::{
        dao as dao_ix, escrow as escrow_ix, listing as listing_ix, reward as reward_ix,
    },
    pda,
    programs::TOKEN,
    send::Key,
};
use reward::instructions::{ConfigArgs as RewardArgs, Terms};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::chain::Chain;
use crate::wallets::{NAMES, Wallets, read_keypair};

/// 2.5 %.
const FEE_PPM: u32 = 25_000;
/// A million units of the mint.
const MAX_DEPOSIT: u64 = 1_000_000_000_000;
/// What each wallet is given in the settlement mint.
const TOKENS: u64 = 1_000_000_000_000;
const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;

/// 10⁶ base units of the reward token: one of it.
const TOKEN_UNIT: u64 = 1_000_000;
/// Of the reward token: the most that is ever minted, and what an epoch emits at first. With [`HALVING`] 832 million are
/// emitted in all.
const CAP: u64 = 1_000_000_000 * TOKEN_UNIT;
const FIRST_EMISSION: u64 = 4_000_000 * TOKEN_UNIT;
/// Epochs; two years of weeks.
const HALVING: u32 = 104;
/// Points per 10⁶ of a fee in the settlement mint, at a reference price of 1: the most that rule 9 allows.
const RATE: u64 = 500_000;
const PRICE: u64 = 1_000_000;

/// Of the reward token: once so much is active the steward may go, for ever.
const HANDOVER_FLOOR: u64 = 10_000_000 * TOKEN_UNIT;

/// The file that keeps the settlement mint's key.
const MINT: &str = "mint";

/// Initialises what is not initialised yet, and returns the settlement mint.
pub async fn run(chain: &Chain, wallets: &Wallets, folder: &Path) -> Result<Pubkey> {
    let sender = &chain.sender;
    let deployer: Key = wallets.get_or_create("deployer")?;
    let authority: Key = wallets.get_or_create("authority")?;
    let treasury = wallets.get_or_create("treasury")?.pubkey();
    let mint: Key = Wallets::in_folder(folder.to_path_buf()).get_or_create(MINT)?;
    let (payer, mint_address) = (deployer.pubkey(), mint.pubkey());
    let keys = [deployer.clone(), authority.clone()];

    if !exists(chain, &pda::listing_config().0).await? {
        let initialize = listing_ix::initialize(payer, payer, authority.pubkey());
        sender.send(&[initialize], &keys).await?;
    }
    if !exists(chain, &pda::escrow_config().0).await? {
        let embedded = chain.embedded.is_some();
        let args = ConfigArgs {
            paused: false,
            allow_unclaimed: embedded,
            fee_ppm: FEE_PPM,
            // On the embedded network nobody waits a day to see a refund.
            delivery_window: if embedded { 300 } else { DAY },
            dispute_window: if embedded { 60 } else { DAY },
            arbitration_period: 30 * 24 * 60 * 60,
            bond_ppm: 50_000,
            treasury,
            pending_authority: Pubkey::default(),
        };
        let genesis = chain.genesis_hash()?;
        let initialize = escrow_ix::initialize(&payer, &payer, &authority.pubkey(), genesis, args);
        sender.send(&[initialize], &keys).await?;
    }
    initialize_reward(chain, &payer, &authority.pubkey(), &keys).await?;
    initialize_dao(chain, &payer, &authority.pubkey(), &treasury, &keys).await?;
    initialize_governance(chain, &payer, &authority.pubkey(), &keys).await?;
    if !exists(chain, &mint_address).await? {
        token::create_mint(sender, &deployer, &mint).await?;
    }
    if !exists(chain, &pda::mint_config(&mint_address).0).await? {
        let allow = escrow_ix::allow_mint(
            &authority.pubkey(),
            &payer,
            &mint_address,
            &TOKEN,
            MAX_DEPOSIT,
        );
        sender.send(&[allow], &keys).await?;
    }
    if !exists(chain, &pda::rate(&mint_address).0).await? {
        let rate = reward_ix::set_rate(&authority.pubkey(), &payer, &mint_address, RATE, PRICE);
        sender.send(&[rate], &keys).await?;
    }
    let issues = NAMES.map(|name| {
        let deployer = deployer.clone();
        async move {
            let owner = wallets.get_or_create(name)?.pubkey();
            // On a network that lasts it may have been issued, and spent, before.
            if !exists(
                chain,
                &pda::associated_token(&owner, &mint_address, &TOKEN).0,
            )
            .await?
            {
                token::issue(sender, &deployer, &mint_address, &owner, TOKENS).await?;
            }
            anyhow::Ok(())
        }
    });
    futures_util::future::try_join_all(issues).await?;
    Ok(mint_address)
}

async fn initialize_reward(
    chain: &Chain,
    payer: &Pubkey,
    authority: &Pubkey,
    keys: &[Key],
) -> Result<()> {
    if exists(chain, &pda::reward_config().0).await? {
        return Ok(());
    }
    let terms = Terms {
        cap: CAP,
        first_emission: FIRST_EMISSION,
        // The shortest there is, where nobody waits a week to see a claim.
        epoch_length: if chain.embedded.is_some() {
            HOUR
        } else {
            7 * DAY
        },
        halving: HALVING,
    };
    let args = RewardArgs {
        paused: false,
        buyer_share_ppm: 500_000,
        cooling: 15 * DAY,
        claim_window: 60 * DAY,
        min_stake: 100 * TOKEN_UNIT,
        pending_authority: Pubkey::default(),
    };
    let initialize = reward_ix::initialize(payer, payer, authority, terms, args);
    chain.sender.send(&[initialize], keys).await?;
    Ok(())
}

async fn initialize_dao(
    chain: &Chain,
    payer: &Pubkey,
    authority: &Pubkey,
    treasury: &Pubkey,
    keys: &[Key],
) -> Result<()> {
    if exists(chain, &pda::dao_config().0).await? {
        return Ok(());
    }
    // Three rounds have to fit in escrow's time for a ruling: half a day on the embedded network, three weeks elsewhere.
    let (phase, appeal) = if chain.embedded.is_some() {
        (HOUR, HOUR)
    } else {
        (2 * DAY, DAY)
    };
    let args = CourtArgs {
        evidence: phase,
        commit: phase,
        reveal: phase,
        appeal,
        quorum_ppm: 50_000,
        quorum_floor: 1_000 * TOKEN_UNIT,
        case_bond: 100 * TOKEN_UNIT,
        appeal_bond: 100 * TOKEN_UNIT,
        treasury: *treasury,
        pending_authority: Pubkey::default(),
    };
    let initialize = dao_ix::initialize(payer, payer, authority, args);
    chain.sender.send(&[initialize], keys).await?;
    Ok(())
}

/// What proposals are voted on by. The settings' authority is the steward; there are no guardians until a proposal names some.
async fn initialize_governance(
    chain: &Chain,
    payer: &Pubkey,
    steward: &Pubkey,
    keys: &[Key],
) -> Result<()> {
    if exists(chain, &pda::governance().0).await? {
        return Ok(());
    }
    let nobody = Guardians {
        keys: [Pubkey::default(); MAX_GUARDIANS],
        threshold: 0,
    };
    let args = GovernanceArgs {
        // The shortest there is, where nobody waits a week to see a vote.
        voting_period: if chain.embedded.is_some() {
            DAY
        } else {
            5 * DAY
        },
        quorum_ppm: 100_000,
        quorum_floor: 1_000 * TOKEN_UNIT,
        threshold_ppm: 500_001,
        deposit: 100 * TOKEN_UNIT,
    };
    let initialize =
        dao_ix::initialize_governance(payer, payer, steward, HANDOVER_FLOOR, nobody, args);
    chain.sender.send(&[initialize], keys).await?;
    Ok(())
}

/// The settlement mint of an earlier deployment from this data directory.
pub fn known_mint(folder: &Path) -> Result<Option<Pubkey>> {
    let path = folder.join(format!("{MINT}.json"));
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(read_keypair(&path)?.pubkey()))
}

async fn exists(chain: &Chain, address: &Pubkey) -> Result<bool> {
    let accounts = chain.sender.rpc().get_multiple_accounts(&[*address]).await;
    let accounts = accounts.with_context(|| format!("asking {}", chain.rpc_url))?;
    Ok(accounts.iter().any(Option::is_some))
}

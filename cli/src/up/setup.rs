//! What a fresh network needs before anything can be sold: configs, a settlement mint, balances.

use std::path::Path;

use anyhow::{Context, Result};
use escrow::instructions::ConfigArgs;
use pedigree_localnet::token;
use pedigree_sdk::{
    instructions::{escrow as escrow_ix, listing as listing_ix},
    pda,
    programs::TOKEN,
    send::Key,
};
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
const DAY: u32 = 24 * 60 * 60;

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

//! What accounts hold above the rent that the network asks for it now.

use anyhow::Result;
use pedigree_sdk::{instructions::escrow::reclaim_excess, send::Sent};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::wallet::{Wallet, with_sent};

/// Sends what an account of escrow holds too much to who paid its rent, `rent_payer` as the account says.
pub async fn reclaim(wallet: &Wallet, account: &Pubkey, rent_payer: &Pubkey) -> Result<Value> {
    let instruction = reclaim_excess(account, rent_payer);
    let (lamports, sent) = taken_from(wallet, &[*account], instruction).await?;
    let reclaimed = json!({
        "address": account.to_string(),
        "lamports": lamports,
        "rent_to": rent_payer.to_string(),
    });
    Ok(with_sent(reclaimed, &sent))
}

/// Sends an instruction; by how many lamports it made `accounts` poorer, all together.
pub async fn taken_from(
    wallet: &Wallet,
    accounts: &[Pubkey],
    instruction: Instruction,
) -> Result<(u64, Sent)> {
    let held = async || -> Result<u64> {
        let mut held = 0u64;
        for account in accounts {
            held = held.saturating_add(wallet.session.lamports(account).await?);
        }
        Ok(held)
    };
    let before = held().await?;
    let sent = wallet.send(&[instruction]).await?;
    Ok((before.saturating_sub(held().await?), sent))
}

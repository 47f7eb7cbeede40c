//! What an account of the escrow program holds above the rent that the network asks for it now.

use anyhow::Result;
use pedigree_sdk::instructions::escrow::reclaim_excess;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::wallet::{Wallet, with_sent};

/// Sends it to who paid the account's rent, `rent_payer` as the account says.
pub async fn reclaim(wallet: &Wallet, account: &Pubkey, rent_payer: &Pubkey) -> Result<Value> {
    let before = wallet.session.lamports(account).await?;
    let sent = wallet.send(&[reclaim_excess(account, rent_payer)]).await?;
    let after = wallet.session.lamports(account).await?;
    let reclaimed = json!({
        "address": account.to_string(),
        "lamports": before.saturating_sub(after),
        "rent_to": rent_payer.to_string(),
    });
    Ok(with_sent(reclaimed, &sent))
}

//! A settlement mint and balances in it, for networks of one's own.

use pedigree_sdk::{
    instructions::token::create_associated,
    pda::associated_token,
    programs::TOKEN,
    send::{Key, SendError, Sender},
};
use solana_client::client_error::ClientError;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use solana_system_interface::instruction::create_account;

const MINT_LEN: usize = 82;

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("settlement mint: {0}")]
    Send(#[from] SendError),
    #[error("settlement mint: {0}")]
    Rpc(#[from] Box<ClientError>),
}

/// Makes a classic SPL mint with six decimals. `payer` may issue; nobody may freeze.
///
/// # Errors
/// When the network refuses.
pub async fn create_mint(sender: &Sender, payer: &Key, mint: &Key) -> Result<(), TokenError> {
    let rent = sender
        .rpc()
        .get_minimum_balance_for_rent_exemption(MINT_LEN)
        .await
        .map_err(Box::new)?;
    let account = create_account(
        &payer.pubkey(),
        &mint.pubkey(),
        rent,
        MINT_LEN as u64,
        &TOKEN,
    );
    // InitializeMint2: decimals, mint authority, no freeze authority.
    let data = [&[20, 6], payer.pubkey().as_ref(), &[0]].concat();
    let initialize = Instruction {
        program_id: TOKEN,
        accounts: vec![AccountMeta::new(mint.pubkey(), false)],
        data,
    };
    sender
        .send(&[account, initialize], &[payer.clone(), mint.clone()])
        .await?;
    Ok(())
}

/// Issues `amount` base units to the associated account of `owner`, which is made when missing.
///
/// # Errors
/// When the network refuses.
pub async fn issue(
    sender: &Sender,
    payer: &Key,
    mint: &Pubkey,
    owner: &Pubkey,
    amount: u64,
) -> Result<(), TokenError> {
    let (account, _) = associated_token(owner, mint, &TOKEN);
    let create = create_associated(&payer.pubkey(), owner, mint, &TOKEN);
    // MintTo.
    let data = [&[7][..], &amount.to_le_bytes()].concat();
    let mint_to = Instruction {
        program_id: TOKEN,
        accounts: vec![
            AccountMeta::new(*mint, false),
            AccountMeta::new(account, false),
            AccountMeta::new_readonly(payer.pubkey(), true),
        ],
        data,
    };
    sender
        .send(&[create, mint_to], std::slice::from_ref(payer))
        .await?;
    Ok(())
}
